/*
 * program_host.c - helpers, pinned maps, namespaces and the kernel's
 * structures.
 */
#include "attach/program_host.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "attach/btf.h"
#include "attach/cgroup_id.h"
#include "attach/filter.h"
#include "system/bpf_object.h"
#include "system/fd.h"
#include "system/host.h"
#include "system/report.h"

/* Numbers of helpers, include/uapi/linux/bpf.h. */
#define PROBE_READ	  4
#define PROBE_READ_KERNEL 113	/* since Linux 5.5 */

/* Keys of eight bytes: a cgroup's id, a mount namespace's number. */
#define KEY_SIZE 8

/* PROC_PID_INIT_INO, include/linux/proc_ns.h, Linux 3.8 to 7.2. */
#define INITIAL_PID_NS 0xeffffffcU

/*
 * On s390x addresses of the kernel and of processes overlap, and kernels that
 * have both helpers refuse the older one there (kernel/trace/bpf_trace.c,
 * since 5.8, and in what distributions made of 4.18).
 */
static int find_read_kernel(void)
{
	if (host_kernel_version() >= HOST_VERSION(5, 5))
		return PROBE_READ_KERNEL;
#ifdef __s390x__
	if (!host_lacks_function("bpf_probe_read_kernel"))
		return PROBE_READ_KERNEL;
#endif
	return PROBE_READ;
}

void program_host_init(struct program_host *host)
{
	*host = (struct program_host){
		.read_kernel = find_read_kernel(),
		.cgroup_map_fd = -1, .mntns_map_fd = -1,
	};
}

static int open_map(const char *path)
{
	uint32_t key_size = 0;
	int fd = bpf_map_open(path);

	if (fd < 0)
		return report_error("cannot open the BPF map %s: %s; pin it in "
				    "a bpf file system", path,
				    strerror(errno));
	if (bpf_map_key_size(fd, &key_size) || key_size != KEY_SIZE) {
		fd_close(&fd);
		return report_error("cannot use the BPF map %s: its keys have "
				    "%u bytes; make one with keys of %d bytes",
				    path, key_size, KEY_SIZE);
	}
	return fd;
}

static int open_cgroup_map(struct program_host *host, const char *path)
{
	/* bpf_get_current_cgroup_id() */
	if (host_kernel_version() < HOST_VERSION(4, 18))
		return report_error("cannot use --cgroupmap: this kernel does "
				    "not tell a BPF program its cgroup; use "
				    "Linux 4.18 or newer");
	host->cgroup_map_fd = open_map(path);
	if (host->cgroup_map_fd < 0)
		return -1;
	/* Before that a cgroup's id was not its inode number. */
	if (host_kernel_version() < HOST_VERSION(5, 5))
		cgroup_id_check(host->cgroup_map_fd, path);
	return 0;
}

static int find_offsets(struct program_host *host)
{
	uint32_t ns, inum;

	if (btf_member_offset("task_struct", "nsproxy", &host->task_nsproxy) ||
	    btf_member_offset("nsproxy", "mnt_ns", &host->nsproxy_mnt_ns) ||
	    btf_member_offset("mnt_namespace", "ns", &ns) ||
	    btf_member_offset("ns_common", "inum", &inum))
		return report_error("cannot use --mntnsmap: this kernel does "
				    "not describe its structures (%s); use one "
				    "with BTF (/sys/kernel/btf/vmlinux)",
				    strerror(errno));
	host->mnt_ns_inum = ns + inum;
	return 0;
}

static int open_mntns_map(struct program_host *host, const char *path)
{
	if (find_offsets(host))
		return -1;
	host->mntns_map_fd = open_map(path);
	return host->mntns_map_fd < 0 ? -1 : 0;
}

/*
 * Inside a PID namespace of its own -p means the numbers that are seen there,
 * where the kernel can tell a BPF program those.
 */
static void find_pid_namespace(struct program_host *host)
{
	struct stat about;

	if (stat("/proc/self/ns/pid", &about) ||
	    about.st_ino == INITIAL_PID_NS)
		return;
	if (host_kernel_version() < HOST_VERSION(5, 7)) {
		report_warning("-p takes the host's PIDs, and those of this "
			       "PID namespace are others");
		return;
	}
	/* As MKDEV() has it, include/linux/kdev_t.h. */
	host->pid_ns_device = (uint64_t)major(about.st_dev) << 20 |
			      minor(about.st_dev);
	host->pid_ns_inode = about.st_ino;
	report_note("-p takes the PIDs of this PID namespace; rows show the "
		    "host's");
}

int program_host_open(struct program_host *host, const struct filter *filter)
{
	if (filter->pids.count)
		find_pid_namespace(host);
	if (filter->cgroup_map &&
	    open_cgroup_map(host, filter->cgroup_map))
		return -1;
	if (filter->mntns_map && open_mntns_map(host, filter->mntns_map))
		return -1;
	return 0;
}

void program_host_close(struct program_host *host)
{
	fd_close(&host->cgroup_map_fd);
	fd_close(&host->mntns_map_fd);
}
