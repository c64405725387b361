/*
 * line_reader.c - cuts a stream of bytes into lines, in place. It copies only
 * the beginning of a line, when the buffer has no room behind it.
 */
#include "read/line_reader.h"

#include <string.h>

char *line_reader_space(struct line_reader *reader, size_t *room)
{
	/* A pipe that is asked for less than a page gives half lines. */
	if (reader->start == reader->end ||
	    LINE_READER_SIZE - reader->end < LINE_READER_MAX) {
		reader->end -= reader->start;
		memmove(reader->buffer, reader->buffer + reader->start,
			reader->end);
		reader->start = 0;
	}
	*room = LINE_READER_SIZE - reader->end;
	return reader->buffer + reader->end;
}

void line_reader_filled(struct line_reader *reader, size_t count)
{
	reader->end += count;
}

bool line_reader_next(struct line_reader *reader, const char **line,
		      size_t *length)
{
	const char *newline;
	bool was_skipping;

	while ((newline = memchr(reader->buffer + reader->start, '\n',
				 reader->end - reader->start))) {
		*line = reader->buffer + reader->start;
		*length = newline - *line;
		reader->start += *length + 1;
		was_skipping = reader->skipping;
		reader->skipping = false;
		if (!was_skipping && *length <= LINE_READER_MAX)
			return true;
		reader->overlong += !was_skipping;
	}
	/* What is there has no newline. Drop it if the line is too long. */
	if (reader->skipping || reader->end - reader->start > LINE_READER_MAX) {
		reader->overlong += !reader->skipping;
		reader->skipping = true;
		reader->start = reader->end;
	}
	return false;
}
