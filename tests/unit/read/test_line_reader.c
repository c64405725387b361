/*
 * test_line_reader.c - the same lines, however the bytes come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "read/line_reader.h"

#define SEED 20150825

/* Lines as they were handed out, a newline behind each, and how many. */
struct lines {
	char *text;
	size_t length;
	size_t count;
	uint64_t overlong;
};

static void lines_add(struct lines *lines, const char *line, size_t length)
{
	char *text = realloc(lines->text, lines->length + length + 1);

	assert_non_null(text);
	lines->text = text;
	memcpy(lines->text + lines->length, line, length);
	lines->text[lines->length + length] = '\n';
	lines->length += length + 1;
	lines->count++;
}

/* Put count bytes into the reader, and take out what lines there are. */
static void feed(struct line_reader *reader, struct lines *lines,
		 const char *bytes, size_t count)
{
	const char *line;
	size_t room, length;
	char *space;

	while (count) {
		space = line_reader_space(reader, &room);
		assert_true(room >= 1);
		if (room > count)
			room = count;
		memcpy(space, bytes, room);
		line_reader_filled(reader, room);
		bytes += room;
		count -= room;
		while (line_reader_next(reader, &line, &length))
			lines_add(lines, line, length);
	}
}

/* The last line, without a newline, if there is one. */
static void take_last(struct line_reader *reader, struct lines *lines)
{
	if (reader->start != reader->end)
		lines_add(lines, reader->buffer + reader->start,
			  reader->end - reader->start);
	reader->start = reader->end;
}

static void finish(struct line_reader *reader, struct lines *lines)
{
	const char *line;
	size_t length;

	take_last(reader, lines);
	assert_false(line_reader_next(reader, &line, &length));
	lines->overlong = reader->overlong;
}

static void assert_lines(struct lines *lines, const char *expected,
			 size_t length, uint64_t overlong)
{
	assert_int_equal(lines->length, length);
	if (length)
		assert_memory_equal(lines->text, expected, length);
	assert_int_equal(lines->overlong, overlong);
	free(lines->text);
}

/* The same in pieces of at most max bytes, by chance or not. */
static struct lines read_in_pieces(const char *bytes, size_t count, size_t max,
				   bool by_chance)
{
	char buffer[LINE_READER_SIZE];
	struct line_reader reader = {.buffer = buffer};
	struct lines lines = {NULL, 0, 0, 0};
	size_t piece;

	for (; count; bytes += piece, count -= piece) {
		piece = by_chance ? 1 + (size_t)rand() % max : max;
		if (piece > count)
			piece = count;
		feed(&reader, &lines, bytes, piece);
	}
	finish(&reader, &lines);
	return lines;
}

