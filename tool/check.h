/*
 * check.h - --check: what this host has of what tracing needs, line by line,
 * and then a proof.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>

struct options;

/*
 * Print a line for each precondition to out: "ok", "warn" or "FAIL", what it
 * is and what was found, and the remedy. Then run this very program (the
 * file that is running now) with -p on this process, connect once to a
 * loopback port that nobody listens on, and see the row. Returns 0 where
 * connects can be traced, -1 where not.
 */
int check_run(const struct options *options, FILE *out);

#endif
