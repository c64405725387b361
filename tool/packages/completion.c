/*
 * completion.c - a program of its own, for the build: what shells want to know
 * to complete tcpv4connect's options, made from the table in options.c.
 *
 *   completion bash|zsh|fish    the script, on stdout
 *
 * What a value can be is told by its name in the help text (struct value). A
 * new option needs nothing here, one with a new kind of value a row there.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

#define PROGRAM "tcpv4connect"
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/*
 * How each shell finds values. In bash, one of the functions below and its
 * arguments; in zsh, an action of `_arguments`; in fish, arguments of
 * `complete`. Values that cannot be guessed have nothing.
 */
static const struct value {
	const char *metavar, *bash, *zsh, *fish;
} values[] = {
	{ "PID", "_list -W \"$(cd /proc && echo [1-9]*)\"",
	  "{_sequence compadd - /proc/[1-9]*(\\:t)}",
	  "-x -a '(__fish_complete_pids)'" },
	{ "UID", "_reply -W \"$(getent passwd | cut -d: -f3)\"",
	  "{compadd -- ${(f)\"$(getent passwd | cut -d\\: -f3)\"}}",
	  "-x -a '(getent passwd | cut -d: -f3)'" },
	{ "PATH", "_files -f", "_files", "-r -F" },
	{ "FILE", "_files -f", "_files", "-r -F" },
	{ "DIR", "_files -d", "_files -/", "" },
	{ "PORT", "", " ", "-x" },
	{ "SECONDS", "", " ", "-x" },
	{ "N", "", " ", "-x" },
};

static const struct value *value_of(const struct argparse_option *entry)
{
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if (!strcmp(values[i].metavar, entry->metavar))
			return &values[i];
	fprintf(stderr, "completion: completion.c does not know what %s is, "
		"the value of --%s\n", entry->metavar, entry->name);
	exit(EXIT_FAILURE);
}

/* A text inside '...', where the shell wants these characters escaped. */
static void put_quoted(const char *text, const char *special)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\'", stdout);
		else if (strchr(special, *text))
			putchar('\\');
		putchar(*text);
	}
}

/* The pattern of a case: -p | --pid. */
static void put_bash_case(const struct argparse_option *entry)
{
	if (!entry->metavar || entry->is_optional)
		return;
	putchar('\t');
	if (entry->letter)
		printf("-%c | ", entry->letter);
	printf("--%s) ", entry->name);
	if (*value_of(entry)->bash)
		printf("_" PROGRAM "%s ", value_of(entry)->bash);
	printf(";;\n");
}

static void put_bash_words(const struct argparse_option *entry)
{
	if (entry->letter)
		printf(" -%c", entry->letter);
	printf(" --%s", entry->name);
}

/* '(-p --pid)'{-p+,--pid=}'[help]:PID:action' */
static void put_zsh(const struct argparse_option *entry)
{
	const char *value = !entry->metavar ? "" :
			    entry->is_optional ? "=-" : "=";

	printf(" \\\n\t");
	if (entry->letter)
		printf("'(-%c --%s)'{-%c%s,--%s%s}'[", entry->letter,
		       entry->name, entry->letter, entry->metavar ? "+" : "",
		       entry->name, value);
	else
		printf("'--%s%s[", entry->name, value);
	put_quoted(entry->help, "[]:\\");
	putchar(']');
	if (entry->metavar)
		printf("%s%s:%s", entry->is_optional ? "::" : ":",
		       entry->metavar, value_of(entry)->zsh);
	putchar('\'');
}

static void put_fish(const struct argparse_option *entry)
{
	printf("complete -c " PROGRAM);
	if (entry->letter)
		printf(" -s %c", entry->letter);
	printf(" -l %s", entry->name);
	if (entry->metavar && *value_of(entry)->fish)
		printf(" %s", value_of(entry)->fish);
	printf(" -d '");
	put_quoted(entry->help, "\\");
	printf("'\n");
}

/* Bash makes a word of each = in the line, as COMP_WORDBREAKS has it. */
static const char bash_functions[] =
	"# bash completion of " PROGRAM "\n\n"
	"_" PROGRAM "_reply()\n{\n"
	"\tmapfile -t COMPREPLY < <(compgen \"$@\" -- \"$word\")\n"
	"}\n\n"
	"# The last of some values with commas between them.\n"
	"_" PROGRAM "_list()\n{\n"
	"\tlocal before=\n\n"
	"\t[[ $word != *,* ]] || before=${word%,*},\n"
	"\tword=${word##*,}\n"
	"\t_" PROGRAM "_reply -P \"$before\" \"$@\"\n"
	"}\n\n"
	"_" PROGRAM "_files()\n{\n"
	"\tcompopt -o filenames\n"
	"\t_" PROGRAM "_reply \"$@\"\n"
	"}\n\n"
	"_" PROGRAM "()\n{\n"
	"\tlocal word=${COMP_WORDS[COMP_CWORD]}\n"
	"\tlocal option=${COMP_WORDS[COMP_CWORD - 1]}\n\n"
	"\tCOMPREPLY=()\n"
	"\tif [[ $word = = ]]; then\n"
	"\t\tword=\n"
	"\telif [[ $option = = ]]; then\n"
	"\t\toption=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\tfi\n"
	"\tcase $option in\n";

/* A script is its parts, one after another: text, each option, text. */
static const struct {
	const char *shell, *before;
	void (*put)(const struct argparse_option *entry);
	const char *after;
} parts[] = {
	{ "bash", bash_functions, put_bash_case, "" },
	{ "bash", "\t*)\n\t\t[[ $word != -* ]] || _" PROGRAM "_reply -W \"",
	  put_bash_words,
	  "\" ;;\n\tesac\n}\n\ncomplete -F _" PROGRAM " " PROGRAM "\n" },
	{ "zsh", "#compdef " PROGRAM "\n\n_arguments -s -S", put_zsh, "\n" },
	{ "fish", "# fish completion of " PROGRAM "\n\n"
	  "complete -c " PROGRAM " -f\n", put_fish, "" },
};

int main(int argc, char **argv)
{
	const struct argparse_option *entry;
	bool is_known = false;

	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(parts); i++) {
		if (strcmp(parts[i].shell, argv[1]))
			continue;
		is_known = true;
		fputs(parts[i].before, stdout);
		for (entry = options_table(); entry->name; entry++)
			parts[i].put(entry);
		fputs(parts[i].after, stdout);
	}
	if (is_known)
		return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
	fprintf(stderr, "usage: completion bash|zsh|fish\n");
	return 2;
}
