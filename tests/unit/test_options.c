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

/* A struct filter_list of these values. */
#define LIST(...) { { __VA_ARGS__ }, \
	sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t) }
#define PIDS(...) .filter.pids = LIST(__VA_ARGS__)
#define UIDS(...) .filter.uids = LIST(__VA_ARGS__)

#define USAGE \
	"usage: tcpv4connect [-h] [-t] [-p PID] [-P PORT] [-u UID] " \
	"[--cgroupmap PATH]\n" \
	"                    [--mntnsmap PATH] [-x] [-T] [-U] [-L] " \
	"[-d] [-j] [--raw]\n" \
	"                    [-c] [--interval SECONDS] [--duration " \
	"SECONDS]\n" \
	"                    [--max-events N] [-w FILE] [-r FILE] " \
	"[--check] [--ebpf]\n" \
	"                    [--global-pipe] [--original] " \
	"[--kernel-headers[=DIR]]\n" \
	"                    [--maxactive N] [-v] [-V]\n"

#define HELP \
	USAGE \
	"\n" \
	"Trace TCP IPv4 connects\n" \
	"\n" \
	"optional arguments:\n" \
	"  -h, --help            show this help message and exit\n" \
	"  -t, --timestamp       include timestamp on output\n" \
	"  -p PID, --pid PID     trace this PID only\n" \
	"  -P PORT, --port PORT  only connects to these ports, as in " \
	"80,443\n" \
	"  -u UID, --uid UID     only connects of this user id\n" \
	"  --cgroupmap PATH      only processes of the cgroups in this " \
	"BPF map\n" \
	"  --mntnsmap PATH       only processes of the mount " \
	"namespaces in this BPF map\n" \
	"  -x, --failed          only connects that failed at once, " \
	"and why\n" \
	"  -T, --time            include the time of day on output\n" \
	"  -U, --print-uid       include the user id on output\n" \
	"  -L, --lport           include the local port on output\n" \
	"  -d, --dns             include the name that was looked up " \
	"for DADDR\n" \
	"  -j, --json            print a JSON object for each connect\n" \
	"  --raw                 print the trace line under each row\n" \
	"  -c, --count           count connects, and print the sums at " \
	"the end\n" \
	"  --interval SECONDS    with -c: print and clear the sums " \
	"this often\n" \
	"  --duration SECONDS    end after this time\n" \
	"  --max-events N        end after this many connects\n" \
	"  -w FILE, --write FILE\n" \
	"                        also save the trace lines; - is stdout\n" \
	"  -r FILE, --read FILE  print the connects saved by -w; - is stdin\n" \
	"  --check               test whether this host can trace, and exit\n" \
	"  --ebpf                print the BPF program and exit\n" \
	"  --global-pipe         read the global trace_pipe, as the " \
	"original did\n" \
	"  --original            trace as the tool of 2015 did, with its " \
	"faults\n" \
	"  --kernel-headers[=DIR]\n" \
	"                        compile with the host's kernel " \
	"headers\n" \
	"  --maxactive N         calls the return probe can track at once " \
	"(4096)\n" \
	"  -v, --verbose         report what is done, and count at the end\n" \
	"  -V, --version         show the program's version and exit\n" \
	"\n" \
	"examples:\n" \
	"    ./tcpv4connect           # trace all TCP IPv4 connect()s\n" \
	"    ./tcpv4connect -t        # include timestamps\n" \
	"    ./tcpv4connect -p 181    # only trace PID 181\n" \
	"    ./tcpv4connect -P 80,443 # only trace these ports\n" \
	"    ./tcpv4connect -x        # only trace failed connects\n" \
	"    ./tcpv4connect -c        # count connects per address\n"

