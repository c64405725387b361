/*
 * trace_line.h - a line of a trace_pipe, taken out of ftrace's framing.
 *
 * The frame differs between kernels and begins with a comm, which may hold
 * anything, a newline included. So nothing before the tag is believed but the
 * time, which is found from the tag backwards. The tag is longer than a comm
 * can be, and stands right behind a frame of bpf_trace_printk.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A tag is this name and eight lowercase hexadecimal digits, then a blank. */
#define TRACE_LINE_TAG_NAME "tcpv4connect:"
#define TRACE_LINE_TAG_LENGTH (sizeof(TRACE_LINE_TAG_NAME) - 1 + 8)

enum trace_line_kind {
	TRACE_LINE_MESSAGE,	/* one of ours: message, length, time */
	TRACE_LINE_LOST,	/* "CPU:0 [LOST 765 EVENTS]": lost */
	TRACE_LINE_OTHER,	/* another tracer's, or half a line, or empty */
};

struct trace_line {
	enum trace_line_kind kind;
	const char *message;	/* behind the tag and its blank, in the line */
	size_t length;
	bool has_time;		/* false with clocks that do not count time */
	uint64_t time_us;	/* of the trace's own clock; or 0 */
	uint64_t lost;		/* events; of TRACE_LINE_LOST alone */
};

/* Parse a line without its newline. tag: this run's, or NULL for any run's. */
void trace_line_parse(struct trace_line *parsed, const char *line,
		      size_t length, const char *tag);

/*
 * Does what ftrace puts before a message of bpf_trace_printk() end at message,
 * in the line? Then has_time and time_us are set.
 */
bool trace_line_frame(struct trace_line *parsed, const char *line,
		      const char *message);
