/*
 * session.h - one run of the program, from what it acquires to what it gives
 * back.
 */
#pragma once

struct options;

/*
 * Print to stdout what the options ask for: the program's text, the rows of a
 * file, or what is traced until a stop, --duration, --max-events, or the end of
 * stdout. Returns 0, or -1 after a report, with nothing left behind.
 */
int session_run(const struct options *options);
