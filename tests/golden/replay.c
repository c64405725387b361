/*
 * replay.c - a saved trace through the modules that a live one goes through.
 *
 *   replay [-t] [-T] [-U] [-L] [-x] [-d] [-j] FILE [PIECE]
 *
 * FILE is read in pieces of at most PIECE bytes. The table, or with -j JSON,
 * is printed on stdout, and one line of counts on stderr. The options choose
 * columns, and nothing else. A tag of any run is taken. The trace's clock
 * began BOOT seconds after 1970 did. With -d the names are those of the file
 * FILE.names: lines "ADDRESS NAME"; JSON has none of them without -d.
 */
#include "read/connect_event.h"
#include "read/line_reader.h"
#include "read/trace_line.h"
#include "show/json.h"
#include "show/table.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BOOT 1763800000

struct replay {
	struct line_reader reader;
	struct table table;
	bool json;
	FILE *names; /* NULL: none */
	char *line;  /* of names, for getline() */
	size_t line_size;
	uint64_t rows;
	uint64_t lost;
	uint64_t invalid;
	uint64_t other;
};

/* The name of an address, or NULL; it lives until the next is asked for. */
static const char *replay_name(struct replay *replay, struct in_addr address)
{
	struct in_addr found;
	ssize_t length;
	char *name;

	if (!replay->names || fseek(replay->names, 0, SEEK_SET))
		return NULL;
	while ((length = getline(&replay->line, &replay->line_size,
				 replay->names)) > 0) {
		replay->line[length - 1] = '\0';
		name = strchr(replay->line, ' ');
		if (!name)
			continue;
		*name = '\0';
		if (inet_pton(AF_INET, replay->line, &found) == 1 &&
		    found.s_addr == address.s_addr)
			return name + 1;
	}
	return NULL;
}

static int replay_message(struct replay *replay, const struct trace_line *line)
{
	struct connect_event event;

	if (!connect_event_parse(&event, line->message, line->length)) {
		replay->invalid++;
		return 0;
	}
	event.time_us = line->time_us;
	event.wall_us = line->time_us + BOOT * UINT64_C(1000000);
	event.query = replay_name(replay, event.daddr);
	replay->rows++;
	if (replay->json)
		json_row(stdout, &event);
	else
		table_row(&replay->table, &event);
	return ferror(stdout) ? -1 : 0;
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
	line = replay->reader.buffer + replay->reader.start;
	length = replay->reader.end - replay->reader.start;
	if (count == 0 && length && replay_line(replay, line, length))
		return -1;
	return count > 0;
}

static int replay_file(struct replay *replay, int fd, size_t piece)
{
	char buffer[LINE_READER_SIZE];
	int more;

	replay->reader = (struct line_reader){.buffer = buffer};
	if (!replay->json)
		table_header(&replay->table);
	do {
		more = replay_piece(replay, fd, piece);
	} while (more > 0);
	if (fflush(stdout) || ferror(stdout))
		more = -1;
	if (more < 0)
		perror("replay");
	fprintf(stderr,
		"rows %" PRIu64 " lost %" PRIu64 " invalid %" PRIu64
		" other %" PRIu64 " overlong %" PRIu64 "\n",
		replay->rows, replay->lost, replay->invalid, replay->other,
		replay->reader.overlong);
	return more;
}

/* Returns whether the options make sense; optind is where the others begin. */
static bool replay_options(struct replay *replay, int argc, char **argv)
{
	struct table_columns columns = {.query = false};
	int option;

	while ((option = getopt(argc, argv, "tTULxdj")) != -1) {
		columns.timestamp |= option == 't';
		columns.wall_time |= option == 'T';
		columns.uid |= option == 'U';
		columns.lport |= option == 'L';
		columns.error |= option == 'x';
		columns.query |= option == 'd';
		replay->json |= option == 'j';
		if (option == '?')
			return false;
	}
	table_init(&replay->table, stdout, &columns);
	return argc == optind + 1 ||
	       (argc == optind + 2 && atol(argv[optind + 1]) > 0);
}

static FILE *open_names(const char *trace)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s.names", trace);
	return fopen(path, "re");
}

int main(int argc, char **argv)
{
	struct replay replay = {.rows = 0};
	int fd, result = -1;

	if (!replay_options(&replay, argc, argv)) {
		fprintf(stderr, "usage: replay [-tTULxdj] FILE [PIECE]\n");
		return 2;
	}
	fd = open(argv[optind], O_RDONLY | O_CLOEXEC);
	if (replay.table.columns.query)
		replay.names = open_names(argv[optind]);
	if (fd < 0 || (replay.table.columns.query && !replay.names))
		perror(argv[optind]);
	else
		result = replay_file(&replay, fd, argc > optind + 1 ?
				     atol(argv[optind + 1]) : 65536);
	if (fd >= 0)
		close(fd);
	if (replay.names)
		fclose(replay.names);
	free(replay.line);
	return result ? 1 : 0;
}
