/*
 * bpf_objects - how many BPF programs and maps the kernel has.
 *
 * Prints "programs N" and "maps N".
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int count(int command)
{
	union bpf_attr attr;
	int found = 0;

	memset(&attr, 0, sizeof(attr));
	while (!syscall(__NR_bpf, command, &attr, sizeof(attr))) {
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
