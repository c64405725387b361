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

#include "system/escape.h"

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
	uint32_t code, found;
	bool taken;

	(void)state;
	for (code = 0; code < 0x80; code++) {
		text[0] = code;
		assert_int_equal(escape_utf8_decode(text, 1, &found), 1);
		assert_int_equal(found, code);
		assert_int_equal(escape_utf8_length(text, 1),
				 code >= ' ' && code < 0x7f);
	}
	for (code = 0x80; code < 0x140000; code++) {
		length = encode(text, code);
		taken = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
		for (left = 1; left < length; left++)
			assert_int_equal(
				escape_utf8_decode(text, left, &found), 0);
		for (; left <= 4; left++) {
			assert_int_equal(escape_utf8_decode(text, left, &found),
					 taken ? length : 0);
			assert_true(!taken || found == code);
		}
	}
}

/*
 * How many are hidden: 32 controls, the 172 of Cf, Zl and Zp in Unicode 16, and
 * 3769 that are reserved for more of Cf. golden/columns.py has which they are.
 */
static void test_hidden(void **state)
{
	static const uint32_t hidden[] = {
		0x80, 0x9f, 0xad, 0x61c, 0x200b, 0x200e, 0x200f, 0x2028,
		0x2029, 0x202a, 0x202e, 0x2065, 0x2066, 0x2069, 0xfeff, 0xfff9,
		0xe0000, 0xe0001, 0xe007f, 0xe0fff,
	};
	static const uint32_t shown[] = {
		0xa0, 0xac, 0xae, 0x200a, 0x2010, 0x2027, 0x202f, 0x205f,
		0x2070, 0xe000, 0xfe0f, 0xffef, 0xfffc, 0xfffd, 0xfffe, 0xffff,
		0x1f600, 0xdffff, 0xe0100, 0xe01ef, 0xe1000, 0x10ffff,
	};
	unsigned char text[4];
	uint32_t code;
	size_t i, length, count = 0;

	(void)state;
	for (code = 0x80; code < 0x110000; code++) {
		length = encode(text, code);
		count += escape_utf8_length(text, 4) != length;
	}
	assert_int_equal(count - 0x800, 32 + 172 + 3769);
	for (i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
		encode(text, hidden[i]);
		assert_int_equal(escape_utf8_length(text, 4), 0);
	}
	for (i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		length = encode(text, shown[i]);
		assert_int_equal(escape_utf8_length(text, 4), length);
	}
}

/* As many two- and three-byte texts are characters as there are of those. */
static void test_no_others(void **state)
{
	unsigned char text[3];
	size_t two = 0, three = 0, one = 0;
	uint32_t i, code;

	(void)state;
	for (i = 0; i < 1 << 24; i++) {
		text[0] = i >> 16;
		text[1] = i >> 8;
		text[2] = i;
		if (!(i & 0xffff))
			one += escape_utf8_decode(text, 1, &code);
		if (!(i & 0xff))
			two += escape_utf8_decode(text, 2, &code) == 2;
		three += escape_utf8_decode(text, 3, &code) == 3;
	}
	assert_int_equal(one, 0x80);
	assert_int_equal(two, 0x800 - 0x80);
	assert_int_equal(three, 0x10000 - 0x800 - 0x800);
}

static void test_print(void **state)
{
	static const char text[] = "a\tb\\n\n\x1b\x7f\0\xc3\xa9\xc2\x9b"
				   "\xe2\x80\xae\xe2\x80\xac\xff\xc3";
	char shown[128] = "";
	FILE *out = fmemopen(shown, sizeof(shown), "w");

	(void)state;
	assert_non_null(out);
	escape_print(out, text, sizeof(text) - 1);
	fclose(out);
	assert_string_equal(shown, "a\tb\\n\\x0a\\x1b\\x7f\\x00\xc3\xa9"
				   "\\xc2\\x9b\\xe2\\x80\\xae"
				   "\\xe2\\x80\\xac\\xff\\xc3");
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

static void test_escape(void **state)
{
	char text[8], expected[8];
	int i;

	(void)state;
	for (i = 0; i < 256; i++) {
		*put_escape(text, i) = '\0';
		snprintf(expected, sizeof(expected),
			 i == '\n' ? "\\n" : i == '\r' ? "\\r" :
			 i == '\t' ? "\\t" : "\\x%02x", i);
		assert_string_equal(text, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_no_others),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
