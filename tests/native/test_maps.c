/*
 * test_maps.c - ledger and stash on real BPF maps, which this program fills
 * as the BPF program would.
 *
 * The linker (--wrap) puts a function of ours before syscall(), so that the way
 * of kernels which cannot look up and delete at once is walked too. Needs root;
 * no kprobes.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "bpf_object.h"
#include "connect_event.h"
#include "ledger.h"
#include "probe.h"
#include "stash.h"

#define SKIPPED	     77
#define MAP_SIZE     2048
#define SECOND_NS    1000000000ULL
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

/* Comes before the kernel's look-up-and-delete. True: the kernel lacks it. */
static bool (*before_take)(int map_fd, uint64_t key);

/* bpf(2) alone is called by its number here, with three arguments. */
long __wrap_syscall(long number, ...)
{
	const union bpf_attr *attr;
	int command;
	size_t size;
	va_list list;

	va_start(list, number);
	command = va_arg(list, int);
	attr = va_arg(list, const union bpf_attr *);
	size = va_arg(list, size_t);
	va_end(list);
	if (number == __NR_bpf && before_take &&
	    command == BPF_MAP_LOOKUP_AND_DELETE_ELEM &&
	    before_take(attr->map_fd, attr->key)) {
		errno = EINVAL;
		return -1;
	}
	return __real_syscall(number, command, attr, size);
}

static bool lack_take(int map_fd, uint64_t key)
{
	(void)map_fd;
	(void)key;
	return true;
}

static int call(int command, union bpf_attr *attr)
{
	return syscall(__NR_bpf, command, attr, sizeof(*attr));
}

/* The thread's return came just before us. */
static bool come_too_late(int map_fd, uint64_t key)
{
	union bpf_attr attr = { .map_fd = map_fd, .key = key };

	assert_int_equal(call(BPF_MAP_DELETE_ELEM, &attr), 0);
	return false;
}

static int create_map(enum bpf_map_type type, size_t value_size,
		      unsigned entries)
{
	union bpf_attr attr = {
		.map_type = type,
		.key_size = sizeof(uint32_t),
		.value_size = value_size,
		.max_entries = entries,
	};

	return call(BPF_MAP_CREATE, &attr);
}

static void update(int map_fd, uint32_t key, const void *value)
{
	union bpf_attr attr = {
		.map_fd = map_fd,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)value,
	};

	assert_int_equal(call(BPF_MAP_UPDATE_ELEM, &attr), 0);
}

/* --- ledger */

struct account {
	struct probe probe;
	struct ledger ledger;
	int stderr_fd;		/* the real one */
	int said_fd;		/* what stands in for it */
	char said[2048];
};

static void account_open(struct account *account, bool is_filtered,
			 bool is_private)
{
	account->probe = (struct probe)PROBE_NONE;
	account->probe.ledger_fd = create_map(BPF_MAP_TYPE_ARRAY,
					      sizeof(struct ledger_counts),
					      1);
	assert_true(account->probe.ledger_fd >= 0);
	account->ledger = (struct ledger){
		.probe = &account->probe, .is_filtered = is_filtered,
		.is_private = is_private,
	};
	account->said_fd = memfd_create("stderr", MFD_CLOEXEC);
	account->stderr_fd = dup(STDERR_FILENO);
	assert_true(account->said_fd >= 0 && account->stderr_fd >= 0);
}

static void account_close(struct account *account)
{
	close(account->probe.ledger_fd);
	close(account->said_fd);
	close(account->stderr_fd);
}

static void count(const struct account *account,
		  const struct ledger_counts *counts)
{
	update(account->probe.ledger_fd, 0, counts);
}

/* Run one of the two functions that speak, and return what it said. */
static const char *said_by(struct account *account,
			   void (*speak)(struct ledger *ledger))
{
	ssize_t length;

	assert_int_equal(ftruncate(account->said_fd, 0), 0);
	assert_int_equal(lseek(account->said_fd, 0, SEEK_SET), 0);
	assert_true(dup2(account->said_fd, STDERR_FILENO) >= 0);
	speak(&account->ledger);
	assert_true(dup2(account->stderr_fd, STDERR_FILENO) >= 0);
	length = pread(account->said_fd, account->said,
		       sizeof(account->said) - 1, 0);
	assert_true(length >= 0);
	account->said[length] = '\0';
	return account->said;
}

static void close_quietly(struct ledger *ledger)
{
	ledger_close(ledger, false);
}

static void close_verbosely(struct ledger *ledger)
{
	ledger_close(ledger, true);
}

#define assert_contains(text, part)					   \
	do {								   \
		if (!strstr(text, part))				   \
			fail_msg("no \"%s\" in \"%s\"", part, text);	   \
	} while (0)

