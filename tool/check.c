/*
 * check.c - examines the host and changes nothing; the proof is a second run
 * of the program, as a user would start it.
 */
#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "escape.h"
#include "file_holder.h"
#include "host.h"
#include "libbcc.h"
#include "options.h"
#include "switches.h"
#include "tracefs.h"

#define FUNCTION "tcp_v4_connect"
#define EVENT "events/bpf_trace/bpf_trace_printk"
#define PROOF_SECONDS 120

struct check {
	FILE *out;
	bool global_pipe;	/* it will be read, asked for or not */
	bool failed;
	struct tracefs tracefs;
};

enum grade { OK, WARN, FAIL };

static void say(struct check *check, enum grade grade, const char *what,
		const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void say(struct check *check, enum grade grade, const char *what,
		const char *format, ...)
{
	static const char *const words[] = { "ok", "warn", "FAIL" };
	char text[2048] = "";
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fprintf(check->out, "%-5s %-21s ", words[grade], what);
	/* It may hold the names of files and of processes. */
	escape_print(check->out, text, strlen(text));
	putc('\n', check->out);
	/* main looks at stdout in the end. */
	(void)fflush(check->out);
	check->failed |= grade == FAIL;
}

static void check_capabilities(struct check *check)
{
	const char *missing = host_missing_capability();

	if (missing)
		say(check, FAIL, "capabilities", "%s is missing; run as root",
		    missing);
	else
		say(check, OK, "capabilities", "BPF programs and probes are "
		    "allowed");
}

/* libbcc maps LLVM, so a child looks; its answer is a line in a pipe. */
static void check_libbcc(struct check *check)
{
	char answer[256] = "", advice[128];
	struct libbcc libbcc;
	const char *problem;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) || (pid = fork()) < 0) {
		say(check, FAIL, "libbcc", "%s", strerror(errno));
		return;
	}
	if (!pid) {
		problem = libbcc_open(&libbcc);
		dprintf(fds[1], "%c%s", problem ? '-' : '+',
			problem ? problem : libbcc.version);
		_exit(0);
	}
	close(fds[1]);
	if (read(fds[0], answer, sizeof(answer) - 1) < 1)
		strcpy(answer, "-it can't be loaded");
	close(fds[0]);
	waitpid(pid, NULL, 0);
	host_libbcc_advice(advice, sizeof(advice));
	if (answer[0] == '+')
		say(check, OK, "libbcc", "%s", answer + 1);
	else
		say(check, FAIL, "libbcc", "%s; %s", answer + 1, advice);
}

static void check_kprobes(struct check *check)
{
	if (!host_has_kprobes(&check->tracefs))
		say(check, FAIL, "kprobes", "this kernel has none "
		    "(CONFIG_KPROBES, CONFIG_KPROBE_EVENTS); use another "
		    "kernel");
	else
		say(check, OK, "kprobes", "this kernel has them");
	if (host_lacks_function(FUNCTION))
		say(check, FAIL, FUNCTION, "/proc/kallsyms has no such "
		    "function; use another kernel");
	else
		say(check, OK, FUNCTION, "can be found");
}

static void check_lockdown(struct check *check)
{
	if (host_is_locked_down())
		say(check, FAIL, "lockdown", "confidentiality, which forbids "
		    "probes; boot without it");
	else
		say(check, OK, "lockdown", "none that forbids probes");
}

static void check_pipe(struct check *check)
{
	bool has_event = !faccessat(check->tracefs.dir_fd, EVENT "/enable",
				    F_OK, 0);
	char holder[128];

	check->global_pipe |= !has_event;
	if (!check->global_pipe) {
		say(check, OK, "pipe", "an instance of our own, for the event "
		    "bpf_trace_printk");
		return;
	}
	if (file_holder_find(check->tracefs.dir_fd, "trace_pipe", holder,
			     sizeof(holder)))
		say(check, FAIL, "pipe", "the global trace_pipe is in use by "
		    "%s; end that first", holder);
	else
		say(check, OK, "pipe", "the global trace_pipe, which nobody "
		    "reads");
}

static void check_switches(struct check *check)
{
	static const enum grade grades[] = {
		[SWITCH_RIGHT] = OK, [SWITCH_CHANGED] = FAIL,
		[SWITCH_UNREADABLE] = WARN,
	};
	char debugfs[256], text[1024];
	struct switches_places places = {
		.proc_sys = "/proc/sys",
		.debugfs = host_find_debugfs(debugfs, sizeof(debugfs)) ?
			   debugfs : NULL,
		.trace = check->global_pipe ? check->tracefs.path : NULL,
	};
	struct switches switches;

	switches_open(&switches, &places);
	for (size_t i = 0; i < switches_count(); i++) {
		enum switch_verdict verdict;

		verdict = switches_ask(&switches, i, text, sizeof(text));
		if (verdict != SWITCH_ABSENT)
			say(check, grades[verdict], switches_name(i), "%s",
			    text);
	}
	switches_close(&switches);
	if (!check->global_pipe)
		say(check, OK, "tracing_on", "does not matter: our instance "
		    "has its own");
}

