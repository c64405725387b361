/*
 * program.h - the BPF program's text, with its words replaced.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdint.h>

struct options;

/*
 * What only the running kernel can say, for --cgroupmap and --mntnsmap. The
 * maps are descriptors of pinned BPF maps, which the process that compiles
 * has under the same numbers; -1 where none was asked for.
 */
struct program_host {
	int cgroup_map_fd;
	int mntns_map_fd;
	uint32_t task_nsproxy;	/* byte offsets: of nsproxy in task_struct, */
	uint32_t nsproxy_mnt_ns;	/* of mnt_ns in nsproxy, */
	uint32_t mnt_ns_inum;	/* of ns.inum in mnt_namespace */
};

/*
 * The program's source with FILTER replaced by the tests that the options
 * ask for (or by nothing), TAG by the run's tag, COUNT and FAILED by 0 or 1.
 * Numbers are formatted here from numbers: nothing that a user typed is
 * pasted. host is read for --cgroupmap and --mntnsmap alone.
 *
 * Returns a string that the caller frees, or NULL after a report.
 */
char *program_text(const struct options *options, const char *tag,
		   const struct program_host *host);

/*
 * source with word, which must stand in it exactly once as a word of its
 * own, replaced by replacement. Returns a string that the caller frees, or
 * NULL with errno: ENOMEM, or EINVAL where word does not stand there once.
 */
char *program_replace(const char *source, const char *word,
		      const char *replacement);

#endif
