/*
 * generator.c - lines of bpf_trace_printk, as many and as fast as one wants,
 * on a kernel that need not have kprobes.
 *
 *   generator [--ledger ID] [--first N] [--rate N] TAG COUNT
 *   generator --text TEXT COUNT
 *   generator --ledger ID --attempts ID COUNT
 *
 * The first form prints COUNT messages of tcpv4connect's, the way its BPF
 * program does. Message n, from N (or 0) on, tells of a connect from
 * 127.0.0.1 to the address that the number n is, port n modulo 65536, uid
 * 1000, by process 1342, thread 1343, with the comm "generator". With
 * --ledger, the map of that id has a struct ledger_counts, in which they are
 * counted as calls and returns. With --rate there are N lines a second, in a
 * burst each millisecond if there are more than a thousand.
 *
 * The second form prints TEXT, which is no message of ours, with a newline.
 *
 * The third form prints nothing: it puts COUNT attempts of other threads, which
 * begin now, into the map of attempts, and counts them as calls.
 *
 * A program for network packets does it: BPF_PROG_TEST_RUN runs one without
 * attaching it to anything, as often as asked, about a million times a second.
 * How many lines there were, in what time, is told on stdout.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ledger.h"
#include "read/attempts.h"

#define WORDS	"00002476 00002477 00000 generator"
#define SADDR	0x7f000001ULL
#define UID	1000

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* The one value of the program's map: its variables and its strings. */
struct variables {
	uint64_t next;		/* the number of the next line */
	uint64_t refused;	/* lines that bpf_trace_printk did not take */
	char words[64];
	char format[256];
};

struct generator {
	struct variables start;
	uint32_t format_size;
	uint64_t rate;			/* lines a second; 0: at once */
	int variables_fd;
	int ledger_fd;		/* -1: none */
	int attempts_fd;		/* the same */
	int program_fd;
};

static int call(int command, union bpf_attr *attr)
{
	return syscall(__NR_bpf, command, attr, sizeof(*attr));
}

static int fail(const char *what)
{
	fprintf(stderr, "generator: cannot %s: %s\n", what, strerror(errno));
	return -1;
}

static int create_variables(struct generator *generator)
{
	const uint32_t zero = 0;
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(zero),
		.value_size = sizeof(generator->start),
		.max_entries = 1,
	};

	generator->variables_fd = call(BPF_MAP_CREATE, &attr);
	if (generator->variables_fd < 0)
		return fail("create a map");
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = generator->variables_fd;
	attr.key = (uintptr_t)&zero;
	attr.value = (uintptr_t)&generator->start;
	return call(BPF_MAP_UPDATE_ELEM, &attr) ? fail("write a map") : 0;
}

static int read_variables(const struct generator *generator,
			  struct variables *variables)
{
	const uint32_t zero = 0;
	union bpf_attr attr = {
		.map_fd = generator->variables_fd,
		.key = (uintptr_t)&zero,
		.value = (uintptr_t)variables,
	};

	return call(BPF_MAP_LOOKUP_ELEM, &attr) ? fail("read a map") : 0;
}

static int open_map(int *fd, uint32_t id)
{
	union bpf_attr attr = { .map_id = id };

	*fd = call(BPF_MAP_GET_FD_BY_ID, &attr);
	return *fd < 0 ? fail("open a map") : 0;
}

#define INSN(c, d, s, o, i) \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), \
			    .off = (o), .imm = (int32_t)(i) })
#define MOVE(d, s)	INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define SET(d, i)	INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD(d, i)	INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define AND(d, i)	INSN(BPF_ALU64 | BPF_AND | BPF_K, d, 0, 0, i)
#define SHIFT(d, i)	INSN(BPF_ALU64 | BPF_LSH | BPF_K, d, 0, 0, i)
#define OR(d, s)	INSN(BPF_ALU64 | BPF_OR | BPF_X, d, s, 0, 0)
#define LOAD(d, s, o)	INSN(BPF_LDX | BPF_MEM | BPF_DW, d, s, o, 0)
#define ATOMIC_ADD(d, s, o) \
	INSN(BPF_STX | BPF_XADD | BPF_DW, d, s, o, 0)
#define JUMP(o)		INSN(BPF_JMP | BPF_JA, 0, 0, o, 0)
#define IF_NOT_NEGATIVE(d, o) \
	INSN(BPF_JMP | BPF_JSGE | BPF_K, d, 0, o, 0)
