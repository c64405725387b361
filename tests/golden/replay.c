/*
 * replay.c - a saved trace through the modules that a live one goes through.
 *
 *   replay [-t] FILE [PIECE]
 *
 * FILE is read in pieces of at most PIECE bytes. The table is printed on
 * stdout, and one line of counts on stderr. A tag of any run is taken.
 */
#include "connect_event.h"
#include "line_reader.h"
#include "table.h"
#include "trace_line.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct replay {
	struct line_reader reader;
	struct table table;
	uint64_t rows;
	uint64_t lost;
	uint64_t invalid;
	uint64_t other;
};

static int replay_message(struct replay *replay, const struct trace_line *line)
{
	struct connect_event event;

	if (connect_event_parse(&event, line->message, line->length) !=
	    CONNECT_EVENT_VALID) {
		replay->invalid++;
		return 0;
	}
	event.time_us = line->time_us;
	replay->rows++;
	return table_row(&replay->table, &event);
}

static int replay_line(struct replay *replay, const char *text, size_t length)
{
	struct trace_line line;

	trace_line_parse(&line, text, length, NULL);
	switch (line.kind) {
	case TRACE_LINE_MESSAGE:
		return replay_message(replay, &line);
	case TRACE_LINE_LOST:
		replay->lost += line.lost;
		return 0;
	case TRACE_LINE_OTHER:
		break;
	}
	replay->other++;
	return 0;
}

/* Returns 1 after a piece, 0 at the end of the file, -1 with errno. */
static int replay_piece(struct replay *replay, int fd, size_t piece)
{
	const char *line;
	size_t room, length;
	char *space = line_reader_space(&replay->reader, &room);
	ssize_t count = read(fd, space, room < piece ? room : piece);

	if (count < 0)
		return -1;
	line_reader_filled(&replay->reader, count);
	while (line_reader_next(&replay->reader, &line, &length))
		if (replay_line(replay, line, length))
			return -1;
	if (count == 0 && line_reader_last(&replay->reader, &line, &length) &&
	    replay_line(replay, line, length))
		return -1;
	return count > 0;
}

static int replay_file(int fd, bool timestamp, size_t piece)
{
	struct replay replay = {.rows = 0};
	int more = -1;

	table_init(&replay.table, stdout, timestamp);
	if (!line_reader_init(&replay.reader) && !table_header(&replay.table))
		do {
			more = replay_piece(&replay, fd, piece);
		} while (more > 0);
	if (fflush(stdout))
		more = -1;
	if (more < 0)
		perror("replay");
	fprintf(stderr,
		"rows %" PRIu64 " lost %" PRIu64 " invalid %" PRIu64
		" other %" PRIu64 " overlong %" PRIu64 "\n",
		replay.rows, replay.lost, replay.invalid, replay.other,
		replay.reader.overlong);
	line_reader_free(&replay.reader);
	return more;
}

int main(int argc, char **argv)
{
	bool timestamp = argc > 1 && !strcmp(argv[1], "-t");
	int first = timestamp ? 2 : 1, fd, result;
	long piece = argc > first + 1 ? atol(argv[first + 1]) : 65536;

	if (argc <= first || argc > first + 2 || piece < 1) {
		fprintf(stderr, "usage: replay [-t] FILE [PIECE]\n");
		return 2;
	}
	fd = open(argv[first], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		perror(argv[first]);
		return 1;
	}
	result = replay_file(fd, timestamp, piece);
	close(fd);
	return result ? 1 : 0;
}
