/*
 * parts.c - the program's probes with a part of what they do, to see what
 * each part costs.
 *
 *   parts PART
 *
 * Compiles, loads and attaches through the program's own probe.c, opens the
 * gate, and waits for SIGINT. PART is
 *
 *   empty	two probes that return at once
 *   uid	the same, but for a call that asks for the user's id
 *   lookup	the same, but for a search for the cgroup's id in a hash
 *   silent	the program's text, but without its call of bpf_trace_printk:
 *		filters, maps, and reading the socket
 *   message	the program's text; where the message goes, and whether anywhere
 *		at all, the caller decides by the event bpf_trace_printk
 *   instance	the same, and a trace instance with our filter, which no process
 *		reads
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach/loader.h"
#include "attach/probe.h"
#include "attach/program.h"
#include "attach/program_host.h"
#include "options.h"
#include "read/trace_instance.h"
#include "system/requirement.h"
#include "system/stop_signal.h"
#include "system/tracefs.h"

#define RUN "be7c4000"
#define TAG "tcpv4connect:" RUN

/* The maps are what loader.c wants to have. */
#define TEXT(before, entry)						\
	"#include <uapi/linux/ptrace.h>\n"				\
	"BPF_HASH(attempts, u32, u64, 16);\n"				\
	"BPF_ARRAY(ledger, u64, 1);\n"					\
	"BPF_ARRAY(gate, u64, 1);\n"					\
	before								\
	"int trace_connect_entry(struct pt_regs *ctx)\n"		\
	"{ " entry " return 0; }\n"					\
	"int trace_connect_return(struct pt_regs *ctx) { return 0; }\n"

/* Those that are no part of the program's text. */
static const struct {
	const char *part, *text;
} texts[] = {
	{ "empty", TEXT("", "") },
	{ "uid", TEXT("", "bpf_get_current_uid_gid();") },
	{ "lookup", TEXT("BPF_HASH(groups, u64, u64, 16);\n"
			 "static u64 (*cgroup_id)(void) = (void *)80;\n",
			 "u64 id = cgroup_id(); groups.lookup(&id);") },
};

/* What the program does without any option. */
static int default_options(struct options *options)
{
	char *arguments[] = { "parts", NULL };

	return options_parse(options, 1, arguments, stdout, stderr) ==
	       ARGPARSE_RUN ? 0 : -1;
}

/* The text of a PART, to be freed; NULL where there is no such part. */
static char *text_of(const char *part, const struct options *options)
{
	struct program_host host;
	char *text, *silent;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!strcmp(part, texts[i].part))
			return strdup(texts[i].text);
	if (strcmp(part, "silent") && strcmp(part, "message") &&
	    strcmp(part, "instance"))
		return NULL;
	program_host_init(&host);
	text = program_text(&options->filter, false, false, TAG, &host);
	if (!text || strcmp(part, "silent"))
		return text;
	if (asprintf(&silent, "#define bpf_trace_printk(...) 0\n%s", text) < 0)
		silent = NULL;
	free(text);
	return silent;
}

static int attach(struct probe *probe, const char *text,
		  const struct options *options, const struct tracefs *tracefs,
		  int stop_fd)
{
	const struct loader_job job = { .text = text, .run = RUN };

	if (probe_start(probe, &job, tracefs) ||
	    probe_attach(probe, options->maxactive, stop_fd) != PROBE_ATTACHED)
		return -1;
	return probe_open(probe);
}

static int run(const char *part, const char *text,
	       const struct options *options)
{
	struct trace_instance instance = TRACE_INSTANCE_NONE;
	struct pollfd stop = { .fd = stop_signal_open(), .events = POLLIN };
	struct probe probe = PROBE_NONE;
	struct tracefs tracefs = { .dir_fd = -1 };
	int result = 0;

	if (stop.fd < 0 || requirement_meet(&tracefs))
		return -1;
	if (!strcmp(part, "instance"))
		result = trace_instance_create(&instance, &tracefs, TAG, false,
					       true);
	if (!result)
		result = attach(&probe, text, options, &tracefs, stop.fd);
	while (!result && poll(&stop, 1, -1) < 1)
		;
	probe_detach(&probe);
	trace_instance_destroy(&instance);
	tracefs_close(&tracefs);
	close(stop.fd);
	return result;
}

int main(int argc, char **argv)
{
	struct options options;
	char *text = NULL;
	int status;

	if (argc == 2 && !default_options(&options))
		text = text_of(argv[1], &options);
	if (!text) {
		fprintf(stderr,
			"usage: parts empty|uid|lookup|silent|message|"
			"instance\n");
		return 2;
	}
	status = run(argv[1], text, &options) ? EXIT_FAILURE : EXIT_SUCCESS;
	free(text);
	return status;
}
