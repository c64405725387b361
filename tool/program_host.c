/*
 * program_host.c - pinned maps and the kernel's structures.
 */
#include "program_host.h"

#include <errno.h>
#include <string.h>

#include "bpf_object.h"
#include "btf.h"
#include "fd.h"
#include "options.h"
#include "report.h"

/* Keys of eight bytes: a cgroup's id, a mount namespace's number. */
#define KEY_SIZE 8

static int open_map(const char *path)
{
	uint32_t key_size = 0;
	int fd = bpf_map_open(path);

	if (fd < 0)
		return report_error("cannot open the BPF map %s: %s; it must "
				    "be pinned in a bpf file system", path,
				    strerror(errno));
	if (bpf_map_key_size(fd, &key_size) || key_size != KEY_SIZE) {
		fd_close(&fd);
		return report_error("cannot use the BPF map %s: its keys must "
				    "have 8 bytes", path);
	}
	return fd;
}

static int find_offsets(struct program_host *host)
{
	uint32_t ns, inum;

	if (btf_member_offset("task_struct", "nsproxy", &host->task_nsproxy) ||
	    btf_member_offset("nsproxy", "mnt_ns", &host->nsproxy_mnt_ns) ||
	    btf_member_offset("mnt_namespace", "ns", &ns) ||
	    btf_member_offset("ns_common", "inum", &inum))
		return report_error("cannot find mount namespaces in this "
				    "kernel's structures: %s; --mntnsmap "
				    "needs a kernel with BTF "
				    "(/sys/kernel/btf/vmlinux)",
				    strerror(errno));
	host->mnt_ns_inum = ns + inum;
	return 0;
}

int program_host_open(struct program_host *host, const struct options *options)
{
	*host = (struct program_host){
		.cgroup_map_fd = -1, .mntns_map_fd = -1,
	};
	if (options->cgroup_map) {
		host->cgroup_map_fd = open_map(options->cgroup_map);
		if (host->cgroup_map_fd < 0)
			return -1;
	}
	if (options->mntns_map) {
		host->mntns_map_fd = open_map(options->mntns_map);
		if (host->mntns_map_fd < 0)
			return -1;
		return find_offsets(host);
	}
	return 0;
}

void program_host_close(struct program_host *host)
{
	fd_close(&host->cgroup_map_fd);
	fd_close(&host->mntns_map_fd);
}
