/*
 * test_program.c - the words of the BPF program's text, and what they become.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "embedded.h"
#include "options.h"
#include "program.h"

static const char tag[] = "tcpv4connect:0123abcd";

static size_t count(const char *text, const char *word)
{
	size_t found = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		found++;
	return found;
}

static void test_replace(void **state)
{
	static const struct {
		const char *source, *word, *replacement, *wanted;
	} cases[] = {
		{ "a FILTER b", "FILTER", "x", "a x b" },
		{ "FILTER", "FILTER", "", "" },
		{ "FILTER_A FILTER", "FILTER", "y", "FILTER_A y" },
		{ "MYFILTER\tFILTER;", "FILTER", "y", "MYFILTER\ty;" },
		{ "FILTERFILTER FILTER", "FILTER", "y", "FILTERFILTER y" },
		{ "\"TAG %s\"", "TAG", "t:1", "\"t:1 %s\"" },
		{ "a FILTER", "FILTER", "FILTER FILTER", "a FILTER FILTER" },
		{ "no word", "FILTER", "x", NULL },
		{ "FILTERS", "FILTER", "x", NULL },
		{ "FILTER FILTER", "FILTER", "x", NULL },
		{ "", "FILTER", "x", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text;

		errno = 0;
		text = program_replace(cases[i].source, cases[i].word,
				       cases[i].replacement);
		if (cases[i].wanted) {
			assert_non_null(text);
			assert_string_equal(text, cases[i].wanted);
		} else {
			assert_null(text);
			assert_int_equal(errno, EINVAL);
		}
		free(text);
	}
}

/* As the original's text: each word stands in the source exactly once. */
static void test_source(void **state)
{
	(void)state;
	assert_int_equal(count(embedded_program, "FILTER"), 1);
	assert_int_equal(count(embedded_program, "COUNT\n"), 1);
	assert_int_equal(count(embedded_program, " FAILED\n"), 1);
	assert_int_equal(count(embedded_program, "TAG"), 1);
	assert_null(strstr(embedded_program, "net/sock.h\""));
	assert_null(strstr(embedded_program, "<net/sock.h>"));
	assert_null(strstr(embedded_program, "ctx->ax"));
}

/* The build put in what stands in the source tree, byte for byte. */
static void test_embedded(void **state)
{
	static char text[65536];
	FILE *file = fopen(TEST_DATA "/../../bpf_text/tcp_v4_connect.c", "r");
	size_t length;

	(void)state;
	assert_non_null(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	assert_string_equal(embedded_program, text);
}

static const struct program_host host = {
	.cgroup_map_fd = 7, .mntns_map_fd = 8, .task_nsproxy = 1840,
	.nsproxy_mnt_ns = 24, .mnt_ns_inum = 16,
};

/* Nothing but the four words is changed. */
static void test_without_filter(void **state)
{
	static const char *const words[][2] = {
		{ "FILTER", "" }, { "TAG", tag }, { "COUNT", "0" },
		{ "FAILED", "0" },
	};
	const struct options options = { .count = false };
	char *text = program_text(&options, tag, &host);
	char *wanted = strdup(embedded_program);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		char *next = program_replace(wanted, words[i][0], words[i][1]);

		assert_non_null(next);
		free(wanted);
		wanted = next;
	}
	assert_string_equal(text, wanted);
	assert_int_equal(count(text, "FILTER"), 0);
	assert_int_equal(count(text, tag), 1);
	free(wanted);
	free(text);
}

/* Each option alone: the one piece of text that it adds. */
static void test_filters(void **state)
{
	static const struct {
		struct options options;
		const char *wanted;
	} cases[] = {
		{ { .pids = { { 2147483647 }, 1 } },
		  "\tif (tgid != 2147483647) { return 0; }\n" },
		{ { .pids = { { 181, 182, 3 }, 3 } },
		  "\tif (tgid != 181 && tgid != 182 && tgid != 3) "
		  "{ return 0; }\n" },
		{ { .ports = { { 80, 443 }, 2 } },
		  "\t{ u16 dport = from_be16(asked_address(ctx).port); "
		  "if (dport != 80 && dport != 443) { return 0; } }\n" },
		{ { .has_uid = true, .uid = 0 },
		  "\tif ((u32)bpf_get_current_uid_gid() != 0) "
		  "{ return 0; }\n" },
		{ { .cgroup_map = "/a\"b" },
		  "\t{ u64 key = bpf_get_current_cgroup_id(); "
		  "if (!bpf_map_lookup_elem((void *)bpf_pseudo_fd(1, 7), "
		  "&key)) { return 0; } }\n" },
		{ { .count = true }, "#define COUNTING 1\n" },
		{ { .failed = true }, "#define ONLY_FAILED 1\n" },
		{ { .count = false }, "#define COUNTING 0\n" },
		{ { .failed = false }, "#define ONLY_FAILED 0\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = program_text(&cases[i].options, tag, &host);

		assert_non_null(text);
		assert_int_equal(count(text, cases[i].wanted), 1);
		assert_null(strstr(text, "/a\"b"));
		free(text);
	}
}

/* All of them, one after another, in this order. */
static void test_all_filters(void **state)
{
	static const char *const wanted[] = {
		"\tif (tgid != 1) ", "\tif ((u32)bpf_get_current_uid_gid() != 2) ",
		"if (dport != 3) ", "bpf_pseudo_fd(1, 7)", "(at + 1840)",
		"(at + 24)", "(at + 16)", "bpf_pseudo_fd(1, 8)",
	};
	struct options options = {
		.pids = { { 1 }, 1 }, .has_uid = true, .uid = 2,
		.ports = { { 3 }, 1 }, .cgroup_map = "c", .mntns_map = "m",
	};
	char *text = program_text(&options, tag, &host);
	const char *at = text;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		const char *found = strstr(at, wanted[i]);

		if (!found)
			fail_msg("not there: %s", wanted[i]);
		else
			at = found;
	}
	free(text);
}

/* Both are there, whole, for the compiler. */
static void test_headers(void **state)
{
	const struct embedded_file *file;
	int found = 0;

	(void)state;
	for (file = embedded_headers; file->path; file++) {
		assert_int_equal(strncmp(file->path, "include/", 8), 0);
		assert_true(strlen(file->text) > 0);
		found += !strcmp(file->path, "include/linux/kconfig.h") ||
			 !strcmp(file->path, "include/uapi/linux/ptrace.h");
	}
	assert_int_equal(found, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_embedded),
		cmocka_unit_test(test_without_filter),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_all_filters),
		cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
