/*
 * test_maps.c - ledger and attempts on real BPF maps, which this program fills
 * as the BPF program would.
 *
 * The linker (--wrap) puts functions of ours in the place of what differs
 * between kernels: syscall(), for those that cannot look up and delete at once,
 * the kernel's version, and its two counts of calls. Needs root; no kprobes.
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

#include "attach/kprobe.h"
#include "attach/probe.h"
#include "ledger.h"
#include "read/attempts.h"
#include "read/connect_event.h"
#include "system/bpf_object.h"
#include "system/host.h"

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

/* The kernel that the ledger sees. */
static struct {
	unsigned version;
	uint64_t misses;	/* skipped runs of the entry program */
	uint64_t hits;		/* of the entry probe */
	void (*before_hits)(void);	/* NULL: nothing happens meanwhile */
	void (*after_hits)(void);
} kernel;

unsigned __wrap_host_kernel_version(void);
int __wrap_bpf_prog_recursion_misses(int prog_fd, uint64_t *misses);
int __wrap_kprobe_hits(const struct kprobe *kprobe, uint64_t *hits);

unsigned __wrap_host_kernel_version(void)
{
	return kernel.version;
}

int __wrap_bpf_prog_recursion_misses(int prog_fd, uint64_t *misses)
{
	(void)prog_fd;
	*misses = kernel.misses;
	return 0;
}

int __wrap_kprobe_hits(const struct kprobe *kprobe, uint64_t *hits)
{
	(void)kprobe;
	if (kernel.before_hits)
		kernel.before_hits();
	*hits = kernel.hits;
	if (kernel.after_hits)
		kernel.after_hits();
	return 0;
}

/* One that counts what it skips, and one that does not. */
static int be_new_kernel(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	kernel.version = HOST_VERSION(6, 8);
	return 0;
}

