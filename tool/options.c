/*
 * options.c - the command line: one table of options, getopt_long, and what
 * Python's argparse does beyond getopt_long.
 *
 * getopt_long is given one word at a time and matches names: abbreviations,
 * clusters like -tp181, where a value stands. Ours is the order in which
 * things are noticed, as argparse has it: first every abbreviation that
 * could mean two options; then each option in turn, where -h ends the run
 * and a wrong value ends it too; last the words that nobody asked for.
 *
 * The usage line and the help text come from the same table. A new option
 * is a row there, and for one with a value the function that takes it.
 */
#include "options.h"

#include <getopt.h>
#include <stddef.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum row_kind {
	ROW_HELP,
	ROW_VERSION,
	ROW_FLAG,	/* no value; sets a bool */
	ROW_VALUE,	/* -p VALUE, -pVALUE, -p=VALUE, --pid=VALUE, ... */
	ROW_OPTIONAL,	/* --name, or --name=VALUE */
};

struct row {
	const char *name;
	char letter;		/* or 0 */
	const char *help;
	enum row_kind kind;
	size_t flag;		/* ROW_FLAG: where in struct options */
	const char *metavar;	/* the value's name in help and errors */
	/* The value is NULL where ROW_OPTIONAL has none. False: invalid. */
	bool (*take)(struct options *options, const char *value);
};

#define TAKE(name) \
	static bool take_##name(struct options *options, const char *value)
TAKE(pid);
TAKE(port);
TAKE(uid);
TAKE(cgroup_map);
TAKE(mntns_map);
TAKE(interval);
TAKE(duration);
TAKE(max_events);
TAKE(write_file);
TAKE(read_file);
TAKE(kernel_headers);
TAKE(maxactive);

#define HELP .kind = ROW_HELP
#define VERSION .kind = ROW_VERSION
#define FLAG(field) .kind = ROW_FLAG, .flag = offsetof(struct options, field)
#define VALUE(var, function) \
	.kind = ROW_VALUE, .metavar = (var), .take = (function)
#define OPTIONAL(var, function) \
	.kind = ROW_OPTIONAL, .metavar = (var), .take = (function)

/* In the order of the usage line; letter 0 where there is none. */
static const struct row rows[] = {
	{ "help", 'h', "show this help message and exit", HELP },
	{ "timestamp", 't', "include timestamp on output", FLAG(timestamp) },
	{ "pid", 'p', "trace this PID only",
	  VALUE("PID", take_pid) },

	{ "port", 'P', "only connects to these ports, as in 80,443",
	  VALUE("PORT", take_port) },
	{ "uid", 'u', "only connects of this user id",
	  VALUE("UID", take_uid) },
	{ "cgroupmap", 0, "only processes of the cgroups in this BPF map",
	  VALUE("PATH", take_cgroup_map) },
	{ "mntnsmap", 0, "only processes of the mount namespaces in this BPF "
	  "map", VALUE("PATH", take_mntns_map) },
	{ "failed", 'x', "only connects that failed at once, and why",
	  FLAG(failed) },

	{ "time", 'T', "include the time of day on output", FLAG(wall_time) },
	{ "print-uid", 'U', "include the user id on output", FLAG(print_uid) },
	{ "lport", 'L', "include the local port on output", FLAG(lport) },
	{ "dns", 'd', "include the name that was looked up for DADDR",
	  FLAG(dns) },
	{ "json", 'j', "print a JSON object for each connect", FLAG(json) },
	{ "raw", 0, "print the trace's own line under each row", FLAG(raw) },
	{ "count", 'c', "count connects, and print the sums at the end",
	  FLAG(count) },
	{ "interval", 0, "with -c: print and clear the sums this often",
	  VALUE("SECONDS", take_interval) },

	{ "duration", 0, "end after this time",
	  VALUE("SECONDS", take_duration) },
	{ "max-events", 0, "end after this many connects",
	  VALUE("N", take_max_events) },
	{ "write", 'w', "save the trace's own lines, too; - is stdout",
	  VALUE("FILE", take_write_file) },
	{ "read", 'r', "print the connects of such a file; - is stdin",
	  VALUE("FILE", take_read_file) },
	{ "check", 0, "examine this host, prove the whole way, and exit",
	  FLAG(check) },
	{ "ebpf", 0, "print the BPF program and exit", FLAG(ebpf) },
	{ "global-pipe", 0, "read the global trace_pipe, as the original did",
	  FLAG(global_pipe) },
	{ "kernel-headers", 0, "compile with the host's kernel headers",
	  OPTIONAL("DIR", take_kernel_headers) },
	{ "maxactive", 0, "returns that can be awaited at a time (4096)",
	  VALUE("N", take_maxactive) },
	{ "verbose", 'v', "say what is done, and count at the end",
	  FLAG(verbose) },
	{ "version", 'V', "show the program's version and exit", VERSION },
};

