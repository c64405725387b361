/*
 * follow.c - polls the pipe and a stop, feeds lines to the parsers and
 * events to the rows.
 */
#include "follow.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/dns.h"
#include "ledger.h"
#include "read/attempts.h"
#include "read/connect_event.h"
#include "read/original_line.h"
#include "read/settings.h"
#include "read/trace_instance.h"
#include "read/trace_line.h"
#include "show/output.h"
#include "show/rows.h"
#include "system/bpf_object.h"
#include "system/report.h"

#define SECOND_US 1000000ULL
#define FLUSH_US 100000ULL	/* for rows amid other tracers' lines */
#define GRACE_US (2 * SECOND_US)	/* tcp_v4_connect takes far less */
#define DRAIN_US (2 * SECOND_US)
/*
 * A wake-up for a single event can get lost (ring_buffer_poll_wait in
 * kernel/trace/ring_buffer.c says so), so look again after this time.
 */
#define POLL_MS 250
/* With the option "block" poll() calls an empty pipe readable. */
#define EMPTY_WAIT_MS 20
/* While each read finds something, look for a stop after so many. */
#define READS_MAX 64
/*
 * After a read the pipe is left alone for a moment, in which lines gather. A
 * waiting reader has to be woken at each line, and the process that connects
 * pays for that: a third of what tracing costs it on Linux 7.2. Where lines are
 * further apart than that moment, none would gather.
 *
 * A CPU makes 100,000 lines a second at most, of 120 bytes in its buffer. With
 * so many kB for each millisecond, three eighths of it are filled by them.
 */
#define NAP_MAX_MS 9
#define NAP_KB_PER_MS 32

void follow_init(struct follow *follow)
{
	uint64_t now;

	clock_init(&follow->clock, follow->instance->is_private);
	now = clock_now(&follow->clock);
	follow->watched_us = follow->flushed_us = now;
}

/* A buffer may be resized at any time. "X": the CPUs' sizes differ. */
static int nap_ms(int size_fd)
{
	char text[64];
	ssize_t length = pread(size_fd, text, sizeof(text) - 1, 0);
	long ms;

	if (length < 1)
		return 0;
	text[length] = '\0';
	ms = strtol(text, NULL, 10) / NAP_KB_PER_MS;
	return ms < NAP_MAX_MS ? (int)ms : NAP_MAX_MS;
}

static void handle_message(struct follow *follow,
			   const struct trace_line *parsed, const char *line,
			   size_t length, uint64_t read_us)
{
	struct connect_event event;

	if (!connect_event_parse(&event, parsed->message, parsed->length)) {
		ledger_add(follow->ledger, LEDGER_LINES_UNPARSABLE, 1);
		return;
	}
	if (parsed->has_time)
		clock_compare(&follow->clock, parsed->time_us, read_us);
	event.time_us = parsed->has_time ? parsed->time_us :
			clock_to_trace(&follow->clock, read_us);
	event.wall_us = event.time_us + clock_wall_offset(&follow->clock);
	ledger_add(follow->ledger, LEDGER_ROWS, 1);
	rows_add(follow->rows, &event, line, length);
}

static void handle_original(struct follow *follow, const char *line,
			    size_t length)
{
	struct connect_event event;

	if (original_line_parse(&event, line, length))
		rows_add(follow->rows, &event, line, length);
}

static void handle_lines(struct follow *follow, uint64_t read_us)
{
	struct trace_line parsed;
	const char *line;
	size_t length;

	while (!rows_are_complete(follow->rows) &&
	       line_reader_next(&follow->reader, &line, &length)) {
		trace_line_parse(&parsed, line, length, follow->tag);
		if (parsed.kind == TRACE_LINE_MESSAGE)
			handle_message(follow, &parsed, line, length, read_us);
		else if (parsed.kind == TRACE_LINE_LOST)
			ledger_add(follow->ledger, LEDGER_LINES_LOST,
				   parsed.lost);
		else if (follow->original)
			handle_original(follow, line, length);
		if (parsed.kind != TRACE_LINE_OTHER)
			rows_save(follow->rows, line, length,
				  clock_wall_offset(&follow->clock));
	}
}

/*
 * Read once. 1: something came; 0: nothing waits; -1: reported. A read of 0 is
 * not the end: the kernel returns it while tracing is off.
 */
static int read_some(struct follow *follow)
{
	ssize_t count;
	size_t room;
	char *space;

	if (follow->instance->pipe_fd < 0)
		return 0;
	space = line_reader_space(&follow->reader, &room);
	count = read(follow->instance->pipe_fd, space, room);
	if (count > 0) {
		line_reader_filled(&follow->reader, count);
		handle_lines(follow, clock_look(&follow->clock));
		return 1;
	}
	if (!count || errno == EAGAIN || errno == EINTR)
		return 0;
	return report_error("cannot read the trace_pipe: %s",
			    strerror(errno));
}

static enum follow_verdict output_verdict(const struct output *output)
{
	switch (output->error) {
	case EPIPE:
		return FOLLOW_CLOSED;
	case ECANCELED:
		return FOLLOW_STOPPED;
	}
	report_error("cannot write to stdout: %s", strerror(output->error));
	return FOLLOW_FAILED;
}