/* What a run of options_parse gave. Free with result_free(). */
struct result {
	enum argparse_verdict verdict;
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
	{ { NULL }, { .show.raw = false } },
	{ { "-t" }, { .show.columns.timestamp = true } },
	{ { "-tt" }, { .show.columns.timestamp = true } },
	{ { "-t=t" }, { .show.columns.timestamp = true } },
	{ { "-t", "-t" }, { .show.columns.timestamp = true } },
	{ { "--timestamp" }, { .show.columns.timestamp = true } },
	{ { "--t" }, { .show.columns.timestamp = true } },
	{ { "--ti" }, { .show.columns.timestamp = true } },
	{ { "--tim" }, { .show.columns.timestamp = true } },
	{ { "--times" }, { .show.columns.timestamp = true } },
	{ { "--timest" }, { .show.columns.timestamp = true } },
	{ { "--timesta" }, { .show.columns.timestamp = true } },
	{ { "--timestam" }, { .show.columns.timestamp = true } },
	{ { "-p", "181" }, { PIDS(181) } },
	{ { "-p181" }, { PIDS(181) } },
	{ { "-p=181" }, { PIDS(181) } },
	{ { "--pid", "181" }, { PIDS(181) } },
	{ { "--pid=181" }, { PIDS(181) } },
	{ { "--p", "181" }, { PIDS(181) } },
	{ { "--p=181" }, { PIDS(181) } },
	{ { "--pi", "181" }, { PIDS(181) } },
	{ { "--pi=181" }, { PIDS(181) } },
	{ { "-tp181" }, { .show.columns.timestamp = true, PIDS(181) } },
	{ { "-tp", "181" }, { .show.columns.timestamp = true, PIDS(181) } },
	{ { "-t", "-p", "181" },
	  { .show.columns.timestamp = true, PIDS(181) } },
	{ { "-p", "181", "-t" },
	  { .show.columns.timestamp = true, PIDS(181) } },
	{ { "-p=" }, { .show.raw = false } },
	{ { "-p", "" }, { .show.raw = false } },
	{ { "--pid=" }, { .show.raw = false } },
	{ { "--pid", "" }, { .show.raw = false } },
	{ { "-p", "1", "-p", "2" }, { PIDS(2) } },
	{ { "-p", "1", "--pid=2", "-p3" }, { PIDS(3) } },
	{ { "-p", "1", "-p=" }, { .show.raw = false } },
	{ { "-p", "1" }, { PIDS(1) } },
	{ { "-p", "007" }, { PIDS(7) } },
	{ { "-p", "00000000000000000000000010" }, { PIDS(10) } },
	{ { "-p", "2147483647" }, { PIDS(2147483647) } },
	{ { "--ebpf" }, { .ebpf = true } },
	{ { "--e" }, { .ebpf = true } },
	{ { "--global-pipe" }, { .global_pipe = true } },
	{ { "--original" }, { .original = true, .global_pipe = true } },
	{ { "--o", "-tp", "9", "--ebpf" },
	  { .show.columns.timestamp = true, PIDS(9), .ebpf = true,
	    .original = true, .global_pipe = true } },
	{ { "--kernel-headers" }, { .kernel_headers = "" } },
	{ { "--kernel-headers=" }, { .kernel_headers = "" } },
	{ { "--kernel-headers=/usr/src/l" },
	  { .kernel_headers = "/usr/src/l" } },
	{ { "--kernel-headers=a", "--kernel-headers" },
	  { .kernel_headers = "" } },
	{ { "-v" }, { .verbose = true } },
	{ { "--verbose" }, { .verbose = true } },
	{ { "-p", "181,182" }, { PIDS(181, 182) } },
	{ { "-p181,182", "-p=3" }, { PIDS(3) } },
	{ { "-P", "80" }, { .filter.ports = LIST(80) } },
	{ { "-P80,443" }, { .filter.ports = LIST(80, 443) } },
	{ { "--port=1,65535,7" }, { .filter.ports = LIST(1, 65535, 7) } },
	{ { "--po", "9" }, { .filter.ports = LIST(9) } },
	{ { "-u", "0" }, { UIDS(0) } },
	{ { "--uid=4294967294" },
	  { UIDS(4294967294) } },
	{ { "--cgroupmap", "/a b" }, { .filter.cgroup_map = "/a b" } },
	{ { "--mntnsmap=/m" }, { .filter.mntns_map = "/m" } },
	{ { "-xTULdj" },
	  { .filter.failed = true, .show.columns.wall_time = true,
	    .show.columns.uid = true, .show.columns.lport = true,
	    .show.columns.query = true, .show.json = true } },
	{ { "--failed", "--time", "--print-uid", "--lport", "--dns", "--raw" },
	  { .filter.failed = true, .show.columns.wall_time = true,
	    .show.columns.uid = true, .show.columns.lport = true,
	    .show.columns.query = true, .show.raw = true } },
	{ { "-c", "--interval", "5", "-x" },
	  { .show.count = true, .show.interval = 5, .filter.failed = true } },
	{ { "--duration=1", "--max-events", "2147483647" },
	  { .duration = 1, .show.max_events = 2147483647 } },
	{ { "-w", "-", "-t" },
	  { .show.write_file = "-", .show.columns.timestamp = true } },
	{ { "-r", "-", "-p1", "-P2", "-u3", "-x", "-j" },
	  { .read_file = "-", PIDS(1), .filter.ports = LIST(2),
	    UIDS(3), .filter.failed = true,
	    .show.json = true } },
	{ { "--check" }, { .check = true } },
	{ { "-tvp", "9", "--ebpf" },
	  { .show.columns.timestamp = true, .verbose = true, PIDS(9),
	    .ebpf = true } },
};

