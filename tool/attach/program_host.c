/*
 * program_host.c - helpers, pinned maps, namespaces and kernel structures.
 */
#include "attach/program_host.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "attach/btf.h"
#include "attach/filter.h"
#include "system/bpf_object.h"
#include "system/fd.h"
#include "system/host.h"
#include "system/report.h"
#include "system/tracefs.h"

/* Numbers of helpers, include/uapi/linux/bpf.h. */
#define PROBE_READ	  4
#define PROBE_READ_KERNEL 113	/* since Linux 5.5 */

/* Keys of eight bytes: a cgroup's id, a mount namespace's number. */
#define KEY_SIZE 8
#define KEYS_MAX 1024	/* are looked at */

/* PROC_PID_INIT_INO, include/linux/proc_ns.h, Linux 3.8 to 7.2. */
#define INITIAL_PID_NS 0xeffffffcU

/*
 * On s390x kernels with both helpers refuse the older one: addresses of kernel
 * and processes overlap (kernel/trace/bpf_trace.c, since 5.8, and in some
 * distributions' 4.18).
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

static int open_map(int *fd, const char *path)
{
	uint32_t key_size = 0;

	*fd = bpf_map_open(path);
	if (*fd < 0)
		return report_error("cannot open the BPF map %s: %s; pin it in "
				    "a bpf file system", path,
				    strerror(errno));
	if (bpf_map_key_size(*fd, &key_size) || key_size != KEY_SIZE)
		return report_error("cannot use the BPF map %s: its keys have "
				    "%u bytes; make one with keys of %d bytes",
				    path, key_size, KEY_SIZE);
	return 0;
}

/*
 * The handle is the id on every kernel that has ids (cgroup_get_e_css(),
 * kernfs_encode_fh() in fs/kernfs/mount.c, Linux 4.18 to 7.2).
 */
static bool find_cgroup_id(const char *path, uint64_t *id)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(*id)];
	} name = { .handle = { .handle_bytes = sizeof(*id) } };
	int mount_id;

	if (name_to_handle_at(AT_FDCWD, path, &name.handle, &mount_id, 0))
		return false;
	memcpy(id, name.handle.f_handle, sizeof(*id));
	return true;
}

/*
 * Before Linux 5.5 a cgroup's id is its inode number, of 32 bits, below a
 * generation, which is 1 at first (kernfs_node_id in include/linux/kernfs.h).
 * Warn if the map at path has an inode number, which matches nothing.
 */
static void check_cgroup_ids(int map_fd, const char *path)
{
	uint64_t top_id, key;
	struct stat about;
	char top[256];

	if (!tracefs_find_mount("cgroup2", top, sizeof(top)) ||
	    stat(top, &about) || !find_cgroup_id(top, &top_id) ||
	    top_id == about.st_ino)
		return;
	for (int i = 0; i < KEYS_MAX &&
	     !bpf_map_next_key(map_fd, i ? &key : NULL, &key); i++) {
		if (key > UINT32_MAX)
			continue;
		report_warning("the BPF map %s holds %" PRIu64 ", which is a "
			       "cgroup's inode number; before Linux 5.5 its id "
			       "is another: %" PRIu64, path, key,
			       top_id >> 32 << 32 | key);
		return;
	}
}

static int open_cgroup_map(struct program_host *host, const char *path)
{
	/* bpf_get_current_cgroup_id() */
	if (host_kernel_version() < HOST_VERSION(4, 18))
		return report_error("cannot use --cgroupmap: this kernel does "
				    "not tell a BPF program its cgroup; use "
				    "Linux 4.18 or newer");
	if (open_map(&host->cgroup_map_fd, path))
		return -1;
	check_cgroup_ids(host->cgroup_map_fd, path);
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

/* Inside a PID namespace -p means its numbers, if BPF can know them. */
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
	if (filter->cgroup_map && open_cgroup_map(host, filter->cgroup_map))
		return -1;
	if (filter->mntns_map && (find_offsets(host) ||
	    open_map(&host->mntns_map_fd, filter->mntns_map)))
		return -1;
	return 0;
}

void program_host_close(struct program_host *host)
{
	fd_close(&host->cgroup_map_fd);
	fd_close(&host->mntns_map_fd);
}
