/*
 * test_trace_line.c - our message is found in every dialect of a trace_pipe,
 * and in nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "read/trace_line.h"

#define SEED	     20150825
#define TAG	     "tcpv4connect:0123abcd"
#define MSG	     TAG " 1 2 xyz"
#define NO_TIME	     UINT64_MAX
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *line;
	uint64_t time_us;
} ours[] = {
	/* Linux 4.4 to 4.12 */
	{"            curl-1469  [001] d... 85.871000: : " MSG, 85871000},
	{"            curl-1469  [001] dN..     7.361545: : " MSG, 7361545},
	{"            curl-1469  [001] d..10     7.000001: : " MSG, 7000001},
	{"           <...>-40001 [000] ....     0.000000: : " MSG, 0},
	{"          <idle>-0     [000] ..s.     1.999999: : " MSG, 1999999},
	/* 4.13 to 4.17 */
	{"   curl-1469  [001] ....   85.871000: 0x00000001: " MSG, 85871000},
	/* 4.18 to 5.8; PREEMPT_RT; record-tgid */
	{"            curl-1469  [001] ...1  2120.999999: 0: " MSG, 2120999999},
	{"   curl-1469  [001] d....1.  2120.000001: 0: " MSG, 2120000001},
	{"   curl-1469  ( 1469) [001] ....   85.871000: 0: " MSG, 85871000},
	{"   curl-1469  (-----) [001] ....   85.871000: 0: " MSG, 85871000},
	/* from 5.9 */
	{"            curl-3774    [000] d...  1670.601185: "
	 "bpf_trace_printk: " MSG,
	 1670601185},
	{"            curl-3774    [000] d..31  1670.601185: "
	 "bpf_trace_printk: " MSG,
	 1670601185},
	{"            curl-3774    [000] ...21  1670.601185: "
	 "bpf_trace_printk: " MSG,
	 1670601185},
	{"            curl-4194304 [127] .l.21  1670.601185: "
	 "bpf_trace_printk: " MSG,
	 1670601185},
	{" Thread-1 (th)-126     [001] .B.21 18446744073.709551: "
	 "bpf_trace_printk: " MSG,
	 18446744073709551},
	{"            curl-4026    (   4026) [000] .....    12.345678: "
	 "bpf_trace_printk: " MSG,
	 12345678},
	{"            curl-4026    (-------) [000] .....    12.345678: "
	 "bpf_trace_printk: " MSG,
	 12345678},
	/* noirq-info */
	{"            curl-3774    [000]  1670.601185: "
	 "bpf_trace_printk: " MSG,
	 1670601185},
	/* sym-addr */
	{"   curl-1469  [001] d... 85.871000:  <0000000000000001>: " MSG,
	 85871000},
	{"   curl-1469  [001] d... 85.871000: 0x00000001 "
	 "<0000000000000001>: " MSG,
	 85871000},
	/* fields */
	{"            curl-3774    [000] ...21  1670.601185: "
	 "bpf_trace_printk: bpf_string=" MSG,
	 1670601185},
	/* latency-format */
	{"    fire-20876     1...21 2692904022us : bpf_trace_printk: " MSG,
	 2692904022},
	{"    fire-20876   1d...    9us!: : " MSG, 9},
	{"    fire-20876   1d...    9us+: 0: " MSG, 9},
	/* clocks that do not count time */
	{"            curl-3774    [000] ...21           42: "
	 "bpf_trace_printk: " MSG,
	 NO_TIME},
	{"            curl-3774    [000] ....  18446744073709551615: 0: " MSG,
	 NO_TIME},
	/* nocontext-info */
	{"bpf_trace_printk: " MSG, NO_TIME},
	{": " MSG, NO_TIME},
	{"0: " MSG, NO_TIME},
	{"0x00000001: " MSG, NO_TIME},
	/* comms: a newline before, forged frames, escapes, nothing, blanks */
	{"x-99 [001]-1469  [001] d... 85.871000: : " MSG, 85871000},
	{"-1469  [001] d... 85.871000: : " MSG, 85871000},
	{"  a b-1 [000] x:-1469    [001] ...21 85.871000: "
	 "bpf_trace_printk: " MSG,
	 85871000},
	{"   1.000000: 0: -1469    [001] ...21 85.871000: "
	 "bpf_trace_printk: " MSG,
	 85871000},
	{" tcpv4connect:01-1469    [001] ...21 85.871000: "
	 "bpf_trace_printk: " MSG,
	 85871000},
	{" CPU:0 [LOST 9 E-1469    [001] ...21 85.871000: "
	 "bpf_trace_printk: " MSG,
	 85871000},
	{"    \x1b[31mred\xff\xc3\x80-1469 [001] .... 85.871000: 0: " MSG,
	 85871000},
	{"                -1469    [001] .... 85.871000: 0: " MSG, 85871000},
	/* another tracer's text without a newline, to 5.8 */
	{"   sh-9 [000] .... 1.000000: 0: text   curl-1469  [001] .... "
	 "85.871000: 0: " MSG,
	 85871000},
	{"   sh-9 [000] .... 1.000000: 0: see " TAG "  curl-1469  [001] .... "
	 "85.871000: : x " TAG " x-1 [000] 5.000000: 0: " MSG,
	 5000000},
};