static void assert_list(const struct filter_list *got,
			const struct filter_list *wanted)
{
	assert_int_equal(got->count, wanted->count);
	assert_memory_equal(got->values, wanted->values,
			    wanted->count * sizeof(*wanted->values));
}

static void assert_text(const char *got, const char *wanted)
{
	if (wanted)
		assert_string_equal(got, wanted);
	else
		assert_null(got);
}

static void assert_columns(const struct table_columns *got,
			   const struct table_columns *wanted)
{
	assert_int_equal(got->timestamp, wanted->timestamp);
	assert_int_equal(got->wall_time, wanted->wall_time);
	assert_int_equal(got->uid, wanted->uid);
	assert_int_equal(got->lport, wanted->lport);
	assert_int_equal(got->query, wanted->query);
}

static void assert_options(const struct options *got,
			   const struct options *wanted)
{
	assert_list(&got->filter.pids, &wanted->filter.pids);
	assert_list(&got->filter.ports, &wanted->filter.ports);
	assert_list(&got->filter.uids, &wanted->filter.uids);
	assert_int_equal(got->filter.failed, wanted->filter.failed);
	/* The ERR column comes with -x. */
	assert_int_equal(got->show.columns.error, wanted->filter.failed);
	assert_columns(&got->show.columns, &wanted->show.columns);
	assert_int_equal(got->show.json, wanted->show.json);
	assert_int_equal(got->show.raw, wanted->show.raw);
	assert_int_equal(got->show.count, wanted->show.count);
	assert_int_equal(got->show.interval, wanted->show.interval);
	assert_int_equal(got->duration, wanted->duration);
	assert_int_equal(got->show.max_events, wanted->show.max_events);
	assert_int_equal(got->check, wanted->check);
	assert_int_equal(got->ebpf, wanted->ebpf);
	assert_int_equal(got->global_pipe, wanted->global_pipe);
	assert_int_equal(got->original, wanted->original);
	assert_int_equal(got->verbose, wanted->verbose);
	assert_text(got->kernel_headers, wanted->kernel_headers);
	assert_text(got->filter.cgroup_map, wanted->filter.cgroup_map);
	assert_text(got->filter.mntns_map, wanted->filter.mntns_map);
	assert_text(got->show.write_file, wanted->show.write_file);
	assert_text(got->read_file, wanted->read_file);
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
		if (result.verdict != ARGPARSE_RUN || *result.err)
			print_words(accepted[i].words, count);
		assert_string_equal(result.err, "");
		assert_string_equal(result.out, "");
		assert_int_equal(result.verdict, ARGPARSE_RUN);
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
		{ { "--maxa=4096", "-t" }, 4096 },
	};
	struct result result;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		result_make(&result, "./tcpv4connect", cases[i].words,
			    word_count(cases[i].words));
		assert_int_equal(result.verdict, ARGPARSE_RUN);
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
	{ "-k", "-h" },
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
		if (result.verdict != ARGPARSE_DONE)
			print_words(helped[i], count);
		assert_string_equal(result.err, "");
		assert_string_equal(result.out, HELP);
		assert_int_equal(result.verdict, ARGPARSE_DONE);
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
	"--help, --timestamp, --pid, --port, --uid, --cgroupmap, " \
	"--mntnsmap, --failed, --time, --print-uid, --lport, --dns, " \
	"--json, --raw, --count, --interval, --duration, --max-events, " \
	"--write, --read, --check, --ebpf, --global-pipe, --original, " \
	"--kernel-headers, --maxactive, --verbose, --version"