static void test_ledger_nothing(void **state)
{
	struct account account;

	(void)state;
	account_open(&account, false, true);
	assert_string_equal(said_by(&account, ledger_watch), "");
	assert_string_equal(said_by(&account, close_quietly), "");
	assert_contains(said_by(&account, close_verbosely),
			"0 connects, 0 rows (0 of them without the call's "
			"return), 0 lost\n");
	account_close(&account);
}

static void test_ledger_all_there(void **state)
{
	const struct ledger_counts counts = {
		.entries = 100, .returns = 90, .recovered = 7,
	};
	struct account account;

	(void)state;
	account_open(&account, false, true);
	count(&account, &counts);
	account.ledger.rows = 97;
	account.ledger.swept = 3;
	assert_int_equal(ledger_unread(&account.ledger), 0);
	assert_int_equal(ledger_in_stash(&account.ledger), 0);
	assert_string_equal(said_by(&account, ledger_watch), "");
	assert_string_equal(said_by(&account, close_quietly), "");
	assert_contains(said_by(&account, close_verbosely),
			"100 connects, 100 rows (10 of them without the "
			"call's return), 0 lost\n");
	account_close(&account);
}

/* Losses of one kind at a time; each of 5, of 100 connects. */
static void test_ledger_causes(void **state)
{
	static const struct {
		struct ledger_counts counts;
		uint64_t rows, unparsable, unwritten, lost_lines;
		bool is_switched;
		const char *account, *cause;
	} cases[] = {
		{ { .entries = 100, .returns = 100 }, 95, 0, 0, 5, false,
		  "100 connects, 95 rows", "5 overwritten" },
		{ { .entries = 100, .returns = 100 }, 95, 0, 0, 5, true,
		  "100 connects, 95 rows", "5 overwritten" },
		{ { .entries = 100, .returns = 100 }, 95, 0, 0, 0, false,
		  "100 connects, 95 rows", "5 from our trace buffer, which" },
		{ { .entries = 100, .returns = 100 }, 95, 0, 0, 0, true,
		  "100 connects, 95 rows", "5 while somebody had changed" },
		{ { .entries = 100, .returns = 100, .not_printed = 5 },
		  95, 0, 0, 0, false, "100 connects, 95 rows", "5 refused" },
		{ { .entries = 100, .returns = 95, .stash_full = 9,
		    .stash_lost = 5, .orphans = 9 },
		  95, 0, 0, 0, false, "100 connects, 95 rows",
		  "5 without room" },
		{ { .entries = 95, .returns = 95, .orphans = 5 },
		  95, 0, 0, 0, false, "100 connects, 95 rows", "5 skipped" },
		{ { .entries = 100, .returns = 100 }, 95, 5, 0, 0, false,
		  "100 connects, 95 rows", "5 on lines that can't be" },
		{ { .entries = 100, .returns = 100 }, 100, 0, 5, 0, false,
		  "100 connects, 95 rows", "5 not taken by stdout" },
	};
	struct account account;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		account_open(&account, false, true);
		count(&account, &cases[i].counts);
		account.ledger.rows = cases[i].rows;
		account.ledger.unparsable = cases[i].unparsable;
		account.ledger.unwritten = cases[i].unwritten;
		account.ledger.lost_lines = cases[i].lost_lines;
		account.ledger.is_switched = cases[i].is_switched;
		said_by(&account, close_quietly);
		assert_contains(account.said, cases[i].account);
		assert_contains(account.said, ", 5 lost: 5 ");
		assert_contains(account.said, cases[i].cause);
		account_close(&account);
	}
}

static void test_ledger_watch_says_what_is_new(void **state)
{
	struct ledger_counts counts = { .entries = 100, .returns = 100 };
	struct account account;

	(void)state;
	account_open(&account, false, true);
	count(&account, &counts);
	/* Nothing was read yet, and nothing is known to be lost. */
	assert_string_equal(said_by(&account, ledger_watch), "");
	account.ledger.rows = 40;
	account.ledger.lost_lines = 30;
	assert_contains(said_by(&account, ledger_watch),
			"30 connects lost so far, overwritten");
	assert_string_equal(said_by(&account, ledger_watch), "");
	account.ledger.lost_lines = 31;
	assert_contains(said_by(&account, ledger_watch),
			"31 connects lost so far, overwritten");
	/* What the pipe lost can be no more than what we miss. */
	account.ledger.rows = 60;
	account.ledger.lost_lines = 1000;
	assert_contains(said_by(&account, ledger_watch),
			"40 connects lost so far, overwritten");
	account_close(&account);
}

