/*
 * table.c - a row is put together in one array and written at once. It flushes
 * nothing.
 */
#include "read/connect_event.h"
#include "show/errno_name.h"
#include "show/table.h"
#include "system/escape.h"

#include <string.h>
#include <time.h>

#define COMM_COLUMNS 12

/*
 * All cells but QUERY have at most 168 bytes: 9 of the time of day, 19 of time,
 * 11 of an id twice, 49 of comm (twelve characters of four bytes), 17 of an
 * address twice, 7 of a port twice, 21 of an error's name. They are written
 * into blanks, so nothing has to be padded.
 */
#define CELLS_SIZE 192

/*
 * A name has at most 255 bytes, each at most \xNN. A longer one is cut. A
 * character has at most four bytes.
 */
#define QUERY_COLUMNS ((size_t)255 * 4)
#define QUERY_SIZE    (QUERY_COLUMNS * 4)

static char *put_text(char *at, const char *text)
{
	return mempcpy(at, text, strlen(text));
}

/* The next cell: behind this one and its width, and a blank. */
static char *next_cell(char *cell, char *end, size_t width)
{
	return (end > cell + width ? end : cell + width) + 1;
}

/*
 * Seconds with three digits behind the point, as "%.3f" would round them if
 * microseconds were exact in binary: a half goes to the even side.
 */
static char *put_seconds(char *at, uint64_t us)
{
	uint64_t ms = us / 1000;
	unsigned int rest = us % 1000;
	char *point;

	if (rest > 500 || (rest == 500 && ms % 2))
		ms++;
	point = put_decimal(at, ms / 1000);
	/* The first of four digits becomes the point. */
	at = put_decimal(point, 1000 + ms % 1000);
	*point = '.';
	return at;
}

/*
 * Bytes below first, and what is no printable UTF-8, become escapes. One that
 * does not fit into so many columns is left out with what follows; *columns is
 * what is left of them.
 */
static char *put_shown(char *at, size_t *columns, const char *bytes,
		       size_t length, unsigned char first)
{
	const unsigned char *text = (const unsigned char *)bytes;
	const unsigned char *end = text + length;
	size_t used, width;
	char escape[4];

	for (; text < end && *columns; text += used, *columns -= width) {
		used = width = 1;
		if (*text >= first && *text < 0x7f) {
			*at++ = *text;
			continue;
		}
		used = *text < first ? 0 :
				       escape_utf8_length(text, end - text);
		if (used) {
			at = mempcpy(at, text, used);
			continue;
		}
		used = 1;
		width = put_escape(escape, *text) - escape;
		if (width > *columns)
			break;
		at = mempcpy(at, escape, width);
	}
	return at;
}

/* Returns the end of the column, which may have more bytes than columns. */
static char *put_comm(char *at, const struct connect_event *event)
{
	const char *comm = event->comm, *end = comm + event->comm_length;
	size_t columns = COMM_COLUMNS;

	while (comm < end && *comm == ' ')
		comm++;
	at = put_shown(at, &columns, comm, end - comm, ' ');
	return at + columns;
}

/* The last column, so it is as wide as the name. Returns its end. */
static char *put_query(char *at, const char *query)
{
	size_t columns = QUERY_COLUMNS;

	if (!query || !*query)
		return put_text(at, "-");
	return put_shown(at, &columns, query, strlen(query), ' ' + 1);
}

void table_init(struct table *table, FILE *out,
		const struct table_columns *columns)
{
	*table = (struct table){.out = out, .columns = *columns};
	if (columns->wall_time)
		tzset();
}

void table_header(const struct table *table)
{
	const struct table_columns *columns = &table->columns;

	fprintf(table->out,
		"%s%s%sPID    COMM         SADDR            "
		"%sDADDR            DPORT%s%s%s\n",
		columns->wall_time ? "TIME     " : "",
		columns->timestamp ? "TIME(s)  " : "",
		columns->uid ? "UID    " : "", columns->lport ? "LPORT  " : "",
		columns->error ? "  ERR" : "",
		columns->error && columns->query ? "            " : "",
		columns->query ? "  QUERY" : "");
}

/*
 * strftime() may open the file of the time zone again, which confine.h forbids.
 */
static char *put_clock(char *at, uint64_t wall_us)
{
	time_t second = wall_us / 1000000;
	char text[9] = "-";
	struct tm tm;

	if (wall_us && localtime_r(&second, &tm))
		snprintf(text, sizeof(text), "%02d:%02d:%02d", tm.tm_hour,
			 tm.tm_min, tm.tm_sec);
	return put_text(at, text);
}

/* Time since the first row, which may come before an older one. */
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

static char *put_known(char *at, bool is_known, uint32_t number)
{
	return is_known ? put_decimal(at, number) : put_text(at, "-");
}

static char *put_error(char *at, const struct connect_event *event)
{
	if (!event->error || event->return_missed)
		return put_text(at, "-");
	return put_errno(at, event->error);
}

void table_row(struct table *table, const struct connect_event *event)
{
	const struct table_columns *columns = &table->columns;
	char row[CELLS_SIZE + QUERY_SIZE + 1], *cell = row, *end;

	memset(row, ' ', CELLS_SIZE);
	if (columns->wall_time)
		cell = next_cell(cell, put_clock(cell, event->wall_us), 8);
	if (columns->timestamp)
		cell = next_cell(cell, put_time(cell, table, event->time_us),
				 8);
	if (columns->uid)
		cell = next_cell(cell, put_known(cell, !event->uid_unknown,
						 event->uid), 6);
	cell = next_cell(cell, put_decimal(cell, event->pid), 6);
	cell = put_comm(cell, event) + 1;
	cell = next_cell(cell, put_address(cell, event->saddr), 16);
	if (columns->lport)
		cell = next_cell(cell, put_known(cell, event->lport,
						 event->lport), 6);
	cell = next_cell(cell, put_address(cell, event->daddr), 16);
	end = put_decimal(cell, event->dport);
	if (!columns->error && !columns->query)
		end = next_cell(cell, end, 4) - 1;
	cell = next_cell(cell, end, 6);
	if (columns->error) {
		end = put_error(cell, event);
		cell = next_cell(cell, end, 16);
	}
	if (columns->query)
		end = put_query(cell, event->query);
	*end++ = '\n';
	(void)fwrite_unlocked(row, 1, end - row, table->out);
}
