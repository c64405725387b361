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
	char **word, **end;		/* being parsed; behind the last */
	enum argparse_action action;	/* of the first -h or -V */
	bool given[ARGPARSE_OPTIONS_MAX];
	size_t extra_count;		/* words that belong to no option */
	FILE *extra_out;		/* where to list them, or NULL */
};

/* Text that users gave, made fit for a terminal */

/* quote: that of Python's repr() that stands around the text, or 0. */
static bool is_plain(unsigned char byte, char quote)
{
	if (quote && (byte == (unsigned char)quote || byte == '\\'))
		return false;
	return byte >= ' ' && byte < 0x7f;
}

/* Returns how many columns it took. */
static size_t put_escaped(FILE *out, const char *text, char quote)
{
	static const char from[] = "\n\r\t\\'\"", to[] = "nrt\\'\"";
	size_t columns = 0;

	for (; *text; text++) {
		const char *found = strchr(from, *text);

		if (is_plain(*text, quote))
			columns += fprintf(out, "%c", *text);
		else if (found)
			columns += fprintf(out, "\\%c", to[found - from]);
		else
			columns += fprintf(out, "\\x%02x",
					   (unsigned char)*text);
	}
	return columns;
}

static void put_quoted(FILE *out, const char *text)
{
	char quote = '\'';

	if (strchr(text, '\'') && !strchr(text, '"'))
		quote = '"';
	putc(quote, out);
	put_escaped(out, text, quote);
	putc(quote, out);
}

/* Usage and help */

static void value_syntax(const struct argparse_option *option, char *text)
{
	*text = '\0';
	if (option->metavar)
		snprintf(text, SYNTAX_SIZE / 2,
			 option->is_optional ? "[=%s]" : " %s",
			 option->metavar);
}

static void usage_syntax(const struct argparse_option *option, char *text)
{
	char value[SYNTAX_SIZE / 2];

	value_syntax(option, value);
	if (option->letter)
		snprintf(text, SYNTAX_SIZE, "[-%c%s]", option->letter, value);
	else
		snprintf(text, SYNTAX_SIZE, "[--%s%s]", option->name, value);
}

static void put_usage(const struct parser *parser, FILE *out)
{
	const struct argparse_option *option;
	char text[SYNTAX_SIZE];
	size_t column, indent, total;

	fputs(USAGE, out);
	column = strlen(USAGE) + put_escaped(out, parser->program, 0);
	total = column;
	for (option = parser->options; option->name; option++) {
		usage_syntax(option, text);
		total += 1 + strlen(text);
	}

	/* A program's name that leaves no room has a line to itself. */
	indent = column;
	if (total > WIDTH && column > WIDTH * 3 / 4) {
		indent = strlen(USAGE) - 1;
		column = WIDTH;
	}
	for (option = parser->options; option->name; option++) {
		usage_syntax(option, text);
		if (column + 1 + strlen(text) > WIDTH) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		}
		column += fprintf(out, " %s", text);
	}
	putc('\n', out);
}

/* out stands at HELP_COLUMN, where further lines begin. */
static void put_wrapped(FILE *out, const char *text)
{
	size_t column = HELP_COLUMN, length;

	for (; *text; text += length + strspn(text + length, " ")) {
		length = strcspn(text, " ");
		if (column > HELP_COLUMN && column + 1 + length > WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		}
		column += fprintf(out, "%s%.*s",
				  column > HELP_COLUMN ? " " : "",
				  (int)length, text);
	}
	putc('\n', out);
}

static void put_option_help(FILE *out, const struct argparse_option *option)
{
	char value[SYNTAX_SIZE / 2];
	int column = fprintf(out, "  ");

	value_syntax(option, value);
	if (option->letter)
		column += fprintf(out, "-%c%s, ", option->letter,
				  option->is_optional ? "" : value);
	column += fprintf(out, "--%s%s", option->name, value);

	if (column > HELP_COLUMN - 2) {
		putc('\n', out);
		column = 0;
	}
	fprintf(out, "%*s", HELP_COLUMN - column, "");
	put_wrapped(out, option->help);
}

static enum argparse_verdict put_wanted(const struct parser *parser)
{
	const struct argparse_grammar *grammar = parser->grammar;
	const struct argparse_option *option;

	if (parser->action == ARGPARSE_VERSION) {
		fprintf(parser->out, "%s %s\n", grammar->program,
			grammar->version);
		return ARGPARSE_DONE;
	}
	put_usage(parser, parser->out);
	fprintf(parser->out, "\n%s\n\noptional arguments:\n",
		grammar->description);
	for (option = parser->options; option->name; option++)
		put_option_help(parser->out, option);
	fprintf(parser->out, "\n%s", grammar->epilog);
	return ARGPARSE_DONE;
}

/* Errors. What prints one returns false, for its caller to return. */

