/*
 * program.h - the BPF program's text, with one line replaced.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct filter;

/*
 * What only the running kernel can say. The maps are descriptors of pinned BPF
 * maps, which the process that compiles has under the same numbers; -1 where
 * none was asked for.
 */
struct program_host {
	int read_kernel;	/* the helper that reads kernel memory */
	int cgroup_map_fd;	/* --cgroupmap */
	int mntns_map_fd;	/* --mntnsmap, and byte offsets: */
	uint32_t task_nsproxy;	/* of nsproxy in task_struct, */
	uint32_t nsproxy_mnt_ns;	/* of mnt_ns in nsproxy, */
	uint32_t mnt_ns_inum;	/* of ns.inum in mnt_namespace */
	uint64_t pid_ns_device;	/* -p inside a PID namespace: which one, as */
	uint64_t pid_ns_inode;	/* the kernel numbers it; 0: -p is the host's */
};

/*
 * The program's source: the #defines of this run, then the embedded text with
 * the line FILTER replaced by the tests that the filter asks for. With count
 * the programs sum up (-c) instead of printing lines; with details lines hold
 * all that is known (connect_event.h). Without a tag it is the program of 2015,
 * for which only the filter's PIDs count. Numbers are formatted here from
 * numbers: nothing that a user typed is pasted.
 *
 * Returns a string that the caller frees, or NULL after a report.
 */
char *program_text(const struct filter *filter, bool count, bool details,
		   const char *tag, const struct program_host *host);
