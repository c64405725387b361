/*
 * test_settings.c - each setting is noticed when it is changed and when it is
 * set back, in a directory that looks like /proc/sys, debugfs and tracefs.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "read/settings.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECOND UINT64_C(1000000)
#define EVENT "trace/events/bpf_trace/bpf_trace_printk/"
#define FILTER "bpf_string ~ \"*tcpv4connect:0123abcd*\""
#define ALL_CPUS "ffffffff,ffffffff,ffffffff,ffffffff"

struct tree {
	char top[64];
	char proc_sys[80], debugfs[80], trace[80];
	struct settings settings;
	uint64_t now;
	char said[4096];
};

/* What each file holds on a host that is in order. */
static const struct {
	const char *path, *text;
} files[] = {
	{ "sys/kernel/ftrace_enabled", "1\n" },
	{ "debug/kprobes/enabled", "1\n" },
	{ "trace/tracing_on", "1\n" },
	{ "trace/trace", "# tracer: nop\n" },
	{ "trace/options/pause-on-trace", "0\n" },
	{ EVENT "enable", "1\n" },
	{ EVENT "filter", FILTER "\n" },
	{ "trace/set_event_pid", "" },
	{ "trace/set_event_notrace_pid", "" },
	{ "trace/tracing_cpumask", ALL_CPUS "\n" },
	{ "trace/options/raw", "0\n" },
	{ "trace/options/hex", "0\n" },
	{ "trace/options/bin", "0\n" },
	{ "trace/options/fields", "0\n" },
	{ "trace/options/printk-msg-only", "0\n" },
	{ "trace/options/trace_printk", "1\n" },
	{ "trace/trace_clock", "local [mono] x86-tsc\n" },
	{ "trace/current_tracer", "nop\n" },
};

static void put(const struct tree *tree, const char *path, const char *text)
{
	char whole[256];
	int fd;

	snprintf(whole, sizeof(whole), "%s/%s", tree->top, path);
	for (char *at = whole + strlen(tree->top) + 1;
	     (at = strchr(at, '/')); at++) {
		*at = '\0';
		assert_true(!mkdir(whole, 0700) || errno == EEXIST);
		*at = '/';
	}
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void drop(const struct tree *tree, const char *path)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s/%s", tree->top, path);
	assert_int_equal(remove(whole), 0);
}

static void make(struct tree *tree)
{
	snprintf(tree->top, sizeof(tree->top), "/tmp/test_settings.XXXXXX");
	assert_non_null(mkdtemp(tree->top));
	snprintf(tree->proc_sys, sizeof(tree->proc_sys), "%s/sys", tree->top);
	snprintf(tree->debugfs, sizeof(tree->debugfs), "%s/debug", tree->top);
	snprintf(tree->trace, sizeof(tree->trace), "%s/trace", tree->top);
	for (size_t i = 0; i < COUNT(files); i++)
		put(tree, files[i].path, files[i].text);
	tree->now = 5 * SECOND;
}

static int remove_one(const char *path, const struct stat *about, int kind,
		      struct FTW *place)
{
	(void)about;
	(void)kind;
	(void)place;
	return remove(path);
}

