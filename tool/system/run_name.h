/*
 * run_name.h - the names of what runs make: a run's eight digits end or divide
 * them.
 */
#pragma once

#define RUN_NAME_DIGIT "[0-9a-f]"
/* A run's digits, as a pattern for fnmatch(3). */
#define RUN_NAME_DIGITS \
	RUN_NAME_DIGIT RUN_NAME_DIGIT RUN_NAME_DIGIT RUN_NAME_DIGIT \
	RUN_NAME_DIGIT RUN_NAME_DIGIT RUN_NAME_DIGIT RUN_NAME_DIGIT

/* Before the digits in a directory's name. */
#define RUN_NAME_PREFIX "tcpv4connect-"

/* Call remove for each directory in dir_fd that has the name of a run's. */
void run_name_sweep(int dir_fd, void (*remove)(int dir_fd, const char *name));
