/*
 * test_original_line.c - lines that the original tool's program printed, in
 * the frames of the kernels that it ran on.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "read/connect_event.h"
#include "read/original_line.h"

static const struct {
	const char *line;
	unsigned pid;
	const char *comm;
	uint64_t time_us;
	const char *saddr, *daddr;
	unsigned dport;
} valid[] = {
	{ "            curl-1469  [001] d... 85.871000: : 100007f 100007f 80",
	  1469, "curl", 85871000, "127.0.0.1", "127.0.0.1", 80 },
	{ "            curl-1469  [001] d...    85.871001: : f02000a 8080808 53",
	  1469, "curl", 85871001, "10.0.2.15", "8.8.8.8", 53 },
	{ "            curl-1469  [001] d... 85.871000: 0x00000001: 0 0 0",
	  1469, "curl", 85871000, "0.0.0.0", "0.0.0.0", 0 },
	{ "           <...>-40001 [001] dN.. 85.871000: 0: ffffffff 1 65535",
	  40001, "<...>", 85871000, "255.255.255.255", "1.0.0.0", 65535 },
	{ "            curl-3774    [000] ...21  1670.601185: "
	  "bpf_trace_printk: 100007f 200007f 8080",
	  3774, "curl", 1670601185, "127.0.0.1", "127.0.0.2", 8080 },
	{ "      curl: a: b-4026    (   4026) [000] d... 1.000001: : "
	  "trace_tcp4connect 100007f 100007f 1",
	  4026, "curl: a: b", 1000001, "127.0.0.1", "127.0.0.1", 1 },
	{ "                -7     [000] d... 1.000001: : 1 2 3", 7, "",
	  1000001, "1.0.0.0", "2.0.0.0", 3 },
};

static const char *const invalid[] = {
	"",
	"curl-1469  [001] d... 85.871000: : 100007f 100007f 80",
	"            curl-1469  [001] d... 85.871000: : 100007f 100007f",
	"            curl-1469  [001] d... 85.871000: : 100007f 100007f 80 ",
	"            curl-1469  [001] d... 85.871000: : 100007f 100007f 65536",
	"            curl-1469  [001] d... 85.871000: : 100007f 1 100007f 80",
	"            curl-1469  [001] d... 85.871000: : 100000000 1 80",
	"            curl-1469  [001] d... 85.871000: : 0x1 1 80",
	"            curl-1469  [001] d... 85.871000: : -1 1 80",
	"            curl-1469  [001] d... 85.871000: : 1 1 0x50",
	"            curl-1469  [001] d... 85.87100: : 1 1 80",
	"            curl-1469  [001] d... 85: : 1 1 80",
	"            curl-1469  [001] d... 85.871000: tracing_mark_write: 1 1 8",
	"            curl-x     [001] d... 85.871000: : 1 1 80",
	"            curl+1469  [001] d... 85.871000: : 1 1 80",
	"            curl-99999999999 [001] d... 85.871000: : 1 1 80",
	"            curl-1469  [001] d... 85.871000: : tcpv4connect:0123abcd 1",
	"CPU:0 [LOST 765 EVENTS]",
};

static void test_valid(void **state)
{
	struct connect_event event;
	char text[INET_ADDRSTRLEN];

	(void)state;
	for (size_t i = 0; i < sizeof(valid) / sizeof(*valid); i++) {
		assert_true(original_line_parse(&event, valid[i].line,
						strlen(valid[i].line)));
		assert_int_equal(event.pid, valid[i].pid);
		assert_int_equal(event.tid, valid[i].pid);
		assert_string_equal(event.comm, valid[i].comm);
		assert_int_equal(event.comm_length, strlen(valid[i].comm));
		assert_int_equal(event.time_us, valid[i].time_us);
		inet_ntop(AF_INET, &event.saddr, text, sizeof(text));
		assert_string_equal(text, valid[i].saddr);
		inet_ntop(AF_INET, &event.daddr, text, sizeof(text));
		assert_string_equal(text, valid[i].daddr);
		assert_int_equal(event.dport, valid[i].dport);
		assert_int_equal(event.lport, 0);
		assert_int_equal(event.error, 0);
		assert_true(event.uid_unknown);
		assert_true(event.return_missed);
		assert_null(event.query);
	}
}

static void test_invalid(void **state)
{
	struct connect_event event;

	(void)state;
	for (size_t i = 0; i < sizeof(invalid) / sizeof(*invalid); i++)
		if (original_line_parse(&event, invalid[i],
					strlen(invalid[i])))
			fail_msg("taken: %s", invalid[i]);
}

/* Every beginning of a line, and lines with bytes changed: no harm done. */
static void test_damaged(void **state)
{
	struct connect_event event;

	(void)state;
	srandom(1);
	for (int round = 0; round < 20000; round++) {
		const char *line = valid[round % 7].line;
		size_t length = strlen(line);
		char *copy = malloc(length);

		assert_non_null(copy);
		memcpy(copy, line, length);
		for (int i = random() % 4; i > 0; i--)
			copy[random() % length] = random();
		original_line_parse(&event, copy, random() % (length + 1));
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
