/*
 * table.c - a row is put together in one array and written at once.
 *
 * No printf: a row costs less than the kernel spends on printing the line
 * that it came from. Where events come from is not known here, and nothing
 * is decided here about flushing.
 */
#include "table.h"
#include "connect_event.h"

#include <arpa/inet.h>
#include <string.h>

#define COMM_COLUMNS 12

/*
 * The longest row has 119 bytes: 18 of time, 10 of a process id, 12
 * characters of four bytes each in comm, 15 of an address twice, 5 of a port;
 * what pads the addresses, a blank behind each cell, and the newline.
 */
#define ROW_SIZE 160

/*
 * The put functions write at a place in a row that is all blanks, and return
 * where the next thing belongs; so nothing has to be padded.
 */
static char *put_decimal(char *at, uint64_t value)
{
	char digits[20];
	size_t start = sizeof(digits);

	do {
		digits[--start] = '0' + value % 10;
		value /= 10;
	} while (value);
	memcpy(at, digits + start, sizeof(digits) - start);
	return at + sizeof(digits) - start;
}

/* The next cell: behind this one and its width, and a blank. */
static char *next_cell(const char *cell, char *end, size_t width)
{
	return (size_t)(end - cell) < width ? end + (width - (end - cell)) + 1
					    : end + 1;
}

/*
 * Seconds with three digits behind the point, as "%.3f" would round them if
 * microseconds were exact in binary: a half goes to the even side.
 */
static char *put_seconds(char *at, uint64_t us)
{
	uint64_t ms = us / 1000;
	unsigned int rest = us % 1000;

	if (rest > 500 || (rest == 500 && ms % 2))
		ms++;
	at = put_decimal(at, ms / 1000);
	rest = ms % 1000;
	*at++ = '.';
	*at++ = '0' + rest / 100;
	*at++ = '0' + rest / 10 % 10;
	*at++ = '0' + rest % 10;
	return at;
}

/* A digit that is not wanted is overwritten: quicker than a branch. */
static char *put_octet(char *at, unsigned int octet)
{
	*at = '0' + octet / 100;
	at += octet >= 100;
	*at = '0' + octet / 10 % 10;
	at += octet >= 10;
	*at++ = '0' + octet % 10;
	return at;
}

static char *put_address(char *at, struct in_addr address)
{
	uint32_t value = ntohl(address.s_addr);

	at = put_octet(at, value >> 24);
	*at++ = '.';
	at = put_octet(at, value >> 16 & 0xff);
	*at++ = '.';
	at = put_octet(at, value >> 8 & 0xff);
	*at++ = '.';
	return put_octet(at, value & 0xff);
}

/*
 * How many bytes the UTF-8 character here has; 0 where there is none (cut
 * off, overlong, a surrogate, past U+10FFFF), and for the control characters
 * U+0080 to U+009F. The first two bytes tell all but the length.
 */
static size_t utf8_length(const unsigned char *at, size_t left)
{
	size_t length = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4, i;

	if (at[0] < 0xc2 || at[0] > 0xf4 || length > left)
		return 0;
	for (i = 1; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((at[0] == 0xc2 && at[1] < 0xa0) ||
	    (at[0] == 0xe0 && at[1] < 0xa0) ||
	    (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return length;
}

/* A byte that a terminal must not see; returns the length of the escape. */
static size_t escape(char text[4], unsigned char byte)
{
	static const char hex[] = "0123456789abcdef";

	text[0] = '\\';
	text[1] = byte == '\n' ? 'n' : byte == '\t' ? 't' : 'r';
	if (byte == '\n' || byte == '\t' || byte == '\r')
		return 2;
	text[1] = 'x';
	text[2] = hex[byte >> 4];
	text[3] = hex[byte & 0xf];
	return 4;
}

/*
 * A character of a comm that is not plain ASCII, or an escape for a byte that
 * is no character. Returns how many columns it takes: 0 where it does not fit
 * the room whole; *used says how many bytes of comm it was.
 */
static size_t put_special(char **at, size_t room, const unsigned char *comm,
			  size_t left, size_t *used)
{
	size_t bytes = utf8_length(comm, left), columns = 1;
	char text[4];

	*used = bytes ? bytes : 1;
	if (bytes)
		memcpy(text, comm, bytes);
	else
		columns = bytes = escape(text, *comm);
	if (columns > room)
		return 0;
	memcpy(*at, text, bytes);
	*at += bytes;
	return columns;
}

/* Returns the end of the column, which is not so many bytes from its begin. */
static char *put_comm(char *at, const struct connect_event *event)
{
	const unsigned char *comm = (const unsigned char *)event->comm;
	const unsigned char *end = comm + event->comm_length;
	size_t room = COMM_COLUMNS, columns, used;

	while (comm < end && *comm == ' ')
		comm++;
	for (; comm < end && room; comm += used, room -= columns) {
		columns = used = 1;
		if (*comm >= ' ' && *comm < 0x7f)
			*at++ = *comm;
		else
			columns =
				put_special(&at, room, comm, end - comm, &used);
		if (!columns)
			break;
	}
	return at + room;
}

/*
 * The table's stream has one user, so its lock is left alone. A stream that
 * takes less than it was given has set errno.
 */
static int write_out(struct table *table, const char *text, size_t length)
{
	return fwrite_unlocked(text, 1, length, table->out) == length ? 0 : -1;
}

void table_init(struct table *table, FILE *out, bool timestamp)
{
	*table = (struct table){.out = out, .timestamp = timestamp};
}

int table_header(struct table *table)
{
	static const char header[] =
		"TIME(s)  "
		"PID    COMM         SADDR            DADDR            DPORT\n";
	size_t skipped = table->timestamp ? 0 : strlen("TIME(s)  ");

	return write_out(table, header + skipped, strlen(header) - skipped);
}

/*
 * Time since the first row. CPUs are merged by the time that they give an
 * event, and yet one may come that is older than the one before it.
 */
static char *put_time(char *at, struct table *table, uint64_t time_us)
{
	if (!table->has_first) {
		table->has_first = true;
		table->first_us = time_us;
	}
	if (time_us < table->first_us)
		time_us = table->first_us;
	return put_seconds(at, time_us - table->first_us);
}

int table_row(struct table *table, const struct connect_event *event)
{
	char row[ROW_SIZE], *cell = row, *end;

	memset(row, ' ', sizeof(row));
	if (table->timestamp)
		cell = next_cell(cell, put_time(cell, table, event->time_us),
				 8);
	cell = next_cell(cell, put_decimal(cell, event->pid), 6);
	cell = put_comm(cell, event) + 1;
	cell = next_cell(cell, put_address(cell, event->saddr), 16);
	cell = next_cell(cell, put_address(cell, event->daddr), 16);
	end = next_cell(cell, put_decimal(cell, event->dport), 4) - 1;
	*end = '\n';
	return write_out(table, row, end + 1 - row);
}