/*
 * What can't be asked for together: the sums of -c are made in the kernel
 * and have no rows, -r has no kernel, and a line under a JSON object would
 * be no JSON.
 */
static const struct pair {
	const char *name, *other;
} conflicts[] = {
	{ "timestamp", "count" },    { "time", "count" },
	{ "print-uid", "count" },    { "lport", "count" },
	{ "dns", "count" },	     { "json", "count" },
	{ "raw", "count" },	     { "max-events", "count" },
	{ "write", "count" },	     { "read", "count" },
	{ "cgroupmap", "read" },     { "mntnsmap", "read" },
	{ "dns", "read" },	     { "duration", "read" },
	{ "write", "read" },	     { "check", "read" },
	{ "ebpf", "read" },	     { "global-pipe", "read" },
	{ "kernel-headers", "read" }, { "maxactive", "read" },
	{ "raw", "json" },	     { "ebpf", "check" },
};

/* What makes no sense without another one. */
static const struct pair needs[] = {
	{ "interval", "count" },
};

/*
 * Abbreviations that the original took. They keep their meaning whatever
 * options are added; only an option that is called exactly so takes one over.
 */
static const struct alias {
	const char *alias;
	const char *name;
} aliases[] = {
	{ "h", "help" },	   { "he", "help" },
	{ "hel", "help" },	   { "p", "pid" },
	{ "pi", "pid" },	   { "t", "timestamp" },
	{ "ti", "timestamp" },	   { "tim", "timestamp" },
	{ "times", "timestamp" },
	{ "timest", "timestamp" }, { "timesta", "timestamp" },
	{ "timestam", "timestamp" },
};

/* What getopt_long returns for rows[0]; letters are below it. */
#define ROW_BASE 256

#define DEFAULT_PROGRAM "tcpv4connect"
#define USAGE "usage: "

/* argparse's layout on a terminal of 80 columns. */
#define WIDTH 78
#define HELP_COLUMN 24

#define SECONDS_MAX (100 * 365 * 86400U)

#define SYNTAX_SIZE 80	/* bytes; an option as the usage line has it */

struct parser {
	struct options *options;
	const char *program;
	FILE *out, *err;
	bool help;		/* -h was reached in this word */
	bool version;		/* -V, the same */
	bool given[ARRAY_SIZE(rows)];
	size_t extra_count;	/* words that nobody asked for */
	FILE *extra_out;	/* where to list them, or NULL */
	char letters[2 + 3 * ARRAY_SIZE(rows) + 1];
	struct option names[ARRAY_SIZE(rows) + ARRAY_SIZE(aliases) + 1];
};

/* Values */

/* Decimal digits up to end, and nothing else, from min to max. */
static bool take_digits(uint32_t *number, const char *text, const char *end,
			uint32_t min, uint32_t max)
{
	uint64_t sum = 0;

	for (const char *digit = text; digit < end; digit++) {
		if (*digit < '0' || *digit > '9')
			return false;
		sum = sum * 10 + (*digit - '0');
		if (sum > max)
			return false;
	}
	*number = sum;
	return text < end && sum >= min;
}

