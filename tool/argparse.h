/*
 * argparse.h - a command line in the language of Python's argparse: its
 * spellings of an option and its value (-p 181, -p181, -p=181, --pid=181), its
 * abbreviations, its help text, its messages.
 *
 * The caller describes its options in a struct argparse_grammar and stores
 * their values itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define ARGPARSE_OPTIONS_MAX 64

enum argparse_action {
	ARGPARSE_TAKE,		/* pass it to the grammar's take() */
	ARGPARSE_HELP,		/* print the help text */
	ARGPARSE_VERSION,	/* print the version */
};

struct argparse_option {
	const char *name;	/* without the dashes */
	char letter;		/* or 0 */
	const char *help;
	const char *metavar;	/* its value's name in help; NULL: no value */
	bool is_optional;	/* only --name=VALUE has a value, --name none */
	/*
	 * Each abbreviation of the name means this option, even if other names
	 * begin alike. Only another option's full name goes first.
	 */
	bool keeps_abbreviations;
	enum argparse_action action;
	const void *data;	/* for take() */
};

/* Two options by name. */
struct argparse_pair {
	const char *name, *other;
};

/* The three tables end with a row whose name is NULL. */
struct argparse_grammar {
	const char *program;	/* used if argv[0] has no name */
	const char *version;
	const char *description;
	const char *epilog;	/* ends the help text, with a newline */
	const struct argparse_option *options;	/* in the order of the usage */
	const struct argparse_pair *conflicts;	/* exclude each other */
	const struct argparse_pair *needs;	/* the first takes the other */
	/*
	 * Store the value in target. It is NULL if the option has none, which
	 * is never invalid. Returns false if the value is. May be called twice
	 * for the same word.
	 */
	bool (*take)(void *target, const struct argparse_option *option,
		     const char *value);
};

enum argparse_verdict {
	ARGPARSE_RUN,		/* every word was taken: go on */
	ARGPARSE_DONE,		/* help or version is on out: exit 0 */
	ARGPARSE_INVALID,	/* usage and error are on err: exit 2 */
};

/*
 * Parse argv, which ends with NULL as main()'s does, into target. Values point
 * into argv, which is not changed.
 * Messages use the last part of argv[0] as the program's name.
 */
enum argparse_verdict argparse_parse(const struct argparse_grammar *grammar,
				     void *target, int argc, char **argv,
				     FILE *out, FILE *err);
