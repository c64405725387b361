/*
 * fuzz_options.c - any words: a verdict, what belongs to it on the streams
 * that were given, and nothing that a terminal would obey.
 *
 * The input holds the words with a NUL behind each, the program's name first.
 */
#include "fuzz.h"
#include "options.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 32

/* A message is the usage, whose lines after the first are indented, and one
 * line more. */
static void require_message(const struct bytes *err)
{
	const char *at = err->at, *newline;
	size_t left = err->length, lines = 0;

	require_ascii(err);
	require(left > 7 && !memcmp(at, "usage: ", 7));
	for (; left; lines++, left -= newline + 1 - at, at = newline + 1) {
		newline = memchr(at, '\n', left);
		require(newline);
		if (lines && newline + 1 != err->at + err->length)
			require(*at == ' ');
	}
	require(lines > 1);
	require(memmem(err->at, err->length, ": error: ", 9));
}

static void require_list(const struct filter_list *list, uint32_t max)
{
	size_t i;

	require(list->count <= FILTER_LIST_MAX);
	for (i = 0; i < list->count; i++)
		require(list->values[i] >= 1 && list->values[i] <= max);
}

static void require_options(const struct options *options)
{
	require_list(&options->filter.pids, INT32_MAX);
	require_list(&options->filter.ports, UINT16_MAX);
	require(options->maxactive <= OPTIONS_MAXACTIVE_MAX);
	require(options->filter.uids.count <= 1);
	require(options->filter.uids.values[0] < UINT32_MAX);
	require(!options->read_file || *options->read_file);
	require(!options->show.write_file || *options->show.write_file);
	require(!options->read_file || !options->show.write_file);
	require(!options->show.interval || options->show.count);
	require(!options->show.json || !options->show.raw);
}

static void parse(int argc, char **argv)
{
	struct bytes out = {.at = NULL}, err = {.at = NULL};
	FILE *out_file = open_memstream(&out.at, &out.length);
	FILE *err_file = open_memstream(&err.at, &err.length);
	enum argparse_verdict verdict;
	struct options options;

	require(out_file && err_file);
	verdict = options_parse(&options, argc, argv, out_file, err_file);
	fclose(out_file);
	fclose(err_file);
	require((verdict == ARGPARSE_DONE) == (out.length > 0));
	require((verdict == ARGPARSE_INVALID) == (err.length > 0));
	require_ascii(&out);
	if (verdict == ARGPARSE_INVALID)
		require_message(&err);
	if (verdict == ARGPARSE_RUN)
		require_options(&options);
	free(out.at);
	free(err.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[WORDS_MAX + 1], *copy[WORDS_MAX];
	struct input input = {data, size};
	int argc = 0, i;

	while (argc < WORDS_MAX && input.left) {
		size_t length = strnlen((const char *)input.at, input.left);

		argv[argc] = strndup((const char *)input.at, length);
		copy[argc] = strdup(argv[argc]);
		require(argv[argc] && copy[argc]);
		length += length < input.left;
		input.at += length;
		input.left -= length;
		argc++;
	}
	argv[argc] = NULL;
	parse(argc, argv);
	for (i = 0; i < argc; i++) {
		require(!strcmp(argv[i], copy[i]));
		free(argv[i]);
		free(copy[i]);
	}
	return 0;
}
