/*
 * fuzz_replay.c - any file for -r, from its bytes to what is printed: columns
 * that keep their places, JSON that is JSON, nothing that a terminal would
 * obey, and the same whatever pieces the file is read in.
 *
 * The last three bytes choose options and pieces. read() and write() of the
 * program are ours (see tests/CMakeLists.txt), and nothing is confined.
 */
#include "fuzz.h"
#include "options.h"
#include "replay.h"
#include "show/output.h"
#include "show/rows.h"
#include "system/confine.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "/dev/null"	/* what is opened, and never read */

/* What the calls that the linker brings here work on. */
static struct world {
	const char *file;
	size_t left, piece;
	struct bytes out, err;
} world;

ssize_t __wrap_read(int fd, void *buffer, size_t count);
ssize_t __wrap_write(int fd, const void *buffer, size_t count);

ssize_t __wrap_read(int fd, void *buffer, size_t count)
{
	(void)fd;
	if (count > world.piece)
		count = world.piece;
	if (count > world.left)
		count = world.left;
	if (count)
		memcpy(buffer, world.file, count);
	world.file += count;
	world.left -= count;
	return count;
}

ssize_t __wrap_write(int fd, const void *buffer, size_t count)
{
	(void)fd;
	bytes_add(&world.out, buffer, count);
	return count;
}

static ssize_t write_err(void *cookie, const char *text, size_t size)
{
	(void)cookie;
	bytes_add(&world.err, text, size);
	return size;
}

/* Tried once would be tried for good. */
void confine_enter(enum confine_task task, int removal_dir_fd, bool verbose)
{
	(void)task;
	(void)removal_dir_fd;
	(void)verbose;
}

/* With a stderr of our own. */
static int replay_quietly(const struct options *options, struct rows *rows)
{
	const cookie_io_functions_t functions = {.write = write_err};
	FILE *before = stderr, *ours = fopencookie(NULL, "w", functions);
	int result;

	require(ours && !setvbuf(ours, NULL, _IONBF, 0));
	stderr = ours;
	result = replay_run(options, rows);
	stderr = before;
	fclose(ours);
	return result;
}

static void replay(const struct options *options, const char *file,
		   size_t length, size_t piece)
{
	int null = open(FILE_NAME, O_WRONLY | O_CLOEXEC);
	struct output output;
	struct rows rows;

	world = (struct world){.file = file, .left = length, .piece = piece};
	require(null >= 0 && !output_open(&output, null, -1));
	require(!rows_open(&rows, &options->show, &output));
	require(!replay_quietly(options, &rows));
	require(!options->show.max_events ||
		rows.shown <= options->show.max_events);
	require(!rows_close(&rows));
	output_close(&output);
	close(null);
}

/* --- columns */

/* A cell, and the blanks behind it, which make it as wide as it should be. */
static const char *cell(const char *at, const char *end, size_t width,
			const char *bytes)
{
	const char *start = at;

	while (at < end && strchr(bytes, *at))
		at++;
	require(at > start);
	while (at < end && at - start < (ptrdiff_t)width)
		require(*at++ == ' ');
	require(at - start >= (ptrdiff_t)width);
	return at;
}

static const char *blank(const char *at, const char *end)
{
	require(at < end && *at == ' ');
	return at + 1;
}

/* COMM is twelve characters of any number of bytes. */
static const char *comm(const char *at, const char *end)
{
	size_t columns;

	for (columns = 0; columns < 12; columns++) {
		require(at < end);
		at++;
		while (at < end && ((unsigned char)*at & 0xc0) == 0x80)
			at++;
	}
	return blank(at, end);
}

