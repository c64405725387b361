/*
 * test_connect_event.c - what our BPF program prints becomes the event that
 * it was; anything else becomes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "read/connect_event.h"

#define SEED	     20150825
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *message;
	size_t length;
	const char *saddr, *daddr;
	uint16_t lport, dport;
	uint32_t uid, pid, tid;
	int error;
	bool return_missed;
	const char *comm;
} valid[] = {
#define MESSAGE(text) text, sizeof(text) - 1
	{MESSAGE("7f0000017f000001 c0de005000000000 00002476 00002476 00000 "
		 "curl"),
	 "127.0.0.1", "127.0.0.1", 49374, 80, 0, 1342, 1342, 0, false, "curl"},
	{MESSAGE("0 0 00000000 00000000 00000 "), "0.0.0.0", "0.0.0.0", 0, 0, 0,
	 0, 0, 0, false, ""},
	{MESSAGE("8080808 35000003e8 03641100 03641101 00145 a b "), "0.0.0.0",
	 "8.8.8.8", 0, 53, 1000, 1000000, 1000001, 101, false, "a b "},
	{MESSAGE("ffffffffffffffff ffffffffffffffff 77777777 77777777 07777 "
		 "123456789abcdef"),
	 "255.255.255.255", "255.255.255.255", 65535, 65535, 4294967295,
	 16777215, 16777215, 4095, false, "123456789abcdef"},
	{MESSAGE("a00020f01020304 8000ffff0000ffff 00000001 00000002 10000  "
		 "  x"),
	 "10.0.2.15", "1.2.3.4", 32768, 65535, 65535, 1, 2, 0, true, "   x"},
	/* where a newline was, and where it was a '?' from the beginning */
	{MESSAGE("0 0 00000001 00000001 00400 ???????????????"), "0.0.0.0",
	 "0.0.0.0", 0, 0, 0, 1, 1, 256, false, "???????????????"},
	{MESSAGE("0 0 00000001 00000001 00000 \x1b[1m\xff\t\r\\n"), "0.0.0.0",
	 "0.0.0.0", 0, 0, 0, 1, 1, 0, false, "\x1b[1m\xff\t\r\\n"},
	{MESSAGE("0 0 00000001 00000001 00000 1 2 3"), "0.0.0.0", "0.0.0.0", 0,
	 0, 0, 1, 1, 0, false, "1 2 3"},
	/* without DETAILS, also where comm looks as if it had some */
	{MESSAGE("7f0000017f000001 53e0050:curl"), "127.0.0.1", "127.0.0.1", 0,
	 80, 0, 1342, 0, 0, true, "curl"},
	{MESSAGE("8080808 0:"), "0.0.0.0", "8.8.8.8", 0, 0, 0, 0, 0, 0, true,
	 ""},
	{MESSAGE("ffffffffffffffff ffffffffffff:123456789abcdef"),
	 "255.255.255.255", "255.255.255.255", 0, 65535, 0, UINT32_MAX, 0, 0,
	 true, "123456789abcdef"},
	{MESSAGE("0 10001: 1 2:3"), "0.0.0.0", "0.0.0.0", 0, 1, 0, 1, 0, 0,
	 true, " 1 2:3"},
	{MESSAGE("0 10001:00000001 000000"), "0.0.0.0", "0.0.0.0", 0, 1, 0, 1,
	 0, 0, true, "00000001 000000"},
	/* and with them, where it looks as if there were none */
	{MESSAGE("0 0 00000001 00000001 00000 10001:x"), "0.0.0.0", "0.0.0.0",
	 0, 0, 0, 1, 1, 0, false, "10001:x"},
};

