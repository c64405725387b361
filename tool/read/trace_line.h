/*
 * trace_line.h - a line of a trace_pipe, taken out of ftrace's framing.
 *
 * The frame differs between kernels (the prefix before a bpf_trace_printk
 * message, the number of flags, the width of a pid, an optional TGID column)
 * and begins with a comm, in which any local user may have written anything,
 * a newline included. So nothing before the tag is believed but the
 * timestamp, which is found from the tag backwards; the tag is longer than a
 * comm can be, and stands right behind a frame of bpf_trace_printk.
 */
#ifndef TRACE_LINE_H
#define TRACE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A tag is TRACE_LINE_TAG_NAME and eight lowercase hexadecimal digits; a
 * blank follows it.
 */
#define TRACE_LINE_TAG_NAME "tcpv4connect:"
#define TRACE_LINE_TAG_LENGTH (sizeof(TRACE_LINE_TAG_NAME) - 1 + 8)

enum trace_line_kind {
	TRACE_LINE_MESSAGE,	/* one of ours: message, length, time */
	TRACE_LINE_LOST,	/* "CPU:0 [LOST 765 EVENTS]": lost */
	TRACE_LINE_OTHER,	/* somebody else's, or half a line, or empty */
};

struct trace_line {
	enum trace_line_kind kind;
	const char *message;	/* what follows the tag and its blank; it
				 * points into the line that was parsed */
	size_t length;
	bool has_time;		/* false with clocks that do not count time */
	uint64_t time_us;	/* microseconds, of the trace's own clock; 0
				 * without a time */
	uint64_t lost;		/* events; of TRACE_LINE_LOST alone */
};

/*
 * Parse one line (no newline at its end). tag is this run's tag, or NULL to
 * take that of any run.
 */
void trace_line_parse(struct trace_line *parsed, const char *line,
		      size_t length, const char *tag);

#endif
