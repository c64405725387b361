/*
 * loader.c - runs in the child: libbcc from dlopen to loaded programs. It
 * reports nothing itself; the parent has stderr.
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
#include "system/host.h"

/*
 * libbcc before 0.6 ignores BCC_KERNEL_SOURCE and looks for the headers of the
 * running kernel in one place. Show it ours there; only in a mount namespace of
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
	if (mkdir(path, 0700))
		return;
	snprintf(path, sizeof(path), "/lib/modules/%s/build", name.release);
	if (!mkdir(path, 0700))
		(void)mount(tree, path, NULL, MS_BIND, NULL);
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

	if (host_kernel_version() < HOST_VERSION(5, 5))
		return;
	snprintf(path, sizeof(path), "%s/kallsyms", directory);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
	if (fd < 0)
		return;
	if (write(fd, symbols, strlen(symbols)) == (ssize_t)strlen(symbols))
		mount(path, "/proc/kallsyms", NULL, MS_BIND, NULL);
	close(fd);
}

/* libbcc reads BCC_*, ARCH and TMPDIR, which may have been set to anything. */
static int set_environment(const struct libbcc *libbcc,
			   const struct loader_job *job,
			   struct loader_result *result)
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
		result->stage = LOADER_HEADERS;
		if (header_tree_create(&tree, job->run))
			return -1;
		source = tree.path;
		if (tree.is_mount) {
			show_symbols(tree.path);
			if (!libbcc->func_load)
				show_headers(tree.path);
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
	 * -w: what clang thinks of libbcc's own headers helps nobody.
	 * Optimizing is left to libbcc, which does all of it after clang
	 * (run_pass_manager in src/cc/bpf_module.cc); twice helps nothing.
	 * The last one leaves out what bpftool needs to show our lines
	 * beside the instructions; it takes an eighth of the time.
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
	/* Only a program that counts has it. */
	fds[LOADER_SUMS_MAP] = libbcc->table_fd(module, "sums");
	if (fds[LOADER_SUMS_MAP] < 0)
		fds[LOADER_SUMS_MAP] = fds[LOADER_LEDGER_MAP];
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
	if (set_environment(libbcc, job, result))
		return -1;
	return compile_and_load(libbcc, job, result, fds);
}

static void send_result(int socket_fd, const struct loader_result *result,
			const int *fds, size_t count)
{
	struct iovec part = {
		.iov_base = (void *)result, .iov_len = sizeof(*result),
	};
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * LOADER_FDS)];
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

void loader_run(const struct loader_job *job, int socket_fd, int log_fd)
{
	struct loader_result result = { .stage = LOADER_STARTING };
	struct libbcc libbcc;
	int fds[LOADER_FDS];
	size_t count = 0;

	errno = 0;
	if (!prepare(&libbcc, job, log_fd, &result, fds)) {
		result.stage = LOADER_DONE;
		count = LOADER_FDS;
	} else {
		result.error = errno;
	}
	if (!job->kernel_headers)
		header_tree_remove(job->run);
	send_result(socket_fd, &result, fds, count);
}

int loader_receive(int socket_fd, struct loader_result *result,
		     int fds[LOADER_FDS])
{
	struct iovec part = {
		.iov_base = result, .iov_len = sizeof(*result),
	};
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * LOADER_FDS)];
	} control;
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	const struct cmsghdr *header;
	ssize_t count;

	for (int i = 0; i < LOADER_FDS; i++)
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
		for (int i = 0; i < LOADER_FDS; i++)
			if (fds[i] >= 0)
				close(fds[i]);
		/* This process may not have so many. */
		result->stage = LOADER_STARTING;
		result->error = EMFILE;
	} else if (result->stage == LOADER_DONE && !header) {
		return -1;
	}
	return 0;
}