static const struct {
	const char *message;
	size_t length;
} invalid[] = {
	{MESSAGE("")},
	{MESSAGE(" ")},
	{MESSAGE("hello")},
	{MESSAGE("0 0 00000001 00000001 00000")},
	{MESSAGE("0 0 00000001 00000001 00000\tx")},
	{MESSAGE("0 0 00000001 00000001 00000 1234567890123456")},
	{MESSAGE("0 0 00000001 00000001 00000 a\0b")},
	{MESSAGE("0 0 00000001 00000001 00000 a\0")},
	{MESSAGE("0 0 00000001 00000001 00000 a\nb")},
	/* blanks */
	{MESSAGE(" 0 0 00000001 00000001 00000 x")},
	{MESSAGE("0  0 00000001 00000001 00000 x")},
	{MESSAGE("0 0  00000001 00000001 00000 x")},
	{MESSAGE("0 0 0000001  0000001 0000000 x")},
	{MESSAGE("0\t0 00000001 00000001 00000 x")},
	/* numbers that %llx does not print */
	{MESSAGE("00 0 00000001 00000001 00000 x")},
	{MESSAGE("0 01 00000001 00000001 00000 x")},
	{MESSAGE("+1 0 00000001 00000001 00000 x")},
	{MESSAGE("-1 0 00000001 00000001 00000 x")},
	{MESSAGE("0x1 0 00000001 00000001 00000 x")},
	{MESSAGE("1F 0 00000001 00000001 00000 x")},
	{MESSAGE("g 0 00000001 00000001 00000 x")},
	{MESSAGE("10000000000000000 0 00000001 00000001 00000 x")},
	{MESSAGE("0 10000000000000000 00000001 00000001 00000 x")},
	/* octal numbers */
	{MESSAGE("0 0 0000001 00000001 00000 x")},
	{MESSAGE("0 0 000000001 00000001 00000 x")},
	{MESSAGE("0 0 00000001 0000001 00000 x")},
	{MESSAGE("0 0 00000001 00000001 0000 x")},
	{MESSAGE("0 0 00000001 00000001 000000 x")},
	{MESSAGE("0 0 00000008 00000001 00000 x")},
	{MESSAGE("0 0 0000000a 00000001 00000 x")},
	{MESSAGE("0 0 0000000/ 00000001 00000 x")},
	{MESSAGE("0 0 0000000: 00000001 00000 x")},
	{MESSAGE("0 0 0000000\xb1 00000001 00000 x")},
	{MESSAGE("0 0        1 00000001 00000 x")},
	/* no error, and more than a missed return */
	{MESSAGE("0 0 00000001 00000001 10001 x")},
	{MESSAGE("0 0 00000001 00000001 77777 x")},
	/* without DETAILS */
	{MESSAGE("0 0")},
	{MESSAGE("0 :x")},
	{MESSAGE("0:0:x")},
	{MESSAGE("0 0 :x")},
	{MESSAGE("0 01:x")},
	{MESSAGE("0 1F:x")},
	{MESSAGE("0 1000000000000:x")},
	{MESSAGE("0 ffffffffffffffff:0 00000001 00000001 00000 x")},
	{MESSAGE("0 0:00000001 00000001 00000 x")},
	{MESSAGE("0 0:1234567890123456")},
	{MESSAGE("0 0:a\0b")},
	{MESSAGE("0 0:a\nb")},
};

/* Parse a copy that ends where its memory does, for ASan and valgrind. */
static bool parse(struct connect_event *event, const char *message,
		  size_t length)
{
	char *copy = malloc(length ? length : 1);
	bool is_valid;

	assert_non_null(copy);
	memcpy(copy, message, length);
	is_valid = connect_event_parse(event, copy, length);
	free(copy);
	return is_valid;
}

static void assert_address(struct in_addr address, const char *expected)
{
	char text[INET_ADDRSTRLEN];

	assert_non_null(inet_ntop(AF_INET, &address, text, sizeof(text)));
	assert_string_equal(text, expected);
}

static void test_valid(void **state)
{
	struct connect_event event;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(valid); i++) {
		memset(&event, 0xaa, sizeof(event));
		assert_int_equal(
			parse(&event, valid[i].message, valid[i].length),
			true);
		assert_address(event.saddr, valid[i].saddr);
		assert_address(event.daddr, valid[i].daddr);
		assert_int_equal(event.lport, valid[i].lport);
		assert_int_equal(event.dport, valid[i].dport);
		assert_int_equal(event.uid, valid[i].uid);
		assert_int_equal(event.pid, valid[i].pid);
		assert_int_equal(event.tid, valid[i].tid);
		assert_int_equal(event.error, valid[i].error);
		assert_int_equal(event.return_missed, valid[i].return_missed);
		assert_string_equal(event.comm, valid[i].comm);
		assert_int_equal(event.comm_length, strlen(valid[i].comm));
		/* Of the lines above, those without DETAILS. */
		assert_int_equal(event.uid_unknown, valid[i].return_missed &&
				 !valid[i].tid);
		assert_int_equal(event.time_us, 0);
		assert_int_equal(event.wall_us, 0);
		assert_null(event.query);
	}
}

static void test_invalid(void **state)
{
	struct connect_event event;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(invalid); i++)
		if (parse(&event, invalid[i].message, invalid[i].length) !=
		    false)
			fail_msg("taken: %s", invalid[i].message);
}

