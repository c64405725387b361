/*
 * test_text.c - the BPF program, run as an ordinary program, says what
 * connect_event_parse() reads; on processors of either byte order.
 *
 * The maps and helpers are ours, so every way through it can be taken, the
 * ones too that need a kernel in trouble.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "host_text.h"
#include "ledger.h"
#include "read/attempts.h"
#include "read/connect_event.h"

#define TAG	     "TAG "
#define ROOM	     4
#define LINES_MAX    8
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* As in the kernel; addresses and dport are as they are on the wire. */
struct sock_start {
	uint32_t daddr, rcv_saddr, hash;
	uint16_t dport, num;
};

/* The world that the program runs in. */
static struct {
	uint32_t tgid, tid, uid;
	char comm[16];
	uint64_t time_ns;
	bool print_fails;
	int insert_error, update_error, delete_error;	/* 0: it succeeds */
	uint32_t dropped;	/* the process that FILTER leaves out */
	uint64_t gate, had_attempt[4096];
	struct ledger_counts counts;
	struct {
		bool used;
		uint32_t key;
		struct attempt value;
	} attempts[ROOM];
	unsigned searched;	/* how often attempts was */
	char lines[LINES_MAX][256];
	unsigned printed;
} world;

int host_only_failed, host_details;

static int set_up(void **state)
{
	(void)state;
	host_only_failed = 0;
	host_details = 1;
	memset(&world, 0, sizeof(world));
	world.gate = 1;
	world.tgid = 1342;
	world.tid = 1343;
	world.uid = 1000;
	strcpy(world.comm, "curl");
	return 0;
}

int host_read(void *to, unsigned size, const void *from)
{
	memcpy(to, from, size);
	return 0;
}

host_u64 host_time_ns(void)
{
	return world.time_ns += 1000;
}

host_u64 host_pid_tgid(void)
{
	return (host_u64)world.tgid << 32 | world.tid;
}

host_u64 host_uid_gid(void)
{
	return 500ULL << 32 | world.uid;
}

long host_comm(void *to, unsigned size)
{
	assert_int_equal(size, sizeof(world.comm));
	memcpy(to, world.comm, size);
	return 0;
}

long host_print(const char *format, host_u64 a, host_u64 b, const char *c)
{
	assert_string_equal(format, host_details ? TAG "%llx %llx %s\n" :
					    TAG "%llx %llx:%s\n");
	if (world.print_fails)
		return -EBUSY;
	assert_true(world.printed < LINES_MAX);
	snprintf(world.lines[world.printed++], sizeof(world.lines[0]),
		 TAG "%llx %llx%c%s\n", a, b, host_details ? ' ' : ':', c);
	return 0;
}

int host_drops(unsigned tgid)
{
	return tgid == world.dropped;
}

static int find_attempt(uint32_t key)
{
	int i;

	for (i = 0; i < ROOM; i++)
		if (world.attempts[i].used && world.attempts[i].key == key)
			return i;
	return -1;
}

void *map_lookup(const char *map, const void *key)
{
	int i;

	if (!strcmp(map, "ledger")) {
		assert_int_equal(*(const int *)key, 0);
		return &world.counts;
	}
	if (!strcmp(map, "gate")) {
		assert_int_equal(*(const int *)key, 0);
		return &world.gate;
	}
	if (!strcmp(map, "had_attempt"))
		return &world.had_attempt[*(const uint32_t *)key];
	assert_string_equal(map, "attempts");
	world.searched++;
	i = find_attempt(*(const uint32_t *)key);
	return i < 0 ? NULL : &world.attempts[i].value;
}

static void put(uint32_t key, const struct attempt *value)
{
	int i = find_attempt(key);

	for (int free = 0; i < 0; free++) {
		assert_true(free < ROOM);
		if (!world.attempts[free].used)
			i = free;
	}
	world.attempts[i].used = true;
	world.attempts[i].key = key;
	world.attempts[i].value = *value;
}

long map_update(const char *map, const void *key, unsigned key_size,
		const void *value, unsigned value_size)
{
	assert_string_equal(map, "attempts");
	assert_int_equal(key_size, sizeof(world.attempts[0].key));
	assert_int_equal(value_size, sizeof(world.attempts[0].value));
	if (world.update_error)
		return -world.update_error;
	put(*(const uint32_t *)key, value);
	return 0;
}

long map_insert(const char *map, const void *key, unsigned key_size,
		const void *value, unsigned value_size)
{
	if (world.insert_error)
		return -world.insert_error;
	if (find_attempt(*(const uint32_t *)key) >= 0)
		return -EEXIST;
	return map_update(map, key, key_size, value, value_size);
}