static void check_host(struct check *check)
{
	check_capabilities(check);
	check_libbcc(check);
	check_lockdown(check);
	if (tracefs_open(&check->tracefs)) {
		say(check, FAIL, "tracefs", "can't be opened; mount -t tracefs "
		    "tracefs /sys/kernel/tracing, as root");
		say(check, WARN, "kprobes", "not examined, for want of "
		    "tracefs");
		return;
	}
	say(check, OK, "tracefs", "%s", check->tracefs.path);
	check_kprobes(check);
	check_pipe(check);
	check_switches(check);
	tracefs_close(&check->tracefs);
}

/* A port that is ours, so that nobody can be listening on it. */
static int take_closed_port(struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(*address);

	*address = (struct sockaddr_in){ .sin_family = AF_INET };
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd >= 0 && !bind(fd, (struct sockaddr *)address, size) &&
	    !getsockname(fd, (struct sockaddr *)address, &size))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static pid_t start_tracer(const struct options *options, int out_fd)
{
	char pid_text[16], seconds[16], maxactive[16], headers[PATH_MAX + 32];
	const char *arguments[12] = {
		"tcpv4connect", "-p", pid_text, "--max-events", "1",
		"--duration", seconds, "--maxactive", maxactive,
	};
	size_t count = 9;
	sigset_t none;
	pid_t pid;

	snprintf(pid_text, sizeof(pid_text), "%d", getpid());
	snprintf(seconds, sizeof(seconds), "%d", PROOF_SECONDS);
	snprintf(maxactive, sizeof(maxactive), "%u", options->maxactive);
	snprintf(headers, sizeof(headers), "--kernel-headers%s%s",
		 options->kernel_headers_dir ? "=" : "",
		 options->kernel_headers_dir ? options->kernel_headers_dir :
					       "");
	if (options->global_pipe)
		arguments[count++] = "--global-pipe";
	if (options->kernel_headers)
		arguments[count++] = headers;
	pid = fork();
	if (!pid) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		dup2(out_fd, STDOUT_FILENO);
		execv("/proc/self/exe", (char *const *)arguments);
		_exit(127);
	}
	return pid;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* The next line within the time limit. False: none came. */
static bool read_line(int fd, char *line, size_t size)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	size_t length = 0;

	while (length < size - 1 &&
	       poll(&pollfd, 1, PROOF_SECONDS * 1000) > 0 &&
	       read(fd, line + length, 1) == 1) {
		if (line[length] == '\n') {
			line[length] = '\0';
			return true;
		}
		length++;
	}
	return false;
}

static bool is_our_row(const char *line, const struct sockaddr_in *to)
{
	char pid[32], comm[32], saddr[32], daddr[32], port[32];

	return sscanf(line, "%31s %31s %31s %31s %31s", pid, comm, saddr, daddr,
		      port) == 5 &&
	       strtol(pid, NULL, 10) == getpid() &&
	       strtol(port, NULL, 10) == ntohs(to->sin_port) &&
	       !strcmp(saddr, "127.0.0.1") && !strcmp(daddr, "127.0.0.1");
}

static void watch_tracer(struct check *check, int fd,
			 const struct sockaddr_in *to)
{
	double start = seconds_now(), ready;
	char line[256];
	int socket_fd;

	if (!read_line(fd, line, sizeof(line))) {
		say(check, FAIL, "proof", "the tracer did not start");
		return;
	}
	ready = seconds_now() - start;
	socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (socket_fd >= 0) {
		/* Refused, it is an attempt as well. */
		(void)connect(socket_fd, (const struct sockaddr *)to,
			      sizeof(*to));
		close(socket_fd);
	}
	if (read_line(fd, line, sizeof(line)) && is_our_row(line, to))
		say(check, OK, "proof", "a connect to 127.0.0.1:%d of our own "
		    "was seen; ready after %.2f s", ntohs(to->sin_port),
		    ready);
	else
		say(check, FAIL, "proof", "a connect to 127.0.0.1:%d of our "
		    "own was not seen", ntohs(to->sin_port));
}

static void prove(struct check *check, const struct options *options)
{
	struct sockaddr_in to;
	int port_fd = take_closed_port(&to), fds[2];
	pid_t tracer;

	if (port_fd < 0 || pipe2(fds, O_CLOEXEC)) {
		say(check, FAIL, "proof", "no port of our own: %s",
		    strerror(errno));
		return;
	}
	tracer = start_tracer(options, fds[1]);
	close(fds[1]);
	if (tracer > 0) {
		watch_tracer(check, fds[0], &to);
		kill(tracer, SIGTERM);
		waitpid(tracer, NULL, 0);
	}
	close(fds[0]);
	close(port_fd);
}

int check_run(const struct options *options, FILE *out)
{
	struct check check = {
		.out = out, .global_pipe = options->global_pipe,
		.tracefs = { .dir_fd = -1 },
	};

	check_host(&check);
	if (check.failed)
		say(&check, FAIL, "proof", "not tried");
	else
		prove(&check, options);
	return check.failed ? -1 : 0;
}
