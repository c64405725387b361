/*
 * connect_event.c - a message of our BPF program becomes a struct. It is taken
 * only if the program could have printed just this.
 */
#include "read/connect_event.h"

#include <arpa/inet.h>
#include <string.h>

/* Keep in step with put_octal() and print_details() in bpf_text. */
#define NUMBER_DIGITS 16
#define ID_DIGITS     8
#define ERROR_DIGITS  5
#define RETURN_MISSED 010000

/* A digit's value, and a bit that says it is one. Other bytes have neither. */
#define IS_DIGIT 0x10
static const unsigned char hex_digit[256] = {
	['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13,
	['4'] = 0x14, ['5'] = 0x15, ['6'] = 0x16, ['7'] = 0x17,
	['8'] = 0x18, ['9'] = 0x19, ['a'] = 0x1a, ['b'] = 0x1b,
	['c'] = 0x1c, ['d'] = 0x1d, ['e'] = 0x1e, ['f'] = 0x1f,
};

/* What is left to be read: [at, end). */
struct rest {
	const char *at;
	const char *end;
};

/* A number as %llx prints it, and the byte behind it. */
static bool take_number(struct rest *rest, char behind, uint64_t *number)
{
	const char *at = rest->at, *end = rest->end;
	uint64_t value = 0;
	unsigned int digit;
	size_t digits;

	if (end - at > NUMBER_DIGITS + 1)
		end = at + NUMBER_DIGITS + 1;
	while (at < end && (digit = hex_digit[(unsigned char)*at])) {
		value = value << 4 | (digit ^ IS_DIGIT);
		at++;
	}
	digits = at - rest->at;
	if (!digits || at == end || *at != behind ||
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
	size_t length = rest->end - rest->at;

	if (length > CONNECT_EVENT_COMM_MAX ||
	    memchr(rest->at, '\0', length) || memchr(rest->at, '\n', length))
		return false;
	memcpy(event->comm, rest->at, length);
	event->comm_length = length;
	return true;
}

/* The program had no DETAILS. */
static bool set_ids(struct connect_event *event, uint64_t ids)
{
	event->pid = ids >> 16;
	event->dport = ids & 0xffff;
	event->uid_unknown = event->return_missed = true;
	return ids >> 48 == 0;
}

static bool take_details(struct rest *rest, struct connect_event *event,
			 uint64_t ids)
{
	uint32_t error;

	if (!take_octal(rest, ID_DIGITS, &event->pid) ||
	    !take_octal(rest, ID_DIGITS, &event->tid) ||
	    !take_octal(rest, ERROR_DIGITS, &error) || error > RETURN_MISSED)
		return false;
	event->lport = ids >> 48;
	event->dport = ids >> 32 & 0xffff;
	event->uid = ids & 0xffffffff;
	event->return_missed = error == RETURN_MISSED;
	event->error = event->return_missed ? 0 : error;
	return true;
}

/* Keep in step with print_line() in bpf_text/tcp_v4_connect.c. */
bool connect_event_parse(struct connect_event *event, const char *message,
			 size_t length)
{
	struct rest rest = {message, message + length};
	uint64_t addresses, ids;

	memset(event, 0, sizeof(*event));
	if (!take_number(&rest, ' ', &addresses))
		return false;
	event->saddr.s_addr = htonl(addresses >> 32);
	event->daddr.s_addr = htonl(addresses & 0xffffffff);
	if (take_number(&rest, ':', &ids))
		return set_ids(event, ids) && take_comm(&rest, event);
	return take_number(&rest, ' ', &ids) &&
	       take_details(&rest, event, ids) && take_comm(&rest, event);
}