static const char *const foreign[] = {
	"",
	" ",
	TAG,
	MSG,
	" " MSG,
	":" MSG,
	"# tracer: nop",
	"   sh-9 [000] .... 1.000000: bpf_trace_printk: hello",
	"   sh-9 [000] .... 1.000000: bpf_trace_printk:" MSG,
	"   sh-9 [000] .... 1.000000: bpf_trace_printk:  " MSG,
	"   sh-9 [000] .... 1.000000: bpf_trace_printk: x" MSG,
	"   sh-9 [000] .... 1.000000: bpf_trace_printk: see " MSG,
	"   sh-9 [000] .... 1.000000: bpf_trace_printk: " TAG,
	"   sh-9 [000] .... 1.000000: bpf_trace_printk: " TAG "0 1 2 xyz",
	"   sh-9 [000] .... 1.000000: bpf_trace_printk: " TAG "\t1 2 xyz",
	"   sh-9 [000] .... 1.000000: xbpf_trace_printk: " MSG,
	"   sh-9 [000] .... 1.000000: tracing_mark_write: " MSG,
	"   sh-9 [000] .... 1.000000: printk: bpf_string=" MSG,
	"   sh-9 [000] .... 1.000000: bpf_trace_printk: x=" MSG,
	"   sh-9 [000] .... 1.000000: 1: " MSG,
	"   sh-9 [000] .... 1.000000: 00: " MSG,
	"   sh-9 [000] .... 1.000000: 0x: " MSG,
	"   sh-9 [000] .... 1.000000: 0xG1: " MSG,
	"   sh-9 [000] .... 1.000000: 0x1 <>: " MSG,
	"   sh-9 [000] .... 1.000000: 0x1<1>: " MSG,
	"   sh-9 [000] .... 1.000000 : " MSG,
	"   sh-9 [000] .... 1.00000: : " MSG,
	"   sh-9 [000] .... 1.0000000: : " MSG,
	"   sh-9 [000] .... .000000: : " MSG,
	"   sh-9 [000] .... x1.000000: : " MSG,
	"   sh-9 [000] .... 1,000000: : " MSG,
	"   sh-9 [000] .... 999999999999.000000: : " MSG,
	"   sh-9 [000] .... us : : " MSG,
	"   sh-9 [000] .... 5us: : " MSG,
	"   sh-9 [000] .... 5us?: : " MSG,
	"   sh-9 [000] .... x5us : : " MSG,
	"   sh-9 [000] .... 99999999999999999999us : : " MSG,
	"   sh-9 [000] .... : : " MSG,
	/* half a line: digits of the time may be missing */
	"85.871000: : " MSG,
	"5us : : " MSG,
	"42: : " MSG,
	/* nearly lost events */
	"CPU:0 [LOST EVENTS]",
	"CPU:0 [LOST 12 EVENTS",
	"CPU:0 [LOST 12 EVENTS] ",
	" CPU:0 [LOST 12 EVENTS]",
	"CPU: [LOST 12 EVENTS]",
	"CPU:0 [LOST -1 EVENTS]",
	"CPU:0 [LOST 99999999999999999999 EVENTS]",
	"CPU:0[LOST 1 EVENTS]",
	" EVENTS]",
	"12 EVENTS]",
	"[LINE TOO BIG]",
	"20866 1 2692893968473 # 0 " MSG,
};

