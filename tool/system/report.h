/*
 * report.h - one line on stderr, in one write, for the user.
 *
 * Every line begins "tcpv4connect: " and is "cannot <verb> <object>:
 * <reason>", followed by what to do where something can be done. Control
 * characters and bytes that are no ASCII are escaped: the text may hold
 * names and messages that others have chosen.
 *
 * Lines go to the C library's stderr. Until report_open() that is any stream's
 * descriptor 2, and a write to it may block.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A stderr that never holds up the rows or the end. */
struct report {
	FILE *stream;		/* what stderr is; owned */
	FILE *before;		/* what it was */
	bool may_block;		/* descriptor 2 has no O_NONBLOCK of our own */
	bool is_stuck;		/* it did not take what was last written */
	bool is_cut;		/* or only a part of a line */
	uint64_t lost;		/* lines, since it was last written to */
};

/*
 * Put report's stream in the place of stderr, for the whole process: what
 * descriptor 2 does not take within 400 ms is dropped, and what comes then at
 * once, until it takes something again; before that one line says how many were
 * not taken. Where descriptor 2 is a pipe or a terminal it becomes a
 * description of our own. If there is no memory, stderr stays as it was.
 */
void report_open(struct report *report);

/* Give stderr back, after a last try to say what was lost. */
void report_close(struct report *report);

/* Report a failure. Always returns -1, so that callers can return it. */
int report_error(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Say something that is no trouble: what was done, the account at the end. */
void report_note(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Report something that does not end the run. */
void report_warning(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/*
 * Write many lines that another program printed (a compiler's messages),
 * each one escaped as above and indented by two blanks.
 */
void report_lines(const char *text, size_t length);

#endif
