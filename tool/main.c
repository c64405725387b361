/*
 * main.c - wires the modules, in the order in which a connect travels: text,
 * pipe, probes, rows; and takes everything down again. The only file that
 * chooses the exit status: 0 it ended normally, 1 it failed, 2 usage.
 */
#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "attach/loader.h"
#include "attach/probe.h"
#include "attach/program.h"
#include "attach/program_host.h"
#include "check.h"
#include "follow.h"
#include "ledger.h"
#include "options.h"
#include "read/switches.h"
#include "read/trace_instance.h"
#include "read/trace_line.h"
#include "replay.h"
#include "show/output.h"
#include "show/rows.h"
#include "system/confine.h"
#include "system/fd.h"
#include "system/host.h"
#include "system/report.h"
#include "system/stop_signal.h"
#include "system/tracefs.h"

#define EXIT_USAGE 2
#define RETURNS_WAIT_MS 100	/* for calls under way; they take far less */

/* What a run holds, in the order in which it is acquired. */
struct run {
	const struct options *options;
	char tag[TRACE_LINE_TAG_LENGTH + 1];
	char *text;
	struct program_host host;
	int stop_fd;
	struct output output;
	struct rows rows;
	struct tracefs tracefs;
	struct trace_instance instance;
	struct probe probe;
	struct ledger ledger;
	struct switches switches;
	struct follow follow;
};

/* The eight digits of the tag, which name what we make in the kernel. */
static const char *run_name(const struct run *run)
{
	return run->tag + strlen(TRACE_LINE_TAG_NAME);
}

static int choose_tag(struct run *run)
{
	unsigned number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return report_error("cannot get a random number: %s",
				    strerror(errno));
	snprintf(run->tag, sizeof(run->tag), TRACE_LINE_TAG_NAME "%08x",
		 number);
	return 0;
}

static int acquire_output(struct run *run)
{
	run->stop_fd = stop_signal_open();
	if (run->stop_fd < 0 ||
	    output_open(&run->output, STDOUT_FILENO, run->stop_fd))
		return -1;
	return rows_open(&run->rows, &run->options->show, &run->output);
}

/* Does anything that is printed come from before the message? */
static bool needs_frame(const struct options *options)
{
	return options->show.columns.timestamp || options->show.columns.wall_time || options->show.json ||
	       options->show.raw || options->show.write_file;
}

/*
 * The loader takes longest, so it begins before the pipe is made. With -c
 * nothing comes through a pipe.
 */
static int acquire_pipe(struct run *run)
{
	const struct options *options = run->options;
	const struct loader_job job = {
		.text = run->text, .run = run_name(run),
		.kernel_headers = options->kernel_headers,
		.kernel_headers_dir = options->kernel_headers_dir,
		.source_lines = options->verbose,
	};

	if (probe_check_rights() || tracefs_open(&run->tracefs) ||
	    probe_check_host(&run->tracefs) ||
	    probe_start(&run->probe, &job, options->maxactive, &run->tracefs))
		return -1;
	if (run->options->show.count)
		return 0;
	return trace_instance_create(&run->instance, &run->tracefs, run->tag,
				     run->options->global_pipe,
				     needs_frame(run->options));
}

static int acquire_text(struct run *run)
{
	if (program_host_open(&run->host, &run->options->filter))
		return -1;
	run->text = program_text(&run->options->filter, run->options->show.count,
				 run->tag, &run->host);
	return run->text ? 0 : -1;
}

static void say_attached(const struct run *run)
{
	const char *file = run->options->show.count ? "" : "/trace_pipe";
	char path[SWITCHES_PATH] = "no pipe";
	int maxactive = run->probe.ret.maxactive;

	if (!run->options->show.count)
		trace_instance_path(&run->instance, path, sizeof(path));
	report_note("libbcc %s; kprobe and kretprobe on tcp_v4_connect, "
		    "maxactive %d%s; reading %s%s",
		    run->probe.libbcc_version[0] ? run->probe.libbcc_version :
						   "of an unknown version",
		    maxactive, maxactive ? "" : " (the kernel's default)",
		    path, file);
}

/* With -c nothing comes through the trace, and only the probes matter. */
static void open_switches(struct run *run)
{
	char debugfs[256], path[SWITCHES_PATH], filter[SWITCHES_TEXT];
	struct switches_places places = { .proc_sys = "/proc/sys" };

	if (host_find_mount("debugfs", debugfs, sizeof(debugfs)))
		places.debugfs = debugfs;
	if (!run->options->show.count) {
		trace_instance_path(&run->instance, path, sizeof(path));
		places.trace = path;
	}
	snprintf(filter, sizeof(filter), TRACE_INSTANCE_FILTER_FORMAT,
		 run->tag);
	if (run->instance.is_private)
		places.filter = filter;
	switches_open(&run->switches, &places);
}

static bool has_filter(const struct filter *filter)
{
	return filter->pids.count || filter->ports.count || filter->has_uid ||
	       filter->cgroup_map || filter->mntns_map || filter->failed;
}

static int prepare_follow(struct run *run)
{
	const struct options *options = run->options;

	ledger_init(&run->ledger, &run->probe, has_filter(&options->filter),
		    run->instance.is_private, options->show.count);
	run->rows.sums_fd = run->probe.sums_fd;
	run->follow = (struct follow){
		.pipe_fd = run->instance.pipe_fd, .stop_fd = run->stop_fd,
		.attempts_fd = run->probe.attempts_fd, .tag = run->tag,
		.rows = &run->rows, .output = &run->output,
		.ledger = &run->ledger, .switches = &run->switches,
		.duration = options->duration,
	};
	return follow_init(&run->follow);
}

