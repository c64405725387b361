/*
 * compiler.c - runs in the child: libbcc from dlopen to attached probes.
 * It reports nothing itself; the parent has stderr.
 */
#include "compiler.h"

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
#include <unistd.h>

#include "header_tree.h"
#include "host.h"
#include "libbcc.h"
#include "tracefs.h"

#define FUNCTION "tcp_v4_connect"
#define PROG_TYPE_KPROBE 2	/* BPF_PROG_TYPE_KPROBE, linux/bpf.h */
#define FREE_MEMORY_SINCE (5 << 16 | 11 << 8)	/* Linux 5.11 */
#define PROBE_READ_KERNEL_SINCE (5 << 16 | 5 << 8)	/* Linux 5.5 */

/*
 * libbcc looks for tracefs below debugfs, before 0.26 nowhere else. Where it
 * is mounted elsewhere, show it there; only in a mount namespace of our own.
 */
static void show_tracefs(const struct tracefs *tracefs)
{
	static const char *const expected = "/sys/kernel/debug/tracing";

	if (tracefs_has(AT_FDCWD, "/sys/kernel/debug/tracing/kprobe_events"))
		return;
	if (!mount("tcpv4connect", "/sys/kernel/debug", "tmpfs", 0,
		   "size=64k,mode=0700") && !mkdir(expected, 0700))
		mount(tracefs->path, expected, NULL, MS_BIND, NULL);
}

/*
 * libbcc reads the whole of /proc/kallsyms, most of the time that it takes to
 * compile, to learn whether the kernel has bpf_probe_read_kernel (from 0.13
 * on, check_bpf_probe_read_kernel in src/cc/frontends/clang/
 * b_frontend_action.cc). Linux has it since 5.5, so show a list of that alone;
 * any address but 0 and ~0 will do. Older kernels may have it backported:
 * there libbcc looks for itself.
 */
static void show_symbols(const char *directory)
{
	static const char symbols[] = "1000 T bpf_probe_read_kernel\n";
	char path[128];
	int fd;

	if (host_kernel_version() < PROBE_READ_KERNEL_SINCE)
		return;
	snprintf(path, sizeof(path), "%s/kallsyms", directory);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
	if (fd < 0)
		return;
	if (write(fd, symbols, strlen(symbols)) == (ssize_t)strlen(symbols))
		mount(path, "/proc/kallsyms", NULL, MS_BIND, NULL);
	close(fd);
}

/*
 * libbcc reads BCC_*, ARCH and TMPDIR; whoever started us may have set them
 * to anything.
 */
static int set_environment(const struct compiler_job *job,
			   struct compiler_result *result)
{
	const char *source = job->kernel_headers_dir;
	char resolved[PATH_MAX];
	struct header_tree tree;

	/*
	 * clang looks for libbcc's own <linux/types.h> in the working
	 * directory first (seen with 0.37), which may be anybody's.
	 */
	if (source && realpath(source, resolved))
		source = resolved;
	if (chdir("/"))
		return -1;
	clearenv();
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	if (!job->kernel_headers) {
		result->stage = COMPILER_HEADERS;
		if (header_tree_create(&tree, job->run))
			return -1;
		source = tree.path;
		if (tree.is_mount) {
			show_tracefs(job->tracefs);
			show_symbols(tree.path);
		}
	}
	if (source && setenv("BCC_KERNEL_SOURCE", source, 1))
		return -1;
	return 0;
}

/* Descriptors 0 to 2: nothing to read, and everything printed to the log. */
static int redirect(int log_fd)
{
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 ||
	    dup2(log_fd, STDOUT_FILENO) < 0 || dup2(log_fd, STDERR_FILENO) < 0)
		return -1;
	close(null_fd);
	return 0;
}

static int load(const struct libbcc *libbcc, void *module, const char *name,
		struct compiler_result *result)
{
	const void *start = libbcc->function_start(module, name);
	size_t size = libbcc->function_size(module, name);
	int fd;

	if (!start || !size) {
		snprintf(result->reason, sizeof(result->reason),
			 "it has no function %s", name);
		return -1;
	}
	errno = 0;
	fd = libbcc->func_load(module, PROG_TYPE_KPROBE, name, start, size,
			       "GPL", host_kernel_version(), 0, NULL, 0, NULL,
			       -1);
	if (fd < 0)
		snprintf(result->reason, sizeof(result->reason),
			 "the kernel refused %s: %s", name, strerror(errno));
	return fd;
}

static int compile_and_load(const struct libbcc *libbcc,
			    const struct compiler_job *job,
			    struct compiler_result *result, int *fds)
{
	/*
	 * -w: what clang thinks of libbcc's own headers helps nobody.
	 * Optimising is left to libbcc, which does all of it after clang
	 * (run_pass_manager in src/cc/bpf_module.cc); twice helps nothing.
	 * The last one leaves out what bpftool needs to show our lines
	 * beside the instructions; it takes an eighth of the time.
	 */
	const char *flags[] = {
		"-w", "-Xclang", "-disable-llvm-passes", "-g0",
	};
	int count = sizeof(flags) / sizeof(*flags) - job->source_lines;
	void *module;

	result->stage = COMPILER_COMPILING;
	module = libbcc->module_create(job->text, 0, flags, count, true, NULL);
	if (!module)
		return -1;
	result->stage = COMPILER_LOADING;
	fds[COMPILER_STASH_MAP] = libbcc->table_fd(module, "currsock");
	fds[COMPILER_LEDGER_MAP] = libbcc->table_fd(module, "ledger");
	/* Only a program that counts has it. */
	fds[COMPILER_SUMS_MAP] = libbcc->table_fd(module, "sums");
	if (fds[COMPILER_SUMS_MAP] < 0)
		fds[COMPILER_SUMS_MAP] = fds[COMPILER_LEDGER_MAP];
	fds[COMPILER_ENTRY_PROG] = load(libbcc, module, "trace_connect_entry",
					result);
	if (fds[COMPILER_ENTRY_PROG] < 0)
		return -1;
	fds[COMPILER_RETURN_PROG] = load(libbcc, module,
					 "trace_connect_return", result);
	return fds[COMPILER_RETURN_PROG] < 0 ? -1 : 0;
}

