/*
 * test_options.c - the command line: what the original's took and refused,
 * to the letter, and what has been added since.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "options.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define WORDS_MAX 8

#define USAGE \
	"usage: tcpv4connect [-h] [-t] [-p PID] [--ebpf] [--global-pipe]\n" \
	"                    [--kernel-headers[=DIR]] [--maxactive N] [-v]\n"

#define HELP \
	USAGE \
	"\n" \
	"Trace TCP IPv4 connects\n" \
	"\n" \
	"optional arguments:\n" \
	"  -h, --help            show this help message and exit\n" \
	"  -t, --timestamp       include timestamp on output\n" \
	"  -p PID, --pid PID     trace this PID only\n" \
	"  --ebpf                print the BPF program and exit\n" \
	"  --global-pipe         read the global trace_pipe, as the original " \
	"did\n" \
	"  --kernel-headers[=DIR]\n" \
	"                        compile with the host's kernel headers\n" \
	"  --maxactive N         returns that can be awaited at a time " \
	"(4096)\n" \
	"  -v, --verbose         say what is done, and count at the end\n" \
	"\n" \
	"examples:\n" \
	"    ./tcpv4connect           # trace all TCP IPv4 connect()s\n" \
	"    ./tcpv4connect -t        # include timestamps\n" \
	"    ./tcpv4connect -p 181    # only trace PID 181\n"

/* What a run of options_parse gave. Free with result_free(). */
struct result {
	enum options_verdict verdict;
	struct options options;
	int argc;
	char **argv;
	char *out, *err;
};

/* Each word has memory of its own, so that a step beyond it is noticed. */
static void result_make(struct result *result, const char *program,
			const char *const *words, size_t count)
{
	size_t out_size, err_size, i;
	FILE *out = open_memstream(&result->out, &out_size);
	FILE *err = open_memstream(&result->err, &err_size);

	result->argc = count + 1;
	result->argv = calloc(count + 2, sizeof(*result->argv));
	assert_non_null(result->argv);
	result->argv[0] = strdup(program);
	for (i = 0; i < count; i++)
		result->argv[i + 1] = strdup(words[i]);

	result->verdict = options_parse(&result->options, result->argc,
					result->argv, out, err);
	fclose(out);
	fclose(err);
}

static void result_free(struct result *result)
{
	int i;

	for (i = 0; i < result->argc; i++)
		free(result->argv[i]);
	free(result->argv);
	free(result->out);
	free(result->err);
}

static size_t word_count(const char *const *words)
{
	size_t count = 0;

	while (count < WORDS_MAX && words[count])
		count++;
	return count;
}

static void print_words(const char *const *words, size_t count)
{
	size_t i;

	print_message("words:");
	for (i = 0; i < count; i++)
		print_message(" '%s'", words[i]);
	print_message("\n");
}

/* What is accepted */

struct accepted {
	const char *words[WORDS_MAX];
	struct options options;
};

