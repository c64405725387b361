/*
 * json.c - an object, key by key. A row of a table has to be quick, an object
 * need not.
 */
#include "read/connect_event.h"
#include "show/errno_name.h"
#include "show/json.h"
#include "system/escape.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

/* In UTF-16, which from U+10000 on takes two units. */
static void print_code(FILE *out, uint32_t code)
{
	if (code >= 0x10000) {
		fprintf(out, "\\u%04" PRIx32, 0xd800 | (code - 0x10000) >> 10);
		code = 0xdc00 | (code & 0x3ff);
	}
	fprintf(out, "\\u%04" PRIx32, code);
}

/* JSON does not ask for the escapes of what a terminal may obey. */
static void print_text(FILE *out, const char *text)
{
	static const char bytes[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const unsigned char *at = (const unsigned char *)text;
	const unsigned char *end = at + strlen(text);
	uint32_t code;
	size_t used;

	for (; at < end; at += used ? used : 1) {
		const char *found = memchr(bytes, *at, strlen(bytes));

		used = escape_utf8_decode(at, end - at, &code);
		if (found)
			fprintf(out, "\\%c", letters[found - bytes]);
		else if (!used)
			fprintf(out, "\\\\x%02x", *at);
		else if (escape_is_printable(code))
			fwrite_unlocked(at, 1, used, out);
		else
			print_code(out, code);
	}
}

/* NULL: not known. */
static void print_string(FILE *out, const char *key, const char *text)
{
	if (!text) {
		fprintf(out, ",\"%s\":null", key);
		return;
	}
	fprintf(out, ",\"%s\":\"", key);
	print_text(out, text);
	putc_unlocked('"', out);
}

static void print_number(FILE *out, const char *key, bool is_known,
			 uint32_t number)
{
	if (is_known)
		fprintf(out, ",\"%s\":%" PRIu32, key, number);
	else
		print_string(out, key, NULL);
}

void json_row(FILE *out, const struct connect_event *event)
{
	uint64_t us = event->wall_us ? event->wall_us : event->time_us;
	bool missed = event->return_missed;
	char saddr[INET_ADDRSTRLEN], daddr[INET_ADDRSTRLEN], error[32];

	inet_ntop(AF_INET, &event->saddr, saddr, sizeof(saddr));
	inet_ntop(AF_INET, &event->daddr, daddr, sizeof(daddr));
	*put_errno(error, event->error) = '\0';
	fprintf(out, "{\"ts\":%" PRIu64 ".%06" PRIu64, us / 1000000,
		us % 1000000);
	print_number(out, "pid", true, event->pid);
	print_number(out, "tid", event->tid || !event->uid_unknown,
		     event->tid);
	print_number(out, "uid", !event->uid_unknown, event->uid);
	print_string(out, "comm", event->comm);
	print_string(out, "saddr",
		     missed && !event->saddr.s_addr ? NULL : saddr);
	print_number(out, "lport", !missed || event->lport, event->lport);
	print_string(out, "daddr", daddr);
	print_number(out, "dport", true, event->dport);
	print_string(out, "error", missed || !event->error ? NULL : error);
	print_string(out, "query", event->query);
	fputs_unlocked("}\n", out);
}
