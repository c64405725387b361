/*
 * check.c - examines the host and changes nothing; the proof is a run of the
 * program, in a child.
 */
#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach/libbcc.h"
#include "options.h"
#include "read/settings.h"
#include "read/trace_instance.h"
#include "session.h"
#include "system/clock.h"
#include "system/escape.h"
#include "system/host.h"
#include "system/requirement.h"
#include "system/tracefs.h"

#define PROOF_SECONDS 120

struct check {
	bool global_pipe;	/* it will be read, asked for or not */
	bool failed;
	struct tracefs tracefs;
};

enum grade { OK, WARN, FAIL };

__attribute__((format(printf, 4, 5)))
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
	printf("%-5s %-21s ", words[grade], what);
	/* It may hold the names of files and of processes. */
	escape_print(stdout, text, strlen(text));
	putchar('\n');
	/* main looks at stdout in the end. */
	(void)fflush(stdout);
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

/* A child whose stdout is read from *out. In the child 0; -1 with errno. */
static pid_t fork_writer(FILE **out)
{
	pid_t pid = -1;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	*out = fdopen(fds[0], "r");
	if (*out)
		pid = fork();
	if (!pid)
		dup2(fds[1], STDOUT_FILENO);
	close(fds[1]);
	if (*out && pid <= 0)
		fclose(*out);
	return pid;
}

/* In a child: it maps LLVM, and a broken one may abort. */
static void check_libbcc(struct check *check)
{
	char answer[256];
	struct libbcc libbcc;
	const char *problem;
	FILE *out;
	pid_t pid = fork_writer(&out);

	if (pid < 0) {
		say(check, WARN, "libbcc", "not examined: %s",
		    strerror(errno));
		return;
	}
	if (!pid) {
		problem = libbcc_open(&libbcc);
		dprintf(STDOUT_FILENO, "%c%s", problem ? '-' : '+',
			problem ? problem : libbcc.version);
		_exit(0);
	}
	if (!fgets(answer, sizeof(answer), out))
		strcpy(answer, "-it can't be loaded");
	fclose(out);
	waitpid(pid, NULL, 0);
	if (answer[0] == '+')
		say(check, OK, "libbcc", "%s", answer + 1);
	else
		say(check, FAIL, "libbcc", "%s; %s", answer + 1,
		    host_libbcc_advice());
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
		say(check, OK, "pipe", "the global trace_pipe, which has no "
		    "reader");
}

static void check_settings(struct check *check)
{
	static const enum grade grades[] = {
		[SETTING_RIGHT] = OK, [SETTING_CHANGED] = FAIL,
		[SETTING_UNREADABLE] = WARN,
	};
	const char *trace = check->global_pipe ? check->tracefs.path : "";
	struct settings settings;
	char text[1024];

	settings_open(&settings, trace, "", NULL, NULL);
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

/* A socket with a port of its own, which has no listener. */
static int take_port(struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
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

/* It ends by itself, so its rows can be waited for. */
static int trace_port(const struct options *options, unsigned port)
{
	const struct options tracing = {
		.filter.ports = { .values = { port }, .count = 1 },
		.duration = PROOF_SECONDS, .maxactive = options->maxactive,
		.global_pipe = options->global_pipe,
		.kernel_headers = options->kernel_headers,
	};

	return session_run(&tracing) ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* DADDR and DPORT end the row; the name before them may be anything. */
static bool has_row(FILE *rows, unsigned port)
{
	char line[256], end[64];

	snprintf(end, sizeof(end), " %-16s %-4u\n", "127.0.0.1", port);
	while (fgets(line, sizeof(line), rows))
		if (strstr(line, end))
			return true;
	return false;
}

/* A connect that fails is an attempt as well. */
static void watch_tracer(struct check *check, FILE *rows, int fd,
			 const struct sockaddr_in *port_of)
{
	unsigned port = ntohs(port_of->sin_port);
	struct clock clock;
	uint64_t start, ready;
	char header[256];
	int error = 0;

	clock_init(&clock, true);
	start = clock_now(&clock);
	if (!fgets(header, sizeof(header), rows)) {
		say(check, FAIL, "proof", "the tracer did not start");
		return;
	}
	ready = clock_now(&clock) - start;
	if (connect(fd, (const struct sockaddr *)port_of, sizeof(*port_of)))
		error = errno;
	if (has_row(rows, port))
		say(check, OK, "proof", "a connect to 127.0.0.1:%u of our own "
		    "was seen; ready after %.2f s", port, ready / 1e6);
	else if (error == EPERM || error == EACCES)
		say(check, WARN, "proof", "not tried: this process may not "
		    "connect to 127.0.0.1:%u: %s", port, strerror(error));
	else
		say(check, FAIL, "proof", "a connect to 127.0.0.1:%u of our "
		    "own was not seen", port);
}

static void prove(struct check *check, const struct options *options)
{
	struct sockaddr_in port;
	int fd = take_port(&port);
	FILE *rows;
	pid_t tracer;

	if (fd < 0) {
		say(check, WARN, "proof", "not tried: no port of 127.0.0.1 "
		    "can be had here: %s", strerror(errno));
		return;
	}
	tracer = fork_writer(&rows);
	if (!tracer)
		_exit(trace_port(options, ntohs(port.sin_port)));
	if (tracer < 0) {
		say(check, WARN, "proof", "not tried: %s", strerror(errno));
	} else {
		watch_tracer(check, rows, fd, &port);
		kill(tracer, SIGTERM);
		fclose(rows);
		waitpid(tracer, NULL, 0);
	}
	close(fd);
}

int check_run(const struct options *options)
{
	struct check check = {
		.global_pipe = options->global_pipe,
		.tracefs = { .dir_fd = -1 },
	};

	check_host(&check);
	if (check.failed)
		say(&check, WARN, "proof", "not tried, since a line above says "
		    "FAIL");
	else
		prove(&check, options);
	return check.failed ? -1 : 0;
}
