/*
 * probe.c - starts the loader, waits for it, prints what went wrong, attaches
 * and detaches what it made.
 */
#include "attach/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/memfd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach/header_tree.h"
#include "system/bpf_object.h"
#include "system/fd.h"
#include "system/host.h"
#include "system/report.h"
#include "system/requirement.h"
#include "system/tracefs.h"

#define LOADER_SECONDS 120
#define LOG_MAX (16 * 1024)
#define LOG_END 2048

static _Noreturn void child_main(const struct loader_job *job,
				 pid_t parent, int socket_fd, int log_fd)
{
	/* Not to outlive its parent, even one ended by SIGKILL. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		loader_run(job, socket_fd, log_fd);
	_exit(0);
}

static int child_start(struct probe *probe, const struct loader_job *job)
{
	pid_t parent = getpid();
	int sockets[2];

	/* Where it is ignored there is no status to wait for. */
	signal(SIGCHLD, SIG_DFL);
	/* glibc has a function for that since 2.27 only. */
	probe->log_fd = syscall(__NR_memfd_create, "tcpv4connect-log",
				MFD_CLOEXEC);
	if (probe->log_fd < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return report_error("cannot prepare the compiler: %s",
				    strerror(errno));
	probe->loader_pid = fork();
	if (!probe->loader_pid)
		child_main(job, parent, sockets[1], probe->log_fd);
	close(sockets[1]);
	probe->loader_fd = sockets[0];
	if (probe->loader_pid < 0)
		return report_error("cannot start the compiler: %s",
				    strerror(errno));
	return 0;
}

/* Returns its status, as wait(2) has it; 0 if there was no child. */
static int child_end(struct probe *probe)
{
	int status = 0;

	if (probe->loader_pid > 0) {
		kill(probe->loader_pid, SIGKILL);
		(void)waitpid(probe->loader_pid, &status, 0);
		header_tree_sweep();
	}
	probe->loader_pid = 0;
	fd_close(&probe->loader_fd);
	return status;
}

/* A compiler says what matters first, the kernel's verifier last. */
static void report_log(int log_fd, bool is_end)
{
	char text[LOG_MAX];
	off_t size = lseek(log_fd, 0, SEEK_END);
	off_t start = is_end && size > LOG_END ? size - LOG_END : 0;
	ssize_t length = pread(log_fd, text, sizeof(text), start);

	if (length > 0)
		report_lines(text, length);
}

/* Why the kernel refuses the probe, where that can be known. */
static const char *attach_advice(int error)
{
	char paranoid[16];

	if (host_lacks_function(REQUIREMENT_TRACED))
		return "; this kernel has no function of that name";
	/* Debian's kernels know 3, which only CAP_SYS_ADMIN passes. */
	if ((error == EACCES || error == EPERM) &&
	    tracefs_read(AT_FDCWD, "/proc/sys/kernel/perf_event_paranoid",
			 paranoid, sizeof(paranoid)) > 0 &&
	    strtol(paranoid, NULL, 10) > 2)
		return "; kernel.perf_event_paranoid asks for CAP_SYS_ADMIN: "
		       "run as root, or sysctl kernel.perf_event_paranoid=2";
	if (error == EINVAL)
		return "; is it listed in /sys/kernel/debug/kprobes/"
		       "blacklist?";
	return "";
}

static void explain_silence(int status, struct loader_result *result)
{
	char how[64] = "ended without an answer";

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "was ended by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	snprintf(result->error, sizeof(result->error),
		 "cannot compile the BPF program: the compiler %s", how);
}

/* If libbcc found none it would load a kernel module to get them. */
static int check_headers(const char *dir)
{
	char path[PATH_MAX];

	if (!dir || !*dir)
		return 0;
	snprintf(path, sizeof(path), "%s/include/linux/kconfig.h", dir);
	if (tracefs_has(AT_FDCWD, path))
		return 0;
	return report_error("cannot use the kernel headers in %s: it has no "
			    "include/linux/kconfig.h; name a directory with "
			    "a whole kernel header tree", dir);
}

int probe_start(struct probe *probe, const struct loader_job *job,
		const struct tracefs *tracefs)
{
	probe->tracefs = tracefs;
	probe->run = job->run;
	if (check_headers(job->kernel_headers))
		return -1;
	kprobe_sweep(tracefs);
	return child_start(probe, job);
}

/*
 * The return probe comes first and goes last: it sees the return of each call
 * that the entry probe sees, even before the gate first opens.
 */
static int attach_pair(struct probe *probe, int maxactive)
{
	int error;

	if (!kprobe_attach(&probe->ret, probe->tracefs, probe->run, true,
			   maxactive, probe->fds[LOADER_RETURN_PROG]) &&
	    !kprobe_attach(&probe->entry, probe->tracefs, probe->run, false,
			   0, probe->fds[LOADER_ENTRY_PROG]))
		return 0;
	error = errno;
	return report_error("cannot attach to " REQUIREMENT_TRACED ": %s%s",
			    strerror(error), attach_advice(error));
}

/* The child has answered, or ended: attach what it made. */
static int attach_result(struct probe *probe, int maxactive)
{
	struct loader_result *result = &probe->result;
	int silent = loader_receive(probe->loader_fd, result, probe->fds);
	int status = child_end(probe);

	if (silent)
		explain_silence(status, result);
	if (!result->error[0])
		return attach_pair(probe, maxactive);
	report_error("%s", result->error);
	report_log(probe->log_fd, result->is_refused);
	return -1;
}

enum probe_verdict probe_attach(struct probe *probe, int maxactive,
				int stop_fd)
{
	struct pollfd fds[] = {
		{ .fd = probe->loader_fd, .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
	};
	int ready = poll(fds, 2, LOADER_SECONDS * 1000), result;

	if (ready > 0 && fds[1].revents)
		return PROBE_STOPPED;
	if (ready > 0)
		result = attach_result(probe, maxactive);
	else
		result = report_error("cannot compile the BPF program: the "
				      "compiler had not ended after %d s",
				      LOADER_SECONDS);
	fd_close(&probe->log_fd);
	return result ? PROBE_FAILED : PROBE_ATTACHED;
}

static int set_gate(const struct probe *probe, uint64_t is_open)
{
	const uint32_t zero = 0;

	return bpf_map_update(probe->fds[LOADER_GATE_MAP], &zero, &is_open);
}

int probe_open(const struct probe *probe)
{
	if (probe->fds[LOADER_GATE_MAP] < 0 || !set_gate(probe, 1))
		return 0;
	return report_error("cannot start the BPF program: %s",
			    strerror(errno));
}

void probe_shut(const struct probe *probe)
{
	(void)set_gate(probe, 0);
}

void probe_detach(struct probe *probe)
{
	int left = 0;

	child_end(probe);
	fd_close(&probe->log_fd);
	left -= kprobe_detach(&probe->entry);
	left -= kprobe_detach(&probe->ret);
	for (int i = 0; i < LOADER_FDS; i++)
		fd_close(&probe->fds[i]);
	if (left)
		report_warning("cannot remove %d of our probes from %s/"
			       "kprobe_events: they are left behind, unused, "
			       "and the next start removes them", left,
			       probe->tracefs->path);
}