/*
 * Calls that have begun are to end in a row with everything in it, so the
 * return probe stays until none is in progress.
 */
static void shut(struct run *run)
{
	probe_shut(&run->probe);
	ledger_shut(&run->ledger);
	kprobe_disable(&run->probe.entry);
	for (int ms = 0; ms < RETURNS_WAIT_MS &&
	     ledger_in_progress(&run->ledger); ms += 5)
		usleep(5000);
	kprobe_disable(&run->probe.ret);
}

/* After a failure nothing more is read. The account is printed all the same. */
static enum follow_verdict finish(struct run *run, enum follow_verdict verdict)
{
	shut(run);
	if (verdict == FOLLOW_STOPPED)
		verdict = follow_drain(&run->follow);
	if (verdict == FOLLOW_FAILED || verdict == FOLLOW_CLOSED)
		ledger_give_up(&run->ledger);
	switches_end(&run->switches);
	ledger_set_unwritten(&run->ledger, output_rows_lost(&run->output));
	if (run->options->show.count)
		ledger_set_counted(&run->ledger, run->rows.shown);
	if (verdict == FOLLOW_STOPPED || verdict == FOLLOW_FAILED ||
	    (verdict == FOLLOW_CLOSED && run->options->verbose))
		ledger_close(&run->ledger, run->options->verbose);
	return verdict;
}

/* What else is in the pipe was not asked for; it is not lost. */
static void say_complete(struct run *run)
{
	ledger_watch(&run->ledger);
	if (run->options->verbose)
		report_note("%" PRIu64 " rows, as many as were asked for",
			    run->rows.shown);
}

static int trace(struct run *run)
{
	enum follow_verdict verdict;

	if (prepare_follow(run))
		return -1;
	open_switches(run);
	if (probe_open(&run->probe))
		return -1;
	if (run->options->verbose)
		say_attached(run);
	confine_enter(CONFINE_TRACE, run->instance.instances_fd,
		      run->options->verbose);
	rows_begin(&run->rows);
	verdict = finish(run, follow_run(&run->follow));
	if (verdict == FOLLOW_COMPLETE)
		say_complete(run);
	follow_free(&run->follow);
	return verdict == FOLLOW_FAILED ? -1 : 0;
}

static void release(struct run *run)
{
	probe_detach(&run->probe);
	switches_close(&run->switches);
	trace_instance_destroy(&run->instance);
	tracefs_close(&run->tracefs);
	output_close(&run->output);
	fd_close(&run->stop_fd);
	program_host_close(&run->host);
	free(run->text);
}

static int attach_and_trace(struct run *run)
{
	if (acquire_pipe(run))
		return -1;
	switch (probe_attach(&run->probe, run->stop_fd)) {
	case PROBE_ATTACHED:
		return trace(run);
	case PROBE_STOPPED:
		return 0;
	case PROBE_FAILED:
		break;
	}
	return -1;
}

/* The program's text on stdout; what only a host can say stays open. */
static int print_text(struct run *run)
{
	run->text = program_text(&run->options->filter, run->options->show.count,
				 run->tag, &run->host);
	return run->text && fputs(run->text, stdout) >= 0 ? 0 : -1;
}

static int run_tool(const struct options *options)
{
	struct run run = {
		.options = options, .stop_fd = -1, .tracefs = { .dir_fd = -1 },
		.output = OUTPUT_NONE, .instance = TRACE_INSTANCE_NONE,
		.probe = PROBE_NONE,
	};
	int result = choose_tag(&run);

	program_host_init(&run.host);
	switches_init(&run.switches);
	if (!result && options->ebpf)
		result = print_text(&run);
	else if (!result && !(result = acquire_output(&run)))
		result = options->read_file ?
			 replay_run(options, &run.rows, &run.output,
				    run.stop_fd) :
			 acquire_text(&run) ? -1 : attach_and_trace(&run);
	if (rows_close(&run.rows))
		result = -1;
	release(&run);
	return result;
}

/* What stdio still holds for stdout: the help, or the program's text. */
static int flush_stdout(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	return report_error("cannot write to stdout: %s", strerror(errno));
}

/*
 * A standard descriptor that is closed would become whatever we open next,
 * and be written to as stdout or stderr. /dev/null takes its place, open for
 * reading, so that a write still fails the way it would have.
 */
static int fill_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return report_error("cannot open /dev/null: %s",
				    strerror(errno));
	close(fd);
	return 0;
}

static int run_command(int argc, char **argv)
{
	struct options options;
	int result = 0;

	switch (options_parse(&options, argc, argv, stdout, stderr)) {
	case OPTIONS_INVALID:
		return EXIT_USAGE;
	case OPTIONS_DONE:
		break;
	case OPTIONS_RUN:
		result = options.check ?
			 check_run(&options, run_tool, stdout) :
			 run_tool(&options);
	}
	if (flush_stdout())
		result = -1;
	return result ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct report report;
	int status;

	if (fill_standard_fds())
		return EXIT_FAILURE;
	report_open(&report);
	status = run_command(argc, argv);
	report_close(&report);
	return status;
}
