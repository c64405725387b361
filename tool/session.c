/*
 * session.c - what a run holds, in the order in which a connect travels: text,
 * pipe, probes, rows; acquired, followed, finished and released.
 */
#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "attach/loader.h"
#include "attach/probe.h"
#include "attach/program.h"
#include "attach/program_host.h"
#include "follow.h"
#include "ledger.h"
#include "options.h"
#include "read/settings.h"
#include "read/trace_instance.h"
#include "read/trace_line.h"
#include "replay.h"
#include "show/output.h"
#include "show/rows.h"
#include "system/confine.h"
#include "system/fd.h"
#include "system/host.h"
#include "system/report.h"
#include "system/requirement.h"
#include "system/stop_signal.h"
#include "system/tracefs.h"

#define RETURNS_WAIT_MS 100	/* for calls under way; they take far less */

/* In the order in which it is acquired. */
struct session {
	const struct options *options;
	char tag[TRACE_LINE_TAG_LENGTH + 1];
	int stop_fd;
	struct output output;
	struct rows rows;
	struct program_host host;
	char *text;
	struct tracefs tracefs;
	struct probe probe;
	struct trace_instance instance;
	struct ledger ledger;
	struct follow follow;
	char *buffer;		/* follow's */
	struct settings settings;
};

static void init(struct session *session, const struct options *options)
{
	*session = (struct session){
		.options = options, .stop_fd = -1, .tracefs = { .dir_fd = -1 },
		.output = OUTPUT_NONE, .instance = TRACE_INSTANCE_NONE,
		.probe = PROBE_NONE, .settings = SETTINGS_NONE,
	};
	program_host_init(&session->host);
}

static int choose_tag(struct session *session)
{
	unsigned number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return report_error("cannot get a random number: %s",
				    strerror(errno));
	snprintf(session->tag, sizeof(session->tag),
		 TRACE_LINE_TAG_NAME "%08x", number);
	return 0;
}

static int open_output(struct session *session)
{
	session->stop_fd = stop_signal_open();
	if (session->stop_fd < 0 ||
	    output_open(&session->output, STDOUT_FILENO, session->stop_fd))
		return -1;
	return rows_open(&session->rows, &session->options->show,
			 &session->output);
}

static int write_text(struct session *session)
{
	const struct options *options = session->options;

	session->text = program_text(&options->filter, options->show.count,
				     rows_need_details(&options->show),
				     options->original ? NULL : session->tag,
				     &session->host);
	return session->text ? 0 : -1;
}

static int start_loader(struct session *session)
{
	const struct options *options = session->options;
	const struct loader_job job = {
		.text = session->text,
		.run = session->tag + strlen(TRACE_LINE_TAG_NAME),
		.kernel_headers = options->kernel_headers,
		.source_lines = options->verbose,
	};

	return probe_start(&session->probe, &job, &session->tracefs);
}

static int create_instance(struct session *session)
{
	const struct rows_options *show = &session->options->show;
	bool has_frame = show->columns.timestamp || show->columns.wall_time ||
			 rows_need_details(show);

	if (show->count)
		return 0;
	return trace_instance_create(&session->instance, &session->tracefs,
				     session->tag,
				     session->options->global_pipe, has_frame);
}

/* The loader takes longest, so the pipe is made while it works. */
static int acquire(struct session *session)
{
	if (choose_tag(session) || open_output(session) ||
	    program_host_open(&session->host, &session->options->filter) ||
	    write_text(session) || requirement_meet(&session->tracefs) ||
	    start_loader(session))
		return -1;
	return create_instance(session);
}

static bool has_filter(const struct filter *filter)
{
	return filter->pids.count || filter->ports.count ||
	       filter->uids.count || filter->cgroup_map ||
	       filter->mntns_map || filter->failed;
}

static void prepare_follow(struct session *session)
{
	const struct options *options = session->options;

	ledger_init(&session->ledger, &session->probe,
		    has_filter(&options->filter), session->instance.is_private,
		    options->show.count);
	session->rows.sums_fd = session->probe.fds[LOADER_SUMS_MAP];
	session->follow = (struct follow){
		.instance = &session->instance,
		.attempts_fd = session->probe.fds[LOADER_ATTEMPTS_MAP],
		.tag = session->tag, .rows = &session->rows,
		.ledger = &session->ledger, .settings = &session->settings,
		.original = options->original,
		.reader.buffer = session->buffer,
	};
	follow_init(&session->follow);
}

