/*
 * bpf_objects - how many BPF programs and maps the kernel has.
 *
 * Prints "programs N" and "maps N". Programs of control groups are left out:
 * systemd makes them and takes them away, for each service that it starts.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_of_cgroup(unsigned id)
{
	struct bpf_prog_info info;
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	fd = syscall(__NR_bpf, BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));
	memset(&info, 0, sizeof(info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	if (fd < 0)
		return false;
	syscall(__NR_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr));
	close(fd);
	return info.type == BPF_PROG_TYPE_CGROUP_SKB ||
	       info.type == BPF_PROG_TYPE_CGROUP_DEVICE;
}

static int count(int command)
{
	union bpf_attr attr;
	int found = 0;

	memset(&attr, 0, sizeof(attr));
	while (!syscall(__NR_bpf, command, &attr, sizeof(attr))) {
		if (command != BPF_PROG_GET_NEXT_ID ||
		    !is_of_cgroup(attr.next_id))
			found++;
		attr.start_id = attr.next_id;
	}
	return found;
}

int main(void)
{
	printf("programs %d\n", count(BPF_PROG_GET_NEXT_ID));
	printf("maps %d\n", count(BPF_MAP_GET_NEXT_ID));
	return 0;
}
