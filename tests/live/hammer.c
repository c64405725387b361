/*
 * hammer PROCESSES - bpf(2) calls without a pause, until it is ended.
 *
 * Each process writes to an element of one hash map over and over. While the
 * kernel does that for a process, it runs no BPF program of a kprobe on that
 * CPU. Prints "ready" when all of them are at it; ends by itself after five
 * minutes.
 */
#include <linux/bpf.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECONDS_MAX 300

static int create_map(void)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	union bpf_attr attr;

	/* Before Linux 5.11 maps count as locked memory. */
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_HASH;
	attr.key_size = sizeof(uint32_t);
	attr.value_size = sizeof(uint64_t);
	attr.max_entries = 1024;
	return syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static void update_for_ever(int fd, uint32_t first)
{
	union bpf_attr attr;
	uint64_t value = 0;
	uint32_t key = first;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = fd;
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)&value;
	attr.flags = BPF_ANY;
	for (;;) {
		key = first + value++ % 64;
		if (syscall(__NR_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)))
			_exit(1);
	}
}

int main(int argc, char **argv)
{
	int processes = argc > 1 ? atoi(argv[1]) : 3, fd = create_map();

	if (fd < 0) {
		perror("BPF_MAP_CREATE");
		return 1;
	}
	for (int i = 0; i < processes; i++) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(SECONDS_MAX);
		update_for_ever(fd, 64 * i);
	}
	printf("ready\n");
	if (fflush(stdout))
		return 1;
	alarm(SECONDS_MAX);
	for (;;)
		pause();
}
