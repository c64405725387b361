/*
 * test_json.c - objects, byte for byte; that they are JSON is for golden/ to
 * say, with a parser that others wrote.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "read/connect_event.h"
#include "show/json.h"

#define SEED	     20150825
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ROW_MAX	     16384

static struct connect_event event_of(const char *comm, size_t length)
{
	struct connect_event event = {.wall_us = 1763800000123456,
				      .time_us = 7,
				      .pid = 181,
				      .tid = 182,
				      .uid = 1000,
				      .lport = 49152,
				      .dport = 80};

	event.saddr.s_addr = htonl(0x0a00020f);
	event.daddr.s_addr = htonl(0x7f000001);
	memcpy(event.comm, comm, length);
	event.comm_length = length;
	return event;
}

/* One row, as a string. */
static void row_of(char row[ROW_MAX], const struct connect_event *event)
{
	FILE *out = fmemopen(row, ROW_MAX, "w");

	assert_non_null(out);
	json_row(out, event);
	assert_false(ferror(out));
	assert_int_equal(fclose(out), 0);
}

static void test_plain(void **state)
{
	struct connect_event event = event_of("curl", 4);
	char row[ROW_MAX];

	(void)state;
	row_of(row, &event);
	assert_string_equal(
		row, "{\"ts\":1763800000.123456,\"pid\":181,\"tid\":182,"
		     "\"uid\":1000,\"comm\":\"curl\",\"saddr\":\"10.0.2.15\","
		     "\"lport\":49152,\"daddr\":\"127.0.0.1\",\"dport\":80,"
		     "\"error\":null,\"query\":null}\n");
	event = (struct connect_event){.comm_length = 0};
	row_of(row, &event);
	assert_string_equal(row,
			    "{\"ts\":0.000000,\"pid\":0,\"tid\":0,\"uid\":0,"
			    "\"comm\":\"\",\"saddr\":\"0.0.0.0\",\"lport\":0,"
			    "\"daddr\":\"0.0.0.0\",\"dport\":0,\"error\":null,"
			    "\"query\":null}\n");
}

static const struct {
	uint64_t wall_us, time_us;
	const char *ts;
} times[] = {
	{0, 0, "0.000000"},
	{0, 1, "0.000001"},
	{1, 5, "0.000001"},
	{0, 999999, "0.999999"},
	{0, 1000000, "1.000000"},
	{0, 12345678901, "12345.678901"},
	{1000000000000000, 1, "1000000000.000000"},
	{1763800000999990, 1, "1763800000.999990"},
	{UINT64_MAX, 1, "18446744073709.551615"},
};

static void test_times(void **state)
{
	struct connect_event event = event_of("", 0);
	char row[ROW_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(times); i++) {
		event.wall_us = times[i].wall_us;
		event.time_us = times[i].time_us;
		row_of(row, &event);
		*strstr(row, ",\"pid\":") = '\0';
		assert_string_equal(row + strlen("{\"ts\":"), times[i].ts);
	}
}

/* What an attempt left unknown; the other words of the row never change. */
static const struct {
	bool return_missed;
	uint32_t saddr;
	uint16_t lport;
	int error;
	const char *saddr_text, *lport_text, *error_text;
} unknowns[] = {
	{false, 0x01020304, 65535, 0, "\"1.2.3.4\"", "65535", "null"},
	{false, 0, 0, 0, "\"0.0.0.0\"", "0", "null"},
	{false, 0, 0, 101, "\"0.0.0.0\"", "0", "\"ENETUNREACH\""},
	{false, 0, 1, 516, "\"0.0.0.0\"", "1", "\"ERESTART_RESTARTBLOCK\""},
	{false, 0, 1, 4095, "\"0.0.0.0\"", "1", "\"4095\""},
	{true, 0x01020304, 9, 0, "\"1.2.3.4\"", "9", "null"},
	{true, 0, 9, 0, "null", "9", "null"},
	{true, 0x01020304, 0, 101, "\"1.2.3.4\"", "null", "null"},
	{true, 0, 0, 101, "null", "null", "null"},
};

