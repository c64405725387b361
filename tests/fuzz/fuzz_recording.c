/*
 * fuzz_recording.c - lines that -w writes are the lines that -r reads, and
 * head lines tell the difference of the clocks again, for each line.
 *
 * The last eight bytes are that difference for the first line, the rest is
 * lines. It changes where the length of a line is odd.
 */
#include "fuzz.h"
#include "read/line_reader.h"
#include "show/recording.h"

#include <stdlib.h>
#include <string.h>

/* Record the lines of the text; what comes out is a file. */
static struct bytes record(const char *text, size_t length, int64_t offset)
{
	struct bytes saved = {.at = NULL};
	FILE *file = open_memstream(&saved.at, &saved.length);
	struct recording recording;
	const char *newline;

	require(file);
	require(!recording_attach(&recording, file, -1));
	while ((newline = memchr(text, '\n', length))) {
		offset ^= (newline - text) & 1;
		recording_add(&recording, text, newline - text, offset);
		length -= newline + 1 - text;
		text = newline + 1;
	}
	require(!recording_close(&recording));
	fclose(file);
	return saved;
}

static struct bytes read_back(const struct bytes *saved, int64_t offset)
{
	struct bytes lines = {.at = NULL};
	char buffer[LINE_READER_SIZE];
	struct line_reader reader = {.buffer = buffer};
	int64_t found = offset;
	size_t room, length;
	const char *line;

	memcpy(line_reader_space(&reader, &room), saved->at, saved->length);
	require(room >= saved->length);
	line_reader_filled(&reader, saved->length);
	while (line_reader_next(&reader, &line, &length)) {
		if (recording_parse_head(line, length, &found))
			continue;
		offset ^= length & 1;
		require(found == offset);
		bytes_add(&lines, line, length);
		bytes_add(&lines, "\n", 1);
	}
	return lines;
}

/* No line of a trace looks like a head line. */
static bool has_head(const char *text, size_t length)
{
	const char *newline;
	int64_t offset;

	while ((newline = memchr(text, '\n', length))) {
		if (recording_parse_head(text, newline - text, &offset))
			return true;
		length -= newline + 1 - text;
		text = newline + 1;
	}
	return false;
}

/* What is parsed and printed again is the same. */
static void parse_head(const char *line, size_t length)
{
	char text[128];
	int64_t offset;
	size_t end;

	if (!recording_parse_head(line, length, &offset))
		return;
	snprintf(text, sizeof(text), "%lld us", (long long)offset);
	end = strlen(text);
	require(length > end);
	/* Zeros and a plus may stand before it. */
	if (offset > 0)
		require(!memcmp(line + length - end, text, end));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes saved, lines = {.at = NULL};
	struct input input = {data, size};
	int64_t offset = 0;
	size_t length, i;
	char *text;

	for (i = 0; i < sizeof(offset); i++)
		offset = (uint64_t)offset << 8 | input_choice(&input);
	text = input_copy(&input, LINE_READER_MAX, &length);
	parse_head(text, length);
	while (length && text[length - 1] != '\n')
		length--;
	if (has_head(text, length))
		length = 0;
	saved = record(text, length, offset);
	if (saved.length)
		lines = read_back(&saved, offset);
	require(lines.length == length);
	require(!length || !memcmp(lines.at, text, length));
	free(lines.at);
	free(saved.at);
	free(text);
	return 0;
}