static void unmake(struct tree *tree)
{
	settings_close(&tree->settings);
	nftw(tree->top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void begin(struct tree *tree, const char *filter)
{
	settings_open(&tree->settings, tree->trace, filter, tree->proc_sys,
		      tree->debugfs);
}

/* What is said on stderr while a function runs. */
static int catch_stderr(int *saved)
{
	char path[] = "/tmp/test_settings_said.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	*saved = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	return fd;
}

static void give_back(struct tree *tree, int fd, int saved)
{
	ssize_t length;

	dup2(saved, STDERR_FILENO);
	close(saved);
	length = pread(fd, tree->said, sizeof(tree->said) - 1, 0);
	assert_true(length >= 0);
	tree->said[length] = '\0';
	close(fd);
}

static unsigned look(struct tree *tree)
{
	int saved, fd = catch_stderr(&saved);
	unsigned result = settings_look(&tree->settings, tree->now);

	give_back(tree, fd, saved);
	tree->now += SECOND;
	return result;
}

static const char *end_of(struct tree *tree)
{
	int saved, fd = catch_stderr(&saved);

	settings_end(&tree->settings);
	give_back(tree, fd, saved);
	return tree->said;
}

static int lines(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void assert_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("not in \"%s\": \"%s\"", text, part);
}

static void assert_says(const struct tree *tree, const char *path,
			const char *words)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s/%s %s", tree->top, path, words);
	assert_contains(tree->said, whole);
	assert_int_equal(lines(tree->said), 1);
}

#define LOSE SETTINGS_LOSE_LINES

static const struct {
	const char *path, *changed, *right, *warning, *remedy;
	unsigned on_change, while_changed;
} changes[] = {
	{ "sys/kernel/ftrace_enabled", "0\n", "1\n",
	  "is 0: no probe fires, and connects are neither seen nor "
	  "counted; to set it back: echo 1 > ", "", 0, 0 },
	{ "debug/kprobes/enabled", "0\n", "1\n",
	  "is 0: no probe fires, and connects are neither", "echo 1 > ",
	  0, 0 },
	{ "trace/tracing_on", "0\n", "1\n",
	  "is 0: nothing is recorded, and what is lost is counted; "
	  "to set it back: ", "echo 1 > ", LOSE, LOSE },
	{ EVENT "enable", "0\n", "1\n", "is 0: our lines",
	  "echo 1 > ", LOSE, LOSE },
	{ EVENT "enable", "0*\n", "1*\n", "is 0*: our lines",
	  "echo 1 > ", LOSE, LOSE },
	{ EVENT "filter", "none\n", FILTER "\n", "is none: not all",
	  "echo '" FILTER "' > ", LOSE, LOSE },
	{ EVENT "filter", "bpf_string ~ \"*\"\n", FILTER "\n",
	  "is bpf_string ~ \"*\": not all", "echo '" FILTER "' > ",
	  LOSE, LOSE },
	{ "trace/set_event_pid", "1\n22\n", "", "is 1: nothing",
	  "echo > ", LOSE, LOSE },
	{ "trace/set_event_notrace_pid", "7\n", "", "is 7: nothing",
	  "echo > ", LOSE, LOSE },
	{ "trace/tracing_cpumask", "00000000,00000000\n",
	  ALL_CPUS "\n", "is 00000000,00000000: nothing",
	  "echo " ALL_CPUS " > ", LOSE, LOSE },
	{ "trace/options/raw", "1\n", "0\n", "is 1: lines can't be",
	  "echo 0 > ", LOSE, LOSE },
	{ "trace/options/hex", "1\n", "0\n", "is 1: lines can't be",
	  "echo 0 > ", LOSE, LOSE },
	{ "trace/options/bin", "1\n", "0\n", "is 1: lines can't be",
	  "echo 0 > ", LOSE, LOSE },
	{ "trace/options/fields", "1\n", "0\n", "is 1: newer kernels",
	  "echo 0 > ", LOSE, LOSE },
	{ "trace/options/pause-on-trace", "1\n", "0\n", "is 1: nothing is "
	  "recorded while a process has the file trace open, and",
	  "echo 0 > ", LOSE, LOSE },
	{ "trace/trace_clock", "local mono [x86-tsc]\n",
	  "local [mono] x86-tsc\n", "is x86-tsc: the buffer was "
	  "cleared, and rows have wrong times", "echo mono > ",
	  LOSE | SETTINGS_CLOCK, 0 },
};

/* Changed, looked at twice, set back, looked at twice. */
static void test_each(void **state)
{
	struct tree tree;

	(void)state;
	make(&tree);
	begin(&tree, FILTER);
	for (size_t i = 0; i < COUNT(changes); i++) {
		assert_int_equal(look(&tree), 0);
		assert_string_equal(tree.said, "");
		put(&tree, changes[i].path, changes[i].changed);
		assert_int_equal(look(&tree), changes[i].on_change);
		assert_says(&tree, changes[i].path, changes[i].warning);
		assert_contains(tree.said, changes[i].remedy);
		assert_int_equal(look(&tree), changes[i].while_changed);
		assert_string_equal(tree.said, "");
		put(&tree, changes[i].path, changes[i].right);
		assert_int_equal(look(&tree), changes[i].on_change);
		assert_says(&tree, changes[i].path, "is set back");
	}
	assert_int_equal(look(&tree), 0);
	/* The event's enable and filter were changed twice each. */
	assert_int_equal(lines(end_of(&tree)), COUNT(changes) - 2);
	unmake(&tree);
}

static void test_wrong_from_the_start(void **state)
{
	struct tree tree;

	(void)state;
	make(&tree);
	put(&tree, "sys/kernel/ftrace_enabled", "0\n");
	begin(&tree, FILTER);
	assert_string_equal(end_of(&tree), "");
	look(&tree);
	assert_says(&tree, "sys/kernel/ftrace_enabled", "is 0: no probe");
	for (int i = 0; i < 7; i++)
		look(&tree);
	assert_string_equal(tree.said, "");
	end_of(&tree);
	assert_says(&tree, "sys/kernel/ftrace_enabled", "was changed for "
		    "about 7 s of this run; connects in that time were "
		    "neither seen nor counted");
	unmake(&tree);
}

/* Probes that were made while all are switched off stay off. */
static void test_too_late_to_set_back(void **state)
{
	struct tree tree;

	(void)state;
	make(&tree);
	put(&tree, "debug/kprobes/enabled", "0\n");
	begin(&tree, FILTER);
	look(&tree);
	assert_says(&tree, "debug/kprobes/enabled", "is 0: no probe fires");
	assert_contains(tree.said, "/kprobes/enabled, and start again\n");
	put(&tree, "debug/kprobes/enabled", "1\n");
	look(&tree);
	assert_says(&tree, "debug/kprobes/enabled", "is set back, but our "
		    "probes were made before that and may stay off; start "
		    "again");
	put(&tree, "debug/kprobes/enabled", "0\n");
	look(&tree);
	assert_contains(tree.said, "/kprobes/enabled\n");
	unmake(&tree);
}

/* Here the event has no filter, and the clock is whatever it was. */
static void test_global_trace(void **state)
{
	struct tree tree;

	(void)state;
	make(&tree);
	put(&tree, EVENT "enable", "0\n");
	put(&tree, EVENT "filter", "none\n");
	put(&tree, "trace/trace_clock", "[local] mono\n");
	begin(&tree, "");
	/* The kernel may be about to enable it. */
	assert_int_equal(look(&tree), 0);
	assert_string_equal(tree.said, "");
	assert_int_equal(look(&tree), LOSE);
	assert_says(&tree, EVENT "enable", "is 0: our lines");
	put(&tree, EVENT "enable", "1\n");
	look(&tree);
	put(&tree, EVENT "filter", FILTER "\n");
	assert_int_equal(look(&tree), LOSE);
	assert_says(&tree, EVENT "filter", "is bpf_string");
	assert_contains(tree.said, "echo 0 > ");
	put(&tree, "trace/trace_clock", "local [mono]\n");
	look(&tree);
	assert_says(&tree, "trace/trace_clock", "is mono: ");
	assert_contains(tree.said, "echo local > ");
	unmake(&tree);
}

static void test_tracers(void **state)
{
	static const struct {
		const char *name;
		bool is_right;
	} cases[] = {
		{ "nop\n", true }, { "function\n", true },
		{ "function_graph\n", false }, { "blk\n", false },
	};
	struct tree tree;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		make(&tree);
		put(&tree, EVENT "filter", "none\n");
		put(&tree, "trace/current_tracer", cases[i].name);
		begin(&tree, "");
		look(&tree);
		if (cases[i].is_right)
			assert_string_equal(tree.said, "");
		else
			assert_contains(tree.said, ", before the start\n");
		unmake(&tree);
	}
}