static void say_attached(const struct session *session)
{
	const struct probe *probe = &session->probe;
	bool has_pipe = !session->options->show.count;
	int maxactive = probe->ret.maxactive;

	report_note("libbcc %s; kprobe and kretprobe on tcp_v4_connect, "
		    "maxactive %d%s; reading %s%s",
		    probe->result.version[0] ? probe->result.version :
					       "of an unknown version",
		    maxactive, maxactive ? "" : " (the kernel's default)",
		    has_pipe ? session->instance.path : "no pipe",
		    has_pipe ? "/trace_pipe" : "");
}

/* The probes are in place, their gate shut. From its opening on it counts. */
static int begin(struct session *session)
{
	const struct options *options = session->options;

	prepare_follow(session);
	/* The original did not look; and with -c only the probes matter. */
	if (!options->original)
		settings_open(&session->settings, session->instance.path,
			      session->instance.filter, NULL, NULL);
	if (probe_open(&session->probe))
		return -1;
	/* SIGALRM is a stop, also while stdout takes nothing. */
	alarm(options->duration);
	if (options->verbose)
		say_attached(session);
	if (options->original)
		report_warning("--original is the design of 2015, to look at "
			       "and not to use: it misses connects and does "
			       "not say so");
	confine_enter(CONFINE_TRACE, session->instance.instances_fd,
		      options->verbose);
	rows_begin(&session->rows);
	return 0;
}

/*
 * Calls that have begun are to end in a row with everything in it, so the
 * return probe stays until none is in progress.
 */
static void shut_gate(struct session *session)
{
	probe_shut(&session->probe);
	ledger_shut(&session->ledger);
	kprobe_disable(&session->probe.entry);
	for (int ms = 0; ms < RETURNS_WAIT_MS &&
	     ledger_in_progress(&session->ledger); ms += 5)
		usleep(5000);
	kprobe_disable(&session->probe.ret);
}

static void close_account(struct session *session,
			  enum follow_verdict verdict)
{
	bool is_verbose = session->options->verbose;
	struct ledger *ledger = &session->ledger;

	if (session->options->original)
		return;
	ledger_add(ledger, LEDGER_UNWRITTEN,
		   output_rows_lost(&session->output));
	if (session->options->show.count)
		ledger_set_counted(ledger, session->rows.shown);
	/* What else is in the pipe was not asked for; it is not lost. */
	if (verdict == FOLLOW_COMPLETE)
		ledger_watch(ledger);
	else if (verdict != FOLLOW_CLOSED || is_verbose)
		ledger_close(ledger, is_verbose);
	if (verdict == FOLLOW_COMPLETE && is_verbose)
		report_note("%" PRIu64 " rows, as many as were asked for",
			    session->rows.shown);
}

/* After a failure nothing more is read. The account is printed all the same. */
static enum follow_verdict finish(struct session *session,
				  enum follow_verdict verdict)
{
	shut_gate(session);
	if (verdict == FOLLOW_STOPPED)
		verdict = follow_drain(&session->follow);
	if (verdict == FOLLOW_FAILED || verdict == FOLLOW_CLOSED)
		ledger_give_up(&session->ledger);
	settings_end(&session->settings);
	close_account(session, verdict);
	return verdict;
}

static int trace(struct session *session)
{
	enum probe_verdict attached;
	enum follow_verdict verdict;

	if (acquire(session))
		return -1;
	attached = probe_attach(&session->probe, session->options->maxactive,
				session->stop_fd);
	if (attached != PROBE_ATTACHED)
		return attached == PROBE_STOPPED ? 0 : -1;
	if (begin(session))
		return -1;
	verdict = finish(session, follow_run(&session->follow));
	return verdict == FOLLOW_FAILED ? -1 : 0;
}

/* But for what only a host can say. */
static int print_text(struct session *session)
{
	if (choose_tag(session) || write_text(session) ||
	    fputs(session->text, stdout) < 0)
		return -1;
	return 0;
}

/* -1: what -w saved could not be written to the end. */
static int release(struct session *session)
{
	int result = rows_close(&session->rows);

	probe_detach(&session->probe);
	settings_close(&session->settings);
	trace_instance_destroy(&session->instance);
	tracefs_close(&session->tracefs);
	output_close(&session->output);
	fd_close(&session->stop_fd);
	program_host_close(&session->host);
	free(session->text);
	return result;
}

int session_run(const struct options *options)
{
	char buffer[LINE_READER_SIZE];	/* takes memory as lines come */
	struct session session;
	int result;

	init(&session, options);
	session.buffer = buffer;
	if (options->ebpf)
		result = print_text(&session);
	else if (!options->read_file)
		result = trace(&session);
	else
		result = open_output(&session) ? -1 :
			 replay_run(options, &session.rows);
	return release(&session) ? -1 : result;
}
