/*
 * parts.c - the program's probes with a part of what they do, to see what
 * each part costs.
 *
 *   parts PART
 *
 * Compiles, loads and attaches, through the program's own compiler.c and with
 * its own way of attaching, and waits for SIGINT. PART is
 *
 *   empty	two probes that return at once
 *   silent	the program's text, but without its call of bpf_trace_printk:
 *		filters, maps, and reading the socket
 *   message	the program's text; where the message goes, and whether anywhere
 *		at all, the caller decides by the event bpf_trace_printk
 *   instance	the same, and a trace instance with our filter, which nobody
 *		reads
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compiler.h"
#include "kprobe_events.h"
#include "options.h"
#include "program.h"
#include "trace_instance.h"
#include "tracefs.h"

#define RUN "be7c4000"
#define TAG "tcpv4connect:" RUN
#define MAXACTIVE 4096		/* what the program asks for by default */

/* The maps are what compiler.c wants to have. */
static const char empty_text[] =
	"#include <uapi/linux/ptrace.h>\n"
	"BPF_HASH(currsock, u32, u64, 16);\n"
	"BPF_ARRAY(ledger, u64, 1);\n"
	"int trace_connect_entry(struct pt_regs *ctx) { return 0; }\n"
	"int trace_connect_return(struct pt_regs *ctx) { return 0; }\n";

static int fail(const char *what)
{
	fprintf(stderr, "parts: cannot %s: %s\n", what, strerror(errno));
	return -1;
}

/* The text of a PART, to be freed; NULL where there is no such part. */
static char *text_of(const char *part)
{
	static const struct program_host host = {
		.cgroup_map_fd = -1, .mntns_map_fd = -1,
	};
	char *arguments[] = { "parts", NULL }, *text, *silent;
	struct options options;

	if (!strcmp(part, "empty"))
		return strdup(empty_text);
	if (options_parse(&options, 1, arguments, stdout, stderr) !=
	    OPTIONS_RUN)
		return NULL;
	if (strcmp(part, "silent") && strcmp(part, "message") &&
	    strcmp(part, "instance"))
		return NULL;
	text = program_text(&options, TAG, &host);
	if (!text || strcmp(part, "silent"))
		return text;
	if (asprintf(&silent, "#define bpf_trace_printk(...) 0\n%s", text) < 0)
		silent = NULL;
	free(text);
	return silent;
}

static int compile(const struct compiler_job *job, int log_fd,
		   struct compiler_result *result, int *fds)
{
	int sockets[2], status;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return fail("make a socket");
	child = fork();
	if (child < 0)
		return fail("fork");
	if (!child) {
		compiler_run(job, sockets[1], log_fd);
		_exit(0);
	}
	close(sockets[1]);
	compiler_allow(sockets[0]);
	status = compiler_receive(sockets[0], result, fds);
	close(sockets[0]);
	waitpid(child, NULL, 0);
	return status;
}

static int attach(const char *text, const struct tracefs *tracefs, int *fds)
{
	const struct compiler_job job = {
		.text = text, .run = RUN, .tracefs = tracefs,
		.maxactive = MAXACTIVE,
	};
	int log_fd = memfd_create("log", MFD_CLOEXEC);
	struct compiler_result result;
	char log[4096];
	ssize_t length;

	if (compile(&job, log_fd, &result, fds))
		return fail("hear of the compiler");
	if (result.stage == COMPILER_DONE)
		return 0;
	fprintf(stderr, "parts: stage %d: %s (%s)\n", result.stage,
		result.reason, strerror(result.error));
	length = pread(log_fd, log, sizeof(log), 0);
	if (length > 0)
		fwrite(log, 1, length, stderr);
	return -1;
}

/* Only a closed probe's name can be removed. */
static void detach(const struct tracefs *tracefs, const int *fds)
{
	for (int i = 0; i < COMPILER_FDS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	kprobe_events_remove(tracefs, "tcpv4connect_" RUN "_");
}

static int run(const char *part, const char *text)
{
	struct trace_instance instance = TRACE_INSTANCE_NONE;
	int fds[COMPILER_FDS], signal_number;
	struct tracefs tracefs;
	sigset_t end;

	sigemptyset(&end);
	sigaddset(&end, SIGINT);
	sigprocmask(SIG_BLOCK, &end, NULL);
	if (tracefs_open(&tracefs))
		return -1;
	if (!strcmp(part, "instance") &&
	    trace_instance_create(&instance, &tracefs, TAG, false,
				  true))
		return -1;
	if (attach(text, &tracefs, fds)) {
		trace_instance_destroy(&instance);
		return -1;
	}
	sigwait(&end, &signal_number);
	detach(&tracefs, fds);
	trace_instance_destroy(&instance);
	tracefs_close(&tracefs);
	return 0;
}

int main(int argc, char **argv)
{
	char *text = argc == 2 ? text_of(argv[1]) : NULL;
	int status;

	if (!text) {
		fprintf(stderr,
			"usage: parts empty|silent|message|instance\n");
		return 2;
	}
	status = run(argv[1], text) ? EXIT_FAILURE : EXIT_SUCCESS;
	free(text);
	return status;
}
