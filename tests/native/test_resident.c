/*
 * test_resident.c - pages of code go and come back; data stays what it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "resident.h"

static char data[] = "written by the test";

/* kB of mappings that can be run, or of those that can't and have a file. */
static long resident_kb(int is_code)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	char line[4096], rights[5] = "";
	long total = 0, kb;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "%*[0-9a-f]-%*[0-9a-f] %4s", rights);
		if (sscanf(line, "Rss: %ld kB", &kb) == 1 &&
		    (rights[2] == 'x') == is_code)
			total += kb;
	}
	fclose(file);
	return total;
}

/* Run here and there in the C library, so that there is something to give. */
static void run_code(void)
{
	char text[64];
	double number;

	snprintf(text, sizeof(text), "%.3f", strtod("1.5", NULL));
	number = atof(text);
	assert_true(number > 1 && number < 2);
	assert_non_null(getenv("PATH") ? getenv("PATH") : "");
	free(malloc(1 << 20));
}

static void releases_code(void **state)
{
	long before, after, data_before, data_after;

	(void)state;
	run_code();
	before = resident_kb(1);
	data_before = resident_kb(0);
	data[0] = 'W';
	resident_release_code();
	after = resident_kb(1);
	data_after = resident_kb(0);
	print_message("code %ld, then %ld kB; data %ld, then %ld kB\n", before,
		      after, data_before, data_after);
	assert_true(after < before);
	assert_string_equal(data, "Written by the test");
	run_code();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(releases_code) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