#define CALL(function)	INSN(BPF_JMP | BPF_CALL, 0, 0, 0, function)
#define EXIT()		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* The address of the map's only value (Linux 5.2); two instructions long. */
#define VALUE_OF(d, fd) \
	INSN(BPF_LD | BPF_IMM | BPF_DW, d, BPF_PSEUDO_MAP_VALUE, 0, fd), \
	INSN(0, 0, 0, 0, 0)

#define VARIABLE(name)	(int)offsetof(struct variables, name)
#define LEDGER(name)	(int)offsetof(struct ledger_counts, name)

/* A kernel without traffic control has the other type. */
static int load(const struct bpf_insn *program, size_t count)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insns = (uintptr_t)program,
		.insn_cnt = count,
		.license = (uintptr_t)"GPL",
	};
	int fd = call(BPF_PROG_LOAD, &attr);

	if (fd >= 0 || errno != EINVAL)
		return fd;
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	return call(BPF_PROG_LOAD, &attr);
}

static int load_program(struct generator *generator)
{
	int ledger_fd = generator->ledger_fd;
	int counts_fd = ledger_fd < 0 ? generator->variables_fd : ledger_fd;
	struct bpf_insn program[] = {
		VALUE_OF(6, generator->variables_fd),
		/* Without a ledger, nothing is counted there: see below. */
		VALUE_OF(8, counts_fd),
		LOAD(7, 6, VARIABLE(next)),
		SET(9, 1),
		ATOMIC_ADD(6, 9, VARIABLE(next)),
		ledger_fd < 0 ? JUMP(0) : ATOMIC_ADD(8, 9, LEDGER(entries)),
		/* saddr | daddr */
		INSN(BPF_LD | BPF_IMM | BPF_DW, 3, 0, 0, 0),
		INSN(0, 0, 0, 0, SADDR),
		OR(3, 7),
		/* lport 0 | dport | uid */
		MOVE(4, 7),
		AND(4, 0xffff),
		SHIFT(4, 32),
		ADD(4, UID),
		MOVE(5, 6),
		ADD(5, VARIABLE(words)),
		MOVE(1, 6),
		ADD(1, VARIABLE(format)),
		SET(2, generator->format_size),
		ledger_fd < 0 ? JUMP(0) : ATOMIC_ADD(8, 9, LEDGER(returns)),
		CALL(BPF_FUNC_trace_printk),
		IF_NOT_NEGATIVE(0, 2),
		ATOMIC_ADD(6, 9, VARIABLE(refused)),
		ledger_fd < 0 ? JUMP(0) :
				ATOMIC_ADD(8, 9, LEDGER(not_printed)),
		SET(0, 0),
		EXIT(),
	};

	generator->program_fd = load(program, COUNT_OF(program));
	return generator->program_fd < 0 ? fail("load a BPF program") : 0;
}

/*
 * One call is enough for any number, unless a signal ends it early; how far
 * it came, the program has counted.
 */
static int run(const struct generator *generator, uint64_t end)
{
	struct variables now;
	char packet[64] = { 0 };
	union bpf_attr attr;

	if (read_variables(generator, &now))
		return -1;
	while (now.next < end) {
		memset(&attr, 0, sizeof(attr));
		attr.test.prog_fd = generator->program_fd;
		attr.test.data_in = (uintptr_t)packet;
		attr.test.data_size_in = sizeof(packet);
		attr.test.repeat = end - now.next;
		if (call(BPF_PROG_TEST_RUN, &attr) && errno != EINTR)
			return fail("run the BPF program");
		if (read_variables(generator, &now))
			return -1;
	}
	return 0;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
	const struct timespec end = {
		.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) ==
	       EINTR)
		;
}

