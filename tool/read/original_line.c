/*
 * original_line.c - reads ftrace's first columns from the left, as the original
 * had to. It can't tell lines that another tool prints in this form.
 */
#include "read/original_line.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/connect_event.h"
#include "read/trace_line.h"

#define COMM_WIDTH 16	/* "%16s-" in kernel/trace/trace_output.c */
#define LINE_MAX_LENGTH 512

static bool parse_columns(struct connect_event *event, const char *text)
{
	const char *number = text + COMM_WIDTH + 1;
	size_t blanks = strspn(text, " ");
	unsigned long tid;
	char *end;

	event->comm_length = COMM_WIDTH - blanks;
	if (event->comm_length > CONNECT_EVENT_COMM_MAX)
		return false;
	memcpy(event->comm, text + blanks, event->comm_length);
	tid = strtoul(number, &end, 10);
	event->pid = event->tid = tid;
	return isdigit((unsigned char)*number) && *end == ' ' &&
	       tid <= INT32_MAX;
}

static bool parse_message(struct connect_event *event, const char *message)
{
	static const char word[] = "trace_tcp4connect ";
	unsigned long saddr, daddr, dport;
	char again[64], *end;

	if (!strncmp(message, word, strlen(word)))
		message += strlen(word);
	saddr = strtoul(message, &end, 16);
	daddr = strtoul(end, &end, 16);
	dport = strtoul(end, NULL, 10);
	/* The lowest byte of the word is the first of the address. */
	event->saddr.s_addr = htonl(__builtin_bswap32(saddr));
	event->daddr.s_addr = htonl(__builtin_bswap32(daddr));
	event->dport = dport;
	/* Only as the original's program writes them. */
	snprintf(again, sizeof(again), "%lx %lx %lu", saddr, daddr, dport);
	return !strcmp(message, again) && saddr <= UINT32_MAX &&
	       daddr <= UINT32_MAX && dport <= UINT16_MAX;
}

bool original_line_parse(struct connect_event *event, const char *line,
			 size_t length)
{
	struct trace_line frame = { .has_time = false };
	char text[LINE_MAX_LENGTH + 1], *colon;

	if (length <= COMM_WIDTH + 1 || length > LINE_MAX_LENGTH ||
	    memchr(line, '\0', length) || line[COMM_WIDTH] != '-')
		return false;
	memcpy(text, line, length);
	text[length] = '\0';
	colon = strrchr(text, ':');
	if (!colon || !trace_line_frame(&frame, text, colon + 2) ||
	    !frame.has_time)
		return false;

	memset(event, 0, sizeof(*event));
	event->uid_unknown = event->return_missed = true;
	event->time_us = frame.time_us;
	return parse_columns(event, text) && parse_message(event, colon + 2);
}