static void begin_error(const struct parser *parser)
{
	put_usage(parser, parser->err);
	put_escaped(parser->err, parser->program, 0);
	fputs(": error: ", parser->err);
}

static void put_name(FILE *out, const struct argparse_option *option)
{
	if (option->letter)
		fprintf(out, "-%c/", option->letter);
	fprintf(out, "--%s", option->name);
}

static void begin_argument_error(const struct parser *parser,
				 const struct argparse_option *option)
{
	begin_error(parser);
	fputs("argument ", parser->err);
	put_name(parser->err, option);
	fputs(": ", parser->err);
}

static bool no_value(const struct parser *parser,
		     const struct argparse_option *option)
{
	begin_argument_error(parser, option);
	fputs("expected one argument\n", parser->err);
	return false;
}

/* value follows the reason, in quotes. */
static bool bad_value(const struct parser *parser,
		      const struct argparse_option *option, const char *reason,
		      const char *value)
{
	begin_argument_error(parser, option);
	fputs(reason, parser->err);
	put_quoted(parser->err, value);
	putc('\n', parser->err);
	return false;
}

static bool not_allowed(const struct parser *parser,
			const struct argparse_option *option,
			const char *relation,
			const struct argparse_option *other)
{
	begin_argument_error(parser, option);
	fprintf(parser->err, "not allowed %s argument ", relation);
	put_name(parser->err, other);
	putc('\n', parser->err);
	return false;
}

/* Kinds of words */

/* Of --name=VALUE. */
static size_t name_length(const char *word)
{
	return strcspn(word + 2, "=");
}

static bool is_name_or_abbreviation(const char *word, const char *name)
{
	return !strncmp(name, word + 2, name_length(word));
}

/* The option that a word with two dashes names; NULL: none, or several. */
static const struct argparse_option *find_name(const struct parser *parser,
					       const char *word)
{
	const struct argparse_option *option, *found = NULL, *kept = NULL;
	size_t length = name_length(word), count = 0;

	for (option = parser->options; option->name; option++) {
		if (!is_name_or_abbreviation(word, option->name))
			continue;
		if (!option->name[length])
			return option;
		if (option->keeps_abbreviations && length > 0)
			kept = option;
		found = option;
		count++;
	}
	return count == 1 ? found : kept;
}

static const struct argparse_option *find_letter(const struct parser *parser,
						 char letter)
{
	const struct argparse_option *option;

	for (option = parser->options; option->name; option++)
		if (option->letter == letter)
			return option;
	return NULL;
}

/* Does it begin a name? If find_name() finds none, it begins several. */
static bool begins_name(const struct parser *parser, const char *word)
{
	const struct argparse_option *option;

	for (option = parser->options; option->name; option++)
		if (is_name_or_abbreviation(word, option->name))
			return true;
	return false;
}

/* For argparse a word like -1 or -.5 is a value, since no option looks so. */
static bool is_negative_number(const char *word)
{
	static const char digits[] = "0123456789";
	size_t whole = strspn(word + 1, digits);
	const char *rest = word + 1 + whole;

	if (!*rest)
		return whole > 0;
	if (*rest++ != '.')
		return false;
	return *rest && !rest[strspn(rest, digits)];
}

enum word_kind {
	WORD_VALUE,	/* can be an option's value */
	WORD_NAME,	/* two dashes and an option's name */
	WORD_LETTERS,	/* a dash and an option's letter */
	WORD_AMBIGUOUS,	/* two dashes and what begins several names */
	WORD_UNKNOWN,	/* looks like an option and is none */
	WORD_END,	/* --: only values follow */
};

static enum word_kind word_kind(const struct parser *parser, const char *word)
{
	if (word[0] != '-' || !word[1])
		return WORD_VALUE;
	if (!strcmp(word, "--"))
		return WORD_END;
	if (word[1] == '-' && begins_name(parser, word))
		return find_name(parser, word) ? WORD_NAME : WORD_AMBIGUOUS;
	if (find_letter(parser, word[1]))
		return WORD_LETTERS;
	if (is_negative_number(word) || strchr(word, ' '))
		return WORD_VALUE;
	return WORD_UNKNOWN;
}

/* The options in words */

static bool apply(struct parser *parser, const struct argparse_option *option,
		  const char *value)
{
	char reason[SYNTAX_SIZE];

	/* What follows -h in its word need only be an option. */
	if (parser->action)
		return true;
	parser->action = option->action;
	if (parser->action)
		return true;

	parser->given[option - parser->options] = true;
	if (parser->grammar->take(parser->target, option, value) || !value)
		return true;
	snprintf(reason, sizeof(reason), "invalid %s value: ", option->metavar);
	return bad_value(parser, option, reason, value);
}