static const struct accepted accepted[] = {
	{ { NULL }, { .pid = 0 } },
	{ { "-t" }, { .timestamp = true } },
	{ { "-tt" }, { .timestamp = true } },
	{ { "-t=t" }, { .timestamp = true } },
	{ { "-t", "-t" }, { .timestamp = true } },
	{ { "--timestamp" }, { .timestamp = true } },
	{ { "--t" }, { .timestamp = true } },
	{ { "--ti" }, { .timestamp = true } },
	{ { "--tim" }, { .timestamp = true } },
	{ { "--time" }, { .timestamp = true } },
	{ { "--times" }, { .timestamp = true } },
	{ { "--timest" }, { .timestamp = true } },
	{ { "--timesta" }, { .timestamp = true } },
	{ { "--timestam" }, { .timestamp = true } },
	{ { "-p", "181" }, { .pid = 181 } },
	{ { "-p181" }, { .pid = 181 } },
	{ { "-p=181" }, { .pid = 181 } },
	{ { "--pid", "181" }, { .pid = 181 } },
	{ { "--pid=181" }, { .pid = 181 } },
	{ { "--p", "181" }, { .pid = 181 } },
	{ { "--p=181" }, { .pid = 181 } },
	{ { "--pi", "181" }, { .pid = 181 } },
	{ { "--pi=181" }, { .pid = 181 } },
	{ { "-tp181" }, { .timestamp = true, .pid = 181 } },
	{ { "-tp", "181" }, { .timestamp = true, .pid = 181 } },
	{ { "-t", "-p", "181" }, { .timestamp = true, .pid = 181 } },
	{ { "-p", "181", "-t" }, { .timestamp = true, .pid = 181 } },
	{ { "-p=" }, { .pid = 0 } },
	{ { "-p", "" }, { .pid = 0 } },
	{ { "--pid=" }, { .pid = 0 } },
	{ { "--pid", "" }, { .pid = 0 } },
	{ { "-p", "1", "-p", "2" }, { .pid = 2 } },
	{ { "-p", "1", "--pid=2", "-p3" }, { .pid = 3 } },
	{ { "-p", "1", "-p=" }, { .pid = 0 } },
	{ { "-p", "1" }, { .pid = 1 } },
	{ { "-p", "007" }, { .pid = 7 } },
	{ { "-p", "00000000000000000000000010" }, { .pid = 10 } },
	{ { "-p", "2147483647" }, { .pid = 2147483647 } },
	{ { "--ebpf" }, { .ebpf = true } },
	{ { "--e" }, { .ebpf = true } },
	{ { "--global-pipe" }, { .global_pipe = true } },
	{ { "--kernel-headers" }, { .kernel_headers = true } },
	{ { "--kernel-headers=" }, { .kernel_headers = true } },
	{ { "--kernel-headers=/usr/src/l" },
	  { .kernel_headers = true, .kernel_headers_dir = "/usr/src/l" } },
	{ { "--kernel-headers=a", "--kernel-headers" },
	  { .kernel_headers = true } },
	{ { "-v" }, { .verbose = true } },
	{ { "--verbose" }, { .verbose = true } },
	{ { "-tvp", "9", "--ebpf" },
	  { .timestamp = true, .verbose = true, .pid = 9, .ebpf = true } },
};

static void assert_options(const struct options *got,
			   const struct options *wanted)
{
	assert_int_equal(got->timestamp, wanted->timestamp);
	assert_int_equal(got->pid, wanted->pid);
	assert_int_equal(got->ebpf, wanted->ebpf);
	assert_int_equal(got->global_pipe, wanted->global_pipe);
	assert_int_equal(got->verbose, wanted->verbose);
	assert_int_equal(got->kernel_headers, wanted->kernel_headers);
	if (wanted->kernel_headers_dir)
		assert_string_equal(got->kernel_headers_dir,
				    wanted->kernel_headers_dir);
	else
		assert_null(got->kernel_headers_dir);
}

static void test_accepted(void **state)
{
	struct result result;
	size_t i, count;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(accepted); i++) {
		count = word_count(accepted[i].words);
		result_make(&result, "./tcpv4connect", accepted[i].words,
			    count);
		if (result.verdict != OPTIONS_RUN || *result.err)
			print_words(accepted[i].words, count);
		assert_string_equal(result.err, "");
		assert_string_equal(result.out, "");
		assert_int_equal(result.verdict, OPTIONS_RUN);
		assert_options(&result.options, &accepted[i].options);
		result_free(&result);
	}
}

/* The one option that is not zero where it was not given. */
static void test_maxactive(void **state)
{
	static const struct {
		const char *words[WORDS_MAX];
		uint32_t maxactive;
	} cases[] = {
		{ { NULL }, 4096 },
		{ { "--maxactive", "7" }, 7 },
		{ { "--maxactive=0" }, 0 },
		{ { "--m=4096", "-t" }, 4096 },
	};
	struct result result;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		result_make(&result, "./tcpv4connect", cases[i].words,
			    word_count(cases[i].words));
		assert_int_equal(result.verdict, OPTIONS_RUN);
		assert_int_equal(result.options.maxactive,
				 cases[i].maxactive);
		result_free(&result);
	}
}

/* What prints the help text */

static const char *const helped[][WORDS_MAX] = {
	{ "-h" },
	{ "--help" },
	{ "--h" },
	{ "--he" },
	{ "--hel" },
	{ "-hh" },
	{ "-th" },
	{ "-ht" },
	{ "-t=h" },
	{ "-x", "-h" },
	{ "foo", "-h" },
	{ "-p", "1", "--help" },
	{ "-h", "-p", "abc" },
	{ "-h", "-p" },
	{ "-hp", "abc" },
	{ "-hp181" },
	{ "-h", "--timestamp=5" },
	{ "-h", "--", "foo" },
};

