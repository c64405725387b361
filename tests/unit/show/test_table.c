/*
 * test_table.c - the original's columns, byte for byte, whatever a comm holds,
 * and any choice of the others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "read/connect_event.h"
#include "show/table.h"

#define SEED	     20150825
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A table that is written to memory. */
struct page {
	struct table table;
	FILE *out;
	char *text;
	size_t length;
};

static void page_open_with(struct page *page, struct table_columns columns)
{
	page->out = open_memstream(&page->text, &page->length);
	assert_non_null(page->out);
	table_init(&page->table, page->out, &columns);
}

static void page_open(struct page *page, bool timestamp)
{
	page_open_with(page, (struct table_columns){.timestamp = timestamp});
}

static void page_close(struct page *page)
{
	fclose(page->out);
	free(page->text);
}

/* What was written since the last call; it lives until the next. */
static const char *page_next(struct page *page, size_t *at)
{
	size_t from = *at;

	assert_int_equal(fflush(page->out), 0);
	assert_false(ferror(page->out));
	*at = page->length;
	return page->text + from;
}

static struct connect_event event_of(uint32_t pid, const char *comm,
				     size_t length)
{
	struct connect_event event = {.pid = pid, .tid = pid, .dport = 80};

	event.saddr.s_addr = htonl(0x7f000001);
	event.daddr.s_addr = htonl(0x7f000001);
	memcpy(event.comm, comm, length);
	event.comm_length = length;
	return event;
}

static void test_header(void **state)
{
	struct page page;
	size_t at = 0;

	(void)state;
	page_open(&page, false);
	table_header(&page.table);
	assert_string_equal(page_next(&page, &at),
			    "PID    COMM         SADDR            "
			    "DADDR            DPORT\n");
	page_close(&page);
	page_open(&page, true);
	table_header(&page.table);
	at = 0;
	assert_string_equal(page_next(&page, &at),
			    "TIME(s)  PID    COMM         SADDR            "
			    "DADDR            DPORT\n");
	page_close(&page);
}

static const struct {
	uint32_t pid;
	const char *comm;
	const char *saddr, *daddr;
	uint16_t dport;
	const char *row;
} rows[] = {
	{1479, "telnet", "127.0.0.1", "127.0.0.1", 23,
	 "1479   telnet       127.0.0.1        127.0.0.1        23  \n"},
	{1469, "curl", "10.201.219.236", "54.245.105.25", 80,
	 "1469   curl         10.201.219.236   54.245.105.25    80  \n"},
	{0, "", "0.0.0.0", "0.0.0.0", 0,
	 "0                   0.0.0.0          0.0.0.0          0   \n"},
	{999999, "123456789012", "255.255.255.255", "100.99.10.9", 65535,
	 "999999 123456789012 255.255.255.255  100.99.10.9      65535\n"},
	{1000000, "x", "1.22.200.101", "109.110.19.20", 443,
	 "1000000 x            1.22.200.101     109.110.19.20    443 \n"},
	{4294967295, "123456789012345", "192.168.1.1", "192.168.1.2", 7001,
	 "4294967295 123456789012 192.168.1.1      192.168.1.2      7001\n"},
};

static void test_rows(void **state)
{
	struct connect_event event;
	struct page page;
	size_t i, at = 0;

	(void)state;
	page_open(&page, false);
	for (i = 0; i < COUNT(rows); i++) {
		event = event_of(rows[i].pid, rows[i].comm,
				 strlen(rows[i].comm));
		inet_pton(AF_INET, rows[i].saddr, &event.saddr);
		inet_pton(AF_INET, rows[i].daddr, &event.daddr);
		event.dport = rows[i].dport;
		table_row(&page.table, &event);
		assert_string_equal(page_next(&page, &at), rows[i].row);
	}
	page_close(&page);
}

