/*
 * kill_at.c - runs a command and ends it with SIGKILL at a chosen system call.
 *
 *	kill_at NUMBER COMMAND [ARGUMENT]...
 *
 * Calls are counted in the command and in its children, those that can change
 * something; when the one with that number is about to be made the command is
 * killed in its place. Its stdout is /dev/null; when it first writes to that it
 * gets SIGINT, so that its last calls come too. What its children do after it
 * was killed is watched. Prints one line:
 *
 *   killed NUMBER CALL WHO	WHO is "command" or "child"
 *   ended COUNT		it ended before that call
 *
 * With NUMBER 0 each call is listed, too. Ends with 1 where a child made a
 * call after the command was gone, or did not end (within a minute).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define OPTIONS (PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | \
		 PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
		 PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

struct run {
	pid_t command;
	long number;		/* of the call at which it is killed */
	long count;
	long late;		/* calls made after that */
	bool is_killed;
	bool is_gone;		/* after that, when the kernel was done */
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
	for (size_t i = 0; i < COUNT_OF(calls); i++)
		if (calls[i].number == number)
			return calls[i].name;
	return NULL;
}

static void count_call(struct run *run, pid_t pid, const char *name)
{
	const char *who = pid == run->command ? "command" : "child";

	if (run->is_killed) {
		/* It asks to be told of our end, finds that it came, ends. */
		if (!run->is_gone || !strcmp(name, "prctl") ||
		    !strcmp(name, "exit_group"))
			return;
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
	    info.op != PTRACE_SYSCALL_INFO_SECCOMP)
		return;
	name = call_name(info.seccomp.nr);
	if (!name)
		return;
	count_call(run, pid, name);
	if (pid == run->command && !run->is_stopped && !run->is_killed &&
	    info.seccomp.nr == SYS_write && info.seccomp.args[0] == 1) {
		kill(pid, SIGINT);
		run->is_stopped = true;
	}
}

/* The signal that is to be passed on, where it is one. */
static int handle_stop(struct run *run, pid_t pid, int status)
{
	int number = WSTOPSIG(status);

	if (status >> 16 == PTRACE_EVENT_SECCOMP)
		take_call(run, pid);
	return status >> 16 || number == SIGSTOP ? 0 : number;
}

static int follow(struct run *run)
{
	int status, result = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status)) {
			int number = handle_stop(run, pid, status);

			ptrace(PTRACE_CONT, pid, 0, (long)number);
		} else if (pid == run->command) {
			run->is_gone = true;
			result = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
		}
	}
	if (!run->is_killed)
		printf("ended %ld\n", run->count);
	if (result)
		fprintf(stderr, "it ended with %d\n", result);
	return run->late || result ? 1 : 0;
}

/* A stop at each of them, and at no other: an emulated machine is slow. */
static int stop_at_calls(void)
{
	struct sock_filter filter[2 * COUNT_OF(calls) + 2] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = {
		.len = COUNT_OF(filter), .filter = filter,
	};

	for (size_t i = 0; i < COUNT_OF(calls); i++) {
		filter[2 * i + 1] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, 1);
		filter[2 * i + 2] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	}
	filter[COUNT_OF(filter) - 1] = (struct sock_filter)BPF_STMT(
		BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
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
	alarm(60);	/* ends us, and the rest with us (EXITKILL) */
	run.command = fork();
	if (!run.command) {
		/* Descriptor 1: what else it may have, it writes to another. */
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		/* A shell's background job has SIGINT ignored. */
		signal(SIGINT, SIG_DFL);
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		/* cppcheck-suppress unreachableCode ; it is continued */
		if (stop_at_calls())
			perror("kill_at: seccomp");
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (waitpid(run.command, &status, 0) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, run.command, 0, OPTIONS)) {
		perror("kill_at: ptrace");
		return 2;
	}
	ptrace(PTRACE_CONT, run.command, 0, 0);
	return follow(&run);
}