/* What was sent before a look and is not there when the pipe is empty. */
static void test_ledger_settles(void **state)
{
	struct ledger_counts counts = { .entries = 100, .returns = 100 };
	struct account account;

	(void)state;
	account_open(&account, false, true);
	count(&account, &counts);
	/* Sent after the last look, or not looked at yet: nothing is known. */
	account.ledger.rows = 40;
	ledger_settle(&account.ledger);
	assert_string_equal(said_by(&account, ledger_watch), "");
	account.ledger.rows = 80;
	account.ledger.lost_lines = 10;
	ledger_settle(&account.ledger);
	assert_string_equal(said_by(&account, ledger_watch),
		"tcpv4connect: warning: 10 connects lost so far, overwritten "
		"in the trace buffer before they were read\n"
		"tcpv4connect: warning: 10 connects lost so far, from our "
		"trace buffer, which somebody else has cleared, resized, read "
		"or stopped\n");

	counts.entries = counts.returns = 200;
	count(&account, &counts);
	account.ledger.is_switched = true;
	assert_string_equal(said_by(&account, ledger_watch), "");
	account.ledger.rows = 110;
	ledger_settle(&account.ledger);
	assert_contains(said_by(&account, ledger_watch),
			"70 connects lost so far, while somebody had changed");
	said_by(&account, close_quietly);
	assert_contains(account.said, "200 connects, 110 rows");
	assert_contains(account.said, ", 90 lost: 10 overwritten");
	assert_contains(account.said, "; 70 while somebody");
	assert_contains(account.said, "; 10 from our trace buffer");
	account_close(&account);
}

/* The lines that the global trace has lost may all be somebody else's. */
static void test_ledger_global_pipe_settles(void **state)
{
	const struct ledger_counts counts = { .entries = 9, .returns = 9 };
	struct account account;

	(void)state;
	account_open(&account, false, false);
	count(&account, &counts);
	account.ledger.rows = 2;
	account.ledger.lost_lines = 3;
	account.ledger.is_switched = true;
	assert_string_equal(said_by(&account, ledger_watch), "");
	account.ledger.rows = 5;
	ledger_settle(&account.ledger);
	assert_string_equal(said_by(&account, ledger_watch),
		"tcpv4connect: warning: 4 connects lost so far, while somebody "
		"had changed a switch of the trace\n");
	account.ledger.rows = 4;
	ledger_settle(&account.ledger);
	assert_contains(said_by(&account, ledger_watch),
			"up to 1 connects lost so far, overwritten in the "
			"global trace buffer");
	account_close(&account);
}

static void test_ledger_global_pipe(void **state)
{
	const struct ledger_counts counts = { .entries = 9, .returns = 9 };
	struct account account;

	(void)state;
	account_open(&account, false, false);
	count(&account, &counts);
	account.ledger.rows = 5;
	account.ledger.lost_lines = 3;
	assert_contains(said_by(&account, ledger_watch),
			"up to 3 connects lost so far, ");
	account_close(&account);
}

static void test_ledger_in_stash(void **state)
{
	const struct ledger_counts counts = {
		.entries = 50, .returns = 30, .recovered = 4, .stash_lost = 2,
	};
	struct account account;

	(void)state;
	account_open(&account, true, true);
	count(&account, &counts);
	account.ledger.swept = 3;
	assert_int_equal(ledger_in_stash(&account.ledger), 11);
	assert_int_equal(ledger_unread(&account.ledger), 34);
	account_close(&account);
}

/* --- stash */

struct taken {
	struct connect_event events[MAP_SIZE];
	int count;
};

/* cppcheck-suppress [constParameter,constParameterCallback] ; as stash.h has it */
static void take(void *arg, struct connect_event *event)
{
	struct taken *taken = arg;

	assert_true(taken->count < MAP_SIZE);
	taken->events[taken->count++] = *event;
}

static int create_stash(void)
{
	int fd = create_map(BPF_MAP_TYPE_HASH, sizeof(struct stash_attempt),
			    MAP_SIZE);

	assert_true(fd >= 0);
	return fd;
}

static void put(int map_fd, uint32_t tid, uint64_t start_ns)
{
	const struct stash_attempt attempt = {
		.sock = 1, .start_ns = start_ns, .comm = "a comm 15 bytes",
		.daddr = 0x7f000000 + tid, .tgid = 7, .tid = tid, .uid = 1000,
		.dport = 80,
	};

	update(map_fd, tid, &attempt);
}

static bool has(int map_fd, uint32_t tid)
{
	struct stash_attempt attempt;

	return !bpf_map_lookup(map_fd, &tid, &attempt);
}

