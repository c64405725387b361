/*
 * connect_event.c - a message of our BPF program becomes a struct.
 *
 * Strict, so that no foreign or damaged text becomes a row: the message is
 * taken only if the program could have printed just this. ftrace's framing
 * and the columns of the output are not known here.
 */
#include "read/connect_event.h"

#include <arpa/inet.h>
#include <string.h>

/* Keep in step with put_octal() and print_line() in bpf_text. */
#define NUMBER_DIGITS 16
#define ID_DIGITS     8
#define ERROR_DIGITS  5
#define RETURN_MISSED 010000

/* A digit's value and a bit that says it is one; other bytes have neither. */
#define IS_DIGIT 0x10
#define D(value) (IS_DIGIT | (value))
static const unsigned char hex_digit[256] = {
	['0'] = D(0),  ['1'] = D(1),  ['2'] = D(2),  ['3'] = D(3),
	['4'] = D(4),  ['5'] = D(5),  ['6'] = D(6),  ['7'] = D(7),
	['8'] = D(8),  ['9'] = D(9),  ['a'] = D(10), ['b'] = D(11),
	['c'] = D(12), ['d'] = D(13), ['e'] = D(14), ['f'] = D(15),
};
#undef D

/* What is left to be read: [at, end). */
struct rest {
	const char *at;
	const char *end;
};

static unsigned int digit_of(char c)
{
	return hex_digit[(unsigned char)c];
}

/* A number as %llx prints it, and a blank. */
static bool take_number(struct rest *rest, uint64_t *number)
{
	const char *at = rest->at, *end = rest->end;
	uint64_t value = 0;
	unsigned int digit;
	size_t digits;

	if (end - at > NUMBER_DIGITS + 1)
		end = at + NUMBER_DIGITS + 1;
	while (at < end && (digit = digit_of(*at))) {
		value = value << 4 | (digit & 0xf);
		at++;
	}
	digits = at - rest->at;
	if (!digits || at == end || *at != ' ' ||
	    (digits > 1 && *rest->at == '0'))
		return false;
	*number = value;
	rest->at = at + 1;
	return true;
}

/* So many octal digits, and a blank. */
static bool take_octal(struct rest *rest, size_t digits, uint32_t *value)
{
	const char *at = rest->at;
	unsigned digit, all = 0;

	if ((size_t)(rest->end - at) < digits + 1)
		return false;
	*value = 0;
	for (size_t i = 0; i < digits; i++) {
		digit = (unsigned char)at[i] - '0';
		all |= digit;
		*value = *value << 3 | (digit & 7);
	}
	if (all > 7 || at[digits] != ' ')
		return false;
	rest->at = at + digits + 1;
	return true;
}

/* The rest, as it is. */
static bool take_comm(const struct rest *rest, struct connect_event *event)
{
	size_t length = rest->end - rest->at, i;

	if (length > CONNECT_EVENT_COMM_MAX)
		return false;
	for (i = 0; i < length; i++) {
		if (rest->at[i] == '\0' || rest->at[i] == '\n')
			return false;
		event->comm[i] = rest->at[i];
	}
	memset(event->comm + length, 0, sizeof(event->comm) - length);
	event->comm_length = length;
	return true;
}

/* Keep in step with print_line() in bpf_text/tcp_v4_connect.c. */
enum connect_event_verdict connect_event_parse(struct connect_event *event,
					       const char *message,
					       size_t length)
{
	struct rest rest = {message, message + length};
	uint64_t addresses, ids;
	uint32_t error;

	if (!take_number(&rest, &addresses) || !take_number(&rest, &ids) ||
	    !take_octal(&rest, ID_DIGITS, &event->pid) ||
	    !take_octal(&rest, ID_DIGITS, &event->tid) ||
	    !take_octal(&rest, ERROR_DIGITS, &error) || error > RETURN_MISSED)
		return CONNECT_EVENT_INVALID;
	event->wall_us = 0;
	event->query = NULL;
	event->uid_unknown = false;
	event->saddr.s_addr = htonl(addresses >> 32);
	event->daddr.s_addr = htonl(addresses & 0xffffffff);
	event->lport = ids >> 48;
	event->dport = ids >> 32 & 0xffff;
	event->uid = ids & 0xffffffff;
	event->return_missed = error == RETURN_MISSED;
	event->error = event->return_missed ? 0 : error;
	return take_comm(&rest, event) ? CONNECT_EVENT_VALID :
					 CONNECT_EVENT_INVALID;
}
