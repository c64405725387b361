/*
 * session.h - one run of the program, from what it acquires to what it gives
 * back. Each function takes the options of a command line, prints to stdout,
 * and returns 0, or -1 after a report. Nothing is left behind in either case.
 */
#ifndef SESSION_H
#define SESSION_H

struct options;

/* Trace until a stop, --duration, --max-events, or the end of stdout. */
int session_trace(const struct options *options);

/* -r: the rows of a file. */
int session_replay(const struct options *options);

/* --ebpf: the program's text, but for what only a host can say. */
int session_print_text(const struct options *options);

#endif