static const struct refused {
	const char *words[WORDS_MAX];
	const char *error;
} refused[] = {
	{ { "-p" }, NO_PID },
	{ { "--pid" }, NO_PID },
	{ { "-tp" }, NO_PID },
	{ { "-p", "-k" }, NO_PID },
	{ { "-p", "-t" }, NO_PID },
	{ { "-p", "-t y" }, NO_PID },
	{ { "-p", "--" }, NO_PID },
	{ { "-p", "--", "5" }, NO_PID },
	{ { "--pid", "-h" }, NO_PID },
	{ { "foo", "-p" }, NO_PID },

	{ { "-k" }, UNKNOWN "-k" },
	{ { "-kh" }, UNKNOWN "-kh" },
	{ { "foo" }, UNKNOWN "foo" },
	{ { "-t", "foo", "bar" }, UNKNOWN "foo bar" },
	{ { "foo", "-t", "-k", "bar" }, UNKNOWN "foo -k bar" },
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

	{ { "-p", "1,,2" }, BAD_PID "'1,,2'" },
	{ { "-p", ",1" }, BAD_PID "',1'" },
	{ { "-p", "1," }, BAD_PID "'1,'" },
	{ { "-p", "1,0" }, BAD_PID "'1,0'" },
	{ { "-p", "1 ,2" }, BAD_PID "'1 ,2'" },
	{ { "-P", "" }, "argument -P/--port: invalid PORT value: ''" },
	{ { "-P", "0" }, "argument -P/--port: invalid PORT value: '0'" },
	{ { "-P80,65536" },
	  "argument -P/--port: invalid PORT value: '80,65536'" },
	{ { "-P", "http" },
	  "argument -P/--port: invalid PORT value: 'http'" },
	{ { "-u", "root" }, "argument -u/--uid: invalid UID value: 'root'" },
	{ { "-u", "4294967295" },
	  "argument -u/--uid: invalid UID value: '4294967295'" },
	{ { "--interval", "0", "-c" },
	  "argument --interval: invalid SECONDS value: '0'" },
	{ { "--duration=1.5" },
	  "argument --duration: invalid SECONDS value: '1.5'" },
	{ { "--max-events", "0" },
	  "argument --max-events: invalid N value: '0'" },
	{ { "-w", "" }, "argument -w/--write: invalid FILE value: ''" },
	{ { "-r=" }, "argument -r/--read: invalid FILE value: ''" },
	{ { "--m", "4" },
	  "ambiguous option: --m could match --mntnsmap, --max-events, "
	  "--maxactive" },
	{ { "-ct" },
	  "argument -t/--timestamp: not allowed with argument -c/--count" },
	{ { "-j", "-c" },
	  "argument -j/--json: not allowed with argument -c/--count" },
	{ { "--raw", "-j" },
	  "argument --raw: not allowed with argument -j/--json" },
	{ { "-r", "f", "-d" },
	  "argument -d/--dns: not allowed with argument -r/--read" },
	{ { "-r", "f", "-w", "g" },
	  "argument -w/--write: not allowed with argument -r/--read" },
	{ { "--original", "-x" },
	  "argument -x/--failed: not allowed with argument --original" },
	{ { "--interval", "3" },
	  "argument --interval: not allowed without argument -c/--count" },
	{ { "-c", "-t", "x" }, UNKNOWN "x" },
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
	{ { "-tk" }, IGNORED "'k'" },
	{ { "-htk" }, IGNORED "'k'" },
	{ { "-hk" }, "argument -h/--help: ignored explicit argument 'k'" },
	{ { "--ebpf=1" }, "argument --ebpf: ignored explicit argument '1'" },
	{ { "-t\033x" }, IGNORED "'\\x1bx'" },

	{ { "-p", "-1" }, BAD_PID "'-1'" },
	{ { "-p", "-1.5" }, BAD_PID "'-1.5'" },
	{ { "-p", "-.5" }, BAD_PID "'-.5'" },
	{ { "-p", "-" }, BAD_PID "'-'" },
	{ { "-p", "-k y" }, BAD_PID "'-k y'" },
	{ { "-p", "0" }, BAD_PID "'0'" },
	{ { "-p", "000" }, BAD_PID "'000'" },
	{ { "-p", "+1" }, BAD_PID "'+1'" },
	{ { "-p", " 1" }, BAD_PID "' 1'" },
	{ { "-p", "1 " }, BAD_PID "'1 '" },
	{ { "-p 1" }, BAD_PID "' 1'" },
	{ { "-p", "1\n" }, BAD_PID "'1\\n'" },
	{ { "-p", "0x10" }, BAD_PID "'0x10'" },
	{ { "-p", "12abc" }, BAD_PID "'12abc'" },
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
		assert_int_equal(result.verdict, ARGPARSE_INVALID);
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
	  "usage: tcpv4connect-bpfcc [-h] [-t] [-p PID] [-P PORT] [-u "
	  "UID]\n"
	  "                          [--cgroupmap PATH] [--mntnsmap "
	  "PATH] [-x] [-T] [-U]\n"
	  "                          [-L] [-d] [-j] [--raw] [-c] "
	  "[--interval SECONDS]\n"
	  "                          [--duration SECONDS] [--max-events "
	  "N] [-w FILE]\n"
	  "                          [-r FILE] [--check] [--ebpf] "
	  "[--global-pipe]\n"
	  "                          [--original] "
	  "[--kernel-headers[=DIR]]\n"
	  "                          [--maxactive N] [-v] [-V]\n"
	  "tcpv4connect-bpfcc: error: " },
	{ "a",
	  "usage: a [-h] [-t] [-p PID] [-P PORT] [-u UID] [--cgroupmap "
	  "PATH]\n"
	  "         [--mntnsmap PATH] [-x] [-T] [-U] [-L] [-d] [-j] "
	  "[--raw] [-c]\n"
	  "         [--interval SECONDS] [--duration SECONDS] "
	  "[--max-events N] [-w FILE]\n"
	  "         [-r FILE] [--check] [--ebpf] [--global-pipe] "
	  "[--original]\n"
	  "         [--kernel-headers[=DIR]] [--maxactive N] [-v] "
	  "[-V]\n"
	  "a: error: " },
	{ "", USAGE "tcpv4connect: error: " },
	{ "/", USAGE "tcpv4connect: error: " },
	{ "a\n",
	  "usage: a\\n [-h] [-t] [-p PID] [-P PORT] [-u UID] "
	  "[--cgroupmap PATH]\n"
	  "           [--mntnsmap PATH] [-x] [-T] [-U] [-L] [-d] [-j] "
	  "[--raw] [-c]\n"
	  "           [--interval SECONDS] [--duration SECONDS] "
	  "[--max-events N]\n"
	  "           [-w FILE] [-r FILE] [--check] [--ebpf] "
	  "[--global-pipe] [--original]\n"
	  "           [--kernel-headers[=DIR]] [--maxactive N] [-v] "
	  "[-V]\n"
	  "a\\n: error: " },
	{ X10 X10 X10 X10 X10 "x",
	  "usage: " X10 X10 X10 X10 X10 "x "
	  "[-h] [-t] [-p PID]\n"
	  "                                                           [-P PORT] [-u UID]\n"
	  "                                                           [--cgroupmap PATH]\n"
	  "                                                           [--mntnsmap PATH]\n"
	  "                                                           [-x] [-T] [-U] [-L]\n"
	  "                                                           [-d] [-j] [--raw]\n"
	  "                                                           [-c]\n"
	  "                                                           [--interval SECONDS]\n"
	  "                                                           [--duration SECONDS]\n"
	  "                                                           [--max-events N]\n"
	  "                                                           [-w FILE] [-r FILE]\n"
	  "                                                           [--check] [--ebpf]\n"
	  "                                                           [--global-pipe]\n"
	  "                                                           [--original]\n"
	  "                                                           [--kernel-headers[=DIR]]\n"
	  "                                                           [--maxactive N]\n"
	  "                                                           [-v] [-V]\n"
	  X10 X10 X10 X10 X10 "x: error: " },
	{ X10 X10 X10 X10 X10 "xx",
	  "usage: " X10 X10 X10 X10 X10 "xx\n"
	  "       [-h] [-t] [-p PID] [-P PORT] [-u UID] [--cgroupmap "
	  "PATH]\n"
	  "       [--mntnsmap PATH] [-x] [-T] [-U] [-L] [-d] [-j] "
	  "[--raw] [-c]\n"
	  "       [--interval SECONDS] [--duration SECONDS] "
	  "[--max-events N] [-w FILE]\n"
	  "       [-r FILE] [--check] [--ebpf] [--global-pipe] "
	  "[--original]\n"
	  "       [--kernel-headers[=DIR]] [--maxactive N] [-v] [-V]\n"
	  X10 X10 X10 X10 X10 "xx: error: " },
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
			 ARGPARSE_RUN);
}

static void test_values_point_into_argv(void **state)
{
	char word[] = "--kernel-headers=/x";
	char program[] = "a";
	char *argv[] = { program, word, NULL };
	struct options options;

	(void)state;
	assert_int_equal(options_parse(&options, 2, argv, stdout, stderr),
			 ARGPARSE_RUN);
	assert_ptr_equal(options.kernel_headers,
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
	case ARGPARSE_RUN:
		assert_string_equal(result->out, "");
		assert_string_equal(result->err, "");
		assert_in_range(result->options.filter.pids.count, 0,
				FILTER_LIST_MAX);
		return;
	case ARGPARSE_DONE:
		assert_string_equal(result->out, HELP);
		assert_string_equal(result->err, "");
		return;
	case ARGPARSE_INVALID:
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