static bool take_number(uint32_t *number, const char *text, uint32_t min,
			uint32_t max)
{
	return take_digits(number, text, text + strlen(text), min, max);
}

/* Numbers with a comma between each two. */
static bool take_list(struct options_list *list, const char *text,
		      uint32_t min, uint32_t max)
{
	const char *end;

	list->count = 0;
	do {
		end = text + strcspn(text, ",");
		if (list->count == OPTIONS_LIST_MAX ||
		    !take_digits(&list->values[list->count++], text, end, min,
				 max))
			return false;
		text = end + 1;
	} while (*end);
	return true;
}

static bool take_pid(struct options *options, const char *value)
{
	/* The original pasted an empty value as no filter. */
	options->pids.count = 0;
	return !*value || take_list(&options->pids, value, 1, INT32_MAX);
}

static bool take_port(struct options *options, const char *value)
{
	return take_list(&options->ports, value, 1, UINT16_MAX);
}

static bool take_uid(struct options *options, const char *value)
{
	options->has_uid = true;
	return take_number(&options->uid, value, 0, UINT32_MAX - 1);
}

static bool take_path(const char **path, const char *value)
{
	*path = value;
	return *value;
}

static bool take_cgroup_map(struct options *options, const char *value)
{
	return take_path(&options->cgroup_map, value);
}

static bool take_mntns_map(struct options *options, const char *value)
{
	return take_path(&options->mntns_map, value);
}

static bool take_write_file(struct options *options, const char *value)
{
	return take_path(&options->write_file, value);
}

static bool take_read_file(struct options *options, const char *value)
{
	return take_path(&options->read_file, value);
}

static bool take_interval(struct options *options, const char *value)
{
	return take_number(&options->interval, value, 1, SECONDS_MAX);
}

static bool take_duration(struct options *options, const char *value)
{
	return take_number(&options->duration, value, 1, SECONDS_MAX);
}

static bool take_max_events(struct options *options, const char *value)
{
	return take_number(&options->max_events, value, 1, INT32_MAX);
}

static bool take_maxactive(struct options *options, const char *value)
{
	return take_number(&options->maxactive, value, 0,
			   OPTIONS_MAXACTIVE_MAX);
}

static bool take_kernel_headers(struct options *options, const char *value)
{
	options->kernel_headers = true;
	options->kernel_headers_dir = value && *value ? value : NULL;
	return true;
}

/* Text that users gave, made fit for a terminal */

#define ESCAPE_SIZE 8

/* quote: that of Python's repr() that stands around the text, or 0. */
static bool is_plain(unsigned char byte, char quote)
{
	if (quote && (byte == (unsigned char)quote || byte == '\\'))
		return false;
	return byte >= ' ' && byte < 0x7f;
}

static void escape_byte(char escape[ESCAPE_SIZE], unsigned char byte)
{
	static const char from[] = "\n\r\t\\'\"", to[] = "nrt\\'\"";
	const char *found = byte ? strchr(from, byte) : NULL;

	if (found)
		snprintf(escape, ESCAPE_SIZE, "\\%c", to[found - from]);
	else
		snprintf(escape, ESCAPE_SIZE, "\\x%02x", byte);
}

