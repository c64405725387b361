/*
 * test_program.c - what an option makes of the BPF program's text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attach/embedded.h"
#include "attach/filter.h"
#include "attach/program.h"

static const char tag[] = "tcpv4connect:0123abcd";

static size_t count(const char *text, const char *word)
{
	size_t found = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		found++;
	return found;
}

/* As in the original's text, the line stands there exactly once. */
static void test_source(void **state)
{
	(void)state;
	assert_int_equal(count(embedded_program, "FILTER"), 1);
	assert_int_equal(count(embedded_program, "\n\tFILTER\n"), 1);
	assert_int_equal(count(embedded_original, "FILTER"), 1);
	assert_int_equal(count(embedded_original, "\n\tFILTER\n"), 1);
	assert_null(strstr(embedded_program, "net/sock.h\""));
	assert_null(strstr(embedded_program, "<net/sock.h>"));
	assert_null(strstr(embedded_program, "ctx->ax"));
}

static void assert_is_file(const char *embedded, const char *name)
{
	static char text[65536];
	char path[1024];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), TEST_DATA "/../../bpf_text/%s", name);
	file = fopen(path, "r");
	assert_non_null(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	assert_string_equal(embedded, text);
}

/* The build put in what stands in the source tree, byte for byte. */
static void test_embedded(void **state)
{
	(void)state;
	assert_is_file(embedded_program, "tcp_v4_connect.c");
	assert_is_file(embedded_original, "original.c");
}

static const struct program_host host = {
	.read_kernel = 113, .cgroup_map_fd = 7, .mntns_map_fd = 8,
	.task_nsproxy = 1840, .nsproxy_mnt_ns = 24, .mnt_ns_inum = 16,
};

#define DEFINES "#define TAG \"tcpv4connect:0123abcd\"\n"

/* text is source behind defines, with tests in the place of its line FILTER. */
static void assert_replaced(const char *text, const char *source,
			    const char *defines, const char *tests)
{
	static const char word[] = "\tFILTER\n";
	const char *line = strstr(source, word);
	char *wanted;

	assert_non_null(text);
	assert_true(asprintf(&wanted, "%s%.*s%s%s", defines,
			     (int)(line - source), source, tests,
			     line + strlen(word)) > 0);
	assert_string_equal(text, wanted);
	free(wanted);
}

/* The text that a filter gives. */
static void assert_text(const struct filter *filter, bool count, bool details,
			const struct program_host *on, const char *defines,
			const char *tests)
{
	char *text = program_text(filter, count, details, tag, on);

	assert_replaced(text, embedded_program, defines, tests);
	free(text);
}

/* Nothing else is changed: there are lines above it, and the word is gone. */
static void test_without_filter(void **state)
{
	struct filter filter = { .failed = false };
	struct program_host old = host;

	(void)state;
	assert_text(&filter, false, false, &host, DEFINES "#define COUNT 0\n"
		    "#define ONLY_FAILED 0\n#define DETAILS 0\n"
		    "#define READ_KERNEL 113\n", "");
	assert_text(&filter, true, false, &host, DEFINES "#define COUNT 1\n"
		    "#define ONLY_FAILED 0\n#define DETAILS 0\n"
		    "#define READ_KERNEL 113\n", "");
	filter.failed = true;
	old.read_kernel = 4;
	assert_text(&filter, true, true, &old, DEFINES "#define COUNT 1\n"
		    "#define ONLY_FAILED 1\n#define DETAILS 1\n"
		    "#define READ_KERNEL 4\n", "");
}

static void assert_filter(const struct filter *filter,
			  const struct program_host *on, const char *tests)
{
	assert_text(filter, false, false, on, DEFINES "#define COUNT 0\n"
		    "#define ONLY_FAILED 0\n#define DETAILS 0\n"
		    "#define READ_KERNEL 113\n",
		    tests);
}

