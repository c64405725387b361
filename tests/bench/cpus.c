/*
 * cpus.c - what it costs that all CPUs count in one place.
 *
 *   cpus shared|own
 *
 * Runs a BPF program that does the additions of one connect() to the ledger, a
 * million times on one CPU, and then on two at the same time, with
 * BPF_PROG_TEST_RUN. The ledger is shared by all CPUs, as the program has it,
 * or each CPU has its own (BPF_MAP_TYPE_PERCPU_ARRAY). Prints two numbers:
 *
 *   ONE TWO	nanoseconds of processor time for each run
 *
 * The loop does nothing else, so it is the worst case. Needs root, two CPUs and
 * Linux 5.0.
 */
#include <linux/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ledger.h"

#define RUNS 1000000

struct job {
	pthread_barrier_t *start;
	int program_fd;
	int cpu;
	double ns;		/* for each run */
};

static int call(int command, union bpf_attr *attr)
{
	return syscall(__NR_bpf, command, attr, sizeof(*attr));
}

#define INSN(c, d, s, o, i)						\
	((struct bpf_insn){ .code = (c), .dst_reg = (d),		\
			    .src_reg = (s), .off = (o), .imm = (i) })
#define ADD_ONE(name)							\
	INSN(BPF_STX | BPF_XADD | BPF_DW, 0, 1,				\
	     offsetof(struct ledger_counts, name), 0)

static int load_program(int ledger_fd)
{
	const struct bpf_insn program[] = {
		INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0),
		INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0,
		     ledger_fd),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 4, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 1, 0, 0, 1),
		ADD_ONE(runs),
		ADD_ONE(entries),
		ADD_ONE(returns),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insns = (uintptr_t)program,
		.insn_cnt = sizeof(program) / sizeof(*program),
		.license = (uintptr_t)"GPL",
	};

	return call(BPF_PROG_LOAD, &attr);
}

static double cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

/* With a priority, so that both are at it at the same time. */
static void *run_on_cpu(void *arg)
{
	const struct sched_param param = { .sched_priority = 1 };
	struct job *job = arg;
	char packet[64] = { 0 };
	union bpf_attr attr;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(job->cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	sched_setscheduler(0, SCHED_FIFO, &param);
	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = job->program_fd;
	attr.test.data_in = (uintptr_t)packet;
	attr.test.data_size_in = sizeof(packet);
	attr.test.repeat = RUNS;
	pthread_barrier_wait(job->start);
	job->ns = cpu_ns();
	if (call(BPF_PROG_TEST_RUN, &attr))
		perror("cpus: cannot run the BPF program");
	job->ns = (cpu_ns() - job->ns) / RUNS;
	return NULL;
}

/* On that many CPUs at once. Returns the mean of them. */
static double measure(int program_fd, int count)
{
	pthread_barrier_t start;
	pthread_t threads[2];
	struct job jobs[2];
	double sum = 0;

	pthread_barrier_init(&start, NULL, count);
	for (int i = 0; i < count; i++) {
		jobs[i] = (struct job){ &start, program_fd, i, 0 };
		if (pthread_create(&threads[i], NULL, run_on_cpu, &jobs[i]))
			exit(EXIT_FAILURE);
	}
	for (int i = 0; i < count; i++) {
		pthread_join(threads[i], NULL);
		sum += jobs[i].ns;
	}
	return sum / count;
}

int main(int argc, char **argv)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = sizeof(uint32_t),
		.value_size = sizeof(struct ledger_counts), .max_entries = 1,
	};
	int program_fd;

	if (argc != 2 ||
	    (strcmp(argv[1], "shared") && strcmp(argv[1], "own"))) {
		fprintf(stderr, "usage: cpus shared|own\n");
		return 2;
	}
	if (!strcmp(argv[1], "own"))
		attr.map_type = BPF_MAP_TYPE_PERCPU_ARRAY;
	program_fd = load_program(call(BPF_MAP_CREATE, &attr));
	if (program_fd < 0) {
		perror("cpus: cannot load the BPF program");
		return EXIT_FAILURE;
	}
	printf("%.1f", measure(program_fd, 1));
	printf(" %.1f\n", measure(program_fd, 2));
	return EXIT_SUCCESS;
}
