/*
 * printk TEXT COUNT [PAUSE_MS] - a BPF program that has nothing to do with us
 * and prints lines of its own.
 *
 * Loads a program that hands TEXT (at most 400 bytes, no % in it) to
 * bpf_trace_printk and runs it COUNT times, with BPF_PROG_TEST_RUN, so that
 * nothing is attached. With PAUSE_MS it does so again and again, with that
 * pause in between, until it is ended.
 */
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TEXT_MAX 400
#define WORDS (TEXT_MAX / 8 + 1)

/* Of bpf(2): code, destination, source, offset, immediate value. */
static struct bpf_insn *put(struct bpf_insn *at, int code, int dst, int src,
			    int off, int32_t imm)
{
	*at = (struct bpf_insn){
		.code = code, .dst_reg = dst, .src_reg = src, .off = off,
		.imm = imm,
	};
	return at + 1;
}

/* The text goes to the stack eight bytes at a time; then the call. */
static int load(const char *text)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct bpf_insn program[WORDS * 3 + 8], *at = program;
	uint64_t words[WORDS] = { 0 };
	size_t size = strlen(text) + 1, count = (size + 7) / 8;
	int start = -(int)count * 8;
	union bpf_attr attr;

	/* Before Linux 5.11 programs count as locked memory. */
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	memcpy(words, text, size);
	for (size_t i = 0; i < count; i++) {
		at = put(at, BPF_LD | BPF_DW | BPF_IMM, 1, 0, 0, words[i]);
		at = put(at, 0, 0, 0, 0, words[i] >> 32);
		at = put(at, BPF_STX | BPF_MEM | BPF_DW, 10, 1,
			 start + 8 * (int)i, 0);
	}
	at = put(at, BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0);
	at = put(at, BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, start);
	at = put(at, BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, size);
	at = put(at, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_trace_printk);
	at = put(at, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	at = put(at, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attr.insns = (uintptr_t)program;
	attr.insn_cnt = at - program;
	attr.license = (uintptr_t)"GPL";
	return syscall(__NR_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int run(int fd, unsigned count)
{
	char packet[64] = { 0 };
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = fd;
	attr.test.data_in = (uintptr_t)packet;
	attr.test.data_size_in = sizeof(packet);
	attr.test.repeat = count;
	return syscall(__NR_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr));
}

int main(int argc, char **argv)
{
	int fd, pause_ms = argc > 3 ? atoi(argv[3]) : 0;

	if (argc < 3 || strlen(argv[1]) > TEXT_MAX)
		return 2;
	fd = load(argv[1]);
	if (fd < 0) {
		perror("BPF_PROG_LOAD");
		return 1;
	}
	do {
		if (run(fd, atoi(argv[2]))) {
			perror("BPF_PROG_TEST_RUN");
			return 1;
		}
		usleep(pause_ms * 1000);
	} while (pause_ms);
	return 0;
}
