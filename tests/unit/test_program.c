/*
 * test_program.c - the two words of the BPF program's text, and what they
 * become.
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

/* Nothing but the two words is changed. */
static void test_without_filter(void **state)
{
	const struct options options = { .pid = 0 };
	char *text = program_text(&options, tag), *filter, *wanted;

	(void)state;
	assert_non_null(text);
	filter = program_replace(embedded_program, "FILTER", "");
	wanted = program_replace(filter, "TAG", tag);
	assert_string_equal(text, wanted);
	assert_int_equal(count(text, "FILTER"), 0);
	assert_int_equal(count(text, tag), 1);
	free(wanted);
	free(filter);
	free(text);
}

static void test_with_pid(void **state)
{
	struct options options = { .pid = 2147483647 };
	char *text = program_text(&options, tag);

	(void)state;
	assert_non_null(text);
	assert_int_equal(count(text,
			       "\tif (tgid != 2147483647) { return 0; }\n"),
			 1);
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
		cmocka_unit_test(test_with_pid),
		cmocka_unit_test(test_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