static int attach_one(const struct libbcc *libbcc,
		      const struct compiler_job *job, int prog_fd,
		      bool is_return, int maxactive)
{
	char event[64];

	snprintf(event, sizeof(event), "tcpv4connect_%s_%s", job->run,
		 is_return ? "return" : "entry");
	errno = 0;
	return libbcc->attach_kprobe(prog_fd, is_return, event, FUNCTION, 0,
				     maxactive);
}

/*
 * The entry first: then every return that is seen belongs to a call whose
 * entry was seen too. The lock keeps other copies from sweeping away a probe
 * that has a name already and no user yet.
 */
static int attach(const struct libbcc *libbcc, const struct compiler_job *job,
		  struct compiler_result *result, int *fds)
{
	int lock_fd = tracefs_lock(job->tracefs), fd;

	result->stage = COMPILER_ATTACHING;
	result->maxactive = job->maxactive;
	fd = attach_one(libbcc, job, fds[COMPILER_ENTRY_PROG], false, 0);
	fds[COMPILER_ENTRY_EVENT] = fd;
	if (fd >= 0) {
		fd = attach_one(libbcc, job, fds[COMPILER_RETURN_PROG], true,
				job->maxactive);
		if (fd < 0 && job->maxactive) {
			result->maxactive = 0;
			fd = attach_one(libbcc, job,
					fds[COMPILER_RETURN_PROG], true, 0);
		}
		fds[COMPILER_RETURN_EVENT] = fd;
	}
	result->error = fd < 0 ? errno : 0;
	tracefs_unlock(lock_fd);
	return fd < 0 ? -1 : 0;
}

/* The parent is as quick as we are, or quicker. False: it has gone. */
static bool wait_until_allowed(int socket_fd)
{
	ssize_t count;
	char word;

	do {
		count = recv(socket_fd, &word, sizeof(word), 0);
	} while (count < 0 && errno == EINTR);
	return count > 0;
}

void compiler_allow(int socket_fd)
{
	while (send(socket_fd, "", 1, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

static int prepare(struct libbcc *libbcc, const struct compiler_job *job,
		   int log_fd, struct compiler_result *result, int *fds)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	const char *problem;

	if (redirect(log_fd))
		return -1;
	/* Before Linux 5.11 maps and programs count as locked memory. */
	result->is_memory_limited = setrlimit(RLIMIT_MEMLOCK, &unlimited) &&
				    host_kernel_version() < FREE_MEMORY_SINCE;
	/* The headers are files. */
	setrlimit(RLIMIT_FSIZE, &unlimited);
	result->stage = COMPILER_LIBRARY;
	problem = libbcc_open(libbcc);
	if (problem) {
		snprintf(result->reason, sizeof(result->reason), "%s",
			 problem);
		return -1;
	}
	snprintf(result->version, sizeof(result->version), "%s",
		 libbcc->version);
	if (set_environment(job, result))
		return -1;
	return compile_and_load(libbcc, job, result, fds);
}

static void send_result(int socket_fd, const struct compiler_result *result,
			const int *fds, size_t count)
{
	struct iovec part = {
		.iov_base = (void *)result, .iov_len = sizeof(*result),
	};
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * COMPILER_FDS)];
	} control = { .room = { 0 } };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (count) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * count);
	}
	while (sendmsg(socket_fd, &message, MSG_NOSIGNAL) < 0 &&
	       errno == EINTR)
		;
}

/*
 * The word of compiler_allow() is read in every case: a socket that is closed
 * with something unread in it takes what we sent with it.
 */
void compiler_run(const struct compiler_job *job, int socket_fd, int log_fd)
{
	struct compiler_result result = { .stage = COMPILER_STARTING };
	struct libbcc libbcc;
	int fds[COMPILER_FDS], failed;
	size_t count = 0;

	errno = 0;
	failed = prepare(&libbcc, job, log_fd, &result, fds);
	if (failed && !result.error)
		result.error = errno;
	if (!job->kernel_headers)
		header_tree_remove(job->run);
	if (!wait_until_allowed(socket_fd))
		return;
	if (!failed && !attach(&libbcc, job, &result, fds)) {
		result.stage = COMPILER_DONE;
		count = COMPILER_FDS;
	}
	send_result(socket_fd, &result, fds, count);
}

int compiler_receive(int socket_fd, struct compiler_result *result,
		     int fds[COMPILER_FDS])
{
	struct iovec part = {
		.iov_base = result, .iov_len = sizeof(*result),
	};
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * COMPILER_FDS)];
	} control;
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	const struct cmsghdr *header;
	ssize_t count;

	for (int i = 0; i < COMPILER_FDS; i++)
		fds[i] = -1;
	do {
		count = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);
	} while (count < 0 && errno == EINTR);
	if (count != sizeof(*result))
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(header),
		       header->cmsg_len - CMSG_LEN(0));
	if (message.msg_flags & MSG_CTRUNC) {
		for (int i = 0; i < COMPILER_FDS; i++)
			if (fds[i] >= 0)
				close(fds[i]);
		/* This process may not have so many. */
		result->stage = COMPILER_STARTING;
		result->error = EMFILE;
	} else if (result->stage == COMPILER_DONE && !header) {
		return -1;
	}
	return 0;
}
