/*
 * argparse.c - the language of Python's argparse.
 *
 * It notices things in argparse's order: first each abbreviation that could
 * mean two options; then each option in turn, where help or a wrong value ends
 * the parsing; then the words that belong to no option; last the options that
 * exclude or need each other. It knows neither the options nor their values.
 */
#include "argparse.h"

#include <string.h>

#include "system/escape.h"

#define USAGE "usage: "

/* argparse's layout on a terminal of 80 columns. */
#define WIDTH 78
#define HELP_COLUMN 24

#define SYNTAX_SIZE 80	/* bytes; an option as the usage or an error has it */

struct parser {
	const struct argparse_grammar *grammar;
	const struct argparse_option *options;	/* the grammar's */
	void *target;
	const char *program;
	FILE *out, *err;
	char **word;			/* being parsed; NULL ends them */
	enum argparse_action action;	/* of the first -h or -V */
	bool given[ARGPARSE_OPTIONS_MAX];
	size_t extra_count;		/* words that belong to no option */
	FILE *extra_out;		/* where to list them, or NULL */
};

/* Usage and help */

/* quote: that of Python's repr() around the text, or 0. Returns the columns. */
static int put_escaped(FILE *out, const char *text, char quote)
{
	int columns = 0, length;
	char shown[4];

	for (; *text; text++) {
		if (quote && (*text == quote || *text == '\\'))
			putc('\\', out);
		length = put_ascii(shown, *text) - shown;
		columns += fprintf(out, "%.*s", length, shown);
	}
	return columns;
}

static void value_syntax(const struct argparse_option *option, char *text)
{
	*text = '\0';
	if (option->metavar)
		snprintf(text, SYNTAX_SIZE / 2,
			 option->is_optional ? "[=%s]" : " %s",
			 option->metavar);
}

/* A blank and the word, on a new line if this one has no room. */
static void put_word(FILE *out, int *column, int indent, const char *word,
		     int length)
{
	if (*column + 1 + length > WIDTH)
		*column = fprintf(out, "\n%*s", indent, "") - 1;
	*column += fprintf(out, " %.*s", length, word);
}

static void put_usage(const struct parser *parser, FILE *out)
{
	const struct argparse_option *option;
	char value[SYNTAX_SIZE / 2], text[SYNTAX_SIZE];
	int column, indent;

	fputs(USAGE, out);
	column = strlen(USAGE) + put_escaped(out, parser->program, 0);
	indent = column;
	/* A program's name that leaves no room has a line to itself. */
	if (column > WIDTH * 3 / 4) {
		indent = strlen(USAGE) - 1;
		column = WIDTH;
	}
	for (option = parser->options; option->name; option++) {
		value_syntax(option, value);
		if (option->letter)
			snprintf(text, sizeof(text), "[-%c%s]", option->letter,
				 value);
		else
			snprintf(text, sizeof(text), "[--%s%s]", option->name,
				 value);
		put_word(out, &column, indent, text, strlen(text));
	}
	putc('\n', out);
}

static void put_option_help(FILE *out, const struct argparse_option *option)
{
	char value[SYNTAX_SIZE / 2];
	const char *text = option->help;
	int column = fprintf(out, "  "), length;

	value_syntax(option, value);
	if (option->letter)
		column += fprintf(out, "-%c%s, ", option->letter, value);
	column += fprintf(out, "--%s%s", option->name, value);
	if (column > HELP_COLUMN - 2)
		column = fprintf(out, "\n") - 1;
	column += fprintf(out, "%*s", HELP_COLUMN - 1 - column, "");

	for (; *text; text += length + strspn(text + length, " ")) {
		length = strcspn(text, " ");
		put_word(out, &column, HELP_COLUMN - 1, text, length);
	}
	putc('\n', out);
}

static void put_help(const struct parser *parser)
{
	const struct argparse_option *option;

	put_usage(parser, parser->out);
	fprintf(parser->out, "\n%s\n\noptional arguments:\n",
		parser->grammar->description);
	for (option = parser->options; option->name; option++)
		put_option_help(parser->out, option);
	fprintf(parser->out, "\n%s", parser->grammar->epilog);
}

/* Errors */

static void begin_error(const struct parser *parser)
{
	put_usage(parser, parser->err);
	put_escaped(parser->err, parser->program, 0);
	fputs(": error: ", parser->err);
}