static void take_swept(void *arg, struct connect_event *event)
{
	struct follow *follow = arg;

	event->time_us = clock_to_trace(&follow->clock, event->time_us);
	event->wall_us = event->time_us + clock_wall_offset(&follow->clock);
	ledger_add(follow->ledger, LEDGER_SWEPT, 1);
	rows_add(follow->rows, event, NULL, 0);
}

/* With another clock, what was known of the lag is of no use. */
static void look_at_settings(struct follow *follow, uint64_t now)
{
	unsigned changes = settings_look(follow->settings, now);

	if (changes & SETTINGS_LOSE_LINES)
		ledger_note_setting(follow->ledger);
	if (changes & SETTINGS_CLOCK)
		clock_forget(&follow->clock);
	follow->nap_ms = nap_ms(follow->instance->size_fd);
}

/* Once a second: losses, and attempts whose return was missed. */
static void watch(struct follow *follow, uint64_t now)
{
	int policy;

	rows_tick(follow->rows, now);
	if (follow->original || now - follow->watched_us < SECOND_US)
		return;
	follow->watched_us = now;
	look_at_settings(follow, now);
	policy = bpf_urgency_begin();
	ledger_watch(follow->ledger);
	if (now > GRACE_US && ledger_in_progress(follow->ledger))
		(void)attempts_sweep(follow->attempts_fd,
				     (now - GRACE_US) * 1000, take_swept,
				     follow);
	bpf_urgency_end(policy);
}

static enum follow_verdict flush(struct follow *follow, uint64_t now)
{
	follow->flushed_us = now;
	if (recording_flush(&follow->rows->recording))
		return FOLLOW_FAILED;
	if (output_flush(follow->rows->output))
		return output_verdict(follow->rows->output);
	return rows_are_complete(follow->rows) ? FOLLOW_COMPLETE :
						 FOLLOW_GOES_ON;
}

/*
 * Wait for input, unless the last read found some. Leave the pipe alone for a
 * moment after input that did not come alone, or if it was called readable and
 * gave nothing. True when a stop is asked for.
 */
static bool wait_for_input(struct follow *follow, bool has_input, uint64_t now)
{
	bool is_lone = follow->is_ready &&
		       now - follow->input_us >= follow->nap_ms * 1000ULL;
	int wait_ms = has_input ? 0 :
		      follow->is_busy && follow->nap_ms ? follow->nap_ms :
		      follow->is_ready ? EMPTY_WAIT_MS : POLL_MS;
	struct output *output = follow->rows->output;
	struct pollfd fds[] = {
		{ .fd = output->stop_fd, .events = POLLIN },
		{ .fd = output->fd },	/* tells when it is closed */
		{ .fd = dns_fd(follow->rows->dns), .events = POLLIN },
		{ .fd = follow->instance->pipe_fd, .events = POLLIN },
	};

	follow->is_busy = has_input && !is_lone;
	follow->is_ready = false;
	if (has_input) {
		follow->input_us = now;
		if (++follow->reads < READS_MAX)
			return false;
	}
	follow->reads = 0;
	(void)poll(fds, wait_ms == POLL_MS ? 4 : 3, wait_ms);
	follow->is_ready = fds[3].revents;
	if (fds[1].revents)
		output_fail(output, EPIPE);
	return fds[0].revents;
}

/* Read once and show it, or wait. */
static enum follow_verdict follow_once(struct follow *follow)
{
	enum follow_verdict verdict = FOLLOW_GOES_ON;
	uint64_t now;
	int got;

	dns_read(follow->rows->dns);
	got = read_some(follow);
	if (got < 0)
		return FOLLOW_FAILED;
	if (!got)
		ledger_settle(follow->ledger);
	now = clock_look(&follow->clock);
	watch(follow, now);
	if (!got || rows_are_complete(follow->rows) ||
	    now - follow->flushed_us >= FLUSH_US)
		verdict = flush(follow, now);
	if (verdict == FOLLOW_GOES_ON && wait_for_input(follow, got, now))
		return FOLLOW_STOPPED;
	return verdict;
}

enum follow_verdict follow_run(struct follow *follow)
{
	enum follow_verdict verdict;

	look_at_settings(follow, clock_now(&follow->clock));
	do {
		verdict = follow_once(follow);
	} while (verdict == FOLLOW_GOES_ON);
	return verdict;
}

enum follow_verdict follow_drain(struct follow *follow)
{
	enum follow_verdict verdict;
	uint64_t start = clock_now(&follow->clock);
	int got;

	look_at_settings(follow, start);
	do {
		dns_read(follow->rows->dns);
		got = read_some(follow);
		/* Nothing says how many lines the original has printed. */
	} while (got > 0 && clock_now(&follow->clock) - start < DRAIN_US &&
		 !rows_are_complete(follow->rows) &&
		 (follow->original || ledger_unread(follow->ledger)));
	if (got < 0)
		return FOLLOW_FAILED;
	if (got > 0 && ledger_unread(follow->ledger))
		ledger_give_up(follow->ledger);
	(void)attempts_sweep(follow->attempts_fd, UINT64_MAX, take_swept,
			     follow);
	rows_end(follow->rows);
	verdict = flush(follow, clock_now(&follow->clock));
	return verdict == FOLLOW_GOES_ON ? FOLLOW_STOPPED : verdict;
}
