/*
 * test_recording.c - what -w writes is what -r reads, byte for byte.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "show/recording.h"

/* What test_round_trip() has recorded. */
static const char wanted[] =
	"# tcpv4connect: time of day = trace time + -5 us\n"
	"one\n"
	/* The time of day was set. */
	"# tcpv4connect: time of day = trace time + 7 us\n"
	"\n\x1b[31m\xff line\n"
	"# tcpv4connect: time of day = trace time + 0 us\n"
	"last\n";

static void test_round_trip(void **state)
{
	char path[] = "/tmp/test_recording.XXXXXX", text[256];
	struct recording recording;
	int64_t offset;
	size_t length;
	FILE *file;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	/* What was there before stays until the recording begins. */
	assert_int_equal(write(fd, "old and longer than the new", 27), 27);
	close(fd);
	assert_int_equal(recording_create(&recording, path, -1), 0);
	recording_begin(&recording);
	recording_add(&recording, "one", 3, -5);
	recording_add(&recording, "", 0, 7);
	recording_add(&recording, "\x1b[31m\xff line", 11, 7);
	recording_add(&recording, "last", 4, 0);
	assert_int_equal(recording_flush(&recording), 0);
	assert_int_equal(recording_close(&recording), 0);
	assert_int_equal(recording_close(&recording), 0);

	file = fopen(path, "r");
	assert_non_null(file);
	length = fread(text, 1, sizeof(text), file);
	fclose(file);
	unlink(path);
	assert_int_equal(length, strlen(wanted));
	assert_memory_equal(text, wanted, length);
	assert_true(recording_parse_head(text, strcspn(text, "\n"), &offset));
	assert_int_equal(offset, -5);
}

#define HEAD "# tcpv4connect: time of day = trace time + "

static void test_head(void **state)
{
	static const struct {
		const char *rest;
		bool valid;
		int64_t offset;
	} cases[] = {
		{ "1763800000123456 us", true, 1763800000123456 },
		{ "0 us", true, 0 },
		{ "-1 us", true, -1 },
		{ "", false, 0 },
		{ " us", false, 0 },
		{ "1", false, 0 },
		{ "1 us ", false, 0 },
		{ "1x us", false, 0 },
		{ "99999999999999999999 us", false, 0 },
	};
	char line[128];
	int64_t offset;
	size_t length;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(line, sizeof(line), HEAD "%s", cases[i].rest);
		offset = 4711;
		assert_int_equal(recording_parse_head(line, strlen(line),
						      &offset),
				 cases[i].valid);
		assert_int_equal(offset, cases[i].valid ? cases[i].offset :
							  4711);
	}
	/* A NUL is a byte like any other. */
	length = snprintf(line, sizeof(line), HEAD "1 us");
	line[length + 1] = 'x';
	assert_false(recording_parse_head(line, length + 1, &offset));
	assert_false(recording_parse_head(line, length + 2, &offset));
	assert_false(recording_parse_head("", 0, &offset));
	assert_false(recording_parse_head("# other", 7, &offset));
}

static void test_full_device(void **state)
{
	struct recording recording;

	(void)state;
	if (access("/dev/full", W_OK))
		skip();
	assert_int_equal(recording_create(&recording, "/dev/full", -1), 0);
	recording_add(&recording, "one", 3, 0);
	assert_int_equal(recording_flush(&recording), -1);
	assert_int_equal(recording_flush(&recording), 0);
	assert_int_equal(recording_close(&recording), 0);
}

static void test_no_file(void **state)
{
	struct recording recording;

	(void)state;
	assert_int_equal(recording_create(&recording, "/nonexistent/file",
					  -1), -1);
	assert_int_equal(recording_close(&recording), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_full_device),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