/* Parse a copy that ends where its memory does, for ASan and valgrind. */
static struct trace_line parse(const char *line, size_t length, const char *tag,
			       char **copy)
{
	struct trace_line parsed;

	*copy = malloc(length ? length : 1);
	assert_non_null(*copy);
	memcpy(*copy, line, length);
	trace_line_parse(&parsed, *copy, length, tag);
	return parsed;
}

static enum trace_line_kind kind_of(const char *line, size_t length,
				    const char *tag)
{
	char *copy;
	struct trace_line parsed = parse(line, length, tag, &copy);

	free(copy);
	return parsed.kind;
}

static void check_ours(const char *line, uint64_t time_us, const char *tag)
{
	char *copy;
	struct trace_line parsed = parse(line, strlen(line), tag, &copy);

	assert_int_equal(parsed.kind, TRACE_LINE_MESSAGE);
	assert_int_equal(parsed.length, 7);
	assert_ptr_equal(parsed.message, copy + strlen(line) - 7);
	assert_memory_equal(parsed.message, "1 2 xyz", 7);
	assert_int_equal(parsed.has_time, time_us != NO_TIME);
	assert_int_equal(parsed.time_us, time_us == NO_TIME ? 0 : time_us);
	assert_int_equal(parsed.lost, 0);
	free(copy);
}

static void test_every_dialect(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ours); i++) {
		check_ours(ours[i].line, ours[i].time_us, NULL);
		check_ours(ours[i].line, ours[i].time_us, TAG);
	}
}

static void test_only_this_run(void **state)
{
	size_t i, length;

	(void)state;
	for (i = 0; i < COUNT(ours); i++) {
		length = strlen(ours[i].line);
		assert_int_equal(
			kind_of(ours[i].line, length, "tcpv4connect:0123abce"),
			TRACE_LINE_OTHER);
	}
}

static void test_only_a_tag(void **state)
{
	static const char *const tags[] = {
		"tcpv4connect:0123ABCD", "tcpv4connect:0123abcg",
		"tcpv4connect:0123abc",	 "tcpv4connect 0123abcd",
		"Tcpv4connect:0123abcd", "tcpv4connect:",
	};
	char line[80];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(tags); i++) {
		strcpy(line, "  x-1 [000] .... 1.000000: 0: ");
		strcat(line, tags[i]);
		strcat(line, " 1 2 xyz");
		assert_int_equal(kind_of(line, strlen(line), NULL),
				 TRACE_LINE_OTHER);
	}
}

static void test_foreign(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(foreign); i++) {
		if (kind_of(foreign[i], strlen(foreign[i]), NULL) !=
			    TRACE_LINE_OTHER ||
		    kind_of(foreign[i], strlen(foreign[i]), TAG) !=
			    TRACE_LINE_OTHER)
			fail_msg("taken: %s", foreign[i]);
	}
}