/* Before Linux 5.9 two more options of the global trace matter. */
static void test_without_event(void **state)
{
	struct tree tree;

	(void)state;
	make(&tree);
	drop(&tree, EVENT "enable");
	drop(&tree, EVENT "filter");
	drop(&tree, "trace/events/bpf_trace/bpf_trace_printk");
	put(&tree, "trace/set_event_pid", "1\n");
	begin(&tree, "");
	assert_int_equal(look(&tree), 0);
	assert_string_equal(tree.said, "");
	put(&tree, "trace/options/trace_printk", "0\n");
	assert_int_equal(look(&tree), LOSE);
	assert_says(&tree, "trace/options/trace_printk", "is 0: nothing");
	put(&tree, "trace/options/printk-msg-only", "1\n");
	look(&tree);
	assert_says(&tree, "trace/options/printk-msg-only", "is 1: lines");
	unmake(&tree);
}

static size_t number_of(const char *name)
{
	for (size_t i = 0; i < SETTINGS_COUNT; i++)
		if (!strcmp(settings_name(i), name))
			return i;
	fail_msg("no setting %s", name);
	return 0;
}

#define ASK(name) settings_ask(&tree.settings, number_of(name), text, \
			       sizeof(text))

/* A process that has the file trace open. */
static pid_t start_reader(const struct tree *tree)
{
	char path[128], byte;
	int fds[2];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/trace", tree->trace);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "a\033[1m\xc3\xa9z");
		if (open(path, O_RDONLY) < 0 || write(fds[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	close(fds[1]);
	return pid;
}

/*
 * Before Linux 5.8 an open file trace holds tracing_on at 0, and writing 1 does
 * nothing.
 */
static void test_reader_of_trace(void **state)
{
	char text[1024], holder[64];
	struct tree tree;
	pid_t reader;

	(void)state;
	make(&tree);
	put(&tree, EVENT "filter", "none\n");
	drop(&tree, "trace/options/pause-on-trace");
	begin(&tree, "");
	look(&tree);
	put(&tree, "trace/tracing_on", "0\n");
	assert_int_equal(look(&tree), LOSE);
	assert_says(&tree, "trace/tracing_on", "is 0: nothing is recorded, "
		    "and what is lost is counted; if a process has ");
	assert_contains(tree.said, "/trace/trace open, end it (fuser ");
	assert_contains(tree.said, "; else, to set it back: echo 1 > ");
	settings_close(&tree.settings);

	/* At the start it can still be found. */
	reader = start_reader(&tree);
	snprintf(holder, sizeof(holder), "counted; PID %d (a?[1m??z) ",
		 reader);
	begin(&tree, "");
	assert_int_equal(ASK("tracing_on"), SETTING_CHANGED);
	assert_contains(text, holder);
	look(&tree);
	assert_contains(tree.said, holder);
	assert_contains(tree.said, "/trace/trace open, which stops it; end "
			"that\n");
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);
	unmake(&tree);
}

/* Elsewhere a reader does no harm. */
static void test_harmless_reader(void **state)
{
	struct tree tree;
	pid_t reader;

	(void)state;
	make(&tree);
	reader = start_reader(&tree);
	put(&tree, "trace/tracing_on", "0\n");
	begin(&tree, FILTER);
	look(&tree);
	assert_says(&tree, "trace/tracing_on", "is 0: nothing is recorded, "
		    "and what is lost is counted; to set it back: echo 1 > ");
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);
	unmake(&tree);
}

/* Nothing can be read: nothing is said, and nothing is open. */
static void test_nothing_there(void **state)
{
	struct tree tree = { .settings = SETTINGS_NONE, .now = 1 };

	(void)state;
	settings_close(&tree.settings);
	settings_open(&tree.settings, "", "", "/nowhere", "/nowhere");
	for (size_t i = 0; i < SETTINGS_COUNT; i++)
		assert_true(tree.settings.list[i].fd < 0);
	assert_int_equal(look(&tree), 0);
	assert_string_equal(tree.said, "");
	settings_close(&tree.settings);
}

static void test_ask(void **state)
{
	struct tree tree;
	char text[1024];

	(void)state;
	make(&tree);
	put(&tree, EVENT "enable", "0\n");
	put(&tree, EVENT "filter", "none\n");
	put(&tree, "trace/tracing_on", "0\n");
	drop(&tree, "debug/kprobes/enabled");
	drop(&tree, "trace/set_event_notrace_pid");
	begin(&tree, "");
	assert_int_equal(ASK("kernel.ftrace_enabled"), SETTING_RIGHT);
	assert_string_equal(text, "1");
	assert_int_equal(ASK("set_event_pid"), SETTING_RIGHT);
	assert_string_equal(text, "empty");
	assert_int_equal(ASK("kprobes/enabled"), SETTING_UNREADABLE);
	assert_string_equal(text, "can't be read here (No such file or "
			    "directory)");
	assert_int_equal(ASK("set_event_notrace_pid"), SETTING_ABSENT);
	assert_int_equal(ASK("enable"), SETTING_ABSENT);
	assert_int_equal(ASK("tracing_on"), SETTING_CHANGED);
	assert_contains(text, "is 0: nothing is recorded");
	assert_contains(text, "echo 1 > ");
	unmake(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_wrong_from_the_start),
		cmocka_unit_test(test_too_late_to_set_back),
		cmocka_unit_test(test_global_trace),
		cmocka_unit_test(test_tracers),
		cmocka_unit_test(test_without_event),
		cmocka_unit_test(test_reader_of_trace),
		cmocka_unit_test(test_harmless_reader),
		cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
