/*
 * kill_at.c - runs a command and ends it with SIGKILL at a chosen system call.
 *
 *	kill_at NUMBER COMMAND [ARGUMENT]...
 *
 * Calls are counted in the command and in its children, those that can change
 * something; when the one with that number is about to be made, the command is
 * killed in its place. When the command first writes to stdout it gets SIGINT,
 * so that its last calls come too. What its children do after it was killed
 * is watched. Prints one line:
 *
 *   killed NUMBER CALL WHO	WHO is "command" or "child"
 *   ended COUNT		it ended before that call
 *
 * With NUMBER 0 each call is listed, too. Ends with 1 where a child made a
 * call after the command was gone, or did not end (within a minute).
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | \
		 PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
		 PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)
#define SYSCALL_STOP (SIGTRAP | 0x80)

struct run {
	pid_t command;
	long number;		/* of the call at which it is killed */
	long count;
	long late;		/* calls made after that */
	bool is_killed;
	bool is_stopped;	/* SIGINT was sent */
};

static const struct {
	long number;
	const char *name;
} calls[] = {
	{ SYS_bpf, "bpf" }, { SYS_clone, "clone" }, { SYS_close, "close" },
	{ SYS_exit_group, "exit_group" }, { SYS_flock, "flock" },
	{ SYS_ftruncate, "ftruncate" }, { SYS_ioctl, "ioctl" },
	{ SYS_memfd_create, "memfd_create" }, { SYS_mkdirat, "mkdirat" },
	{ SYS_mount, "mount" }, { SYS_openat, "openat" },
	{ SYS_perf_event_open, "perf_event_open" }, { SYS_prctl, "prctl" },
	{ SYS_prlimit64, "prlimit64" }, { SYS_recvmsg, "recvmsg" },
	{ SYS_sendmsg, "sendmsg" }, { SYS_signalfd4, "signalfd4" },
	{ SYS_socketpair, "socketpair" }, { SYS_umount2, "umount2" },
	{ SYS_unlinkat, "unlinkat" }, { SYS_unshare, "unshare" },
	{ SYS_wait4, "wait4" }, { SYS_write, "write" },
#ifdef SYS_mkdir
	{ SYS_fork, "fork" }, { SYS_mkdir, "mkdir" }, { SYS_open, "open" },
	{ SYS_rmdir, "rmdir" }, { SYS_unlink, "unlink" },
	{ SYS_vfork, "vfork" },
#endif
};

static const char *call_name(long number)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (calls[i].number == number)
			return calls[i].name;
	return NULL;
}

static void count_call(struct run *run, pid_t pid, const char *name)
{
	const char *who = pid == run->command ? "command" : "child";

	if (run->is_killed && strcmp(name, "exit_group")) {
		run->late++;
		fprintf(stderr, "after its end a child calls %s\n", name);
		return;
	}
	run->count++;
	if (!run->number)
		printf("%ld %s %s\n", run->count, name, who);
	if (run->count != run->number)
		return;
	kill(run->command, SIGKILL);
	run->is_killed = true;
	printf("killed %ld %s %s\n", run->number, name, who);
}

static void take_call(struct run *run, pid_t pid)
{
	struct __ptrace_syscall_info info;
	const char *name;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	name = call_name(info.entry.nr);
	if (!name)
		return;
	count_call(run, pid, name);
	if (pid == run->command && !run->is_stopped && !run->is_killed &&
	    info.entry.nr == SYS_write && info.entry.args[0] == 1) {
		kill(pid, SIGINT);
		run->is_stopped = true;
	}
}

/* The signal that is to be passed on, where it is one. */
static int handle_stop(struct run *run, pid_t pid, int status)
{
	int number = WSTOPSIG(status);

	if (number == SYSCALL_STOP)
		take_call(run, pid);
	if (number == SYSCALL_STOP || status >> 16 || number == SIGSTOP)
		return 0;
	return number;
}

static int follow(struct run *run)
{
	int status, result = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status)) {
			int number = handle_stop(run, pid, status);

			ptrace(PTRACE_SYSCALL, pid, 0, (long)number);
		} else if (pid == run->command && WIFEXITED(status)) {
			result = WEXITSTATUS(status);
		}
	}
	if (!run->is_killed)
		printf("ended %ld\n", run->count);
	if (result)
		fprintf(stderr, "it ended with %d\n", result);
	return run->late || result ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct run run = { 0 };
	int status;

	if (argc < 3) {
		fprintf(stderr, "usage: kill_at NUMBER COMMAND...\n");
		return 2;
	}
	run.number = atol(argv[1]);
	alarm(60);	/* ends us, and with us whoever is left (EXITKILL) */
	run.command = fork();
	if (!run.command) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		/* cppcheck-suppress unreachableCode ; it is continued */
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (waitpid(run.command, &status, 0) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, run.command, 0, OPTIONS)) {
		perror("kill_at: ptrace");
		return 2;
	}
	ptrace(PTRACE_SYSCALL, run.command, 0, 0);
	return follow(&run);
}
