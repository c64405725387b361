/*
 * report.h - one line on stderr, in one write, for the user.
 *
 * Every line begins "tcpv4connect: ". An error is "cannot <verb> <object>:
 * <reason>", followed by what to do. Control characters and non-ASCII bytes are
 * escaped, since the text may hold names that others have chosen.
 *
 * Lines go to the C library's stderr, which may block until report_open().
 */
#pragma once

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
 * Replace stderr, for the whole process, by a stream that drops what descriptor
 * 2 does not take within 400 ms, and then drops at once until it takes
 * something again. A line says how many lines were lost. A pipe or terminal is
 * opened once more as descriptor 2. Without memory, stderr stays as it was.
 */
void report_open(struct report *report);

/* Give stderr back, after a last try to say what was lost. */
void report_close(struct report *report);

/* Report a failure. Always returns -1, so that callers can return it. */
int report_error(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Report something that does not end the run. */
#define report_warning(...) ((void)report_error("warning: " __VA_ARGS__))

/* Say something that is no trouble: what was done, the account at the end. */
#define report_note(...) ((void)report_error(__VA_ARGS__))

/*
 * Write lines that another program printed (a compiler's messages), each
 * escaped and indented by two blanks.
 */
void report_lines(const char *text, size_t length);
