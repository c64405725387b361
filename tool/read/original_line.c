/*
 * original_line.c - reads ftrace's columns from the left, as the original had
 * to. It can't tell lines that another tool prints in this form.
 */
#include "read/original_line.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "read/connect_event.h"

#define COMM_WIDTH 16	/* "%16s-" in kernel/trace/trace_output.c */
#define LINE_MAX_LENGTH 512

/* A number in the given base, and the byte behind it. */
static bool take_number(const char **at, int base, unsigned long max,
			char behind, unsigned long *number)
{
	const char *digits = base == 16 ? "0123456789abcdef" : "0123456789";
	const char *end = *at + strspn(*at, digits);

	if (end == *at || *end != behind)
		return false;
	errno = 0;
	*number = strtoul(*at, NULL, base);
	if (errno || *number > max)
		return false;
	*at = end + 1;
	return true;
}

/* "85.871000: " somewhere, and behind it what the printk put in front. */
static const char *find_message(const char *at, uint64_t *time_us)
{
	static const char *const frames[] = {
		": bpf_trace_printk: ", ": : ", ": 0x00000001: ", ": 0x1: ",
		": 0: ",
	};

	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++) {
		const char *found = strstr(at, frames[i]), *start = found;
		unsigned long seconds, rest;

		if (!found)
			continue;
		while (start > at && (isdigit((unsigned char)start[-1]) ||
				      start[-1] == '.'))
			start--;
		if (!take_number(&start, 10, UINT32_MAX, '.', &seconds) ||
		    found - start != 6 ||
		    !take_number(&start, 10, 999999, ':', &rest))
			continue;
		*time_us = seconds * 1000000ULL + rest;
		return found + strlen(frames[i]);
	}
	return NULL;
}

static bool parse_message(struct connect_event *event, const char *at)
{
	static const char word[] = "trace_tcp4connect ";
	unsigned long saddr, daddr, dport;

	if (!strncmp(at, word, strlen(word)))
		at += strlen(word);
	if (!take_number(&at, 16, UINT32_MAX, ' ', &saddr) ||
	    !take_number(&at, 16, UINT32_MAX, ' ', &daddr) ||
	    !take_number(&at, 10, UINT16_MAX, '\0', &dport))
		return false;
	/* The lowest byte of the word is the first of the address. */
	event->saddr.s_addr = htonl(__builtin_bswap32(saddr));
	event->daddr.s_addr = htonl(__builtin_bswap32(daddr));
	event->dport = dport;
	return true;
}

bool original_line_parse(struct connect_event *event, const char *line,
			 size_t length)
{
	char text[LINE_MAX_LENGTH + 1];
	const char *at, *comm = text;
	unsigned long tid;

	if (length <= COMM_WIDTH + 1 || length > LINE_MAX_LENGTH ||
	    memchr(line, '\0', length) || line[COMM_WIDTH] != '-')
		return false;
	memcpy(text, line, length);
	text[length] = '\0';

	memset(event, 0, sizeof(*event));
	event->uid_unknown = event->return_missed = true;
	while (comm < text + COMM_WIDTH && *comm == ' ')
		comm++;
	event->comm_length = text + COMM_WIDTH - comm;
	if (event->comm_length > CONNECT_EVENT_COMM_MAX)
		return false;
	memcpy(event->comm, comm, event->comm_length);

	at = text + COMM_WIDTH + 1;
	if (!take_number(&at, 10, INT32_MAX, ' ', &tid))
		return false;
	event->pid = event->tid = tid;
	at = find_message(at, &event->time_us);
	return at && parse_message(event, at);
}
