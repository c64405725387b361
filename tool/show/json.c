/*
 * json.c - an object is put together in one array and written at once. No
 * library: in any of them an event would cost several allocations.
 */
#include "read/connect_event.h"
#include "show/errno_name.h"
#include "show/json.h"
#include "system/escape.h"

#include <string.h>

/* At most \uXXXX for a byte, and two of them for a character of four bytes. */
#define ESCAPE_SIZE ((size_t)6)
#define COMM_SIZE   (CONNECT_EVENT_COMM_MAX * ESCAPE_SIZE)
#define QUERY_SIZE  (255 * ESCAPE_SIZE) /* a name has at most 255 bytes */

/*
 * All but those two has at most 213 bytes: 101 between values, 21 of ts, 30 of
 * three numbers of 32 bits, 30 of addresses, 10 of ports, 21 of error. A name
 * that is too long is cut behind the escape that reaches its limit.
 */
#define ROW_SIZE (256 + COMM_SIZE + QUERY_SIZE + ESCAPE_SIZE)

#define PUT(at, literal) mempcpy(at, literal, sizeof(literal) - 1)

/* 16 bits. */
static char *put_unit(char *at, uint32_t unit)
{
	return put_hex(put_hex(PUT(at, "\\u"), unit >> 8), unit);
}

/* As UTF-16, which from U+10000 on takes two units. */
static char *put_code(char *at, uint32_t code)
{
	if (code >= 0x10000) {
		at = put_unit(at, 0xd800 | (code - 0x10000) >> 10);
		code = 0xdc00 | (code & 0x3ff);
	}
	return put_unit(at, code);
}

static char *put_control(char *at, unsigned char byte)
{
	static const char bytes[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *found = memchr(bytes, byte, strlen(bytes));

	if (!found)
		return put_code(at, byte);
	*at++ = '\\';
	*at++ = letters[found - bytes];
	return at;
}

/*
 * What does not stand for itself or has more than a byte. JSON does not ask for
 * the escapes of what a terminal may obey.
 */
static char *put_special(char *at, const unsigned char *text, size_t left,
			 size_t *used)
{
	uint32_t code;
	size_t bytes = escape_utf8_decode(text, left, &code);

	*used = bytes ? bytes : 1;
	if (*text < 0x80)
		return put_control(at, *text);
	if (!bytes)
		return put_hex(PUT(at, "\\\\x"), *text);
	if (!escape_is_printable(code))
		return put_code(at, code);
	return mempcpy(at, text, bytes);
}

/* A string and its quotes; size is what may stand between them. */
static char *put_string(char *at, size_t size, const char *string,
			size_t length)
{
	const unsigned char *text = (const unsigned char *)string;
	const unsigned char *end = text + length;
	const char *limit = at + 1 + size - ESCAPE_SIZE;
	size_t used;

	*at++ = '"';
	for (; text < end && at <= limit; text += used) {
		used = 1;
		if (*text >= ' ' && *text < 0x7f && *text != '"' &&
		    *text != '\\')
			*at++ = *text;
		else
			at = put_special(at, text, end - text, &used);
	}
	*at++ = '"';
	return at;
}

/* Seconds, with six digits behind the point. */
static char *put_ts(char *at, const struct connect_event *event)
{
	uint64_t us = event->wall_us ? event->wall_us : event->time_us;
	uint32_t rest = us % 1000000;

	at = put_decimal(at, us / 1000000);
	*at = '.';
	for (int i = 6; i; i--, rest /= 10)
		at[i] = '0' + rest % 10;
	return at + 7;
}

/* From saddr to dport. */
static char *put_socket(char *at, const struct connect_event *event)
{
	bool unknown = event->return_missed;

	at = PUT(at, ",\"saddr\":");
	if (unknown && !event->saddr.s_addr)
		at = PUT(at, "null");
	else
		at = PUT(put_address(PUT(at, "\""), event->saddr), "\"");
	at = PUT(at, ",\"lport\":");
	if (unknown && !event->lport)
		at = PUT(at, "null");
	else
		at = put_decimal(at, event->lport);
	at = put_address(PUT(at, ",\"daddr\":\""), event->daddr);
	return put_decimal(PUT(at, "\",\"dport\":"), event->dport);
}

static char *put_error(char *at, const struct connect_event *event)
{
	at = PUT(at, ",\"error\":");
	if (!event->error || event->return_missed)
		return PUT(at, "null");
	return PUT(put_errno(PUT(at, "\""), event->error), "\"");
}

void json_row(FILE *out, const struct connect_event *event)
{
	char row[ROW_SIZE], *at = row;

	at = put_ts(PUT(at, "{\"ts\":"), event);
	at = put_decimal(PUT(at, ",\"pid\":"), event->pid);
	at = PUT(at, ",\"tid\":");
	at = event->tid || !event->uid_unknown ? put_decimal(at, event->tid) :
						 PUT(at, "null");
	at = PUT(at, ",\"uid\":");
	at = event->uid_unknown ? PUT(at, "null") : put_decimal(at, event->uid);
	at = put_string(PUT(at, ",\"comm\":"), COMM_SIZE, event->comm,
			event->comm_length);
	at = put_error(put_socket(at, event), event);
	at = PUT(at, ",\"query\":");
	if (event->query)
		at = put_string(at, QUERY_SIZE, event->query,
				strlen(event->query));
	else
		at = PUT(at, "null");
	at = PUT(at, "}\n");
	(void)fwrite_unlocked(row, 1, at - row, out);
}