static void test_lost(void **state)
{
	static const struct {
		const char *line;
		uint64_t lost;
	} cases[] = {
		{"CPU:0 [LOST 765 EVENTS]", 765},
		{"CPU:127 [LOST 1 EVENTS]", 1},
		{"CPU:8191 [LOST 9999999999999999999 EVENTS]",
		 9999999999999999999U},
	};
	struct trace_line parsed;
	char *copy;
	size_t i, cut;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		parsed =
			parse(cases[i].line, strlen(cases[i].line), TAG, &copy);
		assert_int_equal(parsed.kind, TRACE_LINE_LOST);
		assert_true(parsed.lost == cases[i].lost);
		assert_false(parsed.has_time);
		free(copy);
		for (cut = 0; cut < strlen(cases[i].line); cut++)
			assert_int_equal(kind_of(cases[i].line, cut, NULL),
					 TRACE_LINE_OTHER);
	}
}

/* The end is cut off at every byte: a message as long as the tag is whole. */
static void test_end_cut_off(void **state)
{
	struct trace_line parsed;
	size_t i, length, cut;
	char *copy;

	(void)state;
	for (i = 0; i < COUNT(ours); i++) {
		length = strlen(ours[i].line);
		for (cut = 0; cut < length; cut++) {
			parsed = parse(ours[i].line, cut, NULL, &copy);
			assert_int_equal(parsed.kind,
					 cut >= length - 7 ? TRACE_LINE_MESSAGE
							   : TRACE_LINE_OTHER);
			if (parsed.kind == TRACE_LINE_MESSAGE)
				assert_int_equal(parsed.length,
						 cut - (length - 7));
			free(copy);
		}
	}
}

/* The front is cut off at every byte: a time is the right one, or none. */
static void test_front_cut_off(void **state)
{
	struct trace_line whole, parsed;
	size_t i, length, cut;
	char *copy;

	(void)state;
	for (i = 0; i < COUNT(ours); i++) {
		length = strlen(ours[i].line);
		trace_line_parse(&whole, ours[i].line, length, NULL);
		for (cut = 0; cut <= length; cut++) {
			parsed = parse(ours[i].line + cut, length - cut, NULL,
				       &copy);
			if (parsed.kind == TRACE_LINE_MESSAGE)
				assert_int_equal(parsed.length, 7);
			if (parsed.has_time)
				assert_int_equal(parsed.time_us, whole.time_us);
			assert_int_not_equal(parsed.kind, TRACE_LINE_LOST);
			free(copy);
		}
	}
}

/* Whatever comes, a message lies within the line. */
static void test_mutations(void **state)
{
	static const char bytes[] = ": 0x<>us.[]-\n9ftcp=\xff";
	char line[256], *copy;
	struct trace_line parsed;
	size_t round, length, k;

	(void)state;
	srand(SEED);
	for (round = 0; round < 100000; round++) {
		const char *from = ours[(size_t)rand() % COUNT(ours)].line;

		length = strlen(from);
		memcpy(line, from, length);
		for (k = 1 + rand() % 3; k; k--)
			line[(size_t)rand() % length] =
				rand() % 4
					? bytes[(size_t)rand() % sizeof(bytes)]
					: rand() % 256;
		parsed = parse(line, length, rand() % 2 ? TAG : NULL, &copy);
		if (parsed.kind == TRACE_LINE_MESSAGE) {
			assert_true(parsed.message > copy);
			assert_ptr_equal(parsed.message + parsed.length,
					 copy + length);
		}
		free(copy);
	}
}

static void test_tag_again_and_again(void **state)
{
	char line[4096] = "", *end = line;
	int i;

	(void)state;
	for (i = 0; i < 150; i++)
		end = stpcpy(end, i % 2 ? TAG " " : "0: " TAG);
	strcpy(end, " 1.000000: 0: " MSG);
	check_ours(line, 1000000, NULL);
	check_ours(line, 1000000, TAG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_dialect),
		cmocka_unit_test(test_only_this_run),
		cmocka_unit_test(test_only_a_tag),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_end_cut_off),
		cmocka_unit_test(test_front_cut_off),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_tag_again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
