/*
 * loader.c - libbcc from dlopen to loaded programs. It runs in the child and
 * prints nothing; its parent does.
 */
#include "attach/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "attach/header_tree.h"
#include "attach/libbcc.h"
#include "system/fd.h"
#include "system/host.h"

/*
 * libbcc before 0.6 ignores BCC_KERNEL_SOURCE and looks for the running
 * kernel's headers in one place: show it ours there. Takes a mount namespace of
 * our own.
 */
static void show_headers(const char *tree)
{
	struct utsname name;
	char path[128];

	if (uname(&name) ||
	    mount("tcpv4connect", "/lib/modules", "tmpfs", 0,
		  "size=64k,mode=0700"))
		return;
	snprintf(path, sizeof(path), "/lib/modules/%s", name.release);
	(void)mkdir(path, 0700);
	snprintf(path, sizeof(path), "/lib/modules/%s/build", name.release);
	if (!mkdir(path, 0700))
		(void)mount(tree, path, NULL, MS_BIND, NULL);
}

/*
 * libbcc spends most of its time on reading /proc/kallsyms for
 * bpf_probe_read_kernel (from 0.13 on, check_bpf_probe_read_kernel in
 * src/cc/frontends/clang/b_frontend_action.cc). Linux has it since 5.5: show a
 * list of that alone, with any address but 0 and ~0. Older kernels may have it
 * backported, so there libbcc looks for itself.
 */
static void show_symbols(const char *directory)
{
	static const char symbols[] = "1000 T bpf_probe_read_kernel\n";
	const ssize_t length = strlen(symbols);
	char path[128];
	int fd;

	if (host_kernel_version() < HOST_VERSION(5, 5))
		return;
	snprintf(path, sizeof(path), "%s/kallsyms", directory);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
	if (fd >= 0 && write(fd, symbols, length) == length)
		(void)mount(path, "/proc/kallsyms", NULL, MS_BIND, NULL);
	fd_close(&fd);
}

/* libbcc reads BCC_*, ARCH and TMPDIR, which may have been set to anything. */
static int set_environment(const char *headers_dir)
{
	char resolved[PATH_MAX];

	if (realpath(headers_dir, resolved))
		headers_dir = resolved;
	/*
	 * clang looks for libbcc's own <linux/types.h> in the working directory
	 * first (seen with 0.37), which other users may be able to write.
	 */
	if (chdir("/"))
		return -1;
	clearenv();
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	return *headers_dir ? setenv("BCC_KERNEL_SOURCE", headers_dir, 1) : 0;
}

static int write_headers(const struct libbcc *libbcc, const char *run,
			 struct loader_result *result)
{
	struct header_tree tree;

	result->stage = LOADER_HEADERS;
	if (header_tree_create(&tree, run))
		return -1;
	if (tree.is_mount)
		show_symbols(tree.path);
	if (tree.is_mount && !libbcc->func_load)
		show_headers(tree.path);
	return setenv("BCC_KERNEL_SOURCE", tree.path, 1);
}

/* Descriptors 0 to 2: nothing to read, and everything printed to the log. */
static int redirect(int log_fd)
{
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 ||
	    dup2(log_fd, STDOUT_FILENO) < 0 || dup2(log_fd, STDERR_FILENO) < 0)
		return -1;
	fd_close(&null_fd);
	return 0;
}

static int load(const struct libbcc *libbcc, void *module, const char *name,
		struct loader_result *result)
{
	int fd;

	errno = 0;
	fd = libbcc_load(libbcc, module, name, host_kernel_version());
	if (fd < 0)
		snprintf(result->reason, sizeof(result->reason),
			 "the kernel refused %s: %s", name, strerror(errno));
	return fd;
}

static int compile_and_load(const struct libbcc *libbcc,
			    const struct loader_job *job,
			    struct loader_result *result, int *fds)
{
	/*
	 * -w: clang's warnings are about libbcc's own headers.
	 * Optimizing is left to libbcc, which does all of it after clang
	 * (run_pass_manager in src/cc/bpf_module.cc).
	 * -g0 saves an eighth of the time, and the source lines that bpftool
	 * shows beside the instructions.
	 */
	const char *flags[] = {
		"-w", "-Xclang", "-disable-llvm-passes", "-g0",
	};
	int count = sizeof(flags) / sizeof(*flags) - job->source_lines;
	void *module;