static void test_helped(void **state)
{
	struct result result;
	size_t i, count;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(helped); i++) {
		count = word_count(helped[i]);
		result_make(&result, "./tcpv4connect", helped[i], count);
		if (result.verdict != OPTIONS_DONE)
			print_words(helped[i], count);
		assert_string_equal(result.err, "");
		assert_string_equal(result.out, HELP);
		assert_int_equal(result.verdict, OPTIONS_DONE);
		result_free(&result);
	}
}

/* What is refused */

#define NO_PID "argument -p/--pid: expected one argument"
#define IGNORED "argument -t/--timestamp: ignored explicit argument "
#define BAD_PID "argument -p/--pid: invalid PID value: "
#define BAD_MAXACTIVE "argument --maxactive: invalid N value: "
#define UNKNOWN "unrecognized arguments: "
#define ALL \
	"--help, --timestamp, --pid, --ebpf, --global-pipe, " \
	"--kernel-headers, --maxactive, --verbose"

static const struct refused {
	const char *words[WORDS_MAX];
	const char *error;
} refused[] = {
	{ { "-p" }, NO_PID },
	{ { "--pid" }, NO_PID },
	{ { "-tp" }, NO_PID },
	{ { "-p", "-x" }, NO_PID },
	{ { "-p", "-t" }, NO_PID },
	{ { "-p", "-t y" }, NO_PID },
	{ { "-p", "--" }, NO_PID },
	{ { "-p", "--", "5" }, NO_PID },
	{ { "--pid", "-h" }, NO_PID },
	{ { "foo", "-p" }, NO_PID },

	{ { "-x" }, UNKNOWN "-x" },
	{ { "-xh" }, UNKNOWN "-xh" },
	{ { "foo" }, UNKNOWN "foo" },
	{ { "-t", "foo", "bar" }, UNKNOWN "foo bar" },
	{ { "foo", "-t", "-x", "bar" }, UNKNOWN "foo -x bar" },
	{ { "-p", "1", "2" }, UNKNOWN "2" },
	{ { "--foo=1" }, UNKNOWN "--foo=1" },
	{ { "--foo bar" }, UNKNOWN "--foo bar" },
	{ { "--pid 5" }, UNKNOWN "--pid 5" },
	{ { "---" }, UNKNOWN "---" },
	{ { "-" }, UNKNOWN "-" },
	{ { "-1" }, UNKNOWN "-1" },
	{ { "-t", "-1" }, UNKNOWN "-1" },
	{ { "-:" }, UNKNOWN "-:" },
	{ { "-?" }, UNKNOWN "-?" },
	{ { "-+" }, UNKNOWN "-+" },
	{ { "-=" }, UNKNOWN "-=" },
	{ { "-Wtimestamp" }, UNKNOWN "-Wtimestamp" },
	{ { "-timestamp" }, IGNORED "'imestamp'" },
	{ { "--timestampx" }, UNKNOWN "--timestampx" },
	{ { "--" }, UNKNOWN "--" },
	{ { "--", "foo" }, UNKNOWN "-- foo" },
	{ { "--", "-h" }, UNKNOWN "-- -h" },
	{ { "--", "--=5", "--" }, UNKNOWN "-- --=5 --" },
	{ { "" }, UNKNOWN },
	{ { "", "" }, UNKNOWN " " },
	{ { "--kernel-headers", "/usr" }, UNKNOWN "/usr" },
	{ { "a\033[1m\n\x7f\xff\\" }, UNKNOWN "a\\x1b[1m\\n\\x7f\\xff\\" },

	{ { "--maxactive" }, "argument --maxactive: expected one argument" },
	{ { "--maxactive=" }, BAD_MAXACTIVE "''" },
	{ { "--maxactive", "-1" }, BAD_MAXACTIVE "'-1'" },
	{ { "--maxactive", "4097" }, BAD_MAXACTIVE "'4097'" },

	{ { "-t=5" }, IGNORED "'5'" },
	{ { "-t5" }, IGNORED "'5'" },
	{ { "-t=" }, IGNORED "''" },
	{ { "-t==" }, IGNORED "'='" },
	{ { "-tt=" }, IGNORED "'='" },
	{ { "-t-" }, IGNORED "'-'" },
	{ { "--timestamp=5" }, IGNORED "'5'" },
	{ { "--timestamp=" }, IGNORED "''" },
	{ { "--t=a=b" }, IGNORED "'a=b'" },
	{ { "-tx" }, IGNORED "'x'" },
	{ { "-htx" }, IGNORED "'x'" },
	{ { "-hx" }, "argument -h/--help: ignored explicit argument 'x'" },
	{ { "--ebpf=1" }, "argument --ebpf: ignored explicit argument '1'" },
	{ { "-t\033x" }, IGNORED "'\\x1bx'" },

	{ { "-p", "-1" }, BAD_PID "'-1'" },
	{ { "-p", "-1.5" }, BAD_PID "'-1.5'" },
	{ { "-p", "-.5" }, BAD_PID "'-.5'" },
	{ { "-p", "-" }, BAD_PID "'-'" },
	{ { "-p", "-x y" }, BAD_PID "'-x y'" },
	{ { "-p", "0" }, BAD_PID "'0'" },
	{ { "-p", "000" }, BAD_PID "'000'" },
	{ { "-p", "+1" }, BAD_PID "'+1'" },
	{ { "-p", " 1" }, BAD_PID "' 1'" },
	{ { "-p", "1 " }, BAD_PID "'1 '" },
	{ { "-p 1" }, BAD_PID "' 1'" },
	{ { "-p", "1\n" }, BAD_PID "'1\\n'" },
	{ { "-p", "0x10" }, BAD_PID "'0x10'" },
	{ { "-p", "12abc" }, BAD_PID "'12abc'" },
	{ { "-p", "1,2" }, BAD_PID "'1,2'" },
	{ { "-p", "1e3" }, BAD_PID "'1e3'" },
	{ { "-p", "2147483648" }, BAD_PID "'2147483648'" },
	{ { "-p", "4294967297" }, BAD_PID "'4294967297'" },
	{ { "-p", "18446744073709551617" },
	  BAD_PID "'18446744073709551617'" },
	{ { "-tp=5" }, BAD_PID "'=5'" },
	{ { "-p", "=5" }, BAD_PID "'=5'" },
	{ { "-p==5" }, BAD_PID "'=5'" },
	{ { "-p", "it's" }, BAD_PID "\"it's\"" },
	{ { "-p", "'\"\\" }, BAD_PID "'\\'\"\\\\'" },
	{ { "-p", "\t\r\x01\xc3\xa9" }, BAD_PID "'\\t\\r\\x01\\xc3\\xa9'" },
	{ { "-p", "abc", "-h" }, BAD_PID "'abc'" },
	{ { "-p", "abc", "-p", "1" }, BAD_PID "'abc'" },
	{ { "foo", "-p", "abc" }, BAD_PID "'abc'" },

	{ { "--=5" }, "ambiguous option: --=5 could match " ALL },
	{ { "--=" }, "ambiguous option: --= could match " ALL },
	{ { "-h", "--=5" }, "ambiguous option: --=5 could match " ALL },
	{ { "-p", "abc", "--=5" }, "ambiguous option: --=5 could match " ALL },
	{ { "-p", "--=\n" }, "ambiguous option: --=\\n could match " ALL },
};