/* Returns how many columns it took; out may be NULL. */
static size_t put_escaped(FILE *out, const char *text, char quote)
{
	char escape[ESCAPE_SIZE];
	size_t columns = 0, plain;

	for (; *text; text++) {
		for (plain = 0; text[plain]; plain++)
			if (!is_plain(text[plain], quote))
				break;
		if (out)
			fwrite(text, 1, plain, out);
		columns += plain;
		text += plain;
		if (!*text)
			break;

		escape_byte(escape, *text);
		if (out)
			fputs(escape, out);
		columns += strlen(escape);
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

static void value_syntax(const struct row *row, char *text, size_t size)
{
	*text = '\0';
	if (row->kind == ROW_VALUE)
		snprintf(text, size, " %s", row->metavar);
	else if (row->kind == ROW_OPTIONAL)
		snprintf(text, size, "[=%s]", row->metavar);
}

static void usage_syntax(const struct row *row, char *text, size_t size)
{
	char value[SYNTAX_SIZE / 2];

	value_syntax(row, value, sizeof(value));
	if (row->letter)
		snprintf(text, size, "[-%c%s]", row->letter, value);
	else
		snprintf(text, size, "[--%s%s]", row->name, value);
}

static void put_usage(const struct parser *parser, FILE *out)
{
	char text[SYNTAX_SIZE];
	size_t column, indent, total, i;

	fputs(USAGE, out);
	column = strlen(USAGE) + put_escaped(out, parser->program, 0);
	for (total = column, i = 0; i < ARRAY_SIZE(rows); i++) {
		usage_syntax(&rows[i], text, sizeof(text));
		total += 1 + strlen(text);
	}

	/* A program's name that leaves no room has a line to itself. */
	indent = column;
	if (total > WIDTH && column > WIDTH * 3 / 4) {
		indent = strlen(USAGE) - 1;
		column = WIDTH;
	}
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		usage_syntax(&rows[i], text, sizeof(text));
		if (column + 1 + strlen(text) > WIDTH) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		}
		fprintf(out, " %s", text);
		column += 1 + strlen(text);
	}
	putc('\n', out);
}

/* Words of the text from the given column on, wrapped to HELP_COLUMN. */
static void put_wrapped(FILE *out, const char *text)
{
	size_t column = HELP_COLUMN, length;

	while (*text) {
		length = strcspn(text, " ");
		if (column > HELP_COLUMN && column + 1 + length > WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		}
		if (column > HELP_COLUMN) {
			putc(' ', out);
			column++;
		}
		fwrite(text, 1, length, out);
		column += length;
		text += length + strspn(text + length, " ");
	}
	putc('\n', out);
}

static void put_option_help(FILE *out, const struct row *row)
{
	char value[SYNTAX_SIZE];
	int column;

	value_syntax(row, value, sizeof(value));
	if (!row->letter)
		column = fprintf(out, "  --%s%s", row->name, value);
	else if (row->kind == ROW_VALUE)
		column = fprintf(out, "  -%c%s, --%s%s", row->letter, value,
				 row->name, value);
	else
		column = fprintf(out, "  -%c, --%s%s", row->letter, row->name,
				 value);

	if (column > HELP_COLUMN - 2) {
		putc('\n', out);
		column = 0;
	}
	fprintf(out, "%*s", HELP_COLUMN - column, "");
	put_wrapped(out, row->help);
}

static void put_help(const struct parser *parser)
{
	FILE *out = parser->out;
	size_t i;

	put_usage(parser, out);
	fputs("\nTrace TCP IPv4 connects\n\noptional arguments:\n", out);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		put_option_help(out, &rows[i]);
	fputs("\n"
	      "examples:\n"
	      "    ./tcpv4connect           # trace all TCP IPv4 connect()s\n"
	      "    ./tcpv4connect -t        # include timestamps\n"
	      "    ./tcpv4connect -p 181    # only trace PID 181\n"
	      "    ./tcpv4connect -P 80,443 # only trace these ports\n"
	      "    ./tcpv4connect -x        # only trace failed connects\n"
	      "    ./tcpv4connect -c        # count connects per address\n",
	      out);
}

/* Errors */

static void begin_error(const struct parser *parser)
{
	put_usage(parser, parser->err);
	put_escaped(parser->err, parser->program, 0);
	fputs(": error: ", parser->err);
}

static void put_name(FILE *out, const struct row *row)
{
	if (row->letter)
		fprintf(out, "-%c/", row->letter);
	fprintf(out, "--%s", row->name);
}