static const struct {
	const char *bytes;
	size_t length;
	const char *lines;
	size_t lines_length;
} texts[] = {
#define TEXT(bytes, lines)                                                     \
	{                                                                      \
		bytes, sizeof(bytes) - 1, lines, sizeof(lines) - 1             \
	}
	TEXT("", ""),
	TEXT("\n", "\n"),
	TEXT("\n\n\n", "\n\n\n"),
	TEXT("one\n", "one\n"),
	TEXT("one", "one\n"),
	TEXT("one\ntwo", "one\ntwo\n"),
	TEXT("\none\n\ntwo\n\n", "\none\n\ntwo\n\n"),
	TEXT("a\0b\n\0\n\0", "a\0b\n\0\n\0\n"),
	TEXT("\xff\x80\r\n \t\n", "\xff\x80\r\n \t\n"),
	TEXT("CPU:0 [LOST 765 EVENTS]\n"
	     "            curl-1469  [001] d... 85.871000: : x\n\n",
	     "CPU:0 [LOST 765 EVENTS]\n"
	     "            curl-1469  [001] d... 85.871000: : x\n\n"),
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static void test_split_anywhere(void **state)
{
	char buffer[LINE_READER_SIZE];
	struct line_reader reader;
	size_t i, split;

	(void)state;
	for (i = 0; i < TEXTS; i++) {
		for (split = 0; split <= texts[i].length; split++) {
			struct lines lines = {NULL, 0, 0, 0};

			reader = (struct line_reader){.buffer = buffer};
			feed(&reader, &lines, texts[i].bytes, split);
			feed(&reader, &lines, texts[i].bytes + split,
			     texts[i].length - split);
			finish(&reader, &lines);
			assert_lines(&lines, texts[i].lines,
				     texts[i].lines_length, 0);
		}
	}
}

static void test_split_by_chance(void **state)
{
	struct lines lines;
	size_t i, round;

	(void)state;
	srand(SEED);
	for (round = 0; round < 200; round++) {
		i = round % TEXTS;
		lines = read_in_pieces(texts[i].bytes, texts[i].length, 9,
				       true);
		assert_lines(&lines, texts[i].lines, texts[i].lines_length, 0);
	}
}

/* A line of some length between two short ones. */
static void check_length(size_t length, size_t piece, bool ends)
{
	size_t total = 6 + length + (ends ? 7 : 0);
	bool fits = length <= LINE_READER_MAX;
	char *bytes = malloc(total), *expected = malloc(total + 1);
	size_t expected_length = 0;
	struct lines lines;

	assert_true(bytes && expected);
	memcpy(bytes, "first\n", 6);
	memset(bytes + 6, 'x', length);
	if (ends)
		memcpy(bytes + 6 + length, "\nafter\n", 7);
	if (fits) {
		memcpy(expected, bytes, total);
		expected[total] = '\n';
		expected_length = ends ? total : total + 1;
	} else {
		memcpy(expected, "first\nafter\n", 12);
		expected_length = ends ? 12 : 6;
	}
	lines = read_in_pieces(bytes, total, piece, false);
	assert_lines(&lines, expected, expected_length, fits ? 0 : 1);
	free(bytes);
	free(expected);
}

static void test_long_lines(void **state)
{
	static const size_t lengths[] = {
		LINE_READER_MAX - 1,	  LINE_READER_MAX,
		LINE_READER_MAX + 1,	  2UL * LINE_READER_MAX,
		LINE_READER_SIZE - 7,	  LINE_READER_SIZE - 6,
		LINE_READER_SIZE,	  LINE_READER_SIZE + 1,
		3 * LINE_READER_SIZE + 5,
	};
	static const size_t pieces[] = {1, 7, 4095, 4096, 4097, 65536};
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		for (k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
			check_length(lengths[i], pieces[k], true);
			check_length(lengths[i], pieces[k], false);
		}
	}
}

/* Wherever a line that is too long is cut, it is skipped whole, once. */
static void test_long_line_split_anywhere(void **state)
{
	size_t length = LINE_READER_MAX + 3, total = length + 7, split;
	char *bytes = malloc(total);
	char buffer[LINE_READER_SIZE];
	struct line_reader reader;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', length);
	memcpy(bytes + length, "\nafter\n", 7);
	for (split = 0; split <= total; split++) {
		struct lines lines = {NULL, 0, 0, 0};

		reader = (struct line_reader){.buffer = buffer};
		feed(&reader, &lines, bytes, split);
		feed(&reader, &lines, bytes + split, total - split);
		finish(&reader, &lines);
		assert_lines(&lines, "after\n", 6, 1);
	}
	free(bytes);
}

/* Lines of every length go through, long after the buffer was full once. */
static void test_many_lines(void **state)
{
	size_t size = 1 << 20, at = 0, length;
	char *bytes = malloc(size);
	struct lines lines;

	(void)state;
	assert_non_null(bytes);
	srand(SEED);
	memset(bytes, 'y', size);
	for (;;) {
		length = (size_t)rand() % (LINE_READER_MAX + 1);
		if (at + length + 1 > size)
			break;
		bytes[at + length] = '\n';
		at += length + 1;
	}
	lines = read_in_pieces(bytes, at, 20000, true);
	assert_lines(&lines, bytes, at, 0);
	lines = read_in_pieces(bytes, at, LINE_READER_SIZE, false);
	assert_lines(&lines, bytes, at, 0);
	free(bytes);
}

/* After the end of a file more may come, as in a file that grows. */
static void test_goes_on_after_last(void **state)
{
	char buffer[LINE_READER_SIZE];
	struct line_reader reader = {.buffer = buffer};
	struct lines lines = {NULL, 0, 0, 0};

	(void)state;
	feed(&reader, &lines, "half", 4);
	take_last(&reader, &lines);
	assert_int_equal(lines.length, 5);
	feed(&reader, &lines, "next\n", 5);
	finish(&reader, &lines);
	assert_lines(&lines, "half\nnext\n", 10, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split_anywhere),
		cmocka_unit_test(test_split_by_chance),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_long_line_split_anywhere),
		cmocka_unit_test(test_many_lines),
		cmocka_unit_test(test_goes_on_after_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
