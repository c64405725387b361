/*
 * line_reader.h - bytes in, whole lines out; it does no reading itself.
 *
 * A line may come in pieces. One longer than LINE_READER_MAX is skipped whole
 * and counted. A NUL is a byte like any other.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_READER_MAX 4096	/* bytes in a line, its newline not counted */
#define LINE_READER_SIZE 65536	/* bytes of buffer */

/* One that is zero but for its buffer is empty. */
struct line_reader {
	char *buffer;		/* of LINE_READER_SIZE bytes; not owned */
	size_t start, end;	/* what waits in the buffer: [start, end); at
				 * the end, a line without its newline */
	bool skipping;		/* within a line that is too long */
	uint64_t overlong;	/* lines skipped so far */
};

/*
 * Where the next bytes belong, and in *room how many may be put there: at least
 * one after line_reader_next() has returned false. line_reader_filled() says
 * how many were. Both end the life of a line that was handed out.
 */
char *line_reader_space(struct line_reader *reader, size_t *room);
void line_reader_filled(struct line_reader *reader, size_t count);

/* The next whole line, without its newline and no NUL. False: feed more. */
bool line_reader_next(struct line_reader *reader, const char **line,
		      size_t *length);
