/*
 * program_host.h - what --cgroupmap and --mntnsmap need of this host.
 */
#ifndef PROGRAM_HOST_H
#define PROGRAM_HOST_H

#include "program.h"

struct options;

/*
 * Open the pinned maps that the options name and find the offsets that the
 * program's text needs. Returns 0, or -1 after a report; the struct may be
 * closed in either case.
 */
int program_host_open(struct program_host *host,
		      const struct options *options);
void program_host_close(struct program_host *host);

#endif