long map_delete(const char *map, const void *key)
{
	int i = find_attempt(*(const uint32_t *)key);

	assert_string_equal(map, "attempts");
	if (world.delete_error)
		return -world.delete_error;
	if (i < 0)
		return -ENOENT;
	world.attempts[i].used = false;
	return 0;
}

/* --- what the tests say */

static struct sockaddr_in address(const char *addr, uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port),
	};

	assert_int_equal(inet_pton(AF_INET, addr, &address.sin_addr), 1);
	return address;
}

static struct sock_start sock(const char *saddr, uint16_t lport,
			      const char *daddr, uint16_t dport)
{
	return (struct sock_start){
		.daddr = address(daddr, 0).sin_addr.s_addr,
		.rcv_saddr = address(saddr, 0).sin_addr.s_addr,
		.dport = htons(dport), .num = lport,
	};
}

static void enter(struct sock_start *of, const struct sockaddr_in *to)
{
	host_connect_entry(of, to, sizeof(*to));
}

/* The event of line n (from 0), of the last one so far. */
static struct connect_event event(unsigned n)
{
	struct connect_event event;
	const char *line = world.lines[n];

	assert_int_equal(world.printed, n + 1);
	assert_memory_equal(line, TAG, strlen(TAG));
	assert_int_equal(line[strlen(line) - 1], '\n');
	if (!connect_event_parse(&event, line + strlen(TAG),
				 strlen(line) - strlen(TAG) - 1))
		fail_msg("not valid: %s", line);
	return event;
}

static void assert_address(struct in_addr found, const char *wanted)
{
	char text[INET_ADDRSTRLEN];

	assert_string_equal(inet_ntop(AF_INET, &found, text, sizeof(text)),
			    wanted);
}

static void assert_event(const struct connect_event *event, const char *saddr,
			 uint16_t lport, const char *daddr, uint16_t dport,
			 int error, bool return_missed)
{
	assert_int_equal(event->pid, 1342);
	assert_int_equal(event->tid, 1343);
	assert_int_equal(event->uid, 1000);
	assert_string_equal(event->comm, "curl");
	assert_address(event->saddr, saddr);
	assert_address(event->daddr, daddr);
	assert_int_equal(event->lport, lport);
	assert_int_equal(event->dport, dport);
	assert_int_equal(event->error, error);
	assert_int_equal(event->return_missed, return_missed);
}

/* What is not named is 0. */
#define assert_counts(...)						\
	do {								\
		const struct ledger_counts wanted = { __VA_ARGS__ };	\
		assert_memory_equal(&world.counts, &wanted,		\
				    sizeof(wanted));			\
	} while (0)

/* --- tests */

static void test_success(void **state)
{
	struct sockaddr_in to = address("192.168.0.77", 49374);
	struct sock_start of = sock("0.0.0.0", 0, "0.0.0.0", 0);
	struct connect_event found;

	(void)state;
	enter(&of, &to);
	assert_int_equal(world.printed, 0);
	of = sock("10.1.2.3", 54321, "192.168.0.77", 49374);
	host_connect_return(0);
	found = event(0);
	assert_event(&found, "10.1.2.3", 54321, "192.168.0.77", 49374, 0,
		     false);
	assert_counts(.runs = 1, .entries = 1, .returns = 1);
	assert_int_equal(find_attempt(1343), -1);
}

static void test_big_numbers(void **state)
{
	struct sockaddr_in to = address("255.254.253.252", 65535);
	struct sock_start of = sock("223.222.221.220", 65534,
				    "255.254.253.252", 65535);
	struct connect_event found;

	(void)state;
	world.tgid = 4194303;
	world.tid = 4194302;
	world.uid = 4294967294;
	enter(&of, &to);
	host_connect_return(0);
	found = event(0);
	assert_int_equal(found.pid, 4194303);
	assert_int_equal(found.tid, 4194302);
	assert_int_equal(found.uid, 4294967294);
	assert_address(found.saddr, "223.222.221.220");
	assert_address(found.daddr, "255.254.253.252");
	assert_int_equal(found.lport, 65534);
	assert_int_equal(found.dport, 65535);
}

