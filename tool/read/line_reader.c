/*
 * line_reader.c - cuts a stream of bytes into lines, in place. It copies only
 * the beginning of a line, when the buffer has no room behind it.
 */
#include "read/line_reader.h"

#include <stdlib.h>
#include <string.h>

int line_reader_init(struct line_reader *reader)
{
	*reader = (struct line_reader){0};
	reader->buffer = malloc(LINE_READER_SIZE);
	return reader->buffer ? 0 : -1;
}

void line_reader_free(struct line_reader *reader)
{
	free(reader->buffer);
	reader->buffer = NULL;
	reader->start = reader->end = reader->scanned = 0;
}

static void move_to_front(struct line_reader *reader)
{
	size_t waiting = reader->end - reader->start;

	if (waiting)
		memmove(reader->buffer, reader->buffer + reader->start,
			waiting);
	reader->scanned -= reader->start;
	reader->start = 0;
	reader->end = waiting;
}

char *line_reader_space(struct line_reader *reader, size_t *room)
{
	/* A pipe that is asked for less than a page gives half lines. */
	if (reader->start == reader->end ||
	    LINE_READER_SIZE - reader->end < LINE_READER_MAX)
		move_to_front(reader);
	*room = LINE_READER_SIZE - reader->end;
	return reader->buffer + reader->end;
}

void line_reader_filled(struct line_reader *reader, size_t count)
{
	reader->end += count;
}

/* No newline up to the end. Drop what is there if the line is too long. */
static void await_newline(struct line_reader *reader)
{
	reader->scanned = reader->end;
	if (!reader->skipping &&
	    reader->end - reader->start > LINE_READER_MAX) {
		reader->skipping = true;
		reader->overlong++;
	}
	if (reader->skipping)
		reader->start = reader->end;
}

/* A line ends here. False: it is too long. */
static bool end_line(struct line_reader *reader, const char *newline,
		     const char **line, size_t *length)
{
	bool skipped = reader->skipping;

	*line = reader->buffer + reader->start;
	*length = newline - *line;
	reader->start = reader->scanned = newline + 1 - reader->buffer;
	reader->skipping = false;
	if (skipped)
		return false;
	if (*length <= LINE_READER_MAX)
		return true;
	reader->overlong++;
	return false;
}

bool line_reader_next(struct line_reader *reader, const char **line,
		      size_t *length)
{
	const char *newline;

	while (reader->scanned < reader->end) {
		newline = memchr(reader->buffer + reader->scanned, '\n',
				 reader->end - reader->scanned);
		if (!newline)
			await_newline(reader);
		else if (end_line(reader, newline, line, length))
			return true;
	}
	return false;
}

bool line_reader_last(struct line_reader *reader, const char **line,
		      size_t *length)
{
	if (reader->start == reader->end)
		return false;
	*line = reader->buffer + reader->start;
	*length = reader->end - reader->start;
	reader->start = reader->scanned = reader->end;
	return true;
}