static void begin_argument_error(const struct parser *parser,
				 const struct row *row)
{
	begin_error(parser);
	fputs("argument ", parser->err);
	put_name(parser->err, row);
	fputs(": ", parser->err);
}

static enum options_verdict no_value(const struct parser *parser,
				     const struct row *row)
{
	begin_argument_error(parser, row);
	fputs("expected one argument\n", parser->err);
	return OPTIONS_INVALID;
}

static enum options_verdict unwanted_value(const struct parser *parser,
					   const struct row *row,
					   const char *value)
{
	begin_argument_error(parser, row);
	fputs("ignored explicit argument ", parser->err);
	put_quoted(parser->err, value);
	putc('\n', parser->err);
	return OPTIONS_INVALID;
}

static enum options_verdict wrong_value(const struct parser *parser,
					const struct row *row,
					const char *value)
{
	begin_argument_error(parser, row);
	fprintf(parser->err, "invalid %s value: ", row->metavar);
	put_quoted(parser->err, value);
	putc('\n', parser->err);
	return OPTIONS_INVALID;
}

static size_t name_prefix_length(const char *word)
{
	return strcspn(word + 2, "=");
}

static enum options_verdict ambiguous(const struct parser *parser,
				      const char *word)
{
	const char *separator = " could match ";
	size_t length = name_prefix_length(word), i;

	begin_error(parser);
	fputs("ambiguous option: ", parser->err);
	put_escaped(parser->err, word, 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strncmp(rows[i].name, word + 2, length))
			continue;
		fprintf(parser->err, "%s--%s", separator, rows[i].name);
		separator = ", ";
	}
	putc('\n', parser->err);
	return OPTIONS_INVALID;
}

/* Words */

static const struct row *row_of(int value)
{
	size_t i;

	if (value >= ROW_BASE)
		return &rows[value - ROW_BASE];
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (value && rows[i].letter == value)
			return &rows[i];
	return NULL;
}

/* For argparse a word like -1 or -.5 is a value, for no option looks so. */
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

static int next_option(const struct parser *parser, int argc, char **argv)
{
	return getopt_long(argc, argv, parser->letters, parser->names, NULL);
}

static bool is_option(const struct parser *parser, char *word)
{
	char *argv[] = { NULL, word, NULL };

	optind = 0;
	if (next_option(parser, 2, argv) != '?')
		return true;
	/* A name that is known, with a value that it does not take. */
	return word[1] == '-' && optopt != 0;
}

static bool is_ambiguous(const char *word)
{
	size_t length = name_prefix_length(word), i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strncmp(rows[i].name, word + 2, length))
			return true;
	return false;
}

enum word_kind {
	WORD_VALUE,	/* can be an option's value */
	WORD_OPTION,	/* begins with an option */
	WORD_AMBIGUOUS,
	WORD_UNKNOWN,	/* looks like an option and is none */
	WORD_END,	/* --: only values follow */
};

static enum word_kind word_kind(const struct parser *parser, char *word)
{
	if (word[0] != '-' || !word[1])
		return WORD_VALUE;
	if (!strcmp(word, "--"))
		return WORD_END;
	if (is_option(parser, word))
		return WORD_OPTION;
	if (word[1] == '-' && is_ambiguous(word))
		return WORD_AMBIGUOUS;
	if (is_negative_number(word) || strchr(word, ' '))
		return WORD_VALUE;
	return WORD_UNKNOWN;
}

/* Do what an option asks for; the value is NULL where there is none. */
static enum options_verdict apply(struct parser *parser, const struct row *row,
				  const char *value)
{
	/* Whatever follows -h in its word need only be an option. */
	if (parser->help || parser->version)
		return OPTIONS_RUN;

	parser->given[row - rows] = true;
	switch (row->kind) {
	case ROW_HELP:
		parser->help = true;
		break;
	case ROW_VERSION:
		parser->version = true;
		break;
	case ROW_FLAG:
		*(bool *)((char *)parser->options + row->flag) = true;
		break;
	case ROW_VALUE:
	case ROW_OPTIONAL:
		if (!row->take(parser->options, value))
			return value ? wrong_value(parser, row, value) :
				       no_value(parser, row);
		break;
	}
	return OPTIONS_RUN;
}

