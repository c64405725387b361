/*
 * filter.h - which connects are wanted. The program asks in the kernel
 * (program.h), and -r of each line that it reads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many values -p and -P take. */
#define FILTER_LIST_MAX 64

struct filter_list {
	uint32_t values[FILTER_LIST_MAX];
	size_t count;		/* 0: not asked for */
};

struct filter {
	struct filter_list pids;	/* -p */
	struct filter_list ports;	/* -P: destination ports */
	struct filter_list uids;	/* -u: one at most */
	const char *cgroup_map;	/* --cgroupmap: a pinned map's path, or NULL */
	const char *mntns_map;	/* --mntnsmap: the same */
	bool failed;		/* -x: only what failed */
};
