/*
 * test_escape.c - what is a UTF-8 character, and numbers as text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "escape.h"

#define SEED 20150825

/* Writes a code point the way the standard's table says; returns its length. */
static size_t encode(unsigned char text[4], uint32_t code)
{
	if (code < 0x800) {
		text[0] = 0xc0 | code >> 6;
		text[1] = 0x80 | (code & 0x3f);
		return 2;
	}
	if (code < 0x10000) {
		text[0] = 0xe0 | code >> 12;
		text[1] = 0x80 | (code >> 6 & 0x3f);
		text[2] = 0x80 | (code & 0x3f);
		return 3;
	}
	text[0] = 0xf0 | code >> 18;
	text[1] = 0x80 | (code >> 12 & 0x3f);
	text[2] = 0x80 | (code >> 6 & 0x3f);
	text[3] = 0x80 | (code & 0x3f);
	return 4;
}

/* All code points, and all cut off; some that have too many bits. */
static void test_characters(void **state)
{
	unsigned char text[4];
	size_t length, left;
	uint32_t code;
	bool taken;

	(void)state;
	for (code = 0x80; code < 0x140000; code++) {
		length = encode(text, code);
		taken = code >= 0xa0 && code <= 0x10ffff &&
			(code < 0xd800 || code > 0xdfff);
		for (left = 1; left < length; left++)
			assert_int_equal(escape_utf8_length(text, left), 0);
		for (; left <= 4; left++)
			assert_int_equal(escape_utf8_length(text, left),
					 taken ? length : 0);
	}
}

/* As many two- and three-byte texts are characters as there are of those. */
static void test_no_others(void **state)
{
	unsigned char text[3];
	size_t two = 0, three = 0, one = 0;
	uint32_t i;

	(void)state;
	for (i = 0; i < 1 << 24; i++) {
		text[0] = i >> 16;
		text[1] = i >> 8;
		text[2] = i;
		if (!(i & 0xffff))
			one += escape_utf8_length(text, 1);
		if (!(i & 0xff))
			two += escape_utf8_length(text, 2) == 2;
		three += escape_utf8_length(text, 3) == 3;
	}
	assert_int_equal(one, 0);
	assert_int_equal(two, 0x800 - 0xa0);
	assert_int_equal(three, 0x10000 - 0x800 - 0x800);
}

static void check_decimal(uint64_t value)
{
	char text[32], expected[32];

	*put_decimal(text, value) = '\0';
	snprintf(expected, sizeof(expected), "%" PRIu64, value);
	assert_string_equal(text, expected);
}

static void test_decimal(void **state)
{
	uint64_t power = 1;
	int i;

	(void)state;
	srand(SEED);
	check_decimal(0);
	check_decimal(UINT64_MAX);
	for (i = 0; i < 20; i++, power *= 10) {
		check_decimal(power - 1);
		check_decimal(power);
		check_decimal(power + 1);
		check_decimal(power * 9);
	}
	for (i = 0; i < 10000; i++)
		check_decimal(
			((uint64_t)rand() << 33 ^ (uint64_t)rand() << 11) >>
			rand() % 64);
}

static void check_address(uint32_t value)
{
	char text[32], expected[INET_ADDRSTRLEN];
	struct in_addr address = {htonl(value)};

	*put_address(text, address) = '\0';
	inet_ntop(AF_INET, &address, expected, sizeof(expected));
	assert_string_equal(text, expected);
}

static void test_address(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 256; i++)
		check_address(i * 0x01010101u);
	srand(SEED);
	for (i = 0; i < 10000; i++)
		check_address((uint32_t)rand() << 16 ^ (uint32_t)rand());
}

static void test_hex(void **state)
{
	char text[8], expected[8];
	int i;

	(void)state;
	for (i = 0; i < 256; i++) {
		*put_hex(text, i) = '\0';
		snprintf(expected, sizeof(expected), "%02x", i);
		assert_string_equal(text, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_no_others),
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
