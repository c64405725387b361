/*
 * bpf_object.c - bpf(2), for which the C library has no function.
 */
#include "system/bpf_object.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int call(int command, union bpf_attr *attr)
{
	return syscall(__NR_bpf, command, attr, sizeof(*attr));
}

static int call_element(int command, int map_fd, const void *key,
			const void *value)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map_fd;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)value;
	return call(command, &attr);
}

int bpf_urgency_begin(void)
{
	const struct sched_param lowest = { .sched_priority = 1 };
	int policy = sched_getscheduler(0);

	switch (policy & ~SCHED_RESET_ON_FORK) {
	case SCHED_OTHER:
	case SCHED_BATCH:
	case SCHED_IDLE:
		if (!sched_setscheduler(0, SCHED_FIFO, &lowest))
			return policy;
	}
	/* It may not, or is real-time already: leave it alone. */
	return -1;
}

void bpf_urgency_end(int policy)
{
	const struct sched_param none = { .sched_priority = 0 };

	if (policy >= 0)
		(void)sched_setscheduler(0, policy, &none);
}

int bpf_map_lookup(int map_fd, const void *key, void *value)
{
	return call_element(BPF_MAP_LOOKUP_ELEM, map_fd, key, value);
}

int bpf_map_update(int map_fd, const void *key, const void *value)
{
	return call_element(BPF_MAP_UPDATE_ELEM, map_fd, key, value);
}

int bpf_map_delete(int map_fd, const void *key)
{
	return call_element(BPF_MAP_DELETE_ELEM, map_fd, key, NULL);
}

int bpf_map_next_key(int map_fd, const void *key, void *next)
{
	return call_element(BPF_MAP_GET_NEXT_KEY, map_fd, key, next);
}

int bpf_map_take(int map_fd, const void *key, void *value)
{
	if (!call_element(BPF_OBJECT_TAKE, map_fd, key, value))
		return 0;
	if (errno == ENOENT || bpf_map_lookup(map_fd, key, value))
		return -1;
	return bpf_map_delete(map_fd, key);
}

/* Fill info with as much of it as this kernel has; the rest stays as it is. */
static int object_info(int fd, void *info, uint32_t size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = fd;
	attr.info.info_len = size;
	attr.info.info = (uintptr_t)info;
	return call(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

int bpf_map_open(const char *path)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.pathname = (uintptr_t)path;
	return call(BPF_OBJ_GET, &attr);
}

int bpf_map_key_size(int map_fd, uint32_t *size)
{
	struct bpf_map_info info = { .key_size = 0 };

	if (object_info(map_fd, &info, sizeof(info)))
		return -1;
	*size = info.key_size;
	return 0;
}

int bpf_prog_recursion_misses(int prog_fd, uint64_t *misses)
{
	/*
	 * struct bpf_prog_info up to recursion_misses (Linux 5.12,
	 * include/uapi/linux/bpf.h), which older headers lack. An older kernel
	 * leaves it at zero.
	 */
	struct {
		unsigned char before[208];
		uint64_t recursion_misses;
	} info = { .recursion_misses = 0 };

	if (object_info(prog_fd, &info, sizeof(info)))
		return -1;
	*misses = info.recursion_misses;
	return 0;
}
