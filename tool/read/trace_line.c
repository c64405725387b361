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
 * An unread front of a line: [line, line + end). A strip function takes
 * something off its end, or leaves it alone if it does not end so.
 */
struct front {
	const char *line;
	size_t end;
};

/* Inlined, so that the lengths are known where the texts are compared. */
static inline __attribute__((always_inline)) bool strip(struct front *front,
							const char *text)
{
	size_t length = strlen(text);

	if (front->end < length ||
	    memcmp(front->line + front->end - length, text, length))
		return false;
	front->end -= length;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

/* Returns how many digits it has; with more than 19 the value is useless. */
static size_t strip_number(struct front *front, uint64_t *value)
{
	uint64_t scale = 1;
	size_t end = front->end;

	*value = 0;
	for (; front->end && is_digit(front->line[front->end - 1]);
	     front->end--) {
		*value += (front->line[front->end - 1] - '0') * scale;
		scale *= 10;
	}
	return end - front->end;
}

static size_t strip_hex(struct front *front)
{
	size_t end = front->end;

	while (front->end && is_hex(front->line[front->end - 1]))
		front->end--;
	return end - front->end;
}

/* " <0000000000000001>": what the option sym-addr adds to an address. */
static void strip_address(struct front *front)
{
	struct front at = *front;

	if (strip(&at, ">") && strip_hex(&at) && strip(&at, " <"))
		*front = at;
}

/* "0" or "0x00000001", or nothing: the address of the caller. */
static void strip_symbol(struct front *front)
{
	struct front at = *front;

	if (strip_hex(&at) && strip(&at, "0x"))
		*front = at;
	else
		strip(front, "0");
}

/*
 * What the kernel puts between the time and a message of bpf_trace_printk()
 * (kernel/trace/bpf_trace.c, kernel/trace/trace_output.c):
 *
 *   ": "                   4.4 to 4.12: address 1, printed as a symbol
 *   "0x00000001: "         4.13 to 4.17: the same, as a number
 *   "0: "                  4.18 to 5.8: address 0
 *   "bpf_trace_printk: "   from 5.9: an event, and its name
 *
 * The option "fields" (from 6.5) adds the name of the event's only field.
 */
static bool strip_origin(struct front *front)
{
	if (strip(front, "bpf_trace_printk: ") ||
	    strip(front, "bpf_trace_printk: bpf_string="))
		return true;
	if (!strip(front, ": "))
		return false;
	strip_address(front);
	strip_symbol(front);
	return true;
}

/*
 * "2692904022us!": the time with the option latency-format, and a mark
 * (trace_find_mark() in kernel/trace/trace_output.c, Linux 4.4 to 7.1).
 */
static bool strip_latency(struct front *front)
{
	struct front at = *front;

	if (!at.end || !memchr(" $@*#!+", at.line[at.end - 1], 7))
		return false;
	at.end--;
	if (!strip(&at, "us"))
		return false;
	*front = at;
	return true;
}

/* Does a word begin here? It does not where digits were cut off. */
static bool at_blank(const struct front *front)
{
	return front->end && front->line[front->end - 1] == ' ';
}

/*
 * "85.871000: ", or a bare number with a clock that does not count nanoseconds,
 * or the time of latency-format; or nothing with the option nocontext-info.
 */
static bool strip_time(struct front *front, struct trace_line *parsed)
{
	uint64_t micros, seconds;
	size_t digits;
	bool latency;

	if (!front->end)
		return true;
	if (!strip(front, ": "))
		return false;
	latency = strip_latency(front);
	digits = strip_number(front, &micros);
	if (latency) {
		parsed->has_time = digits && digits <= 19;
		parsed->time_us = parsed->has_time ? micros : 0;
		return parsed->has_time && at_blank(front);
	}
	if (digits == 6 && strip(front, ".")) {
		digits = strip_number(front, &seconds);
		/* 64 bits of nanoseconds are 11 digits of seconds. */
		if (digits > 11)
			return false;
		parsed->has_time = true;
		parsed->time_us = seconds * 1000000 + micros;
	}
	return digits && at_blank(front);
}

/* The eight digits of a tag: this run's, or those of any. */
static bool is_run(const char *digits, const char *tag)
{
	struct front front = { digits, RUN_DIGITS };

	if (tag)
		return !memcmp(digits, tag + NAME_LENGTH, RUN_DIGITS);
	return strip_hex(&front) == RUN_DIGITS;
}

/* Does a message begin here? The name of the tag may end before behind. */
static bool parse_message(struct trace_line *parsed, const char *line,
			  const char *end, const char *behind, const char *tag)
{
	struct front front = {line, behind - line};
	struct trace_line found = {.kind = TRACE_LINE_MESSAGE};

	if (!strip(&front, TRACE_LINE_TAG_NAME) || end - behind <= RUN_DIGITS ||
	    !is_run(behind, tag) || behind[RUN_DIGITS] != ' ')
		return false;
	if (!strip_origin(&front) || !strip_time(&front, &found))
		return false;
	found.message = behind + RUN_DIGITS + 1;
	found.length = end - found.message;
	*parsed = found;
	return true;
}

/*
 * "CPU:0 [LOST 765 EVENTS]" and nothing else (print_trace_line() in
 * kernel/trace/trace.c, Linux 4.4 to 7.1). A comm is too short to hold it.
 */
static bool parse_lost(struct trace_line *parsed, const char *line,
		       size_t length)
{
	struct front front = {line, length};
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

	*parsed = (struct trace_line){.kind = TRACE_LINE_OTHER};
	if (parse_lost(parsed, line, length))
		return;
	/*
	 * A tag's name ends with a colon. A comm may hold it before ours does.
	 */
	while ((at = memchr(at, ':', end - at)))
		if (parse_message(parsed, line, end, ++at, tag))
			return;
}