static int be_old_kernel(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	kernel.version = HOST_VERSION(6, 7);
	return 0;
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

static void account_init(struct account *account)
{
	account->probe = (struct probe)PROBE_NONE;
	account->probe.fds[LOADER_LEDGER_MAP] =
		create_map(BPF_MAP_TYPE_ARRAY, sizeof(struct ledger_counts), 1);
	assert_true(account->probe.fds[LOADER_LEDGER_MAP] >= 0);
	account->said_fd = memfd_create("stderr", MFD_CLOEXEC);
	account->stderr_fd = dup(STDERR_FILENO);
	assert_true(account->said_fd >= 0 && account->stderr_fd >= 0);
}

static void account_open(struct account *account, bool is_filtered,
			 bool is_private)
{
	account_init(account);
	ledger_init(&account->ledger, &account->probe, is_filtered,
		    is_private, false);
}

static void account_close(struct account *account)
{
	close(account->probe.fds[LOADER_LEDGER_MAP]);
	close(account->said_fd);
	close(account->stderr_fd);
}

static void count(const struct account *account,
		  const struct ledger_counts *counts)
{
	update(account->probe.fds[LOADER_LEDGER_MAP], 0, counts);
}

static void add_rows(struct account *account, unsigned rows)
{
	while (rows--)
		ledger_add(&account->ledger, LEDGER_ROWS, 1);
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
	add_rows(&account, 97);
	for (int i = 0; i < 3; i++)
		ledger_add(&account.ledger, LEDGER_SWEPT, 1);
	assert_int_equal(ledger_unread(&account.ledger), 0);
	assert_int_equal(ledger_in_progress(&account.ledger), 0);
	assert_string_equal(said_by(&account, ledger_watch), "");
	assert_string_equal(said_by(&account, close_quietly), "");
	assert_contains(said_by(&account, close_verbosely),
			"100 connects, 100 rows (10 of them without the "
			"call's return), 0 lost\n");
	account_close(&account);
}

/* Losses of one kind at a time; each of 5, of 100 connects. */
static const struct loss {
	struct ledger_counts counts;
	unsigned rows, unparsable, unwritten, lost_lines, misses;
	bool is_setting_changed, is_given_up;
	const char *cause;
} losses[] = {
	{ .counts = { .entries = 100, .returns = 100 }, .rows = 95,
	  .lost_lines = 5, .cause = "overwritten in the trace buffer" },
	{ .counts = { .entries = 100, .returns = 100 }, .rows = 95,
	  .lost_lines = 5, .is_setting_changed = true,
	  .cause = "overwritten in the trace buffer" },
	{ .counts = { .entries = 100, .returns = 100 }, .rows = 95,
	  .cause = "missing from our trace buffer" },
	{ .counts = { .entries = 100, .returns = 100 }, .rows = 95,
	  .is_setting_changed = true,
	  .cause = "while a setting of the trace was changed" },
	{ .counts = { .entries = 100, .returns = 100 }, .rows = 95,
	  .is_given_up = true,
	  .cause = "not shown before the run ended" },
	{ .counts = { .entries = 100, .returns = 97 }, .rows = 95,
	  .is_given_up = true,
	  .cause = "not shown before the run ended" },
	{ .counts = { .entries = 100, .returns = 100,
		      .not_printed = 5 }, .rows = 95,
	  .cause = "refused by bpf_trace_printk" },
	{ .counts = { .entries = 100, .returns = 95,
		      .attempts_lost = 5 }, .rows = 95,
	  .cause = "without room in a BPF map" },
	{ .counts = { .entries = 95, .returns = 95 }, .rows = 95,
	  .misses = 5, .cause = "skipped by the kernel" },
	{ .counts = { .entries = 100, .returns = 100 }, .rows = 95,
	  .unparsable = 5, .cause = "on lines that can't be parsed" },
	{ .counts = { .entries = 120, .unwanted = 20,
		      .returns = 100 }, .rows = 100,
	  .unwritten = 5, .cause = "not shown before the run ended" },
};

static void lose(struct account *account, const struct loss *loss)
{
	struct ledger *ledger = &account->ledger;

	count(account, &loss->counts);
	add_rows(account, loss->rows);
	ledger_add(ledger, LEDGER_LINES_UNPARSABLE, loss->unparsable);
	ledger_add(ledger, LEDGER_UNWRITTEN, loss->unwritten);
	ledger_add(ledger, LEDGER_LINES_LOST, loss->lost_lines);
	kernel.misses = loss->misses;
	if (loss->is_setting_changed)
		ledger_note_setting(ledger);
	if (loss->is_given_up)
		ledger_give_up(ledger);
}

static void test_ledger_causes(void **state)
{
	struct account account;
	char cause[128];

	for (size_t i = 0; i < COUNT(losses); i++) {
		be_new_kernel(state);
		account_open(&account, false, true);
		lose(&account, &losses[i]);
		said_by(&account, close_quietly);
		assert_contains(account.said, "100 connects, 95 rows");
		snprintf(cause, sizeof(cause), ", 5 lost: 5 %s",
			 losses[i].cause);
		assert_contains(account.said, cause);
		assert_null(strstr(account.said, "; "));
		account_close(&account);
	}
}

/* What has no cause is said without -v, too. */
static void test_ledger_unaccounted(void **state)
{
	struct ledger_counts counts = { .entries = 100, .returns = 97 };
	struct account account;

	(void)state;
	account_open(&account, false, true);
	count(&account, &counts);
	add_rows(&account, 97);
	assert_string_equal(said_by(&account, close_quietly),
			    "tcpv4connect: 100 connects, 97 rows (0 of them "
			    "without the call's return), 0 lost; 3 "
			    "unaccounted for\n");
	account_close(&account);

	account_open(&account, false, true);
	counts.not_printed = 2;
	count(&account, &counts);
	add_rows(&account, 95);
	assert_contains(said_by(&account, close_quietly),
			", 2 lost: 2 refused by bpf_trace_printk, which was "
			"busy; 3 unaccounted for\n");
	account_close(&account);
}

/* With -c there are no lines; what was not in the sums is lost. */
static void test_ledger_counting(void **state)
{
	const struct ledger_counts counts = {
		.entries = 100, .returns = 90, .recovered = 3, .sums_full = 5,
	};
	struct account account;

	(void)state;
	account_init(&account);
	ledger_init(&account.ledger, &account.probe, false, false, true);
	count(&account, &counts);
	for (int i = 0; i < 7; i++)
		ledger_add(&account.ledger, LEDGER_SWEPT, 1);
	assert_contains(said_by(&account, ledger_watch),
			"5 connects lost so far, without room in a BPF map");
	ledger_settle(&account.ledger);
	ledger_set_counted(&account.ledger, 93);
	assert_string_equal(said_by(&account, close_quietly),
			    "tcpv4connect: 100 connects, 93 rows (10 of them "
			    "without the call's return), 7 lost: 2 counted "
			    "while the sums were being cleared; 5 without "
			    "room in a BPF map\n");
	account_close(&account);
}

static void test_ledger_watch_says_what_is_new(void **state)
{
	const struct ledger_counts counts = { .entries = 100, .returns = 100 };
	struct account account;

	(void)state;
	account_open(&account, false, true);
	count(&account, &counts);
	/* Nothing was read yet, and nothing is known to be lost. */
	assert_string_equal(said_by(&account, ledger_watch), "");
	add_rows(&account, 40);
	ledger_add(&account.ledger, LEDGER_LINES_LOST, 30);
	assert_contains(said_by(&account, ledger_watch),
			"30 connects lost so far, overwritten");
	assert_string_equal(said_by(&account, ledger_watch), "");
	ledger_add(&account.ledger, LEDGER_LINES_LOST, 1);
	assert_contains(said_by(&account, ledger_watch),
			"31 connects lost so far, overwritten");
	/* What the pipe lost can be no more than what we miss. */
	add_rows(&account, 20);
	ledger_add(&account.ledger, LEDGER_LINES_LOST, 1000);
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
	add_rows(&account, 40);
	ledger_settle(&account.ledger);
	assert_string_equal(said_by(&account, ledger_watch), "");
	add_rows(&account, 40);
	ledger_add(&account.ledger, LEDGER_LINES_LOST, 10);
	ledger_settle(&account.ledger);
	assert_string_equal(said_by(&account, ledger_watch),
		"tcpv4connect: warning: 10 connects lost so far, overwritten "
		"in the trace buffer before they were read\n"
		"tcpv4connect: warning: 10 connects lost so far, missing from "
		"our trace buffer, as if another process had cleared, resized "
		"or read it\n");

	counts.entries = counts.returns = 200;
	count(&account, &counts);
	ledger_note_setting(&account.ledger);
	assert_string_equal(said_by(&account, ledger_watch), "");
	add_rows(&account, 30);
	ledger_settle(&account.ledger);
	assert_contains(said_by(&account, ledger_watch),
			"70 connects lost so far, while a setting of the "
			"trace was changed");
	said_by(&account, close_quietly);
	assert_contains(account.said, "200 connects, 110 rows");
	assert_contains(account.said, ", 90 lost: 10 overwritten");
	assert_contains(account.said, "; 70 while a setting");
	assert_contains(account.said, "; 10 missing from our trace buffer");
	account_close(&account);
}

/* The lines that the global trace has lost may all be another program's. */
static void test_ledger_global_pipe_settles(void **state)
{
	const struct ledger_counts counts = { .entries = 9, .returns = 9 };
	struct account account;

	(void)state;
	account_open(&account, false, false);
	count(&account, &counts);
	add_rows(&account, 2);
	ledger_add(&account.ledger, LEDGER_LINES_LOST, 3);
	ledger_note_setting(&account.ledger);
	assert_string_equal(said_by(&account, ledger_watch), "");
	add_rows(&account, 2);
	ledger_settle(&account.ledger);
	assert_string_equal(said_by(&account, ledger_watch),
		"tcpv4connect: warning: 5 connects lost so far, while a "
		"setting of the trace was changed\n");
	account_close(&account);
}

static void test_ledger_global_pipe(void **state)
{
	const struct ledger_counts counts = { .entries = 9, .returns = 9 };
	struct account account;

	(void)state;
	account_open(&account, false, false);
	count(&account, &counts);
	add_rows(&account, 5);
	ledger_add(&account.ledger, LEDGER_LINES_LOST, 3);
	assert_contains(said_by(&account, ledger_watch),
			"up to 3 connects lost so far, overwritten in the "
			"global trace buffer, or cleared or read by another "
			"process\n");
	said_by(&account, close_quietly);
	assert_contains(account.said, ", 4 lost: 4 overwritten in the global");
	account_close(&account);
}

static void test_ledger_in_progress(void **state)
{
	const struct ledger_counts counts = {
		.entries = 50, .returns = 30, .recovered = 4,
		.attempts_lost = 2,
	};
	struct account account;

	(void)state;
	account_open(&account, true, true);
	count(&account, &counts);
	for (int i = 0; i < 3; i++)
		ledger_add(&account.ledger, LEDGER_SWEPT, 1);
	assert_int_equal(ledger_in_progress(&account.ledger), 11);
	assert_int_equal(ledger_unread(&account.ledger), 34);
	account_close(&account);
}

/* --- ledger: calls that the kernel skipped */

/* Calls come to the old kernel, of which the program sees some. */
static void hit(struct account *account, unsigned hits, unsigned runs)
{
	const uint32_t zero = 0;
	struct ledger_counts counts;

	kernel.hits += hits;
	assert_int_equal(bpf_map_lookup(account->probe.fds[LOADER_LEDGER_MAP],
					&zero, &counts), 0);
	counts.runs += runs;
	counts.entries += runs;
	counts.returns += runs;
	count(account, &counts);
}

/* Before the beginning a probe has hits, and its program may have misses. */
static void test_skipped_before(void **state)
{
	struct account account;

	(void)state;
	account_init(&account);
	kernel.misses = 10;
	hit(&account, 60, 0);
	hit(&account, 40, 40);
	add_rows(&account, 40);
	ledger_init(&account.ledger, &account.probe, false, true, false);
	count(&account, &(struct ledger_counts){ .runs = 40 });
	assert_string_equal(said_by(&account, ledger_watch), "");
	assert_string_equal(said_by(&account, close_quietly), "");
	assert_contains(said_by(&account, close_verbosely),
			"0 connects, 0 rows");
	hit(&account, 7, 2);
	kernel.misses += 5;
	add_rows(&account, 2);
	assert_contains(said_by(&account, ledger_watch),
			"5 connects lost so far, skipped by the kernel, which "
			"ran another BPF program on that CPU\n");
	assert_contains(said_by(&account, close_quietly),
			"7 connects, 2 rows (0 of them without the call's "
			"return), 5 lost: 5 skipped by the kernel");
	account_close(&account);
}

/* Where not every call is wanted, -x included, it is not known of these. */
static void test_skipped_of_all(void **state)
{
	struct account account;

	(void)state;
	account_open(&account, true, true);
	hit(&account, 5, 0);
	kernel.misses = 5;
	assert_contains(said_by(&account, ledger_watch),
			"up to 5 connects lost so far, skipped by the kernel");
	assert_contains(said_by(&account, close_quietly),
			", 5 lost: up to 5 skipped by the kernel");
	account_close(&account);
}

static struct account *busy;

/* A call comes just when the counts are read, and the program sees it. */
static void one_call(void)
{
	hit(busy, 1, 1);
}

static void other_half(void)
{
	hit(busy, 0, 1);
	kernel.before_hits = NULL;
}

/* The same, once: its hit is counted, and its run at the next look only. */
static void half_a_call(void)
{
	kernel.hits++;
	kernel.before_hits = other_half;
}

/* On a host that never rests, the beginning invents no losses. */
static void test_skipped_on_busy_host(void **state)
{
	struct account account;

	(void)state;
	account_init(&account);
	busy = &account;
	kernel.hits = 10;
	kernel.before_hits = one_call;
	kernel.after_hits = one_call;
	ledger_init(&account.ledger, &account.probe, false, true, false);
	kernel.before_hits = kernel.after_hits = NULL;
	add_rows(&account, 400);
	assert_string_equal(said_by(&account, ledger_watch), "");
	assert_string_equal(said_by(&account, close_quietly), "");
	hit(&account, 7, 2);
	add_rows(&account, 2);
	assert_contains(said_by(&account, close_quietly),
			", 402 rows (0 of them without the call's return), ");
	/* 5, less the calls that came during one look. */
	assert_in_range(strtoul(strstr(account.said, "return), ") + 9, NULL,
				10), 3, 5);
	account_close(&account);
}

/* A reading with a call just between its hit and its run is too high. */
static void test_skipped_between(void **state)
{
	struct account account;

	(void)state;
	account_init(&account);
	busy = &account;
	kernel.hits = 10;
	kernel.before_hits = half_a_call;
	ledger_init(&account.ledger, &account.probe, false, true, false);
	assert_null(kernel.before_hits);
	add_rows(&account, 1);
	hit(&account, 7, 2);
	add_rows(&account, 2);
	assert_contains(said_by(&account, close_quietly),
			"8 connects, 3 rows (0 of them without the call's "
			"return), 5 lost: 5 skipped by the kernel");
	account_close(&account);
}

/* --- attempts */

struct taken {
	struct connect_event events[MAP_SIZE];
	int count;
};

/* As attempts.h has it. */
/* cppcheck-suppress [constParameter,constParameterCallback] */
static void take(void *arg, struct connect_event *event)
{
	struct taken *taken = arg;

	assert_true(taken->count < MAP_SIZE);
	taken->events[taken->count++] = *event;
}

static int create_attempts(void)
{
	int fd = create_map(BPF_MAP_TYPE_HASH, sizeof(struct attempt),
			    MAP_SIZE);

	assert_true(fd >= 0);
	return fd;
}

static void put(int map_fd, uint32_t tid, uint64_t start_ns)
{
	const struct attempt attempt = {
		.sock = 1, .start_ns = start_ns, .comm = "a comm\n15 bytes",
		.daddr = 0x7f000000 + tid, .tgid = 7, .tid = tid, .uid = 1000,
		.dport = 80,
	};

	update(map_fd, tid, &attempt);
}

static bool has(int map_fd, uint32_t tid)
{
	struct attempt attempt;

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
	assert_string_equal(event->comm, "a comm?15 bytes");
}

static void check_takes_old_ones(void)
{
	struct taken *taken = calloc(1, sizeof(*taken));
	int fd = create_attempts();

	assert_non_null(taken);
	put(fd, 1, 3 * SECOND_NS);
	put(fd, 2, 5 * SECOND_NS);
	put(fd, 3, 9 * SECOND_NS);
	assert_int_equal(attempts_sweep(fd, 5 * SECOND_NS, take, taken), 1);
	assert_int_equal(taken->count, 1);
	check_event(&taken->events[0], 1, 3 * SECOND_NS);
	assert_true(!has(fd, 1) && has(fd, 2) && has(fd, 3));
	assert_int_equal(attempts_sweep(fd, 5 * SECOND_NS, take, taken), 0);
	assert_int_equal(attempts_sweep(fd, UINT64_MAX, take, taken), 2);
	assert_int_equal(taken->count, 3);
	assert_true(!has(fd, 2) && !has(fd, 3));
	assert_int_equal(attempts_sweep(fd, UINT64_MAX, take, taken), 0);
	close(fd);
	free(taken);
}

/* Each exactly once, though the map changes while it is walked. */
static void check_takes_all(void)
{
	struct taken *taken = calloc(1, sizeof(*taken));
	bool seen[MAP_SIZE] = { false };
	int fd = create_attempts(), i;

	assert_non_null(taken);
	for (i = 0; i < MAP_SIZE; i++)
		put(fd, i, SECOND_NS + i % 2 * SECOND_NS);
	assert_int_equal(attempts_sweep(fd, 2 * SECOND_NS, take, taken),
			 MAP_SIZE / 2);
	assert_int_equal(attempts_sweep(fd, UINT64_MAX, take, taken),
			 MAP_SIZE / 2);
	for (i = 0; i < MAP_SIZE; i++) {
		assert_false(seen[taken->events[i].tid]);
		seen[taken->events[i].tid] = true;
	}
	close(fd);
	free(taken);
}

static void test_attempts(void **state)
{
	(void)state;
	before_take = NULL;
	check_takes_old_ones();
	check_takes_all();
}

static void test_attempts_without_take(void **state)
{
	(void)state;
	before_take = lack_take;
	check_takes_old_ones();
	check_takes_all();
	before_take = NULL;
}

static void test_attempts_return_was_first(void **state)
{
	struct taken *taken = calloc(1, sizeof(*taken));
	int fd = create_attempts();

	(void)state;
	assert_non_null(taken);
	put(fd, 1, SECOND_NS);
	put(fd, 2, SECOND_NS);
	before_take = come_too_late;
	assert_int_equal(attempts_sweep(fd, UINT64_MAX, take, taken), 0);
	before_take = NULL;
	assert_int_equal(taken->count, 0);
	close(fd);
	free(taken);
}

static void test_attempts_unreadable(void **state)
{
	struct taken taken = { .count = 0 };

	(void)state;
	assert_int_equal(attempts_sweep(-1, UINT64_MAX, take, &taken), -1);
	assert_int_equal(taken.count, 0);
}

/* The kernel takes the program away before the probe. */
static void test_ledger_hits_after_the_end(void **state)
{
	struct ledger_counts counts = { .runs = 10, .entries = 10,
					.returns = 10 };
	struct account account;

	(void)state;
	account_open(&account, false, true);
	count(&account, &counts);
	add_rows(&account, 10);
	kernel.hits = 12;
	ledger_shut(&account.ledger);
	kernel.hits = 30;
	assert_contains(said_by(&account, close_quietly),
			"12 connects, 10 rows (0 of them without the call's "
			"return), 2 lost: 2 skipped by the kernel");
	account_close(&account);
}

int main(void)
{
#define NEW(test) cmocka_unit_test_setup(test, be_new_kernel)
#define OLD(test) cmocka_unit_test_setup(test, be_old_kernel)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_ledger_hits_after_the_end,
				       be_old_kernel),
		NEW(test_ledger_nothing),
		NEW(test_ledger_all_there),
		NEW(test_ledger_causes),
		NEW(test_ledger_unaccounted),
		NEW(test_ledger_counting),
		NEW(test_ledger_watch_says_what_is_new),
		NEW(test_ledger_settles),
		NEW(test_ledger_global_pipe_settles),
		NEW(test_ledger_global_pipe),
		NEW(test_ledger_in_progress),
		NEW(test_skipped_before),
		OLD(test_skipped_before),
		NEW(test_skipped_of_all),
		OLD(test_skipped_of_all),
		OLD(test_skipped_on_busy_host),
		OLD(test_skipped_between),
		NEW(test_attempts),
		NEW(test_attempts_without_take),
		NEW(test_attempts_return_was_first),
		NEW(test_attempts_unreadable),
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