static void name_syntax(const struct argparse_option *option, char *text)
{
	const char letter[] = { '-', option->letter, '/', '\0' };

	snprintf(text, SYNTAX_SIZE, "%s--%s", option->letter ? letter : "",
		 option->name);
}

/* value: what follows the reason, in quotes; or NULL. Returns false. */
static bool refuse(const struct parser *parser,
		   const struct argparse_option *option, const char *reason,
		   const char *value)
{
	char name[SYNTAX_SIZE], quote = '\'';

	name_syntax(option, name);
	begin_error(parser);
	fprintf(parser->err, "argument %s: %s", name, reason);
	if (value) {
		if (strchr(value, '\'') && !strchr(value, '"'))
			quote = '"';
		putc(quote, parser->err);
		put_escaped(parser->err, value, quote);
		putc(quote, parser->err);
	}
	putc('\n', parser->err);
	return false;
}

/* Words */

struct match {
	enum {
		WORD_VALUE,	/* can be an option's value */
		WORD_OPTION,
		WORD_AMBIGUOUS,	/* two dashes and what begins several names */
		WORD_UNKNOWN,	/* looks like an option and is none */
		WORD_END,	/* --: only values follow */
	} kind;
	const struct argparse_option *option;
	const char *rest;	/* of the word: its value, letters, or NULL */
};

/* For argparse a word like -1 or -.5 is a value, since no option looks so. */
static bool is_negative_number(const char *word)
{
	static const char digits[] = "0123456789";
	const char *end = word + 1 + strspn(word + 1, digits);

	if (*end == '.')
		end += 1 + strspn(end + 1, digits);
	return !*end && end[-1] >= '0' && end[-1] <= '9';
}

static bool is_abbreviation(const char *word, const char *name)
{
	return !strncmp(name, word + 2, strcspn(word + 2, "="));
}

static struct match match_name(const struct parser *parser, const char *word)
{
	const char *end = word + strcspn(word, "=");
	struct match match = { WORD_UNKNOWN, NULL, *end ? end + 1 : NULL };
	const struct argparse_option *option;
	size_t length = end - word - 2, count = 0;
	int rank, best = -1;

	for (option = parser->options; option->name; option++) {
		if (!is_abbreviation(word, option->name))
			continue;
		rank = !option->name[length] ? 2 :
		       length > 0 && option->keeps_abbreviations;
		if (rank > best) {
			best = rank;
			match.option = option;
		}
		match.kind = count++ && !best ? WORD_AMBIGUOUS : WORD_OPTION;
	}
	return match;
}

static const struct argparse_option *find_letter(const struct parser *parser,
						 char letter)
{
	const struct argparse_option *option;

	for (option = parser->options; option->name; option++)
		if (letter && option->letter == letter)
			return option;
	return NULL;
}

/* argparse drops the = of -t=5 as well as that of -p=5. */
static struct match match_letter(const struct parser *parser, const char *word)
{
	const struct argparse_option *option = find_letter(parser, word[1]);
	const char *rest = word + 2 + (word[2] == '=');

	return (struct match){ option ? WORD_OPTION : WORD_UNKNOWN, option,
			       word[2] ? rest : NULL };
}

static struct match match_word(const struct parser *parser, const char *word)
{
	struct match match = { .kind = WORD_VALUE };

	if (word[0] != '-' || !word[1])
		return match;
	if (!strcmp(word, "--"))
		return (struct match){ .kind = WORD_END };
	match = word[1] == '-' ? match_name(parser, word) :
				 match_letter(parser, word);
	if (match.kind == WORD_UNKNOWN &&
	    (is_negative_number(word) || strchr(word, ' ')))
		match.kind = WORD_VALUE;
	return match;
}

static bool apply(struct parser *parser, const struct argparse_option *option,
		  const char *value)
{
	char reason[SYNTAX_SIZE];

	/* What follows -h in its word need only be an option. */
	if (!parser->action)
		parser->action = option->action;
	if (parser->action)
		return true;
	parser->given[option - parser->options] = true;
	if (parser->grammar->take(parser->target, option, value))
		return true;
	snprintf(reason, sizeof(reason), "invalid %s value: ", option->metavar);
	return refuse(parser, option, reason, value);
}

