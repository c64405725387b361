/*
 * check.h - --check: what this host has of what tracing needs, line by line,
 * and then a proof.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>

struct options;

/* Trace as these options say; returns 0, or -1 after a report. */
typedef int check_tracer(const struct options *options);

/*
 * Print a line for each precondition to out: "ok", "warn" where it could not be
 * examined, or "FAIL"; what it is, what was found, and the remedy. Then, where
 * nothing failed, prove it: run trace in a child process, connect once to a
 * loopback port that is bound here and closed, and wait for its row. PIDs are
 * not compared, since they may be those of a PID namespace. Returns 0 where
 * nothing failed, else -1.
 */
int check_run(const struct options *options, check_tracer *trace, FILE *out);

#endif