static void test_refused(void **state)
{
	struct result result;
	size_t i, count;
	char *wanted;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		count = word_count(refused[i].words);
		result_make(&result, "./tcpv4connect", refused[i].words,
			    count);
		assert_true(asprintf(&wanted,
				     USAGE "tcpv4connect: error: %s\n",
				     refused[i].error) > 0);
		if (strcmp(result.err, wanted))
			print_words(refused[i].words, count);
		assert_string_equal(result.err, wanted);
		assert_string_equal(result.out, "");
		assert_int_equal(result.verdict, OPTIONS_INVALID);
		free(wanted);
		result_free(&result);
	}
}

/* The program's own name */

#define X10 "xxxxxxxxxx"

static const struct {
	const char *program, *usage;
} programs[] = {
	{ "/usr/sbin/tcpv4connect-bpfcc",
	  "usage: tcpv4connect-bpfcc [-h] [-t] [-p PID] [--ebpf] "
	  "[--global-pipe]\n"
	  "                          [--kernel-headers[=DIR]] [--maxactive N] [-v]\n"
	  "tcpv4connect-bpfcc: error: " },
	{ "a",
	  "usage: a [-h] [-t] [-p PID] [--ebpf] [--global-pipe] "
	  "[--kernel-headers[=DIR]]\n"
	  "         [--maxactive N] [-v]\n"
	  "a: error: " },
	{ "", USAGE "tcpv4connect: error: " },
	{ "/", USAGE "tcpv4connect: error: " },
	{ "a\n",
	  "usage: a\\n [-h] [-t] [-p PID] [--ebpf] [--global-pipe]\n"
	  "           [--kernel-headers[=DIR]] [--maxactive N] [-v]\n"
	  "a\\n: error: " },
	{ X10 X10 X10 X10 X10 "x",
	  "usage: " X10 X10 X10 X10 X10 "x [-h] [-t] [-p PID]\n"
	  "                                                           "
	  "[--ebpf]\n"
	  "                                                           "
	  "[--global-pipe]\n"
	  "                                                           "
	  "[--kernel-headers[=DIR]]\n"
	  "                                                           "
	  "[--maxactive N]\n"
	  "                                                           "
	  "[-v]\n" X10 X10 X10 X10 X10 "x: error: " },
	{ X10 X10 X10 X10 X10 "xx",
	  "usage: " X10 X10 X10 X10 X10 "xx\n"
	  "       [-h] [-t] [-p PID] [--ebpf] [--global-pipe] "
	  "[--kernel-headers[=DIR]]\n"
	  "       [--maxactive N] [-v]\n" X10 X10 X10 X10 X10 "xx: error: " },
};