static void assert_cut_off(const char *message)
{
	size_t length = strlen(message), comm_at = length - strlen("curl"), cut;
	struct connect_event event;

	for (cut = 0; cut <= length; cut++) {
		assert_int_equal(parse(&event, message, cut), cut >= comm_at);
		if (cut >= comm_at)
			assert_int_equal(event.comm_length, cut - comm_at);
	}
}

/* Cut off before comm it is no message; later nothing tells. */
static void test_cut_off(void **state)
{
	(void)state;
	assert_cut_off("7f0000017f000001 c0de005000000000 00002476 00002476 "
		       "00000 curl");
	assert_cut_off("7f0000017f000001 53e0050:curl");
}

/* Any comm, as the BPF program prints it. */
static size_t random_comm(char comm[16])
{
	size_t length = rand() % 16, i;

	for (i = 0; i < length; i++) {
		comm[i] = 1 + rand() % 255;
		if (comm[i] == '\n')
			comm[i] = '?';
	}
	return length;
}

/* Any error; at times the number that stands for a missed return. */
static unsigned int random_error(void)
{
	return rand() % 4 ? (unsigned int)rand() % 4096 : 4096;
}

static uint64_t random64(void)
{
	uint64_t value = (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^
			 (uint64_t)rand();

	return value >> rand() % 64;
}

/* Append comm, which both forms of a message end with, and parse it. */
static void parse_with_comm(struct connect_event *event, char *message,
			    size_t length, const char *comm,
			    size_t comm_length)
{
	memcpy(message + length, comm, comm_length);
	assert_int_equal(parse(event, message, length + comm_length), true);
	assert_int_equal(event->comm_length, comm_length);
	assert_memory_equal(event->comm, comm, comm_length);
	assert_int_equal(event->comm[comm_length], 0);
}

static void assert_addresses(const struct connect_event *event,
			     uint64_t addresses)
{
	assert_true(ntohl(event->saddr.s_addr) == addresses >> 32);
	assert_true(ntohl(event->daddr.s_addr) == (addresses & 0xffffffff));
}

static void test_round_trip(void **state)
{
	struct connect_event event;
	char message[128], comm[16];
	uint64_t addresses, ids;
	unsigned int pid, tid, error;
	size_t length, comm_length;
	int round;

	(void)state;
	srand(SEED);
	for (round = 0; round < 20000; round++) {
		addresses = random64();
		ids = random64();
		pid = random64() & 0xffffff;
		tid = random64() & 0xffffff;
		comm_length = random_comm(comm);
		error = random_error();
		length = sprintf(message,
				 "%" PRIx64 " %" PRIx64 " %08o %08o %05o ",
				 addresses, ids, pid, tid, error);
		parse_with_comm(&event, message, length, comm, comm_length);
		assert_addresses(&event, addresses);
		assert_true(event.lport == ids >> 48);
		assert_true(event.dport == (ids >> 32 & 0xffff));
		assert_true(event.uid == (ids & 0xffffffff));
		assert_true(event.pid == pid && event.tid == tid);
		assert_int_equal(event.error, error % 4096);
		assert_int_equal(event.return_missed, error == 4096);
	}
}

static void test_round_trip_short(void **state)
{
	struct connect_event event;
	char message[128], comm[16];
	size_t length, comm_length;
	uint64_t addresses, ids;

	(void)state;
	srand(SEED);
	for (int round = 0; round < 20000; round++) {
		addresses = random64();
		ids = random64() & 0xffffffffffff;
		comm_length = random_comm(comm);
		length = sprintf(message, "%" PRIx64 " %" PRIx64 ":",
				 addresses, ids);
		parse_with_comm(&event, message, length, comm, comm_length);
		assert_addresses(&event, addresses);
		assert_true(event.pid == ids >> 16);
		assert_true(event.dport == (ids & 0xffff));
	}
}

/* Whatever comes, what is taken is within its bounds. */
static void test_mutations(void **state)
{
	static const char bytes[] = " 0f?\n\0g:/`@~F+-";
	struct connect_event event;
	char message[128];
	size_t round, length, k, i;

	(void)state;
	srand(SEED);
	for (round = 0; round < 100000; round++) {
		i = (size_t)rand() % COUNT(valid);
		length = valid[i].length;
		memcpy(message, valid[i].message, length);
		for (k = 1 + rand() % 3; k; k--)
			message[(size_t)rand() % length] =
				rand() % 4
					? bytes[(size_t)rand() % sizeof(bytes)]
					: rand() % 256;
		if (!parse(&event, message, length))
			continue;
		assert_in_range(event.error, 0, 4095);
		assert_in_range(event.comm_length, 0, CONNECT_EVENT_COMM_MAX);
		assert_int_equal(strlen(event.comm), event.comm_length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_round_trip_short),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