static void require_row(const struct options *options, const char *at,
			const char *end)
{
	if (options->show.columns.wall_time)
		at = blank(cell(at, end, 8, "0123456789:-"), end);
	if (options->show.columns.timestamp)
		at = blank(cell(at, end, 8, "0123456789."), end);
	if (options->show.columns.uid)
		at = blank(cell(at, end, 6, "0123456789-"), end);
	at = blank(cell(at, end, 6, "0123456789"), end);
	at = comm(at, end);
	at = blank(cell(at, end, 16, "0123456789."), end);
	if (options->show.columns.lport)
		at = blank(cell(at, end, 6, "0123456789-"), end);
	at = blank(cell(at, end, 16, "0123456789."), end);
	if (options->filter.failed) {
		at = blank(cell(at, end, 6, "0123456789"), end);
		at = cell(at, end, 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
	} else {
		at = cell(at, end, 4, "0123456789");
	}
	require(at == end);
}

/* --- JSON */

static const char *string(const char *at, const char *end)
{
	size_t i;

	require(at < end && *at == '"');
	for (at++; at < end && *at != '"'; at++) {
		if (*at != '\\')
			continue;
		require(++at < end && strchr("\"\\bfnrtu", *at));
		for (i = 0; *at == 'u' && i < 4; i++)
			require(at + i + 1 < end &&
				isxdigit((unsigned char)at[i + 1]));
	}
	require(at < end);
	return at + 1;
}

/* A string, a number or null. */
static const char *value(const char *at, const char *end)
{
	const char *start = at;

	if (at < end && *at == '"')
		return string(at, end);
	if (at + 4 < end && !memcmp(at, "null", 4))
		return at + 4;
	while (at < end && (isdigit((unsigned char)*at) || *at == '.'))
		at++;
	require(at > start && (*start != '0' || at == start + 1 ||
			       start[1] == '.'));
	return at;
}

static void require_object(const char *at, const char *end)
{
	static const char *const keys[] = {
		"{\"ts\":",    ",\"pid\":",   ",\"tid\":",   ",\"uid\":",
		",\"comm\":",  ",\"saddr\":", ",\"lport\":", ",\"daddr\":",
		",\"dport\":", ",\"error\":", ",\"query\":",
	};
	size_t i, length;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		length = strlen(keys[i]);
		require((size_t)(end - at) > length &&
			!memcmp(at, keys[i], length));
		at = value(at + length, end);
	}
	require(end - at == 1 && *at == '}');
}

/* --- */

/* Returns how many rows or objects were printed. */
static size_t require_output(const struct options *options)
{
	const char *at = world.out.at, *end, *newline;
	size_t rows = 0;

	require_lines(&world.out, options->show.raw);
	require_ascii(&world.err);
	end = at ? at + world.out.length : NULL;
	for (; at < end; at = newline + 1) {
		newline = memchr(at, '\n', end - at);
		if (options->show.json)
			require_object(at, newline);
		else if (rows)
			require_row(options, at, newline);
		rows++;
		if (options->show.raw && rows > 1)
			newline = memchr(newline + 1, '\n', end - newline - 1);
		require(newline);
	}
	require(options->show.json || rows);
	return options->show.json ? rows : rows - 1;
}

static void choose(struct options *options, struct input *input)
{
	uint8_t columns = input_choice(input), filters = input_choice(input);

	*options = (struct options){
		.filter = {
			.failed = columns & 16, .uids.count = !!(filters & 8),
		},
		.show = {
			.columns = {
				.wall_time = columns & 1,
				.timestamp = columns & 2,
				.uid = columns & 4, .lport = columns & 8,
				.error = columns & 16,
			},
			.json = columns & 32, .raw = (columns & 96) == 64,
			.max_events = filters & 7,
		},
		.verbose = columns & 128, .read_file = FILE_NAME,
	};
	if (filters & 16)
		options->filter.ports = (struct filter_list){{80}, 1};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct bytes out, err;
	struct options options;
	size_t length, piece;
	char *file;

	choose(&options, &input);
	piece = 1 + input_choice(&input);
	file = input_copy(&input, size, &length);
	replay(&options, file, length, SIZE_MAX);
	out = world.out;
	err = world.err;
	require_output(&options);
	replay(&options, file, length, piece);
	require(out.length == world.out.length &&
		(!out.length || !memcmp(out.at, world.out.at, out.length)));
	require(options.show.max_events ||
		(err.length == world.err.length &&
		 (!err.length || !memcmp(err.at, world.err.at, err.length))));
	free(world.out.at);
	free(world.err.at);
	free(out.at);
	free(err.at);
	free(file);
	return 0;
}
