/*
 * replay.c - a file instead of a pipe, the same parsers and rows. The filter is
 * applied here.
 */
#include "replay.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "options.h"
#include "read/connect_event.h"
#include "read/line_reader.h"
#include "read/original_line.h"
#include "read/trace_line.h"
#include "show/output.h"
#include "show/recording.h"
#include "show/rows.h"
#include "system/confine.h"
#include "system/fd.h"
#include "system/report.h"

#define SECOND_US 1000000ULL

struct replay {
	const struct options *options;
	struct rows *rows;
	int fd;
	const char *name;	/* for messages */
	struct line_reader reader;
	bool has_wall;
	int64_t wall_offset_us;	/* of the last head */
	uint64_t step_us;	/* how much more than before; 0 once used */
	uint64_t shift_us;	/* how much later the trace's clock has its 0
				 * than that of the first head (modulo 2^64) */
	uint64_t last_us;	/* the last event's, of its own clock */
	uint64_t lines, events, lost, invalid, other;
};

static bool is_in_list(const struct filter_list *list, uint32_t value)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->values[i] == value)
			return true;
	return !list->count;
}

static bool is_wanted(const struct filter *filter,
		      const struct connect_event *event)
{
	return is_in_list(&filter->pids, event->pid) &&
	       is_in_list(&filter->ports, event->dport) &&
	       is_in_list(&filter->uids, event->uid) &&
	       (!filter->uids.count || !event->uid_unknown) &&
	       (!filter->failed || event->error || event->return_missed);
}

/*
 * Recordings may stand behind each other, the first of them cut off in its last
 * line.
 */
static bool take_head(struct replay *replay, const char *line, size_t length)
{
	const char *head = memrchr(line, '#', length);
	int64_t offset_us;

	if (!head || !recording_parse_head(head, length - (head - line),
					   &offset_us))
		return false;
	if (replay->has_wall)
		replay->step_us += (uint64_t)offset_us -
				   (uint64_t)replay->wall_offset_us;
	replay->has_wall = true;
	replay->wall_offset_us = offset_us;
	if (head > line)
		replay->invalid++;
	return true;
}

/*
 * If the trace's clock is behind after a head, it began anew, and the time of
 * day tells how long after. Else only the time of day was set.
 */
static void set_times(struct replay *replay, struct connect_event *event)
{
	if (replay->has_wall)
		event->wall_us = event->time_us + replay->wall_offset_us;
	if (event->time_us + SECOND_US < replay->last_us)
		replay->shift_us += replay->step_us;
	replay->step_us = 0;
	replay->last_us = event->time_us;
	event->time_us += replay->shift_us;
	if ((int64_t)event->time_us < 0)
		event->time_us = 0;
}

/* False: the line has no event. */
static bool parse_line(struct replay *replay, struct connect_event *event,
		       const char *line, size_t length)
{
	struct trace_line parsed;

	trace_line_parse(&parsed, line, length, NULL);
	if (parsed.kind == TRACE_LINE_LOST) {
		replay->lost += parsed.lost;
		return false;
	}
	if (parsed.kind == TRACE_LINE_OTHER) {
		if (original_line_parse(event, line, length))
			return true;
		replay->other++;
		return false;
	}
	if (!connect_event_parse(event, parsed.message, parsed.length)) {
		replay->invalid++;
		return false;
	}
	event->time_us = parsed.time_us;
	return true;
}

static void handle_lines(struct replay *replay)
{
	struct connect_event event;
	const char *line;
	size_t length;

	while (!rows_are_complete(replay->rows) &&
	       line_reader_next(&replay->reader, &line, &length)) {
		replay->lines++;
		if (take_head(replay, line, length) ||
		    !parse_line(replay, &event, line, length))
			continue;
		replay->events++;
		set_times(replay, &event);
		if (is_wanted(&replay->options->filter, &event))
			rows_add(replay->rows, &event, line, length);
	}
}

/* Waits for input, or for a stop. */
static bool is_stopped(const struct replay *replay)
{
	struct pollfd fds[] = {
		{ .fd = replay->rows->output->stop_fd, .events = POLLIN },
		{ .fd = replay->fd, .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	return fds[0].revents;
}

/* 1: go on; 0: the end; -1: reported. */
static int read_some(struct replay *replay)
{
	size_t room;
	char *space = line_reader_space(&replay->reader, &room);
	ssize_t count = read(replay->fd, space, room);

	if (count < 0 && errno != EINTR && errno != EAGAIN)
		return report_error("cannot read %s: %s", replay->name,
				    strerror(errno));
	if (count > 0)
		line_reader_filled(&replay->reader, count);
	handle_lines(replay);
	return count != 0;
}

static void report_account(const struct replay *replay)
{
	struct output *output = replay->rows->output;
	uint64_t rows_lost = output_rows_lost(output);

	if (replay->lost)
		report_warning("%" PRIu64 " lines were lost when %s was made",
			       replay->lost, replay->name);
	if (replay->invalid)
		report_warning("%" PRIu64 " lines of %s are cut off or "
			       "damaged", replay->invalid, replay->name);
	if (replay->reader.overlong)
		report_warning("%" PRIu64 " lines of %s are too long",
			       replay->reader.overlong, replay->name);
	if (rows_lost && output->error == ECANCELED)
		report_warning("%" PRIu64 " rows were not taken by stdout",
			       rows_lost);
	if (replay->options->verbose)
		report_note("%s has %" PRIu64 " lines: %" PRIu64
			    " connects, %" PRIu64 " of them shown, %" PRIu64
			    " other lines", replay->name, replay->lines,
			    replay->events, replay->rows->shown - rows_lost,
			    replay->other);
}

static int run(struct replay *replay)
{
	struct output *output = replay->rows->output;
	int more = 1;

	rows_begin(replay->rows);
	(void)output_flush(output);
	while (more > 0 && !rows_are_complete(replay->rows) &&
	       !is_stopped(replay)) {
		more = read_some(replay);
		/* A pipe: what is there is shown before more is waited for. */
		if (output_flush(output))
			break;
	}
	if (more < 0)
		return -1;
	/* Without its newline a name or a number may have lost its end. */
	if (!more && replay->reader.start != replay->reader.end) {
		replay->lines++;
		replay->invalid++;
	}
	report_account(replay);
	if (!output_flush(output) || output->error == EPIPE ||
	    output->error == ECANCELED)
		return 0;
	return report_error("cannot write to stdout: %s",
			    strerror(output->error));
}

static int open_file(struct replay *replay)
{
	const char *path = replay->options->read_file;
	bool is_stdin = !strcmp(path, "-");
	struct stat about;

	replay->name = is_stdin ? "stdin" : path;
	replay->fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) :
		     open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (replay->fd >= 0 && !fstat(replay->fd, &about) &&
	    S_ISDIR(about.st_mode)) {
		fd_close(&replay->fd);
		errno = EISDIR;
	}
	if (replay->fd < 0)
		return report_error("cannot open %s: %s", replay->name,
				    strerror(errno));
	return 0;
}

int replay_run(const struct options *options, struct rows *rows)
{
	char buffer[LINE_READER_SIZE];
	struct replay replay = {
		.options = options, .rows = rows, .reader.buffer = buffer,
	};
	int result;

	if (open_file(&replay))
		return -1;
	confine_enter(CONFINE_REPLAY, -1, options->verbose);
	result = run(&replay);
	fd_close(&replay.fd);
	return result;
}