static void check_event(const struct connect_event *event, uint32_t tid,
			uint64_t start_ns)
{
	assert_int_equal(event->time_us, start_ns / 1000);
	assert_int_equal(event->pid, 7);
	assert_int_equal(event->tid, tid);
	assert_int_equal(event->uid, 1000);
	assert_int_equal(event->saddr.s_addr, 0);
	assert_int_equal(event->daddr.s_addr, htonl(0x7f000000 + tid));
	assert_int_equal(event->lport, 0);
	assert_int_equal(event->dport, 80);
	assert_int_equal(event->error, 0);
	assert_true(event->return_missed);
	assert_int_equal(event->comm_length, 15);
	assert_string_equal(event->comm, "a comm 15 bytes");
}

static void check_takes_old_ones(void)
{
	struct taken *taken = calloc(1, sizeof(*taken));
	int fd = create_stash();

	assert_non_null(taken);
	put(fd, 1, 3 * SECOND_NS);
	put(fd, 2, 5 * SECOND_NS);
	put(fd, 3, 9 * SECOND_NS);
	assert_int_equal(stash_sweep(fd, 5 * SECOND_NS, take, taken), 1);
	assert_int_equal(taken->count, 1);
	check_event(&taken->events[0], 1, 3 * SECOND_NS);
	assert_true(!has(fd, 1) && has(fd, 2) && has(fd, 3));
	assert_int_equal(stash_sweep(fd, 5 * SECOND_NS, take, taken), 0);
	assert_int_equal(stash_sweep(fd, UINT64_MAX, take, taken), 2);
	assert_int_equal(taken->count, 3);
	assert_true(!has(fd, 2) && !has(fd, 3));
	assert_int_equal(stash_sweep(fd, UINT64_MAX, take, taken), 0);
	close(fd);
	free(taken);
}

/* Each exactly once, though the map changes while it is walked. */
static void check_takes_all(void)
{
	struct taken *taken = calloc(1, sizeof(*taken));
	bool seen[MAP_SIZE] = { false };
	int fd = create_stash(), i;

	assert_non_null(taken);
	for (i = 0; i < MAP_SIZE; i++)
		put(fd, i, SECOND_NS + i % 2 * SECOND_NS);
	assert_int_equal(stash_sweep(fd, 2 * SECOND_NS, take, taken),
			 MAP_SIZE / 2);
	assert_int_equal(stash_sweep(fd, UINT64_MAX, take, taken),
			 MAP_SIZE / 2);
	for (i = 0; i < MAP_SIZE; i++) {
		assert_false(seen[taken->events[i].tid]);
		seen[taken->events[i].tid] = true;
	}
	close(fd);
	free(taken);
}

static void test_stash(void **state)
{
	(void)state;
	before_take = NULL;
	check_takes_old_ones();
	check_takes_all();
}

static void test_stash_without_take(void **state)
{
	(void)state;
	before_take = lack_take;
	check_takes_old_ones();
	check_takes_all();
	before_take = NULL;
}

static void test_stash_return_was_first(void **state)
{
	struct taken *taken = calloc(1, sizeof(*taken));
	int fd = create_stash();

	(void)state;
	assert_non_null(taken);
	put(fd, 1, SECOND_NS);
	put(fd, 2, SECOND_NS);
	before_take = come_too_late;
	assert_int_equal(stash_sweep(fd, UINT64_MAX, take, taken), 0);
	before_take = NULL;
	assert_int_equal(taken->count, 0);
	close(fd);
	free(taken);
}

static void test_stash_unreadable(void **state)
{
	struct taken taken = { .count = 0 };

	(void)state;
	assert_int_equal(stash_sweep(-1, UINT64_MAX, take, &taken), -1);
	assert_int_equal(taken.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ledger_nothing),
		cmocka_unit_test(test_ledger_all_there),
		cmocka_unit_test(test_ledger_causes),
		cmocka_unit_test(test_ledger_watch_says_what_is_new),
		cmocka_unit_test(test_ledger_settles),
		cmocka_unit_test(test_ledger_global_pipe_settles),
		cmocka_unit_test(test_ledger_global_pipe),
		cmocka_unit_test(test_ledger_in_stash),
		cmocka_unit_test(test_stash),
		cmocka_unit_test(test_stash_without_take),
		cmocka_unit_test(test_stash_return_was_first),
		cmocka_unit_test(test_stash_unreadable),
	};
	int fd = create_map(BPF_MAP_TYPE_ARRAY, 8, 1);

	if (fd < 0) {
		printf("skipped: no BPF map can be made here: %s\n",
		       strerror(errno));
		return SKIPPED;
	}
	close(fd);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
