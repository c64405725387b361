/*
 * program_host.h - what the BPF program's text needs to know of this host.
 */
#pragma once

#include "attach/program.h"

struct filter;

/* As it is without any option; nothing is open. */
void program_host_init(struct program_host *host);

/*
 * Open the maps of --cgroupmap and --mntnsmap, and find the offsets that the
 * latter needs and the PID namespace of -p. Takes an initialized struct.
 * Returns 0, or -1 after a report; close it in either case.
 */
int program_host_open(struct program_host *host, const struct filter *filter);
void program_host_close(struct program_host *host);