/* After a delay it goes on at that rate, and does not make up for it. */
static int run_at_rate(const struct generator *generator, uint64_t count)
{
	uint64_t rate = generator->rate, burst = rate > 1000 ? rate / 1000 : 1;
	uint64_t next = now_ns(), step;

	for (uint64_t done = 0; done < count; done += step) {
		step = count - done < burst ? count - done : burst;
		if (run(generator, generator->start.next + done + step))
			return -1;
		next += step * 1000000000 / rate;
		if (next < now_ns())
			next = now_ns();
		sleep_until(next);
	}
	return 0;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static int generate(struct generator *generator, uint64_t count)
{
	struct variables end;
	double start;

	if (create_variables(generator) || load_program(generator))
		return -1;
	start = seconds();
	if (generator->rate ? run_at_rate(generator, count) :
			      run(generator, generator->start.next + count))
		return -1;
	if (read_variables(generator, &end))
		return -1;
	printf("%" PRIu64 " lines, %" PRIu64 " of them refused, in %.3f s\n",
	       end.next - generator->start.next, end.refused,
	       seconds() - start);
	return 0;
}

static int access_map(int command, int fd, uint32_t key, void *value)
{
	union bpf_attr attr = {
		.map_fd = fd,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)value,
	};

	return call(command, &attr) ? fail("use a map") : 0;
}

static int put_aside(const struct generator *generator, uint64_t count)
{
	struct attempt attempt = {
		.start_ns = now_ns(), .comm = "generator", .tgid = 1342,
		.uid = UID, .dport = 9,
	};
	struct ledger_counts counts;

	if (access_map(BPF_MAP_LOOKUP_ELEM, generator->ledger_fd, 0, &counts))
		return -1;
	counts.entries += count;
	if (access_map(BPF_MAP_UPDATE_ELEM, generator->ledger_fd, 0, &counts))
		return -1;
	for (uint32_t i = 0; i < count; i++) {
		attempt.daddr = i;
		attempt.tid = 1344 + i;
		if (access_map(BPF_MAP_UPDATE_ELEM, generator->attempts_fd,
			       attempt.tid, &attempt))
			return -1;
	}
	return 0;
}

/* TEST_RUN repeats at most as often as 32 bits say. */
static int parse_number(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (!errno && end != text && !*end && *number <= UINT32_MAX)
		return 0;
	fprintf(stderr, "generator: not a number: %s\n", text);
	return -1;
}

/* What is printed: of a tag our message, or a text with nothing in it. */
static int set_format(struct generator *generator, const char *text,
		      const char *rest)
{
	char *format = generator->start.format;
	int length = snprintf(format, sizeof(generator->start.format), "%s%s",
			      text, rest);

	if (length >= (int)sizeof(generator->start.format) ||
	    strchr(text, '%')) {
		fprintf(stderr, "generator: cannot print %s\n", text);
		return -1;
	}
	generator->format_size = length + 1;
	return 0;
}

static int parse_arguments(struct generator *generator, int argc, char **argv,
			   uint64_t *count)
{
	const char *rest = " %llx %llx %s\n";
	uint64_t id;
	int i;

	for (i = 1; i + 1 < argc && !strncmp(argv[i], "--", 2); i++) {
		if (!strcmp(argv[i], "--text")) {
			rest = "\n";
		} else if (!strcmp(argv[i], "--ledger")) {
			if (parse_number(argv[++i], &id) ||
			    open_map(&generator->ledger_fd, id))
				return -1;
		} else if (!strcmp(argv[i], "--attempts")) {
			if (parse_number(argv[++i], &id) ||
			    open_map(&generator->attempts_fd, id))
				return -1;
		} else if (!strcmp(argv[i], "--first")) {
			if (parse_number(argv[++i], &generator->start.next))
				return -1;
		} else if (!strcmp(argv[i], "--rate")) {
			if (parse_number(argv[++i], &generator->rate))
				return -1;
		}
	}
	if (argc - i == 1 && generator->attempts_fd >= 0)
		return parse_number(argv[i], count);
	if (argc - i != 2) {
		fprintf(stderr,
			"usage: generator [--ledger ID] [--first N] [--rate N] "
			"TAG COUNT\n"
			"       generator --text TEXT COUNT\n"
			"       generator --ledger ID --attempts ID COUNT\n");
		return -1;
	}
	return set_format(generator, argv[i], rest) ||
	       parse_number(argv[i + 1], count) ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct generator generator = {
		.start = { .words = WORDS }, .ledger_fd = -1, .attempts_fd = -1,
	};
	uint64_t count;

	if (parse_arguments(&generator, argc, argv, &count))
		return 2;
	if (generator.attempts_fd >= 0)
		return put_aside(&generator, count) ? EXIT_FAILURE :
						      EXIT_SUCCESS;
	return generate(&generator, count) ? EXIT_FAILURE : EXIT_SUCCESS;
}