/* What is not known then, is not guessed. */
static void test_without_details(void **state)
{
	struct sockaddr_in to = address("255.254.253.252", 65535);
	struct sock_start of = sock("223.222.221.220", 65534,
				    "255.254.253.252", 65535);
	struct connect_event found;

	(void)state;
	host_details = 0;
	world.tgid = 4194303;
	enter(&of, &to);
	host_connect_return(0);
	found = event(0);
	assert_int_equal(found.pid, 4194303);
	assert_int_equal(found.tid, 0);
	assert_true(found.uid_unknown);
	assert_address(found.saddr, "223.222.221.220");
	assert_address(found.daddr, "255.254.253.252");
	assert_int_equal(found.lport, 0);
	assert_int_equal(found.dport, 65535);
	assert_true(found.return_missed);
	assert_string_equal(found.comm, "curl");
}

/* The failed call has taken from the socket what it had been given. */
static void test_failure(void **state)
{
	struct sockaddr_in to = address("8.8.8.8", 53);
	struct sock_start of = sock("10.1.2.3", 40000, "8.8.8.8", 0);
	struct connect_event found;

	(void)state;
	enter(&of, &to);
	of = sock("0.0.0.0", 0, "0.0.0.0", 0);
	host_connect_return(-ENETUNREACH);
	found = event(0);
	assert_event(&found, "0.0.0.0", 0, "8.8.8.8", 53, ENETUNREACH, false);
}

static void test_any_address(void **state)
{
	struct sockaddr_in to = address("0.0.0.0", 80);
	struct sock_start of = sock("127.0.0.1", 40000, "127.0.0.1", 80);
	struct connect_event found;

	(void)state;
	enter(&of, &to);
	host_connect_return(0);
	found = event(0);
	assert_event(&found, "127.0.0.1", 40000, "127.0.0.1", 80, 0, false);
}

static void test_no_address(void **state)
{
	struct sockaddr_in to = address("1.2.3.4", 80);
	struct sock_start of = sock("0.0.0.0", 0, "0.0.0.0", 0);
	struct connect_event found;

	(void)state;
	host_connect_entry(&of, &to, sizeof(to) - 1);
	host_connect_return(-EINVAL);
	found = event(0);
	assert_event(&found, "0.0.0.0", 0, "0.0.0.0", 0, EINVAL, false);
	host_connect_entry(&of, &to, -1);
	host_connect_return(-EINVAL);
	found = event(1);
	assert_event(&found, "0.0.0.0", 0, "0.0.0.0", 0, EINVAL, false);
	to.sin_family = AF_INET6;
	enter(&of, &to);
	host_connect_return(-EAFNOSUPPORT);
	found = event(2);
	assert_event(&found, "0.0.0.0", 0, "0.0.0.0", 0, EAFNOSUPPORT, false);
}

static void test_return_missed(void **state)
{
	struct sockaddr_in first = address("1.2.3.4", 80);
	struct sockaddr_in second = address("5.6.7.8", 443);
	struct sock_start of = sock("10.0.0.1", 40000, "1.2.3.4", 80);
	struct sock_start other = sock("10.0.0.1", 40001, "5.6.7.8", 443);
	struct connect_event found;

	(void)state;
	enter(&of, &first);
	enter(&other, &second);
	found = event(0);
	assert_event(&found, "10.0.0.1", 0, "1.2.3.4", 80, 0, true);
	host_connect_return(0);
	found = event(1);
	assert_event(&found, "10.0.0.1", 40001, "5.6.7.8", 443, 0, false);
	assert_counts(.runs = 2, .entries = 2, .returns = 1, .recovered = 1);
}

/* Where it once was, another socket may stand now. */
static void test_return_missed_socket_gone(void **state)
{
	struct sockaddr_in to = address("1.2.3.4", 80);
	struct sock_start of = sock("10.0.0.1", 40000, "9.9.9.9", 80);
	struct connect_event found;

	(void)state;
	enter(&of, &to);
	enter(&of, &to);
	found = event(0);
	assert_event(&found, "0.0.0.0", 0, "1.2.3.4", 80, 0, true);
	of = sock("10.0.0.1", 40000, "1.2.3.4", 81);
	enter(&of, &to);
	found = event(1);
	assert_event(&found, "0.0.0.0", 0, "1.2.3.4", 80, 0, true);
}

/* There is no place for an attempt: it is shown at once. */
static void test_map_full(void **state)
{
	struct sockaddr_in to = address("1.2.3.4", 80);
	struct sock_start of = sock("10.0.0.1", 40000, "1.2.3.4", 80);
	struct connect_event found;

	(void)state;
	world.insert_error = world.update_error = E2BIG;
	enter(&of, &to);
	found = event(0);
	assert_event(&found, "10.0.0.1", 0, "1.2.3.4", 80, 0, true);
	host_connect_return(0);
	assert_int_equal(world.printed, 1);
	assert_counts(.runs = 1, .entries = 1, .recovered = 1);
}

