/*
 * check.c - examines the host and changes nothing; the proof is a run of the
 * program, in a child.
 */
#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
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

#include "attach/libbcc.h"
#include "options.h"
#include "read/settings.h"
#include "read/trace_instance.h"
#include "system/escape.h"
#include "system/host.h"
#include "system/requirement.h"
#include "system/tracefs.h"

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
	/* What is too long for it is cut. */
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fprintf(check->out, "%-5s %-21s ", words[grade], what);
	/* It may hold the names of files and of processes. */
	escape_print(check->out, text, strlen(text));
	putc('\n', check->out);
	/* main looks at stdout in the end. */
	(void)fflush(check->out);
	check->failed |= grade == FAIL;
}

static bool ask(struct check *check, enum requirement which)
{
	char text[1024];
	bool is_met = requirement_is_met(which, &check->tracefs, text,
					 sizeof(text));

	say(check, is_met ? OK : FAIL, requirement_name(which), "%s", text);
	return is_met;
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
		say(check, WARN, "libbcc", "not examined: %s",
		    strerror(errno));
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

static void check_pipe(struct check *check)
{
	char holder[128];

	check->global_pipe |= !trace_instance_is_possible(&check->tracefs);
	if (!check->global_pipe) {
		say(check, OK, "pipe", "an instance of our own, for the event "
		    "bpf_trace_printk");
		return;
	}
	if (host_file_holder(check->tracefs.dir_fd, "trace_pipe", holder,
			     sizeof(holder)))
		say(check, FAIL, "pipe", "the global trace_pipe is in use by "
		    "%s; end that first", holder);
	else
		say(check, OK, "pipe", "the global trace_pipe, which nobody "
		    "reads");
}

static void check_settings(struct check *check)
{
	static const enum grade grades[] = {
		[SETTING_RIGHT] = OK, [SETTING_CHANGED] = FAIL,
		[SETTING_UNREADABLE] = WARN,
	};
	char debugfs[256], text[1024];
	struct settings_places places = {
		.proc_sys = "/proc/sys",
		.debugfs = tracefs_find_mount("debugfs", 0, debugfs,
					      sizeof(debugfs)) ?
			   debugfs : NULL,
		.trace = check->global_pipe ? check->tracefs.path : NULL,
	};
	struct settings settings;

	settings_open(&settings, &places);
	for (size_t i = 0; i < SETTINGS_COUNT; i++) {
		enum setting_verdict verdict;

		verdict = settings_ask(&settings, i, text, sizeof(text));
		if (verdict != SETTING_ABSENT)
			say(check, grades[verdict], settings_name(i), "%s",
			    text);
	}
	settings_close(&settings);
	if (!check->global_pipe)
		say(check, OK, "tracing_on", "does not matter: our instance "
		    "has its own");
}

static void check_host(struct check *check)
{
	(void)ask(check, REQUIREMENT_CAPABILITIES);
	check_libbcc(check);
	(void)ask(check, REQUIREMENT_LOCKDOWN);
	if (!ask(check, REQUIREMENT_TRACEFS)) {
		say(check, WARN, "kprobes", "not examined, for want of "
		    "tracefs");
		return;
	}
	(void)ask(check, REQUIREMENT_KPROBES);
	(void)ask(check, REQUIREMENT_FUNCTION);
	check_pipe(check);
	check_settings(check);
	tracefs_close(&check->tracefs);
}

/* A port that is ours, so that it has no listener. */
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

/* With its rows in a pipe, of which fds[0] is read here. */
static pid_t start_tracer(const struct options *options, check_tracer *trace,
			  unsigned port, const int fds[2])
{
	const struct options tracing = {
		.filter.ports = { .values = { port }, .count = 1 },
		.duration = PROOF_SECONDS, .maxactive = options->maxactive,
		.global_pipe = options->global_pipe,
		.kernel_headers = options->kernel_headers,
	};
	pid_t pid = fork();

	if (pid)
		return pid;
	dup2(fds[1], STDOUT_FILENO);
	close(fds[0]);
	close(fds[1]);
	_exit(trace(&tracing) ? EXIT_FAILURE : EXIT_SUCCESS);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* The next line, up to a time limit. False: none came, or the pipe ended. */
static bool read_line(int fd, double end, char *line, size_t size)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	size_t length = 0;
	double left;

	while (length < size - 1 && (left = end - seconds_now()) > 0 &&
	       poll(&pollfd, 1, (int)(left * 1000) + 1) > 0 &&
	       read(fd, line + length, 1) == 1) {
		if (line[length] == '\n') {
			line[length] = '\0';
			return true;
		}
		length++;
	}
	return false;
}

/* DADDR and DPORT end the row; the name before them may be anything. */
static bool is_our_row(const char *line, unsigned port)
{
	char end[64];
	int length = snprintf(end, sizeof(end), " %-16s %-4u", "127.0.0.1",
			      port);
	size_t whole = strlen(line);

	return whole >= (size_t)length &&
	       !strcmp(line + whole - length, end);
}

/* Refused by the other side it is an attempt as well. Returns its errno. */
static int make_attempt(const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		error = errno;
	if (fd >= 0)
		close(fd);
	return error;
}

static void watch_tracer(struct check *check, int fd,
			 const struct sockaddr_in *to)
{
	double start = seconds_now(), end = start + PROOF_SECONDS, ready;
	unsigned port = ntohs(to->sin_port);
	char line[256];
	bool is_seen;
	int error;

	if (!read_line(fd, end, line, sizeof(line))) {
		say(check, FAIL, "proof", "the tracer did not start");
		return;
	}
	ready = seconds_now() - start;
	error = make_attempt(to);
	do {
		is_seen = read_line(fd, end, line, sizeof(line));
	} while (is_seen && !is_our_row(line, port));
	if (is_seen)
		say(check, OK, "proof", "a connect to 127.0.0.1:%u of our own "
		    "was seen; ready after %.2f s", port, ready);
	else if (error == EPERM || error == EACCES)
		say(check, WARN, "proof", "not tried: this process may not "
		    "connect to 127.0.0.1:%u: %s", port, strerror(error));
	else
		say(check, FAIL, "proof", "a connect to 127.0.0.1:%u of our "
		    "own was not seen", port);
}

static void prove(struct check *check, const struct options *options,
		  check_tracer *trace)
{
	struct sockaddr_in to;
	int port_fd = take_closed_port(&to), fds[2];
	pid_t tracer;

	if (port_fd < 0) {
		say(check, WARN, "proof", "not tried: no port of 127.0.0.1 "
		    "can be had here: %s", strerror(errno));
		return;
	}
	if (pipe2(fds, O_CLOEXEC)) {
		say(check, WARN, "proof", "not tried: %s", strerror(errno));
		close(port_fd);
		return;
	}
	tracer = start_tracer(options, trace, ntohs(to.sin_port), fds);
	if (tracer < 0)
		say(check, WARN, "proof", "not tried: %s", strerror(errno));
	close(fds[1]);
	if (tracer > 0) {
		watch_tracer(check, fds[0], &to);
		kill(tracer, SIGTERM);
		waitpid(tracer, NULL, 0);
	}
	close(fds[0]);
	close(port_fd);
}

int check_run(const struct options *options, check_tracer *trace, FILE *out)
{
	struct check check = {
		.out = out, .global_pipe = options->global_pipe,
		.tracefs = { .dir_fd = -1 },
	};

	check_host(&check);
	if (check.failed)
		say(&check, WARN, "proof", "not tried, since a line above says "
		    "FAIL");
	else
		prove(&check, options, trace);
	return check.failed ? -1 : 0;
}
