/*
 * fuzz_line_reader.c - any bytes, in any pieces: every line comes out whole
 * and once, or is counted as too long.
 *
 * So that a small input can hold long lines, the byte 1 and the one behind it,
 * n, stand for 37 * n times an x. The last byte says how the pieces come.
 */
#include "fuzz.h"
#include "read/line_reader.h"

#include <stdlib.h>
#include <string.h>

static struct bytes expand(struct input *input)
{
	struct bytes stream = {.at = NULL};
	char run[37 * 255];
	size_t i;

	memset(run, 'x', sizeof(run));
	for (i = 0; i < input->left; i++) {
		if (input->at[i] == 1 && i + 1 < input->left)
			bytes_add(&stream, run, (size_t)37 * input->at[++i]);
		else
			bytes_add(&stream, input->at + i, 1);
	}
	return stream;
}

/* The next line of what is left, by the plainest way. */
static bool split(const struct bytes *stream, size_t *at, const char **line,
		  size_t *length)
{
	const char *newline;

	if (*at >= stream->length)
		return false;
	*line = stream->at + *at;
	newline = memchr(*line, '\n', stream->length - *at);
	*length = newline ? (size_t)(newline - *line) : stream->length - *at;
	*at += *length + 1;
	return true;
}

/* What the reader should have given next: a line that is not too long. */
static void require_line(const struct bytes *stream, size_t *at,
			 uint64_t *overlong, const char *line, size_t length)
{
	const char *wanted;
	size_t wanted_length;

	for (;;) {
		require(split(stream, at, &wanted, &wanted_length));
		if (wanted_length <= LINE_READER_MAX)
			break;
		++*overlong;
	}
	require(length == wanted_length && !memcmp(line, wanted, length));
}

/* Of one byte, of any size, or as much as there is room. */
static size_t piece_size(uint8_t pieces, size_t fed, size_t room)
{
	size_t piece = pieces & 1 ? room : pieces + fed * pieces / 7 % 5000;

	return piece < 1 ? 1 : piece > room ? room : piece;
}

/* All of the stream, in pieces. Each line is as it should be. */
static void feed(struct line_reader *reader, const struct bytes *stream,
		 uint8_t pieces, size_t *at, uint64_t *overlong)
{
	size_t fed = 0, room, piece, length;
	const char *line;
	char *space;

	while (fed < stream->length) {
		space = line_reader_space(reader, &room);
		require(room >= LINE_READER_MAX);
		require(space >= reader->buffer &&
			space + room <= reader->buffer + LINE_READER_SIZE);
		piece = piece_size(pieces, fed, room);
		if (piece > stream->length - fed)
			piece = stream->length - fed;
		memcpy(space, stream->at + fed, piece);
		line_reader_filled(reader, piece);
		fed += piece;
		while (line_reader_next(reader, &line, &length))
			require_line(stream, at, overlong, line, length);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	uint8_t pieces = input_choice(&input);
	struct bytes stream = expand(&input);
	char buffer[LINE_READER_SIZE];
	struct line_reader reader = {.buffer = buffer};
	uint64_t overlong = 0;
	size_t at = 0, length;
	const char *line;

	feed(&reader, &stream, pieces, &at, &overlong);
	if (reader.start != reader.end)
		require_line(&stream, &at, &overlong,
			     reader.buffer + reader.start,
			     reader.end - reader.start);
	reader.start = reader.end;
	require(!line_reader_next(&reader, &line, &length));
	require(reader.start == reader.end);
	while (split(&stream, &at, &line, &length)) {
		require(length > LINE_READER_MAX);
		overlong++;
	}
	require(reader.overlong == overlong);
	free(stream.at);
	return 0;
}