	result->stage = LOADER_COMPILING;
	module = libbcc->module_create(job->text, 0, flags, count, true, NULL);
	if (!module)
		return -1;
	result->stage = LOADER_LOADING;
	fds[LOADER_ATTEMPTS_MAP] = libbcc->table_fd(module, "attempts");
	fds[LOADER_LEDGER_MAP] = libbcc->table_fd(module, "ledger");
	fds[LOADER_GATE_MAP] = libbcc->table_fd(module, "gate");
	fds[LOADER_SUMS_MAP] = libbcc->table_fd(module, "sums");
	fds[LOADER_ENTRY_PROG] = load(libbcc, module, "trace_connect_entry",
					result);
	if (fds[LOADER_ENTRY_PROG] < 0)
		return -1;
	fds[LOADER_RETURN_PROG] = load(libbcc, module,
					 "trace_connect_return", result);
	return fds[LOADER_RETURN_PROG] < 0 ? -1 : 0;
}

static int prepare(struct libbcc *libbcc, const struct loader_job *job,
		   int log_fd, struct loader_result *result, int *fds)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	const char *problem;

	if (redirect(log_fd))
		return -1;
	/* Before Linux 5.11 maps and programs count as locked memory. */
	result->is_memory_limited = setrlimit(RLIMIT_MEMLOCK, &unlimited) &&
				    host_kernel_version() < HOST_VERSION(5, 11);
	/* The headers are files. */
	setrlimit(RLIMIT_FSIZE, &unlimited);
	result->stage = LOADER_LIBRARY;
	problem = libbcc_open(libbcc);
	if (problem) {
		snprintf(result->reason, sizeof(result->reason), "%s",
			 problem);
		return -1;
	}
	snprintf(result->version, sizeof(result->version), "%s",
		 libbcc->version);
	if (set_environment(job->kernel_headers ? job->kernel_headers : "") ||
	    (!job->kernel_headers && write_headers(libbcc, job->run, result)))
		return -1;
	return compile_and_load(libbcc, job, result, fds);
}

/* A struct loader_result on its way, with room for the descriptors. */
struct packet {
	struct msghdr message;
	struct iovec part;
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * LOADER_FDS)];
	} control;
};

static void packet_init(struct packet *packet, struct loader_result *result)
{
	memset(packet, 0, sizeof(*packet));
	packet->part.iov_base = result;
	packet->part.iov_len = sizeof(*result);
	packet->message.msg_iov = &packet->part;
	packet->message.msg_iovlen = 1;
	packet->message.msg_control = &packet->control;
	packet->message.msg_controllen = sizeof(packet->control);
}

static void send_result(int socket_fd, struct loader_result *result,
			const int fds[LOADER_FDS])
{
	struct packet packet;
	struct cmsghdr *header = &packet.control.header;
	size_t size = 0;

	packet_init(&packet, result);
	if (result->stage == LOADER_DONE) {
		for (int i = 0; i < LOADER_FDS && fds[i] >= 0; i++)
			size += sizeof(int);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(size);
		packet.message.msg_controllen = CMSG_SPACE(size);
		memcpy(CMSG_DATA(header), fds, size);
	} else {
		packet.message.msg_controllen = 0;
	}
	while (sendmsg(socket_fd, &packet.message, MSG_NOSIGNAL) < 0 &&
	       errno == EINTR)
		;
}

void loader_run(const struct loader_job *job, int socket_fd, int log_fd)
{
	struct loader_result result = { .stage = LOADER_STARTING };
	struct libbcc libbcc;
	int fds[LOADER_FDS];

	errno = 0;
	if (prepare(&libbcc, job, log_fd, &result, fds))
		result.error = errno;
	else
		result.stage = LOADER_DONE;
	send_result(socket_fd, &result, fds);
}

int loader_receive(int socket_fd, struct loader_result *result,
		   int fds[LOADER_FDS])
{
	const struct cmsghdr *header;
	struct packet packet;
	ssize_t count;
	int i;

	for (i = 0; i < LOADER_FDS; i++)
		fds[i] = -1;
	packet_init(&packet, result);
	do {
		count = recvmsg(socket_fd, &packet.message, MSG_CMSG_CLOEXEC);
	} while (count < 0 && errno == EINTR);
	if (count != sizeof(*result))
		return -1;
	header = CMSG_FIRSTHDR(&packet.message);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(header),
		       header->cmsg_len - CMSG_LEN(0));
	if (packet.message.msg_flags & MSG_CTRUNC) {
		for (i = 0; i < LOADER_FDS; i++)
			fd_close(&fds[i]);
		/* This process may not have so many. */
		result->stage = LOADER_STARTING;
		result->error = EMFILE;
	}
	return 0;
}
