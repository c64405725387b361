/*
 * loader.c - libbcc from dlopen to loaded programs. It runs in the child and
 * prints nothing; its parent does.
 */
#include "attach/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
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

struct child {
	const struct loader_job *job;
	struct libbcc libbcc;
	bool is_memory_limited;	/* RLIMIT_MEMLOCK counts, and stays */
	int fds[LOADER_FDS];
	int fd_count;
	struct loader_result result;
};

__attribute__((format(printf, 2, 3)))
static int fail(struct child *child, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(child->result.error, sizeof(child->result.error),
			format, arguments);
	va_end(arguments);
	return -1;
}

/* Descriptors 0 to 2: nothing to read, and everything printed to the log. */
static int redirect(struct child *child, int log_fd)
{
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 ||
	    dup2(log_fd, STDOUT_FILENO) < 0 || dup2(log_fd, STDERR_FILENO) < 0)
		return fail(child, "cannot prepare the compiler: %s",
			    strerror(errno));
	return 0;
}

static void raise_limits(struct child *child)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	/* Before Linux 5.11 maps and programs count as locked memory. */
	child->is_memory_limited = setrlimit(RLIMIT_MEMLOCK, &unlimited) &&
				   host_kernel_version() < HOST_VERSION(5, 11);
	/* The headers are files. */
	setrlimit(RLIMIT_FSIZE, &unlimited);
}

static int open_libbcc(struct child *child)
{
	const char *problem = libbcc_open(&child->libbcc);

	snprintf(child->result.version, sizeof(child->result.version), "%s",
		 child->libbcc.version);
	if (!problem)
		return 0;
	return fail(child, "cannot load libbcc: %s; %s", problem,
		    host_libbcc_advice());
}

/*
 * libbcc before 0.6 ignores BCC_KERNEL_SOURCE and looks for the running
 * kernel's headers in one place: show it ours there. Takes a mount namespace of
 * our own.
 */
static void show_headers(const char *tree)
{
	struct utsname name;
	char path[256];

	if (uname(&name))
		return;
	snprintf(path, sizeof(path), "%s/%s", tree, name.release);
	(void)mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/build", tree, name.release);
	if (!symlink(tree, path))
		(void)mount(tree, "/lib/modules", NULL, MS_BIND, NULL);
}

/*
 * libbcc spends most of its time on reading /proc/kallsyms for
 * bpf_probe_read_kernel (from 0.13 on, check_bpf_probe_read_kernel in
 * src/cc/frontends/clang/b_frontend_action.cc). Linux has it since 5.5: show a
 * list of that alone, bpf_text/include/kallsyms, where any address but 0 and ~0
 * will do. Older kernels may have it backported, so there libbcc looks for
 * itself.
 */
static void show_symbols(const char *tree)
{
	char path[128];

	if (host_kernel_version() < HOST_VERSION(5, 5))
		return;
	snprintf(path, sizeof(path), "%s/include/kallsyms", tree);
	(void)mount(path, "/proc/kallsyms", NULL, MS_BIND, NULL);
}

static const char *headers_advice(int error)
{
	switch (error) {
	case EACCES:
		return "; /tmp must be sticky, and root's or yours";
	case ENOSPC:
	case EDQUOT:
		return "; is there room in /tmp?";
	case EEXIST:
		return "; the name is taken: run it again";
	}
	return "";
}

static int write_headers(struct child *child)
{
	struct header_tree tree;

	if (header_tree_create(&tree, child->job->run))
		return fail(child, "cannot write the header files for the "
			    "compiler: %s%s", strerror(errno),
			    headers_advice(errno));
	if (tree.is_mount)
		show_symbols(tree.path);
	if (tree.is_mount && !child->libbcc.func_load)
		show_headers(tree.path);
	(void)setenv("BCC_KERNEL_SOURCE", tree.path, 1);
	return 0;
}