static const struct {
	const char *comm;
	size_t length;
	const char *shown;
} comms[] = {
#define COMM(text) text, sizeof(text) - 1
	{COMM("curl"), "curl        "},
	{COMM(""), "            "},
	{COMM("               "), "            "},
	{COMM("  lead in "), "lead in     "},
	{COMM("   123456789012"), "123456789012"},
	{COMM("123456789abcdef"), "123456789abc"},
	{COMM("back\\slash\\n"), "back\\slash\\n"},
	{COMM("~!@#$%^&*()_"), "~!@#$%^&*()_"},
	{COMM("1 80 10.0.0.1 2"), "1 80 10.0.0."},
	/* control characters */
	{COMM("a\nb\tc\rd"), "a\\nb\\tc\\rd  "},
	{COMM("\t x"), "\\t x        "},
	{COMM("\x1b[31mred\x1b[m"), "\\x1b[31mred "},
	{COMM("\x01\x1f\x7f"), "\\x01\\x1f\\x7f"},
	{COMM("\0x"), "\\x00x       "},
	{COMM("\xc2\x80\xc2\x9f"), "\\xc2\\x80\\xc2"},
	{COMM("\xe2\x80\xae""abc\xe2\x80\xac"), "\\xe2\\x80\\xae"},
	{COMM("a\xe2\x80\xa8"), "a\\xe2\\x80   "},
	{COMM("\n\n\n\n\n\n\n"), "\\n\\n\\n\\n\\n\\n"},
	/* an escape that does not fit is left out, with what follows */
	{COMM("12345678\x01z"), "12345678\\x01"},
	{COMM("123456789\x01z"), "123456789   "},
	{COMM("1234567890\x01z"), "1234567890  "},
	{COMM("12345678901\x01z"), "12345678901 "},
	{COMM("1234567890\nz"), "1234567890\\n"},
	{COMM("12345678901\nz"), "12345678901 "},
	/* characters of two, three and four bytes */
	{COMM("\xc2\xa0\xc3\xbf\xdf\xbf"), "\xc2\xa0\xc3\xbf\xdf\xbf         "},
	{COMM("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80"),
	 "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80         "},
	{COMM("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
	 "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf          "},
	{COMM("123456789ab\xc3\xa9z"), "123456789ab\xc3\xa9"},
	{COMM("123456789abc\xc3\xa9"), "123456789abc"},
	/* none: cut off, alone, overlong, surrogate, too high */
	{COMM("ab\xe2\x82"), "ab\\xe2\\x82  "},
	{COMM("\xc3"), "\\xc3        "},
	{COMM("\xc3("), "\\xc3(       "},
	{COMM("\x80\xbf"), "\\x80\\xbf    "},
	{COMM("\xc0\x80\xc1"), "\\xc0\\x80\\xc1"},
	{COMM("\xe0\x9f\xbf"), "\\xe0\\x9f\\xbf"},
	{COMM("\xed\xa0\x80"), "\\xed\\xa0\\x80"},
	{COMM("\xf0\x8f\xbf\xbf"), "\\xf0\\x8f\\xbf"},
	{COMM("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80"},
	{COMM("\xf5\xff\xfe"), "\\xf5\\xff\\xfe"},
	{COMM("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80"},
};

static void test_comms(void **state)
{
	struct connect_event event;
	struct page page;
	char row[128];
	size_t i, at = 0;

	(void)state;
	page_open(&page, false);
	for (i = 0; i < COUNT(comms); i++) {
		event = event_of(7, comms[i].comm, comms[i].length);
		table_row(&page.table, &event);
		snprintf(row, sizeof(row), "%-6d %s %-16s %-16s %-4s\n", 7,
			 comms[i].shown, "127.0.0.1", "127.0.0.1", "80");
		assert_string_equal(page_next(&page, &at), row);
	}
	page_close(&page);
}

static const struct {
	uint64_t time_us;
	const char *time;
} times[] = {
	{1000000, "0.000    "},
	{1000499, "0.000    "},
	{1000500, "0.000    "}, /* a half goes to the even side */
	{1000501, "0.001    "},
	{1001499, "0.001    "},
	{1001500, "0.002    "},
	{1002500, "0.002    "},
	{1009500, "0.010    "},
	{1999499, "0.999    "},
	{1999500, "1.000    "},
	{999999, "0.000    "}, /* earlier than the first */
	{0, "0.000    "},
	{2012345, "1.012    "},
	{11000000, "10.000   "},
	{101000000, "100.000  "},
	{10000999499, "9999.999 "},
	{10000999500, "10000.000 "},
	{1000000000000, "999999.000 "},
	{UINT64_MAX, "18446744073708.552 "},
};

static void test_times(void **state)
{
	struct connect_event event = event_of(7, "x", 1);
	const char *row;
	struct page page;
	size_t i, at = 0;

	(void)state;
	page_open(&page, true);
	for (i = 0; i < COUNT(times); i++) {
		event.time_us = times[i].time_us;
		table_row(&page.table, &event);
		row = page_next(&page, &at);
		assert_memory_equal(row, times[i].time, strlen(times[i].time));
		assert_string_equal(row + strlen(times[i].time),
				    "7      x            127.0.0.1        "
				    "127.0.0.1        80  \n");
	}
	page_close(&page);
}

/* Ordinary values: what the original's formats make of them. */
static void test_as_printf(void **state)
{
	char row[160], saddr[INET_ADDRSTRLEN], daddr[INET_ADDRSTRLEN], port[6];
	struct connect_event event;
	struct page page;
	size_t at = 0, i;
	uint64_t ms = 0;

	(void)state;
	srand(SEED);
	page_open(&page, true);
	for (i = 0; i < 5000; i++) {
		event = event_of(rand() % 1000000, "some_name", rand() % 9);
		ms += i ? rand() % 1900 : 0;
		event.time_us = 123456 + ms * 1000;
		event.saddr.s_addr = (uint32_t)rand() << 16 ^ (uint32_t)rand();
		event.daddr.s_addr = (uint32_t)rand() << 16 ^ (uint32_t)rand();
		event.dport = rand() >> rand() % 16;
		table_row(&page.table, &event);
		inet_ntop(AF_INET, &event.saddr, saddr, sizeof(saddr));
		inet_ntop(AF_INET, &event.daddr, daddr, sizeof(daddr));
		snprintf(port, sizeof(port), "%u", event.dport);
		snprintf(row, sizeof(row),
			 "%-9.3f%-6u %-12.12s %-16s %-16s %-4s\n", ms / 1000.0,
			 event.pid, event.comm, saddr, daddr, port);
		assert_string_equal(page_next(&page, &at), row);
	}
	page_close(&page);
}

/* A choice of columns for each number below 64. */
static struct table_columns columns_of(unsigned int bits)
{
	return (struct table_columns){
		.wall_time = bits & 1,
		.timestamp = bits & 2,
		.uid = bits & 4,
		.lport = bits & 8,
		.error = bits & 16,
		.query = bits & 32,
	};
}

/* A row or header as printf makes it. */
static void print_row(char *row, struct table_columns columns,
		      const char *const cells[11])
{
	static const int widths[] = {8, 8, 6, 6, 12, 16, 6, 16, 6, 16, 0};
	bool more = columns.error || columns.query;
	const bool shown[] = {columns.wall_time,
			      columns.timestamp,
			      columns.uid,
			      true,
			      true,
			      true,
			      columns.lport,
			      true,
			      more,
			      columns.error,
			      columns.query};
	char *end = row;
	int i;

	for (i = 0; i < 11; i++)
		if (shown[i])
			end += sprintf(end, "%-*s ", widths[i], cells[i]);
	/* cppcheck-suppress uninitvar ; some columns are always shown */
	while (more && end[-1] == ' ')
		end--;
	if (!more)
		end += sprintf(end, "%-4s", cells[8]);
	strcpy(end, "\n");
}

static void test_all_headers(void **state)
{
	static const char *const cells[] = {
		"TIME",	 "TIME(s)", "UID",   "PID", "COMM",  "SADDR",
		"LPORT", "DADDR",   "DPORT", "ERR", "QUERY",
	};
	struct page page;
	unsigned int bits;
	char header[256];
	size_t at;

	(void)state;
	for (bits = 0; bits < 64; bits++) {
		page_open_with(&page, columns_of(bits));
		at = 0;
		table_header(&page.table);
		print_row(header, columns_of(bits), cells);
		assert_string_equal(page_next(&page, &at), header);
		page_close(&page);
	}
}

/* Cells that are empty, just full, and too wide. */
static const struct {
	uint64_t wall_us, time_us;
	uint32_t uid, pid;
	const char *comm;
	uint16_t lport, dport;
	int error;
	const char *query;
	const char *cells[11];
} extremes[] = {
	{1763800000123456,
	 1,
	 0,
	 1,
	 "x",
	 0,
	 0,
	 0,
	 NULL,
	 {"08:26:40", "0.000", "0", "1", "x", "0.0.0.0", "-", "0.0.0.0", "0",
	  "-", "-"}},
	{1763855999999999,
	 9999999001,
	 999999,
	 999999,
	 "123456789012345",
	 65535,
	 65535,
	 101,
	 "www.example.com",
	 {"23:59:59", "9999.999", "999999", "999999", "123456789012",
	  "255.255.255.255", "65535", "255.255.255.255", "65535", "ENETUNREACH",
	  "www.example.com"}},
	{1763856000000000,
	 10000000001,
	 4294967295,
	 4194304,
	 "\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b",
	 1,
	 1,
	 516,
	 "\x1b\n\xff",
	 {"00:00:00", "10000.000", "4294967295", "4194304", "\\x1b\\x1b\\x1b",
	  "255.255.255.255", "1", "255.255.255.255", "1",
	  "ERESTART_RESTARTBLOCK", "\\x1b\\n\\xff"}},
	{0,
	 1000000000000001,
	 4294967294,
	 4294967295,
	 "\n\n\n\n\n\n\n\n",
	 65535,
	 65535,
	 4095,
	 "a.b",
	 {"-", "1000000000.000", "4294967294", "4294967295",
	  "\\n\\n\\n\\n\\n\\n", "255.255.255.255", "65535", "255.255.255.255",
	  "65535", "4095", "a.b"}},
};

/* As many words as there are columns, where no cell has a blank. */
static void check_words(const char *row, struct table_columns columns)
{
	char copy[256], *rest = copy;
	int words = 5 + columns.wall_time + columns.timestamp + columns.uid +
		    columns.lport + columns.error + columns.query;

	strcpy(copy, row);
	while (strtok_r(rest, " \n", &rest))
		words--;
	assert_int_equal(words, 0);
}

static void check_extremes(struct table_columns columns)
{
	struct connect_event event;
	struct page page;
	char row[256];
	const char *text;
	size_t i, at = 0;

	page_open_with(&page, columns);
	for (i = 0; i < COUNT(extremes); i++) {
		event = event_of(extremes[i].pid, extremes[i].comm,
				 strlen(extremes[i].comm));
		event.wall_us = extremes[i].wall_us;
		event.time_us = extremes[i].time_us;
		event.uid = extremes[i].uid;
		event.saddr.s_addr = event.daddr.s_addr = i ? 0xffffffff : 0;
		event.lport = extremes[i].lport;
		event.dport = extremes[i].dport;
		event.error = extremes[i].error;
		event.query = extremes[i].query;
		table_row(&page.table, &event);
		print_row(row, columns, extremes[i].cells);
		text = page_next(&page, &at);
		check_words(text, columns);
		assert_string_equal(text, row);
	}
	page_close(&page);
}

static void test_extremes(void **state)
{
	unsigned int bits;

	(void)state;
	for (bits = 0; bits < 64; bits++)
		check_extremes(columns_of(bits));
}
/* Across both changes of the clock in a year, forth and back. */
static const struct {
	uint64_t wall_us;
	const char *clock;
} clocks[] = {
	{0, "-        "},
	{1, "01:00:00 "},
	{1774745999999999, "01:59:59 "},
	{1774746000000000, "03:00:00 "},
	{1774746000000001, "03:00:00 "},
	{1774745999999999, "01:59:59 "},
	{0, "-        "},
	{1774745999999998, "01:59:59 "},
	{1792889999000000, "02:59:59 "},
	{1792890000000000, "02:00:00 "},
	{1792893600000000, "03:00:00 "},
};

static void test_clock(void **state)
{
	struct connect_event event = event_of(7, "x", 1);
	struct page page;
	size_t i, at = 0;

	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	page_open_with(&page, (struct table_columns){.wall_time = true});
	for (i = 0; i < COUNT(clocks); i++) {
		event.wall_us = clocks[i].wall_us;
		table_row(&page.table, &event);
		assert_memory_equal(page_next(&page, &at), clocks[i].clock, 9);
	}
	page_close(&page);
	setenv("TZ", "UTC", 1);
}

static const struct {
	int error;
	bool return_missed;
	const char *query, *end;
} ends[] = {
	{0, false, NULL, "80     -                -\n"},
	{0, false, "", "80     -                -\n"},
	{101, true, "a", "80     -                a\n"},
	{101, false, "a", "80     ENETUNREACH      a\n"},
	{99, false, "a", "80     EADDRNOTAVAIL    a\n"},
	{514, false, "a", "80     ERESTARTNOHAND   a\n"},
	{516, false, "a", "80     ERESTART_RESTARTBLOCK a\n"},
	{41, false, "a", "80     41               a\n"},
	{4095, false, "a", "80     4095             a\n"},
	{1, false, "a b ", "80     EPERM            a\\x20b\\x20\n"},
	{1, false, "\r\n\t\v", "80     EPERM            \\r\\n\\t\\x0b\n"},
	{1, false, "\x1b[2J\x7f", "80     EPERM            \\x1b[2J\\x7f\n"},
	{1, false,
	 "b\xc3\xbc"
	 "cher\xe2\x82\xac\xf0\x9f\x98\x80",
	 "80     EPERM            b\xc3\xbc"
	 "cher\xe2\x82\xac\xf0\x9f\x98\x80\n"},
	{1, false, "\xc2\x9b\xe2\x82\xff",
	 "80     EPERM            \\xc2\\x9b\\xe2\\x82\\xff\n"},
	{1, false, "a\\.b\\255.c", "80     EPERM            a\\.b\\255.c\n"},
};

static void test_ends(void **state)
{
	struct connect_event event = event_of(7, "x", 1);
	struct page page;
	const char *row;
	size_t i, at = 0;

	(void)state;
	page_open_with(&page, columns_of(16 | 32));
	for (i = 0; i < COUNT(ends); i++) {
		event.error = ends[i].error;
		event.return_missed = ends[i].return_missed;
		event.query = ends[i].query;
		table_row(&page.table, &event);
		row = page_next(&page, &at);
		assert_string_equal(row + strlen("7      x            "
						 "127.0.0.1        "
						 "127.0.0.1        "),
				    ends[i].end);
	}
	page_close(&page);
}

/* The longest row that there can be fits its array, with whatever name. */
static void test_longest_row(void **state)
{
	static const char byte[] = {'\xff', 'a', '\xff', '\xff', '\n'};
	static const size_t length[] = {255, 1020, 256, 2000, 255};
	struct connect_event event;
	struct page page;
	size_t i, at = 0;
	const char *row;
	char name[2001];

	(void)state;
	event = event_of(UINT32_MAX,
			 "\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
			 "\xf0\x9f\x98\x80xyz",
			 15);
	event.saddr.s_addr = event.daddr.s_addr = htonl(0xffffffff);
	event.dport = event.lport = 65535;
	event.uid = UINT32_MAX;
	event.error = 516;
	event.query = name;
	page_open_with(&page, columns_of(63));
	for (i = 0; i < COUNT(byte); i++) {
		memset(name, byte[i], length[i]);
		name[length[i]] = '\0';
		event.time_us = event.wall_us = i ? UINT64_MAX : 0;
		table_row(&page.table, &event);
		row = page_next(&page, &at);
		assert_int_equal(strlen(strrchr(row, ' ')) - 2,
				 byte[i] == '\n' ? 510 : 1020);
	}
	assert_non_null(strstr(row, " 18446744073709.552 4294967295 4294967295 "
				    "\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
				    "\xf0\x9f\x98\x80xyz       255.255.255.255"
				    "  65535  255.255.255.255  65535  "
				    "ERESTART_RESTARTBLOCK \\n\\n"));
	page_close(&page);
}

/* Any bytes in comm: twelve columns, and nothing that moves a cursor. */
static void test_any_comm(void **state)
{
	struct connect_event event;
	struct page page;
	const char *row;
	char comm[CONNECT_EVENT_COMM_MAX];
	size_t at = 0, i, k, columns;

	(void)state;
	srand(SEED);
	page_open(&page, false);
	for (i = 0; i < 20000; i++) {
		for (k = 0; k < sizeof(comm); k++)
			comm[k] = rand() % 3 ? rand() % 256
					     : "\xe2\x82\xac\xc2\x9b\xf0\x9f"
					       "\x98\x80"[rand() % 9];
		event = event_of(123456, comm, rand() % (sizeof(comm) + 1));
		table_row(&page.table, &event);
		row = page_next(&page, &at) + 7;
		for (columns = 0; columns < 12; row++) {
			assert_false((unsigned char)*row < ' ' || *row == 0x7f);
			columns += ((unsigned char)row[1] & 0xc0) != 0x80;
		}
		assert_string_equal(row, " 127.0.0.1        127.0.0.1        "
					 "80  \n");
	}
	page_close(&page);
}

static void test_refused(void **state)
{
	static const struct table_columns columns = {.timestamp = true};
	struct connect_event event = event_of(7, "x", 1);
	FILE *full = fopen("/dev/full", "w");
	struct table table;

	(void)state;
	if (!full)
		skip();
	assert_int_equal(setvbuf(full, NULL, _IONBF, 0), 0);
	table_init(&table, full, &columns);
	errno = 0;
	table_header(&table);
	assert_true(ferror(full));
	assert_int_equal(errno, ENOSPC);
	clearerr(full);
	errno = 0;
	table_row(&table, &event);
	assert_true(ferror(full));
	assert_int_equal(errno, ENOSPC);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_comms),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_as_printf),
		cmocka_unit_test(test_all_headers),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_longest_row),
		cmocka_unit_test(test_any_comm),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
