/*
 * program_host.h - what the BPF program's text needs to know of this host.
 */
#ifndef PROGRAM_HOST_H
#define PROGRAM_HOST_H

#include "attach/program.h"

struct filter;

/* What holds without any option; nothing is open. */
void program_host_init(struct program_host *host);

/*
 * Open the pinned maps that --cgroupmap and --mntnsmap name, find the offsets
 * that the latter needs, and the PID namespace that -p is about. Takes a struct
 * that was initialized. Returns 0, or -1 after a report; the struct may be
 * closed in either case.
 */
int program_host_open(struct program_host *host, const struct filter *filter);
void program_host_close(struct program_host *host);

#endif