/* value: what the option's own word holds of its value, or NULL. */
static bool apply_value(struct parser *parser,
			const struct argparse_option *option, const char *value)
{
	if (value || option->is_optional)
		return apply(parser, option, value);
	if (parser->word + 1 == parser->end ||
	    word_kind(parser, parser->word[1]) != WORD_VALUE)
		return no_value(parser, option);
	return apply(parser, option, *++parser->word);
}

static bool parse_name(struct parser *parser, const char *word)
{
	const struct argparse_option *option = find_name(parser, word);
	const char *equals = strchr(word, '=');

	if (option->metavar)
		return apply_value(parser, option, equals ? equals + 1 : NULL);
	if (equals)
		return bad_value(parser, option, "ignored explicit argument ",
				 equals + 1);
	return apply(parser, option, NULL);
}

/* Of some letters the last may have a value: -tp181, -tp 181, -p=181. */
static bool parse_letters(struct parser *parser, const char *word)
{
	const struct argparse_option *option = find_letter(parser, word[1]);
	const struct argparse_option *found;
	const char *at, *value;

	for (at = word + 1; *at; at++) {
		/* argparse drops the = of -t=5, and reads on. */
		bool is_equals = at == word + 2 && *at == '=';

		if (is_equals && at[1])
			continue;
		found = find_letter(parser, *at);
		if (!found)
			return bad_value(parser, option,
					 "ignored explicit argument ",
					 at + is_equals);
		option = found;
		if (option->metavar) {
			value = at[1] ? at + 1 : NULL;
			if (value == word + 2 && *value == '=')
				value++;
			return apply_value(parser, option, value);
		}
		(void)apply(parser, option, NULL);
	}
	return true;
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
static bool parse_words(struct parser *parser, int argc, char **argv)
{
	enum word_kind kind = WORD_VALUE;
	bool is_valid = true;

	parser->end = argv + argc;
	for (parser->word = argv + 1; parser->word < parser->end;
	     parser->word++) {
		if (kind != WORD_END)
			kind = word_kind(parser, *parser->word);
		if (kind == WORD_NAME)
			is_valid = parse_name(parser, *parser->word);
		else if (kind == WORD_LETTERS)
			is_valid = parse_letters(parser, *parser->word);
		else
			extra_word(parser);
		if (!is_valid || parser->action)
			break;
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
		if (!is_name_or_abbreviation(word, option->name))
			continue;
		fprintf(parser->err, "%s--%s", separator, option->name);
		separator = ", ";
	}
	putc('\n', parser->err);
	return false;
}

static bool check_abbreviations(const struct parser *parser, int argc,
				char **argv)
{
	enum word_kind kind = WORD_VALUE;

	for (int i = 1; i < argc && kind != WORD_END; i++) {
		kind = word_kind(parser, argv[i]);
		if (kind == WORD_AMBIGUOUS)
			return refuse_ambiguous(parser, argv[i]);
	}
	return true;
}

/* Words that belong to no option are listed by going over all once more. */
static bool check_extra_words(struct parser *parser, int argc, char **argv)
{
	if (parser->extra_count == 0)
		return true;
	begin_error(parser);
	fputs("unrecognized arguments:", parser->err);
	parser->extra_out = parser->err;
	(void)parse_words(parser, argc, argv);
	putc('\n', parser->err);
	return false;
}

/* Sets *option to the one of that name. */
static bool is_given(const struct parser *parser, const char *name,
		     const struct argparse_option **option)
{
	for (*option = parser->options; strcmp((*option)->name, name);
	     (*option)++)
		;
	return parser->given[*option - parser->options];
}

static bool check_pairs(const struct parser *parser)
{
	const struct argparse_option *option, *other;
	const struct argparse_pair *pair;

	for (pair = parser->grammar->conflicts; pair->name; pair++)
		if (is_given(parser, pair->name, &option) &&
		    is_given(parser, pair->other, &other))
			return not_allowed(parser, option, "with", other);
	for (pair = parser->grammar->needs; pair->name; pair++)
		if (is_given(parser, pair->name, &option) &&
		    !is_given(parser, pair->other, &other))
			return not_allowed(parser, option, "without", other);
	return true;
}

enum argparse_verdict argparse_parse(const struct argparse_grammar *grammar,
				     void *target, int argc, char **argv,
				     FILE *out, FILE *err)
{
	const char *path = argc > 0 ? argv[0] : "";
	const char *slash = strrchr(path, '/');
	struct parser parser = {
		.grammar = grammar,
		.options = grammar->options,
		.target = target,
		.program = slash ? slash + 1 : path,
		.out = out,
		.err = err,
	};

	if (!*parser.program)
		parser.program = grammar->program;
	if (!check_abbreviations(&parser, argc, argv) ||
	    !parse_words(&parser, argc, argv))
		return ARGPARSE_INVALID;
	if (parser.action)
		return put_wanted(&parser);
	return check_extra_words(&parser, argc, argv) && check_pairs(&parser) ?
		       ARGPARSE_RUN : ARGPARSE_INVALID;
}
