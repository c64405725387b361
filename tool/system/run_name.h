/*
 * run_name.h - the names of what runs make: a run's eight digits end or divide
 * them.
 */
#pragma once

/* A run's digits, as a pattern for fnmatch(3). */
#define RUN_NAME_DIGITS \
	"[0-9a-f][0-9a-f][0-9a-f][0-9a-f]" "[0-9a-f][0-9a-f][0-9a-f][0-9a-f]"

/* Before the digits in a directory's name. */
#define RUN_NAME_PREFIX "tcpv4connect-"

/* Call remove for each directory in dir_fd that has the name of a run's. */
void run_name_sweep(int dir_fd, void (*remove)(int dir_fd, const char *name));