static void test_unknowns(void **state)
{
	struct connect_event event = event_of("", 0);
	char row[ROW_MAX], expected[ROW_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(unknowns); i++) {
		event.return_missed = unknowns[i].return_missed;
		event.saddr.s_addr = htonl(unknowns[i].saddr);
		event.lport = unknowns[i].lport;
		event.error = unknowns[i].error;
		row_of(row, &event);
		snprintf(expected, sizeof(expected),
			 ",\"saddr\":%s,\"lport\":%s,\"daddr\":\"127.0.0.1\","
			 "\"dport\":80,\"error\":%s,\"query\":null}\n",
			 unknowns[i].saddr_text, unknowns[i].lport_text,
			 unknowns[i].error_text);
		assert_string_equal(strstr(row, ",\"saddr\""), expected);
	}
	event.uid_unknown = true;	/* in a line of the original */
	row_of(row, &event);
	assert_non_null(strstr(row, ",\"tid\":182,\"uid\":null,"));
	event.tid = 0;			/* in one without DETAILS */
	row_of(row, &event);
	assert_non_null(strstr(row, ",\"tid\":null,\"uid\":null,"));
}

static const struct {
	const char *text;
	size_t length;
	const char *shown;
} strings[] = {
#define TEXT(text) text, sizeof(text) - 1
	{TEXT(""), ""},
	{TEXT("  lead, trail  "), "  lead, trail  "},
	{TEXT("123456789abcdef"), "123456789abcdef"},
	{TEXT("/'<>&~ !"), "/'<>&~ !"},
	{TEXT("\"},{\"pid\":1"), "\\\"},{\\\"pid\\\":1"},
	{TEXT("\\"), "\\\\"},
	{TEXT("\\n\\u0041"), "\\\\n\\\\u0041"},
	{TEXT("\n\t\r\b\f"), "\\n\\t\\r\\b\\f"},
	{TEXT("\x01\x07\x0b\x0e\x1b[m\x1f"),
	 "\\u0001\\u0007\\u000b\\u000e\\u001b[m\\u001f"},
	{TEXT("\x7f~"), "\\u007f~"},
	/* characters of two, three and four bytes */
	{TEXT("\xc2\xa0\xc3\xa9\xdf\xbf"), "\xc2\xa0\xc3\xa9\xdf\xbf"},
	{TEXT("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"),
	 "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"},
	{TEXT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
	 "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
	/* U+0080, U+009B, U+009F */
	{TEXT("\xc2\x80\xc2\x9b\xc2\x9f"), "\\u0080\\u009b\\u009f"},
	/* line and paragraph separator, right-to-left override, a tag */
	{TEXT("\xe2\x80\xae\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xac"),
	 "\\u202e\\u2028\\u2029\\u202c"},
	{TEXT("\xc2\xad\xd8\x9c\xef\xbb\xbf\xf3\xa0\x80\x81"),
	 "\\u00ad\\u061c\\ufeff\\udb40\\udc01"},
	/* none: cut off, alone, overlong, surrogate, too high */
	{TEXT("ab\xe2\x82"), "ab\\\\xe2\\\\x82"},
	{TEXT("\xc2"), "\\\\xc2"},
	{TEXT("\xc2("), "\\\\xc2("},
	{TEXT("\x80\xbf"), "\\\\x80\\\\xbf"},
	{TEXT("\xc0\x80\xc1\x9b"), "\\\\xc0\\\\x80\\\\xc1\\\\x9b"},
	{TEXT("\xe0\x9f\xbf"), "\\\\xe0\\\\x9f\\\\xbf"},
	{TEXT("\xed\xa0\x80"), "\\\\xed\\\\xa0\\\\x80"},
	{TEXT("\xf4\x90\x80\x80"), "\\\\xf4\\\\x90\\\\x80\\\\x80"},
	{TEXT("\xf0\x9f\x98\""), "\\\\xf0\\\\x9f\\\\x98\\\""},
	{TEXT("\xff\xfe"), "\\\\xff\\\\xfe"},
};

/* Each as a comm and as a name. */
static void test_strings(void **state)
{
	struct connect_event event;
	char row[ROW_MAX], expected[ROW_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(strings); i++) {
		event = event_of(strings[i].text, strings[i].length);
		event.query = event.comm;
		row_of(row, &event);
		snprintf(expected, sizeof(expected),
			 "{\"ts\":1763800000.123456,\"pid\":181,\"tid\":182,"
			 "\"uid\":1000,\"comm\":\"%s\",\"saddr\":\"10.0.2.15\","
			 "\"lport\":49152,\"daddr\":\"127.0.0.1\",\"dport\":80,"
			 "\"error\":null,\"query\":\"%s\"}\n",
			 strings[i].shown, strings[i].shown);
		assert_string_equal(row, expected);
	}
}

/* The longest row that there can be, and names that are longer than any is. */
static void test_longest_row(void **state)
{
	static const char byte[] = {'\x01', '\xff', '"', 'a', '\x01', '\xff'};
	static const size_t length[] = {255, 255, 510, 1020, 2000, 2000};
	static const size_t shown[] = {1530, 1275, 1020, 1020, 12000, 10000};
	struct connect_event event = {.uid = UINT32_MAX, .comm_length = 15};
	char row[ROW_MAX], name[2001];
	size_t i;

	(void)state;
	memset(event.comm, '\x01', 15);
	event.wall_us = UINT64_MAX;
	event.pid = event.tid = UINT32_MAX;
	event.saddr.s_addr = event.daddr.s_addr = UINT32_MAX;
	event.lport = event.dport = UINT16_MAX;
	event.error = 516;
	event.query = name;
	for (i = 0; i < COUNT(byte); i++) {
		memset(name, byte[i], length[i]);
		name[length[i]] = '\0';
		row_of(row, &event);
		assert_int_equal(strlen(row), 213 + 90 + shown[i]);
	}
}

/* Ordinary values, as printf makes them. */
static void test_as_printf(void **state)
{
	char row[ROW_MAX], expected[ROW_MAX];
	char saddr[INET_ADDRSTRLEN], daddr[INET_ADDRSTRLEN];
	struct connect_event event;
	size_t i;

	(void)state;
	srand(SEED);
	for (i = 0; i < 5000; i++) {
		event = event_of("some_name", rand() % 9);
		event.wall_us = (uint64_t)rand() << 22 ^ (uint64_t)rand();
		event.pid = rand() >> rand() % 31;
		event.tid = rand() >> rand() % 31;
		event.uid = rand() * 2u + rand() % 2;
		event.saddr.s_addr = (uint32_t)rand() << 16 ^ (uint32_t)rand();
		event.daddr.s_addr = (uint32_t)rand() << 16 ^ (uint32_t)rand();
		event.lport = rand() >> rand() % 16;
		event.dport = rand() >> rand() % 16;
		event.query = rand() % 2 ? "www.example.com" : "";
		row_of(row, &event);
		inet_ntop(AF_INET, &event.saddr, saddr, sizeof(saddr));
		inet_ntop(AF_INET, &event.daddr, daddr, sizeof(daddr));
		snprintf(expected, sizeof(expected),
			 "{\"ts\":%" PRIu64 ".%06u,\"pid\":%u,\"tid\":%u,"
			 "\"uid\":%u,\"comm\":\"%s\",\"saddr\":\"%s\","
			 "\"lport\":%u,\"daddr\":\"%s\",\"dport\":%u,"
			 "\"error\":null,\"query\":\"%s\"}\n",
			 event.wall_us / 1000000,
			 (unsigned int)(event.wall_us % 1000000), event.pid,
			 event.tid, event.uid, event.comm, saddr, event.lport,
			 daddr, event.dport, event.query);
		assert_string_equal(row, expected);
	}
}

static void test_refused(void **state)
{
	struct connect_event event = event_of("x", 1);
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	if (!full)
		skip();
	assert_int_equal(setvbuf(full, NULL, _IONBF, 0), 0);
	errno = 0;
	json_row(full, &event);
	assert_true(ferror(full));
	assert_int_equal(errno, ENOSPC);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_unknowns),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_longest_row),
		cmocka_unit_test(test_as_printf),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