/* libbcc reads BCC_*, ARCH and TMPDIR, which may have been set to anything. */
static int set_environment(struct child *child)
{
	const char *headers = child->job->kernel_headers;
	char resolved[PATH_MAX];

	clearenv();
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	if (headers && *headers)
		setenv("BCC_KERNEL_SOURCE",
		       realpath(headers, resolved) ? resolved : headers, 1);
	/*
	 * clang looks for libbcc's own <linux/types.h> in the working directory
	 * first (seen with 0.37), which other users may be able to write.
	 */
	if (chdir("/"))
		return fail(child, "cannot prepare the compiler: %s",
			    strerror(errno));
	return headers ? 0 : write_headers(child);
}

static int load(struct child *child, void *module, const char *name)
{
	int fd;

	errno = 0;
	fd = libbcc_load(&child->libbcc, module, name);
	if (fd >= 0)
		return fd;
	child->result.is_refused = true;
	return fail(child, "cannot load the BPF program: the kernel refused "
		    "%s: %s%s", name, strerror(errno),
		    child->is_memory_limited ? "; CAP_SYS_RESOURCE or ulimit "
		    "-l unlimited may be missing" : "");
}

static void *compile(struct child *child)
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
	int count = sizeof(flags) / sizeof(*flags) - child->job->source_lines;
	void *module = child->libbcc.module_create(child->job->text, 0, flags,
						   count, true, NULL);

	/* libbcc makes the maps as well, and leaves nothing in errno. */
	if (!module)
		fail(child, "cannot compile the BPF program with libbcc %s%s; "
		     "it says:", child->result.version,
		     child->is_memory_limited ? " (for want of "
		     "CAP_SYS_RESOURCE, or of ulimit -l unlimited?)" : "");
	return module;
}

/* The maps come last, and the text need not have all of them. */
static void compile_and_load(struct child *child)
{
	static const char *const names[LOADER_FDS] = {
		[LOADER_ENTRY_PROG] = "trace_connect_entry",
		[LOADER_RETURN_PROG] = "trace_connect_return",
		[LOADER_ATTEMPTS_MAP] = "attempts",
		[LOADER_LEDGER_MAP] = "ledger", [LOADER_GATE_MAP] = "gate",
		[LOADER_SUMS_MAP] = "sums",
	};
	void *module = compile(child);

	for (int i = 0; module && i < LOADER_FDS; i++) {
		int fd = i < LOADER_ATTEMPTS_MAP ?
			 load(child, module, names[i]) :
			 child->libbcc.table_fd(module, names[i]);

		if (fd < 0)
			break;
		child->fds[child->fd_count++] = fd;
	}
}

/* Descriptors beside a struct loader_result. */
union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int) * LOADER_FDS)];
};

static void send_result(struct child *child, int socket_fd)
{
	size_t size = sizeof(int) * child->fd_count;
	union control control = {
		.header = {
			.cmsg_len = CMSG_LEN(size), .cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		},
	};
	struct iovec part = { &child->result, sizeof(child->result) };
	const struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = CMSG_SPACE(size),
	};

	memcpy(CMSG_DATA(&control.header), child->fds, size);
	(void)sendmsg(socket_fd, &message, MSG_NOSIGNAL);
}

void loader_run(const struct loader_job *job, int socket_fd, int log_fd)
{
	struct child child = { .job = job };

	raise_limits(&child);
	if (!redirect(&child, log_fd) && !open_libbcc(&child) &&
	    !set_environment(&child))
		compile_and_load(&child);
	send_result(&child, socket_fd);
}

int loader_receive(int socket_fd, struct loader_result *result,
		   int fds[LOADER_FDS])
{
	union control control;
	struct iovec part = { result, sizeof(*result) };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};

	if (recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC) != sizeof(*result))
		return -1;
	if (message.msg_controllen)
		memcpy(fds, CMSG_DATA(&control.header),
		       control.header.cmsg_len - CMSG_LEN(0));
	/* This process may not have so many. */
	if (message.msg_flags & MSG_CTRUNC)
		snprintf(result->error, sizeof(result->error),
			 "cannot prepare the compiler: %s", strerror(EMFILE));
	return 0;
}
