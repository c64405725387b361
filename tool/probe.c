/*
 * probe.c - starts the compiling child, waits for it, says what went wrong,
 * and owns what it made. LLVM is never mapped here.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compiler.h"
#include "header_tree.h"
#include "host.h"
#include "kprobe_events.h"
#include "options.h"
#include "report.h"
#include "tracefs.h"

#define COMPILER_SECONDS 120
#define LOG_MAX (16 * 1024)
#define LOG_END 2048
#define RAISED_MAXACTIVE_SINCE (4 << 16 | 12 << 8)	/* Linux 4.12 */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static _Noreturn void child_main(const struct compiler_job *job,
				 pid_t parent, int socket_fd, int log_fd)
{
	/* Our own end must not be outlived, even if it is SIGKILL. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		compiler_run(job, socket_fd, log_fd);
	_exit(0);
}

static int child_start(struct probe *probe, const struct compiler_job *job)
{
	pid_t parent = getpid();
	int sockets[2];

	/* Whoever ignores it gets no status. */
	signal(SIGCHLD, SIG_DFL);
	probe->log_fd = memfd_create("tcpv4connect-log", MFD_CLOEXEC);
	if (probe->log_fd < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return report_error("cannot prepare the compiler: %s",
				    strerror(errno));
	probe->compiler_pid = fork();
	if (!probe->compiler_pid)
		child_main(job, parent, sockets[1], probe->log_fd);
	close(sockets[1]);
	probe->compiler_fd = sockets[0];
	if (probe->compiler_pid > 0)
		return 0;
	probe->compiler_pid = 0;
	return report_error("cannot start the compiler: %s", strerror(errno));
}

/* Wait for the child's answer, a stop, or the time limit. */
static enum probe_verdict child_wait(const struct probe *probe, int stop_fd)
{
	struct pollfd fds[] = {
		{ .fd = probe->compiler_fd, .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
	};
	int ready;

	do {
		ready = poll(fds, 2, COMPILER_SECONDS * 1000);
	} while (ready < 0 && errno == EINTR);
	if (ready > 0 && fds[1].revents)
		return PROBE_STOPPED;
	if (ready > 0)
		return PROBE_ATTACHED;
	report_error("cannot compile the BPF program: the compiler had not "
		     "ended after %d s", COMPILER_SECONDS);
	return PROBE_FAILED;
}

/*
 * Nothing that it may still be doing is waited for. Returns its status, as
 * wait(2) has it; 0 where there was no child.
 */
static int child_end(struct probe *probe)
{
	int status = 0;

	if (!probe->compiler_pid)
		return 0;
	kill(probe->compiler_pid, SIGKILL);
	while (waitpid(probe->compiler_pid, &status, 0) < 0 && errno == EINTR)
		;
	probe->compiler_pid = 0;
	close_fd(&probe->compiler_fd);
	header_tree_remove(probe->run);
	return status;
}

/*
 * What libbcc and clang printed: a compiler says what matters first, the
 * kernel's verifier last.
 */
static void report_log(int log_fd, bool is_end)
{
	char text[LOG_MAX];
	off_t size = lseek(log_fd, 0, SEEK_END), start = 0;
	ssize_t length;

	if (is_end && size > LOG_END)
		start = size - LOG_END;
	length = pread(log_fd, text, sizeof(text), start);
	if (length > 0)
		report_lines(text, length);
}

/* Why the kernel says no, where that can be known. */
static const char *advice(const struct compiler_result *result)
{
	if (host_is_locked_down())
		return "; the kernel is locked down (confidentiality), which "
		       "forbids it";
	if (result->stage == COMPILER_LOADING && result->is_memory_limited)
		return "; CAP_SYS_RESOURCE or ulimit -l unlimited may be "
		       "missing";
	if (result->stage == COMPILER_ATTACHING &&
	    host_lacks_function("tcp_v4_connect"))
		return "; this kernel has no function of that name";
	if (result->stage == COMPILER_ATTACHING &&
	    (result->error == EACCES || result->error == EPERM) &&
	    host_perf_paranoid() > 2)
		return "; kernel.perf_event_paranoid asks for CAP_SYS_ADMIN: "
		       "run as root, or sysctl kernel.perf_event_paranoid=2";
	if (result->stage == COMPILER_ATTACHING && result->error == EINVAL)
		return "; is it listed in /sys/kernel/debug/kprobes/"
		       "blacklist?";
	return "";
}

static void report_result(const struct compiler_result *result, int log_fd)
{
	const char *reason = result->reason[0] ? result->reason :
			     result->error ? strerror(result->error) :
			     "libbcc says:";
	char install[128];

	switch (result->stage) {
	case COMPILER_LIBRARY:
		host_libbcc_advice(install, sizeof(install));
		report_error("cannot load libbcc: %s; %s", reason, install);
		return;
	case COMPILER_HEADERS:
		report_error("cannot write the header files for the compiler: "
			     "%s%s", reason, result->error == EMFILE ? "" :
			     "; is there room in /tmp?");
		return;
	case COMPILER_COMPILING:
		/* libbcc makes the maps then, and does not say it in errno. */
		report_error("cannot compile the BPF program with libbcc %s%s; "
			     "it says:", result->version,
			     result->is_memory_limited ? " (for want of "
			     "CAP_SYS_RESOURCE, or of ulimit -l unlimited?)" :
			     "");
		break;
	case COMPILER_LOADING:
		report_error("cannot load the BPF program: %s%s", reason,
			     advice(result));
		break;
	case COMPILER_ATTACHING:
		report_error("cannot attach to tcp_v4_connect: %s%s", reason,
			     advice(result));
		break;
	default:
		report_error("cannot prepare the compiler: %s", reason);
	}
	report_log(log_fd, result->stage == COMPILER_LOADING);
}

static void report_silence(int status, int log_fd)
{
	if (WIFSIGNALED(status))
		report_error("cannot compile the BPF program: the compiler was "
			     "ended by signal %d (%s)", WTERMSIG(status),
			     strsignal(WTERMSIG(status)));
	else
		report_error("cannot compile the BPF program: the compiler "
			     "ended without an answer");
	report_log(log_fd, false);
}

static void event_prefix(const struct probe *probe, char *prefix, size_t size)
{
	snprintf(prefix, size, "tcpv4connect_%s_", probe->run);
}

static void adopt(struct probe *probe, const struct compiler_result *result,
		  const int *fds)
{
	char prefix[64];

	probe->entry_fd = fds[COMPILER_ENTRY_EVENT];
	probe->return_fd = fds[COMPILER_RETURN_EVENT];
	probe->entry_prog_fd = fds[COMPILER_ENTRY_PROG];
	probe->return_prog_fd = fds[COMPILER_RETURN_PROG];
	probe->stash_fd = fds[COMPILER_STASH_MAP];
	probe->ledger_fd = fds[COMPILER_LEDGER_MAP];
	probe->sums_fd = fds[COMPILER_SUMS_MAP];
	probe->maxactive = result->maxactive;
	snprintf(probe->libbcc_version, sizeof(probe->libbcc_version), "%s",
		 result->version);
	event_prefix(probe, prefix, sizeof(prefix));
	kprobe_events_hold(&probe->events, probe->tracefs, prefix);
	probe->may_have_events = false;
}

int probe_check_rights(void)
{
	const char *capability = host_missing_capability();

	if (capability)
		return report_error("cannot trace without %s: run as root "
				    "(sudo tcpv4connect)", capability);
	if (host_is_locked_down())
		return report_error("cannot trace: the kernel is locked down "
				    "(confidentiality), which forbids it; "
				    "boot it without that");
	return 0;
}

int probe_check_host(const struct tracefs *tracefs)
{
	if (!host_has_kprobes(tracefs))
		return report_error("cannot probe tcp_v4_connect: this kernel "
				    "has no kprobes (CONFIG_KPROBES, "
				    "CONFIG_KPROBE_EVENTS); use another "
				    "kernel");
	return 0;
}

static void sweep_stale(const struct tracefs *tracefs)
{
	int lock_fd = tracefs_lock(tracefs);

	if (lock_fd >= 0)
		kprobe_events_remove(tracefs, "tcpv4connect_");
	tracefs_unlock(lock_fd);
}

/* Where libbcc finds none it would load a kernel module to have some. */
static int check_headers(const char *dir)
{
	char path[PATH_MAX];

	if (!dir)
		return 0;
	snprintf(path, sizeof(path), "%s/include/linux/kconfig.h", dir);
	if (tracefs_has(AT_FDCWD, path))
		return 0;
	return report_error("cannot use the kernel headers in %s: it has no "
			    "include/linux/kconfig.h; name a directory with "
			    "a whole kernel header tree", dir);
}

int probe_start(struct probe *probe, const char *text, const char *run,
		const struct options *options, const struct tracefs *tracefs)
{
	struct compiler_job job = {
		.text = text, .run = run, .tracefs = tracefs,
		.kernel_headers = options->kernel_headers,
		.kernel_headers_dir = options->kernel_headers_dir,
		.source_lines = options->verbose,
	};

	*probe = (struct probe)PROBE_NONE;
	probe->tracefs = tracefs;
	snprintf(probe->run, sizeof(probe->run), "%s", run);
	if (check_headers(options->kernel_headers_dir))
		return -1;
	sweep_stale(tracefs);
	if (host_kernel_version() >= RAISED_MAXACTIVE_SINCE)
		job.maxactive = options->maxactive;
	return child_start(probe, &job);
}

enum probe_verdict probe_attach(struct probe *probe, int stop_fd)
{
	struct compiler_result result;
	enum probe_verdict verdict;
	int fds[COMPILER_FDS], status;
	bool answered;

	probe->may_have_events = true;
	compiler_allow(probe->compiler_fd);
	verdict = child_wait(probe, stop_fd);
	answered = verdict == PROBE_ATTACHED &&
		   !compiler_receive(probe->compiler_fd, &result, fds);
	status = child_end(probe);
	if (answered && result.stage == COMPILER_DONE) {
		adopt(probe, &result, fds);
	} else if (verdict == PROBE_ATTACHED) {
		verdict = PROBE_FAILED;
		if (answered)
			report_result(&result, probe->log_fd);
		else
			report_silence(status, probe->log_fd);
	}
	close_fd(&probe->log_fd);
	if (verdict != PROBE_ATTACHED)
		probe_detach(probe);
	return verdict;
}

void probe_detach_entry(struct probe *probe)
{
	close_fd(&probe->entry_fd);
}

void probe_detach_return(struct probe *probe)
{
	close_fd(&probe->return_fd);
}

void probe_detach(struct probe *probe)
{
	char prefix[64];
	int left;

	child_end(probe);
	close_fd(&probe->log_fd);
	close_fd(&probe->entry_fd);
	close_fd(&probe->return_fd);
	close_fd(&probe->entry_prog_fd);
	close_fd(&probe->return_prog_fd);
	close_fd(&probe->stash_fd);
	close_fd(&probe->ledger_fd);
	close_fd(&probe->sums_fd);
	left = kprobe_events_release(&probe->events);
	if (probe->may_have_events) {
		event_prefix(probe, prefix, sizeof(prefix));
		left += kprobe_events_remove(probe->tracefs, prefix);
	}
	probe->may_have_events = false;
	if (left)
		report_warning("cannot remove %d of our probes from %s/"
			       "kprobe_events: they are left behind, unused, "
			       "and the next start removes them", left,
			       probe->tracefs->path);
}
