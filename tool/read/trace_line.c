/*
 * trace_line.c - finds our message in a line of a trace_pipe. It reads
 * backwards from the tag, because only the kernel writes between the time and
 * the tag:
 *
 *   curl-1469  [001] d... 85.871000: : TAG ...
 *   \______ never looked at ____/\_time_/\/ origin
 */
#include "read/trace_line.h"

#include <string.h>

#define RUN_DIGITS  8
#define NAME_LENGTH (TRACE_LINE_TAG_LENGTH - RUN_DIGITS)

/*
 * What the kernel puts between the time and a message of bpf_trace_printk()
 * (kernel/trace/bpf_trace.c, kernel/trace/trace_output.c). Others end like the
 * last one.
 */
static const char *const origins[] = {
	"bpf_trace_printk: ",	/* from 5.9: an event, and its name */
	"bpf_trace_printk: bpf_string=",	/* 6.5: with option fields */
	"0: ",			/* 4.18 to 5.8: address 0 */
	"0x00000001: ",		/* 4.13 to 4.17: address 1, as a number */
	"0x00000001 <0000000000000001>: ",	/* option sym-addr */
	" <0000000000000001>: ",
	": ",			/* 4.4 to 4.12: address 1, as a symbol */
};

/*
 * An unread front of a line: [line, line + end). A strip function takes
 * something off its end, or leaves it alone if it does not end so.
 */
struct front {
	const char *line;
	size_t end;
};

static bool strip(struct front *front, const char *text)
{
	size_t length = strlen(text);

	if (front->end < length ||
	    memcmp(front->line + front->end - length, text, length))
		return false;
	front->end -= length;
	return true;
}

/* Returns how many digits it has; with more than 19 the value is useless. */
static size_t strip_number(struct front *front, uint64_t *value)
{
	uint64_t scale = 1;
	size_t end = front->end;
	unsigned digit;

	for (*value = 0; front->end; front->end--) {
		digit = (unsigned char)front->line[front->end - 1] - '0';
		if (digit > 9)
			break;
		*value += digit * scale;
		scale *= 10;
	}
	return end - front->end;
}

static bool strip_origin(struct front *front)
{
	for (size_t i = 0; i < sizeof(origins) / sizeof(*origins); i++)
		if (strip(front, origins[i]))
			return true;
	return false;
}

/*
 * "us!": with the option latency-format this is behind the time, with one of
 * seven marks (trace_find_mark() in kernel/trace/trace_output.c, Linux 4.4 to
 * 7.1).
 */
static bool strip_mark(struct front *front)
{
	struct front unit = { front->line, front->end - 1 };

	if (!front->end || !memchr(" $@*#!+", front->line[unit.end], 7) ||
	    !strip(&unit, "us"))
		return false;
	*front = unit;
	return true;
}

/*
 * "85.871000: ", or "85871000us : ", or a bare number with a clock that does
 * not count nanoseconds; or nothing with the option nocontext-info. A blank is
 * before it, or digits were cut off.
 */
static bool strip_time(struct front *front, struct trace_line *parsed)
{
	uint64_t number, seconds = 0;
	bool has_time;
	size_t digits;

	if (!front->end)
		return true;
	if (!strip(front, ": "))
		return false;
	has_time = strip_mark(front);
	digits = strip_number(front, &number);
	if (has_time && digits > 19)
		return false;
	if (!has_time && digits == 6 && strip(front, ".")) {
		has_time = true;
		digits = strip_number(front, &seconds);
		/* 64 bits of nanoseconds are 11 digits of seconds. */
		if (digits > 11)
			return false;
	}
	if (!digits || !strip(front, " "))
		return false;
	parsed->has_time = has_time;
	parsed->time_us = has_time ? seconds * 1000000 + number : 0;
	return true;
}

bool trace_line_frame(struct trace_line *parsed, const char *line,
		      const char *message)
{
	struct front front = { line, message - line };

	return strip_origin(&front) && strip_time(&front, parsed);
}

/* The eight digits of a tag, and a blank: this run's, or those of any. */
static bool is_run(const char *digits, const char *end, const char *tag)
{
	if (end - digits <= RUN_DIGITS || digits[RUN_DIGITS] != ' ')
		return false;
	return tag ? !memcmp(digits, tag + NAME_LENGTH, RUN_DIGITS) :
		     strspn(digits, "0123456789abcdef") == RUN_DIGITS;
}

/*
 * "CPU:0 [LOST 765 EVENTS]" and nothing else (print_trace_line() in
 * kernel/trace/trace.c, Linux 4.4 to 7.1). A comm is too short to hold it.
 */
static bool parse_lost(struct trace_line *parsed, const char *line,
		       size_t length)
{
	struct front front = { line, length };
	uint64_t lost, cpu;
	size_t digits;

	if (!strip(&front, " EVENTS]"))
		return false;
	digits = strip_number(&front, &lost);
	if (!digits || digits > 19 || !strip(&front, " [LOST ") ||
	    !strip_number(&front, &cpu) || !strip(&front, "CPU:") || front.end)
		return false;
	parsed->kind = TRACE_LINE_LOST;
	parsed->lost = lost;
	return true;
}

void trace_line_parse(struct trace_line *parsed, const char *line,
		      size_t length, const char *tag)
{
	const char *at = line, *end = line + length;

	*parsed = (struct trace_line){ .kind = TRACE_LINE_OTHER };
	if (parse_lost(parsed, line, length))
		return;
	/* A tag's name ends with a colon. Before ours, a comm may hold it. */
	while ((at = memchr(at, ':', end - at))) {
		struct front front = { line, ++at - line };

		if (!is_run(at, end, tag) ||
		    !strip(&front, TRACE_LINE_TAG_NAME) ||
		    !trace_line_frame(parsed, line, line + front.end))
			continue;
		parsed->kind = TRACE_LINE_MESSAGE;
		parsed->message = at + RUN_DIGITS + 1;
		parsed->length = end - parsed->message;
		return;
	}
}