/*
 * A word that begins with an option, and all that getopt_long finds in it.
 * next is the word behind it where that can be a value, or NULL; *used says
 * how many of the two were taken.
 */
static enum options_verdict parse_option(struct parser *parser, char *word,
					 char *next, int *used)
{
	char *argv[] = { NULL, word, next, NULL };
	/* The word begins with an option, so there is one before it is used. */
	const struct row *row = rows;
	const char *at, *value;
	int found;

	optind = 0;
	at = word + 1;	/* in a cluster, the letter whose turn it is */
	do {
		found = next_option(parser, next ? 3 : 2, argv);
		if (found == ':')
			return no_value(parser, row_of(optopt));
		if (found == '?' && word[1] == '-')
			return unwanted_value(parser, row_of(optopt),
					      strchr(word, '=') + 1);
		if (found == '?') {
			/* argparse drops the = of -t=5, and reads on. */
			bool dropped = at == word + 2 && *at == '=';

			if (dropped && at[1])
				continue;
			return unwanted_value(parser, row, at + dropped);
		}

		row = row_of(found);
		value = optarg;
		if (value && value == word + 2 && *value == '=')
			value++;
		if (apply(parser, row, value) != OPTIONS_RUN)
			return OPTIONS_INVALID;
	} while (at++, optind == 1);

	*used = optind - 1;
	return OPTIONS_RUN;
}

static void extra_word(struct parser *parser, const char *word)
{
	parser->extra_count++;
	if (parser->extra_out) {
		putc(' ', parser->extra_out);
		put_escaped(parser->extra_out, word, 0);
	}
}

static enum options_verdict parse_words(struct parser *parser, int argc,
					char **argv)
{
	int i, used;

	for (i = 1; i < argc; i += used) {
		enum word_kind kind = word_kind(parser, argv[i]);
		char *next = NULL;

		used = 1;
		if (kind == WORD_END)
			break;
		if (kind != WORD_OPTION) {
			extra_word(parser, argv[i]);
			continue;
		}
		if (i + 1 < argc &&
		    word_kind(parser, argv[i + 1]) == WORD_VALUE)
			next = argv[i + 1];
		if (parse_option(parser, argv[i], next, &used) != OPTIONS_RUN)
			return OPTIONS_INVALID;
		if (parser->help) {
			put_help(parser);
			return OPTIONS_DONE;
		}
		if (parser->version) {
			fputs(DEFAULT_PROGRAM " " PROGRAM_VERSION "\n",
			      parser->out);
			return OPTIONS_DONE;
		}
	}
	for (; i < argc; i++)
		extra_word(parser, argv[i]);
	return OPTIONS_RUN;
}

static enum options_verdict find_ambiguous(const struct parser *parser,
					   int argc, char **argv)
{
	enum word_kind kind;
	int i;

	for (i = 1; i < argc; i++) {
		kind = word_kind(parser, argv[i]);
		if (kind == WORD_AMBIGUOUS)
			return ambiguous(parser, argv[i]);
		if (kind == WORD_END)
			break;
	}
	return OPTIONS_RUN;
}

static bool is_given(const struct parser *parser, const char *name,
		     const struct row **row)
{
	for (*row = rows; strcmp((*row)->name, name); (*row)++)
		;
	return parser->given[*row - rows];
}

static enum options_verdict not_allowed(const struct parser *parser,
					const struct row *row,
					const char *relation,
					const struct row *other)
{
	begin_argument_error(parser, row);
	fprintf(parser->err, "not allowed %s argument ", relation);
	put_name(parser->err, other);
	putc('\n', parser->err);
	return OPTIONS_INVALID;
}

