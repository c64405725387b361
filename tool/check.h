/*
 * check.h - --check: what this host has of what tracing needs, line by line,
 * and then a proof.
 */
#pragma once

struct options;

/*
 * Print a line to stdout for each precondition: "ok", "warn" where it could not
 * be examined, or "FAIL"; what it is, what was found, and the remedy. Then,
 * where nothing failed, prove it: trace in a child process, connect once to a
 * loopback port without a listener, and wait for its row. PIDs are not
 * compared, since they may be those of a PID namespace. Returns 0 where nothing
 * failed, else -1.
 */
int check_run(const struct options *options);