/* Of some letters the last may have a value: -tp181, -tp 181, -p=181. */
static bool parse_option(struct parser *parser, struct match match)
{
	const struct argparse_option *option = match.option, *next = NULL;
	const char *rest = match.rest;

	for (; rest && !option->metavar; option = next) {
		if ((*parser->word)[1] != '-')
			next = find_letter(parser, *rest);
		if (!next)
			return refuse(parser, option,
				      "ignored explicit argument ", rest);
		(void)apply(parser, option, NULL);
		rest = rest[1] ? rest + 1 : NULL;
	}
	if (!rest && option->metavar && !option->is_optional) {
		rest = *++parser->word;
		if (!rest || match_word(parser, rest).kind != WORD_VALUE)
			return refuse(parser, option, "expected one argument",
				      NULL);
	}
	return apply(parser, option, rest);
}

static void extra_word(struct parser *parser)
{
	parser->extra_count++;
	if (parser->extra_out) {
		putc(' ', parser->extra_out);
		put_escaped(parser->extra_out, *parser->word, 0);
	}
}

/* Stops after a word that asks for help or the version. */
static bool parse_words(struct parser *parser, char **words)
{
	struct match match = { .kind = WORD_VALUE };
	bool is_valid = true;

	for (parser->word = words;
	     is_valid && !parser->action && *parser->word; parser->word++) {
		if (match.kind != WORD_END)
			match = match_word(parser, *parser->word);
		if (match.kind == WORD_OPTION)
			is_valid = parse_option(parser, match);
		else
			extra_word(parser);
	}
	return is_valid;
}

/* Errors that take all words */

static bool refuse_ambiguous(const struct parser *parser, const char *word)
{
	const struct argparse_option *option;
	const char *separator = " could match ";

	begin_error(parser);
	fputs("ambiguous option: ", parser->err);
	put_escaped(parser->err, word, 0);
	for (option = parser->options; option->name; option++) {
		if (!is_abbreviation(word, option->name))
			continue;
		fprintf(parser->err, "%s--%s", separator, option->name);
		separator = ", ";
	}
	putc('\n', parser->err);
	return false;
}

static bool check_abbreviations(const struct parser *parser, char **words)
{
	for (; *words && strcmp(*words, "--"); words++)
		if (match_word(parser, *words).kind == WORD_AMBIGUOUS)
			return refuse_ambiguous(parser, *words);
	return true;
}

/* Words that belong to no option are listed by going over all once more. */
static bool check_extra_words(struct parser *parser, char **words)
{
	if (parser->extra_count == 0)
		return true;
	begin_error(parser);
	fputs("unrecognized arguments:", parser->err);
	parser->extra_out = parser->err;
	(void)parse_words(parser, words);
	putc('\n', parser->err);
	return false;
}

static size_t find_index(const struct parser *parser, const char *name)
{
	size_t index = 0;

	while (strcmp(parser->options[index].name, name))
		index++;
	return index;
}

/* Is no first of a pair given with, or if it needs that without, the other? */
static bool check_pairs(const struct parser *parser,
			const struct argparse_pair *pair, bool is_needed)
{
	char name[SYNTAX_SIZE], reason[2 * SYNTAX_SIZE];

	for (; pair->name; pair++) {
		size_t index = find_index(parser, pair->name);
		size_t other = find_index(parser, pair->other);

		if (!parser->given[index] || parser->given[other] == is_needed)
			continue;
		name_syntax(&parser->options[other], name);
		snprintf(reason, sizeof(reason), "not allowed %s argument %s",
			 is_needed ? "without" : "with", name);
		return refuse(parser, &parser->options[index], reason, NULL);
	}
	return true;
}

enum argparse_verdict argparse_parse(const struct argparse_grammar *grammar,
				     void *target, int argc, char **argv,
				     FILE *out, FILE *err)
{
	char **words = argv + (argc > 0);
	struct parser parser = {
		.grammar = grammar,
		.options = grammar->options,
		.target = target,
		.program = argc > 0 ? basename(argv[0]) : "",
		.out = out,
		.err = err,
	};

	if (!*parser.program)
		parser.program = grammar->program;
	if (!check_abbreviations(&parser, words) ||
	    !parse_words(&parser, words))
		return ARGPARSE_INVALID;
	if (!parser.action)
		return check_extra_words(&parser, words) &&
		       check_pairs(&parser, grammar->conflicts, false) &&
		       check_pairs(&parser, grammar->needs, true) ?
			       ARGPARSE_RUN : ARGPARSE_INVALID;
	if (parser.action == ARGPARSE_HELP)
		put_help(&parser);
	else
		fprintf(out, "%s %s\n", grammar->program, grammar->version);
	return ARGPARSE_DONE;
}