static enum options_verdict find_conflict(const struct parser *parser)
{
	const struct row *row, *other;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(conflicts); i++)
		if (is_given(parser, conflicts[i].name, &row) &&
		    is_given(parser, conflicts[i].other, &other))
			return not_allowed(parser, row, "with", other);
	for (i = 0; i < ARRAY_SIZE(needs); i++)
		if (is_given(parser, needs[i].name, &row) &&
		    !is_given(parser, needs[i].other, &other))
			return not_allowed(parser, row, "without", other);
	return OPTIONS_RUN;
}

/* Go over the words again, for the list of those that nobody asked for. */
static enum options_verdict list_extra_words(struct parser *parser, int argc,
					     char **argv)
{
	begin_error(parser);
	fputs("unrecognized arguments:", parser->err);
	parser->extra_out = parser->err;
	parse_words(parser, argc, argv);
	putc('\n', parser->err);
	return OPTIONS_INVALID;
}

/* Set up */

static struct option getopt_name(const char *name, size_t row)
{
	static const int has_arg[] = {
		[ROW_HELP] = no_argument,
		[ROW_VERSION] = no_argument,
		[ROW_FLAG] = no_argument,
		[ROW_VALUE] = required_argument,
		[ROW_OPTIONAL] = optional_argument,
	};

	return (struct option){
		.name = name,
		.has_arg = has_arg[rows[row].kind],
		.val = ROW_BASE + (int)row,
	};
}

/* The rows come first: of two equal names getopt_long takes the first. */
static void fill_names(struct parser *parser)
{
	struct option *name = parser->names;
	size_t row, i;

	for (row = 0; row < ARRAY_SIZE(rows); row++)
		*name++ = getopt_name(rows[row].name, row);
	for (i = 0; i < ARRAY_SIZE(aliases); i++)
		for (row = 0; row < ARRAY_SIZE(rows); row++)
			if (!strcmp(aliases[i].name, rows[row].name))
				*name++ = getopt_name(aliases[i].alias, row);
}

static void fill_letters(struct parser *parser)
{
	/* +: take no word from further on; :: say if a value is missing. */
	char *letter = stpcpy(parser->letters, "+:");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!rows[i].letter)
			continue;
		*letter++ = rows[i].letter;
		if (rows[i].kind == ROW_VALUE)
			*letter++ = ':';
		if (rows[i].kind == ROW_OPTIONAL)
			letter = stpcpy(letter, "::");
	}
	*letter = '\0';
}

static const char *program_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *name = slash ? slash + 1 : path;

	return name && *name ? name : DEFAULT_PROGRAM;
}

enum options_verdict options_parse(struct options *options, int argc,
				   char **argv, FILE *out, FILE *err)
{
	struct parser parser = {
		.options = options,
		.program = program_name(argc > 0 ? argv[0] : NULL),
		.out = out,
		.err = err,
	};
	enum options_verdict verdict;

	*options = (struct options){ .maxactive = OPTIONS_MAXACTIVE_MAX };
	fill_names(&parser);
	fill_letters(&parser);
	opterr = 0;

	verdict = find_ambiguous(&parser, argc, argv);
	if (verdict == OPTIONS_RUN)
		verdict = parse_words(&parser, argc, argv);
	if (verdict == OPTIONS_RUN && parser.extra_count > 0)
		verdict = list_extra_words(&parser, argc, argv);
	if (verdict == OPTIONS_RUN)
		verdict = find_conflict(&parser);
	return verdict;
}

bool options_entry(size_t number, struct options_entry *entry)
{
	const struct row *row = rows + number;

	if (number >= ARRAY_SIZE(rows))
		return false;
	*entry = (struct options_entry){
		.name = row->name, .letter = row->letter, .help = row->help,
		.metavar = row->metavar,
		.is_optional = row->kind == ROW_OPTIONAL,
	};
	return true;
}
