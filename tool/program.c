/*
 * program.c - replaces words in the BPF program's source, as the original
 * did, and knows nothing of what compiles it.
 */
#include "program.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "options.h"
#include "report.h"

static bool is_word_character(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The first place at or after from where word stands as a whole word. */
static const char *find_word(const char *source, const char *from,
			     const char *word)
{
	size_t length = strlen(word);
	const char *at;

	for (at = strstr(from, word); at; at = strstr(at + 1, word)) {
		if (at > source && is_word_character(at[-1]))
			continue;
		if (!is_word_character(at[length]))
			return at;
	}
	return NULL;
}

char *program_replace(const char *source, const char *word,
		      const char *replacement)
{
	const char *at = find_word(source, source, word);
	char *text;

	if (!at || find_word(source, at + 1, word)) {
		errno = EINVAL;
		return NULL;
	}
	if (asprintf(&text, "%.*s%s%s", (int)(at - source), source,
		     replacement, at + strlen(word)) < 0) {
		errno = ENOMEM;
		return NULL;
	}
	return text;
}

/* What FILTER becomes; an empty string where everything is wanted. */
static char *filter_text(const struct options *options)
{
	char *text;
	int length;

	if (options->pid)
		length = asprintf(&text, "if (tgid != %u) { return 0; }",
				  options->pid);
	else
		length = asprintf(&text, "%s", "");
	return length < 0 ? NULL : text;
}

char *program_text(const struct options *options, const char *tag)
{
	char *filter = filter_text(options), *filtered = NULL, *text = NULL;

	if (filter)
		filtered = program_replace(embedded_program, "FILTER", filter);
	if (filtered)
		text = program_replace(filtered, "TAG", tag);
	free(filtered);
	free(filter);
	if (!text)
		report_error("cannot write the BPF program: %s",
			     strerror(errno));
	return text;
}
