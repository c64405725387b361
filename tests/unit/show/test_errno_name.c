/*
 * test_errno_name.c - the names that the C library knows, and the kernel's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "show/errno_name.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	int error;
	const char *name;
} names[] = {
	{EPERM, "EPERM"},
	{EACCES, "EACCES"},
	{EAGAIN, "EAGAIN"},
	{EADDRNOTAVAIL, "EADDRNOTAVAIL"},
	{ENETUNREACH, "ENETUNREACH"},
	{ECONNREFUSED, "ECONNREFUSED"},
	{EINPROGRESS, "EINPROGRESS"},
	{EHWPOISON, "EHWPOISON"},
	{512, "ERESTARTSYS"},
	{516, "ERESTART_RESTARTBLOCK"},
	{524, "ENOTSUPP"},
	{531, "ENOGRACE"},
	{INT_MIN, NULL},
	{-1, NULL},
	{0, NULL},
	{511, NULL},
	{520, NULL},
	{532, NULL},
	{4095, NULL},
	{INT_MAX, NULL},
};

/* Returns text with the name, or NULL where it is the number. */
static const char *name_of(int error, char *text)
{
	char number[32];

	*put_errno(text, error) = '\0';
	snprintf(number, sizeof(number), "%u", (unsigned int)error);
	return strcmp(text, number) ? text : NULL;
}

static void test_names(void **state)
{
	const char *name;
	char text[32];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		name = name_of(names[i].error, text);
		if (names[i].name)
			assert_non_null(name);
		else
			assert_null(name);
		if (name)
			assert_string_equal(name, names[i].name);
	}
}

/* As glibc has them, which has those of this machine and no others. */
static void test_as_library(void **state)
{
	(void)state;
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 32)
	for (int error = 1; error < 4096; error++) {
		char text[32];
		const char *name = name_of(error, text);
		const char *expected = strerrorname_np(error);

		if (error >= 512 && error <= 531)
			continue;
		if (expected && !name)
			fail_msg("%s has no name", expected);
		if (!expected && name)
			fail_msg("%d is not %s", error, name);
		if (expected)
			assert_string_equal(name, expected);
	}
#else
	skip();
#endif
}

/* No two numbers have one name. */
static void test_distinct(void **state)
{
	char name_text[32], other_text[32];
	const char *name, *other;
	int error, i;

	(void)state;
	for (error = 1; error < 4096; error++) {
		name = name_of(error, name_text);
		for (i = 1; name && i < error; i++) {
			other = name_of(i, other_text);
			assert_false(other && !strcmp(name, other));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_as_library),
		cmocka_unit_test(test_distinct),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