/* Two to tell of, and one line to do it: the older one gets it. */
static void test_map_full_and_return_missed(void **state)
{
	struct sockaddr_in first = address("1.2.3.4", 80);
	struct sockaddr_in second = address("5.6.7.8", 443);
	struct sock_start of = sock("10.0.0.1", 40000, "1.2.3.4", 80);
	struct connect_event found;

	(void)state;
	enter(&of, &first);
	world.insert_error = world.update_error = E2BIG;
	enter(&of, &second);
	found = event(0);
	assert_event(&found, "10.0.0.1", 0, "1.2.3.4", 80, 0, true);
	assert_int_equal(find_attempt(1343), -1);
	assert_counts(.runs = 2, .entries = 2, .recovered = 1,
		      .attempts_lost = 1);
}

/*
 * The code that was interrupted holds the lock of our place in the map: the
 * new attempt is shown at once, and the old one later, from user space.
 */
static void test_map_locked(void **state)
{
	struct sockaddr_in first = address("1.2.3.4", 80);
	struct sockaddr_in second = address("5.6.7.8", 443);
	struct sock_start of = sock("10.0.0.1", 40000, "5.6.7.8", 443);
	struct connect_event found;

	(void)state;
	enter(&of, &first);
	world.insert_error = world.update_error = world.delete_error = EBUSY;
	enter(&of, &second);
	found = event(0);
	assert_event(&found, "10.0.0.1", 0, "5.6.7.8", 443, 0, true);
	assert_counts(.runs = 2, .entries = 2, .recovered = 1);
	assert_int_equal(world.attempts[find_attempt(1343)].value.dport, 80);
}

/* It was locked, and is not any more: the old one is overwritten. */
static void test_map_locked_for_a_moment(void **state)
{
	struct sockaddr_in first = address("1.2.3.4", 80);
	struct sockaddr_in second = address("5.6.7.8", 443);
	struct sock_start of = sock("10.0.0.1", 40000, "5.6.7.8", 443);
	struct connect_event found;

	(void)state;
	enter(&of, &first);
	world.delete_error = EBUSY;
	enter(&of, &second);
	assert_int_equal(world.printed, 0);
	assert_counts(.runs = 2, .entries = 2, .attempts_lost = 1);
	world.delete_error = 0;
	host_connect_return(0);
	found = event(0);
	assert_event(&found, "10.0.0.1", 40000, "5.6.7.8", 443, 0, false);
	assert_counts(.runs = 2, .entries = 2, .returns = 1,
		      .attempts_lost = 1);
}

/* User space has taken the old attempt just now, and shows it. */
static void test_taken_by_user_space(void **state)
{
	struct sockaddr_in to = address("1.2.3.4", 80);
	struct sock_start of = sock("10.0.0.1", 40000, "1.2.3.4", 80);

	(void)state;
	enter(&of, &to);
	world.delete_error = ENOENT;
	enter(&of, &to);
	host_connect_return(0);
	assert_int_equal(world.printed, 0);
	assert_counts(.runs = 2, .entries = 2);
}

static void test_print_fails(void **state)
{
	struct sockaddr_in to = address("1.2.3.4", 80);
	struct sock_start of = sock("10.0.0.1", 40000, "1.2.3.4", 80);

	(void)state;
	world.print_fails = true;
	enter(&of, &to);
	host_connect_return(0);
	enter(&of, &to);
	enter(&of, &to);
	assert_counts(.runs = 3, .entries = 3, .returns = 1, .recovered = 1,
		      .not_printed = 2);
}

/* Of a call that began before the run, or is not wanted, nothing is seen. */
static void test_gate_and_filter(void **state)
{
	struct sockaddr_in to = address("1.2.3.4", 80);
	struct sock_start of = sock("10.0.0.1", 40000, "1.2.3.4", 80);
	struct connect_event found;

	(void)state;
	world.gate = 0;
	enter(&of, &to);
	world.gate = 1;
	host_connect_return(0);
	assert_counts(.runs = 1);
	world.dropped = world.tgid;
	enter(&of, &to);
	host_connect_return(0);
	assert_counts(.runs = 2);
	assert_int_equal(world.printed, 0);
	assert_int_equal(world.searched, 0);
	/* And of one that ends after the gate was shut, all. */
	world.dropped = 0;
	enter(&of, &to);
	world.gate = 0;
	host_connect_return(0);
	found = event(0);
	assert_event(&found, "10.0.0.1", 40000, "1.2.3.4", 80, 0, false);
	assert_counts(.runs = 3, .entries = 1, .returns = 1);
}

