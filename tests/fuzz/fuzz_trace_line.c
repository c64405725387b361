/*
 * fuzz_trace_line.c - any line: what is taken for a message stands behind a
 * tag, and what stands before the frame has no say in it. And what is taken
 * for a line of the original reads the same when it is printed again.
 */
#include "fuzz.h"
#include "read/connect_event.h"
#include "read/original_line.h"
#include "read/trace_line.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define RUN "tcpv4connect:5eed5eed"

static void require_message(const struct trace_line *parsed, const char *line,
			    size_t length, const char *tag)
{
	const char *found = parsed->message - TRACE_LINE_TAG_LENGTH - 1;
	size_t i;

	require(found >= line && found[TRACE_LINE_TAG_LENGTH] == ' ');
	require(parsed->message + parsed->length == line + length);
	require(!memcmp(found, TRACE_LINE_TAG_NAME,
			strlen(TRACE_LINE_TAG_NAME)));
	require(!tag || !memcmp(found, tag, TRACE_LINE_TAG_LENGTH));
	for (i = strlen(TRACE_LINE_TAG_NAME); i < TRACE_LINE_TAG_LENGTH; i++)
		require(strchr("0123456789abcdef", found[i]) && found[i]);
	/* A frame of bpf_trace_printk(), and not that of a marker. */
	require(found >= line + 2);
	require(!memcmp(found - 2, ": ", 2) || found[-1] == '=');
	require(found < line + 20 ||
		memcmp(found - 20, "tracing_mark_write: ", 20));
	require(parsed->has_time || !parsed->time_us);
}

/* A name in front of all must not change what was found. */
static void require_same_behind_name(const struct trace_line *parsed,
				     const char *line, size_t length,
				     const char *tag)
{
	static const char name[] = "x\n\x1b " RUN " y";
	char *longer = malloc(length + sizeof(name));
	struct trace_line again;

	require(longer);
	memcpy(longer, name, sizeof(name) - 1);
	memcpy(longer + sizeof(name) - 1, line, length);
	trace_line_parse(&again, longer, length + sizeof(name) - 1, tag);
	require(again.kind == TRACE_LINE_MESSAGE);
	require(again.length == parsed->length && again.has_time &&
		again.time_us == parsed->time_us);
	free(longer);
}

static void require_lost(const struct trace_line *parsed, const char *line,
			 size_t length)
{
	unsigned long long lost;
	char text[128];
	int end = 0;

	if (length >= sizeof(text))
		return;
	memcpy(text, line, length);
	text[length] = '\0';
	require(sscanf(text, "CPU:%*[0-9] [LOST %llu EVENTS]%n", &lost,
		       &end) == 1);
	require((size_t)end == length && lost == parsed->lost);
}

/* Of a line as the original's kernels printed it. */
static void require_original(const struct connect_event *event)
{
	uint64_t second = event->time_us / 1000000;
	struct connect_event again;
	char line[256];
	int length;

	require(event->comm_length <= CONNECT_EVENT_COMM_MAX);
	require(!memchr(event->comm, '\0', event->comm_length));
	require(event->uid_unknown && event->return_missed);
	length = snprintf(line, sizeof(line),
			  "%16s-%" PRIu32 " [001] d... %" PRIu64
			  ".%06u: : %" PRIx32 " %" PRIx32 " %u",
			  event->comm, event->pid, second,
			  (unsigned)(event->time_us % 1000000),
			  __builtin_bswap32(ntohl(event->saddr.s_addr)),
			  __builtin_bswap32(ntohl(event->daddr.s_addr)),
			  event->dport);
	require(original_line_parse(&again, line, length));
	require(event->time_us == again.time_us && event->pid == again.pid &&
		event->dport == again.dport &&
		event->saddr.s_addr == again.saddr.s_addr &&
		event->daddr.s_addr == again.daddr.s_addr);
	require(!memcmp(event->comm, again.comm, sizeof(again.comm)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	const char *tag = input_choice(&input) & 1 ? RUN : NULL;
	struct connect_event event;
	struct trace_line parsed;
	size_t length;
	char *line = input_copy(&input, size, &length);

	trace_line_parse(&parsed, line, length, tag);
	if (parsed.kind == TRACE_LINE_MESSAGE) {
		require_message(&parsed, line, length, tag);
		if (parsed.has_time)
			require_same_behind_name(&parsed, line, length, tag);
	} else if (parsed.kind == TRACE_LINE_LOST) {
		require_lost(&parsed, line, length);
	} else {
		require(!parsed.has_time && !parsed.time_us && !parsed.lost);
	}
	if (original_line_parse(&event, line, length))
		require_original(&event);
	free(line);
	return 0;
}