static void test_program_name(void **state)
{
	const char *const words[] = { "-p" };
	struct result result;
	char *wanted;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		result_make(&result, programs[i].program, words, 1);
		assert_true(asprintf(&wanted, "%s%s\n", programs[i].usage,
				     NO_PID) > 0);
		assert_string_equal(result.err, wanted);
		free(wanted);
		result_free(&result);
	}
}

/* execve() lets a program start without even argv[0]. */
static void test_no_words_at_all(void **state)
{
	char *argv[] = { NULL };
	struct options options;

	(void)state;
	assert_int_equal(options_parse(&options, 0, argv, stdout, stderr),
			 OPTIONS_RUN);
}

static void test_values_point_into_argv(void **state)
{
	char word[] = "--kernel-headers=/x";
	char program[] = "a";
	char *argv[] = { program, word, NULL };
	struct options options;

	(void)state;
	assert_int_equal(options_parse(&options, 2, argv, stdout, stderr),
			 OPTIONS_RUN);
	assert_ptr_equal(options.kernel_headers_dir,
			 word + strlen("--kernel-headers="));
}

/* Any words at all */

static const char *const pieces[] = {
	"-", "--", "=", "t", "p", "h", "v", "x", "181", "0", "-1", ".", " ",
	"'", "\"", "\\", "\n", "\033", "\xff", "pid", "time", "stamp", "help",
	"ebpf", "global", "kernel-headers", "verbose", "",
};

static void make_word(char *word)
{
	int count = 1 + rand() % 4;

	*word = '\0';
	while (count-- > 0)
		word = stpcpy(word, pieces[rand() % ARRAY_SIZE(pieces)]);
}

static bool is_fit_for_terminal(const char *text)
{
	for (; *text; text++)
		if (*text != '\n' && (*text < ' ' || *text > '~'))
			return false;
	return true;
}

static void assert_sane(const struct result *result)
{
	switch (result->verdict) {
	case OPTIONS_RUN:
		assert_string_equal(result->out, "");
		assert_string_equal(result->err, "");
		assert_in_range(result->options.pid, 0, INT32_MAX);
		return;
	case OPTIONS_DONE:
		assert_string_equal(result->out, HELP);
		assert_string_equal(result->err, "");
		return;
	case OPTIONS_INVALID:
		assert_string_equal(result->out, "");
		assert_true(is_fit_for_terminal(result->err));
		assert_memory_equal(result->err, USAGE, strlen(USAGE));
		/* One line more, the message. */
		assert_ptr_equal(strchr(result->err + strlen(USAGE), '\n'),
				 result->err + strlen(result->err) - 1);
		return;
	}
	fail_msg("no verdict: %d", result->verdict);
}

static void test_any_words(void **state)
{
	char buffers[WORDS_MAX][128];
	const char *words[WORDS_MAX];
	struct result result;
	size_t count, i;
	int round;

	(void)state;
	srand(20151006);
	for (round = 0; round < 20000; round++) {
		count = rand() % WORDS_MAX;
		for (i = 0; i < count; i++) {
			make_word(buffers[i]);
			words[i] = buffers[i];
		}
		result_make(&result, "tcpv4connect", words, count);
		assert_sane(&result);
		result_free(&result);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_maxactive),
		cmocka_unit_test(test_helped),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_program_name),
		cmocka_unit_test(test_no_words_at_all),
		cmocka_unit_test(test_values_point_into_argv),
		cmocka_unit_test(test_any_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