/* Each option alone. Only numbers get in: no path does. */
static void test_filters(void **state)
{
	static const struct {
		struct filter filter;
		const char *tests;
	} cases[] = {
		{ { .pids = { { 2147483647 }, 1 } },
		  "\tu32 pid = bpf_get_current_pid_tgid() >> 32;\n"
		  "\tif (pid != 2147483647)\n\t\treturn 0;\n" },
		{ { .pids = { { 181, 182, 3 }, 3 } },
		  "\tu32 pid = bpf_get_current_pid_tgid() >> 32;\n"
		  "\tif (pid != 181 &&\n\t    pid != 182 &&\n"
		  "\t    pid != 3)\n"
		  "\t\treturn 0;\n" },
		{ { .ports = { { 80, 443 }, 2 } },
		  "\tu16 dport = asked_port(ctx);\n"
		  "\tif (dport != 80 &&\n\t    dport != 443)\n"
		  "\t\treturn 0;\n" },
		{ { .uids = { { 0 }, 1 } },
		  "\tu32 uid = bpf_get_current_uid_gid();\n"
		  "\tif (uid != 0)\n\t\treturn 0;\n" },
		{ { .cgroup_map = "/a\"b" },
		  "\tu64 cgroup = get_current_cgroup_id();\n"
		  "\tif (!is_in_map(7, cgroup))\n\t\treturn 0;\n" },
		{ { .mntns_map = "/a\"b" },
		  "\tu64 mount_ns = mount_namespace(1840, 24, 16);\n"
		  "\tif (!is_in_map(8, mount_ns))\n\t\treturn 0;\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_filter(&cases[i].filter, &host, cases[i].tests);
}

/* -p in a PID namespace other than the first one. */
static void test_pid_namespace(void **state)
{
	const struct filter filter = { .pids = { { 181, 182 }, 2 } };
	struct program_host inside = host;

	(void)state;
	inside.pid_ns_device = 4;
	inside.pid_ns_inode = 4026532195;
	assert_filter(&filter, &inside,
		      "\tu32 pid = namespace_tgid(4, 4026532195);\n"
		      "\tif (pid != 181 &&\n\t    pid != 182)\n"
		      "\t\treturn 0;\n");
}

/* All of them, one after another, in this order. */
static void test_all_filters(void **state)
{
	const struct filter filter = {
		.pids = { { 1 }, 1 }, .uids = { { 2 }, 1 },
		.ports = { { 3 }, 1 }, .cgroup_map = "c", .mntns_map = "m",
	};

	(void)state;
	assert_filter(&filter, &host,
		      "\tu32 pid = bpf_get_current_pid_tgid() >> 32;\n"
		      "\tif (pid != 1)\n\t\treturn 0;\n"
		      "\tu32 uid = bpf_get_current_uid_gid();\n"
		      "\tif (uid != 2)\n\t\treturn 0;\n"
		      "\tu16 dport = asked_port(ctx);\n"
		      "\tif (dport != 3)\n\t\treturn 0;\n"
		      "\tu64 cgroup = get_current_cgroup_id();\n"
		      "\tif (!is_in_map(7, cgroup))\n\t\treturn 0;\n"
		      "\tu64 mount_ns = mount_namespace(1840, 24, 16);\n"
		      "\tif (!is_in_map(8, mount_ns))\n\t\treturn 0;\n");
}

static void test_many_values(void **state)
{
	struct filter filter = { .ports = { .count = 7 } };

	(void)state;
	for (uint32_t i = 0; i < 7; i++)
		filter.ports.values[i] = 65529 + i;
	assert_filter(&filter, &host,
		      "\tu16 dport = asked_port(ctx);\n"
		      "\tif (dport != 65529 &&\n\t    dport != 65530 &&\n"
		      "\t    dport != 65531 &&\n\t    dport != 65532 &&\n"
		      "\t    dport != 65533 &&\n\t    dport != 65534 &&\n"
		      "\t    dport != 65535)\n\t\treturn 0;\n");
}

/* Of any line, with tabs of eight. Returns the widest. */
static size_t widest_line(const char *text)
{
	size_t widest = 0, column = 0;

	for (; *text; text++) {
		if (*text == '\n')
			column = 0;
		else
			column += *text == '\t' ? 8 - column % 8 : 1;
		if (column > widest)
			widest = column;
	}
	return widest;
}

/* Of each number of values, of each length: no line is over 80 columns. */
static void test_width(void **state)
{
	static const struct program_host wide = {
		.read_kernel = 113, .cgroup_map_fd = INT32_MAX,
		.mntns_map_fd = INT32_MAX, .task_nsproxy = UINT32_MAX,
		.nsproxy_mnt_ns = UINT32_MAX, .mnt_ns_inum = UINT32_MAX,
		.pid_ns_device = UINT32_MAX, .pid_ns_inode = UINT32_MAX,
	};
	struct filter filter = {
		.uids = { { UINT32_MAX }, 1 }, .cgroup_map = "c",
		.mntns_map = "m",
	};
	char *text;

	(void)state;
	for (uint32_t value = 1; value < 1000000000; value *= 10)
		for (size_t n = 1; n <= FILTER_LIST_MAX; n++) {
			for (size_t i = 0; i < n; i++)
				filter.pids.values[i] = value;
			filter.pids.count = n;
			filter.ports = filter.pids;
			for (int is_inside = 0; is_inside < 2; is_inside++) {
				text = program_text(&filter, false, false, tag,
						    is_inside ? &wide : &host);
				assert_non_null(text);
				assert_in_range(widest_line(text), 1, 80);
				free(text);
			}
		}
}

/* The id that -p is compared with is the thread's, as it was. */
static void test_original(void **state)
{
	static const struct {
		struct filter filter;
		const char *tests;
	} cases[] = {
		{ { .failed = false }, "" },
		{ { .pids = { { 181 }, 1 } },
		  "\tif (pid != 181)\n\t\treturn 0;\n" },
		{ { .pids = { { 181, 182 }, 2 } },
		  "\tif (pid != 181 &&\n\t    pid != 182)\n\t\treturn 0;\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = program_text(&cases[i].filter, false, false,
					  NULL, &host);

		assert_replaced(text, embedded_original,
				"#define READ_KERNEL 113\n", cases[i].tests);
		free(text);
	}
}

/* Both are there, whole, for the compiler. */
static void test_headers(void **state)
{
	const struct embedded_file *file;
	int found = 0;

	(void)state;
	for (file = embedded_headers; file->path; file++) {
		assert_int_equal(strncmp(file->path, "include", 7), 0);
		assert_true(!file->text || *file->text);
		found += !strcmp(file->path, "include/linux/kconfig.h") ||
			 !strcmp(file->path, "include/uapi/linux/ptrace.h");
	}
	assert_int_equal(found, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_embedded),
		cmocka_unit_test(test_without_filter),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_pid_namespace),
		cmocka_unit_test(test_all_filters),
		cmocka_unit_test(test_many_values),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_original),
		cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