/* -x: a return that was missed may have been a failure. */
static void test_only_failed(void **state)
{
	struct sockaddr_in to = address("1.2.3.4", 80);
	struct sock_start of = sock("10.0.0.1", 40000, "1.2.3.4", 80);
	struct connect_event found;

	(void)state;
	host_only_failed = 1;
	enter(&of, &to);
	host_connect_return(0);
	assert_int_equal(world.printed, 0);
	enter(&of, &to);
	host_connect_return(-EADDRNOTAVAIL);
	found = event(0);
	assert_int_equal(found.error, EADDRNOTAVAIL);
	enter(&of, &to);
	enter(&of, &to);
	assert_int_equal(world.printed, 1);
	of = sock("0.0.0.0", 0, "0.0.0.0", 0);
	enter(&of, &to);
	found = event(1);
	assert_event(&found, "0.0.0.0", 0, "1.2.3.4", 80, 0, true);
	assert_counts(.runs = 5, .entries = 5, .returns = 1, .recovered = 1,
		      .unwanted = 2);
}

/* Every comm comes through as it is, but for newlines, which are '?'. */
static void assert_comm(const char *found, const char *comm)
{
	char wanted[16];
	size_t i = 0;

	do {
		wanted[i] = comm[i] == '\n' ? '?' : comm[i];
	} while (comm[i++]);
	assert_string_equal(found, wanted);
}

static void check_comms(void **state, bool details)
{
	static const char *const comms[] = {
		"", "a", "seven77", "eight888", "nine99999", "fifteen bytes..",
		"\n", "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", "a\nb", "?\n?\n?",
		"\nseven77", "seven77\n", "eight888\n", "fifteen\nfifteen",
		"fourteen bytes\n", "  blanks  ", "\t\x0b\x8a\x09\x0a\x0b",
		"\x8a\x8a\xff\xfe\x80\x7f\x01\x0a", "\xc3\xa4\xe2\x82\xac",
	};
	struct sockaddr_in to = address("1.2.3.4", 80);
	struct sock_start of = sock("10.0.0.1", 40000, "1.2.3.4", 80);
	struct connect_event found;

	for (size_t i = 0; i < COUNT(comms); i++) {
		set_up(state);
		memset(world.comm, 0, sizeof(world.comm));
		memcpy(world.comm, comms[i], strlen(comms[i]));
		host_details = details;
		enter(&of, &to);
		host_connect_return(-EADDRNOTAVAIL);
		found = event(0);
		assert_comm(found.comm, comms[i]);
		assert_int_equal(found.comm_length, strlen(comms[i]));
		assert_int_equal(found.error, details ? EADDRNOTAVAIL : 0);
	}
}

static void test_comms(void **state)
{
	check_comms(state, true);
	check_comms(state, false);
}

/* Each byte at each place. */
static void test_comm_bytes(void **state)
{
	struct sockaddr_in to = address("1.2.3.4", 80);
	struct sock_start of = sock("10.0.0.1", 40000, "1.2.3.4", 80);
	struct connect_event found;

	for (int place = 0; place < 15; place++)
		for (int byte = 1; byte < 512; byte++) {
			set_up(state);
			host_details = byte / 256;
			memset(world.comm, 'x', 15);
			world.comm[place] = byte;
			enter(&of, &to);
			host_connect_return(0);
			found = event(0);
			assert_comm(found.comm, world.comm);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_success, set_up),
		cmocka_unit_test_setup(test_big_numbers, set_up),
		cmocka_unit_test_setup(test_without_details, set_up),
		cmocka_unit_test_setup(test_failure, set_up),
		cmocka_unit_test_setup(test_any_address, set_up),
		cmocka_unit_test_setup(test_no_address, set_up),
		cmocka_unit_test_setup(test_return_missed, set_up),
		cmocka_unit_test_setup(test_return_missed_socket_gone, set_up),
		cmocka_unit_test_setup(test_map_full, set_up),
		cmocka_unit_test_setup(test_map_full_and_return_missed,
				       set_up),
		cmocka_unit_test_setup(test_map_locked, set_up),
		cmocka_unit_test_setup(test_map_locked_for_a_moment, set_up),
		cmocka_unit_test_setup(test_taken_by_user_space, set_up),
		cmocka_unit_test_setup(test_print_fails, set_up),
		cmocka_unit_test_setup(test_gate_and_filter, set_up),
		cmocka_unit_test_setup(test_only_failed, set_up),
		cmocka_unit_test_setup(test_comms, set_up),
		cmocka_unit_test_setup(test_comm_bytes, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
