/*
 * escape.c - no printf: a row has to cost less than the kernel spends on
 * printing the line that it came from.
 */
#include "system/escape.h"

#include <arpa/inet.h>
#include <string.h>

/*
 * Controls, and of Unicode 16.0 all of Cf, Zl and Zp
 * (extracted/DerivedGeneralCategory.txt). U+2065, U+FFF0 to U+FFF8 and the rest
 * of what begins with U+E0000 are not assigned, but reserved for invisible ones
 * (Default_Ignorable_Code_Point in DerivedCoreProperties.txt). U+E0100 to
 * U+E01EF choose variants of a letter.
 */
static const struct {
	uint32_t first, last;
} unprintable[] = {
	{ 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x600, 0x605 },
	{ 0x61c, 0x61c }, { 0x6dd, 0x6dd }, { 0x70f, 0x70f }, { 0x890, 0x891 },
	{ 0x8e2, 0x8e2 }, { 0x180e, 0x180e }, { 0x200b, 0x200f },
	{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
	{ 0xfff0, 0xfffb }, { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd },
	{ 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
	{ 0xe0000, 0xe00ff }, { 0xe01f0, 0xe0fff },
};

bool escape_is_printable(uint32_t code)
{
	size_t i = 0, length = sizeof(unprintable) / sizeof(*unprintable);

	while (i < length && unprintable[i].last < code)
		i++;
	return i == length || code < unprintable[i].first;
}

size_t escape_utf8_length(const unsigned char *at, size_t left)
{
	uint32_t code;
	size_t length = escape_utf8_decode(at, left, &code);

	return length && escape_is_printable(code) ? length : 0;
}

/* The first two bytes tell all but the length. */
size_t escape_utf8_decode(const unsigned char *at, size_t left,
			  uint32_t *code)
{
	size_t length = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4, i;

	*code = at[0];
	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4 || length > left)
		return 0;
	*code = at[0] & (0x7f >> length);
	for (i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (at[i] & 0x3f);
	}
	if ((at[0] == 0xe0 && at[1] < 0xa0) ||
	    (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return length;
}

void escape_print(FILE *out, const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *)text;
	const unsigned char *end = at + length;
	size_t used;

	for (; at < end; at += used ? used : 1) {
		used = *at == '\t' ? 1 : escape_utf8_length(at, end - at);
		if (used)
			fwrite_unlocked(at, 1, used, out);
		else
			fprintf(out, "\\x%02x", *at);
	}
}

char *put_escape(char *at, unsigned char byte)
{
	static const char controls[] = "\n\r\t", letters[] = "nrt";
	static const char hex[] = "0123456789abcdef";
	const char *control = memchr(controls, byte, strlen(controls));

	*at++ = '\\';
	if (control) {
		*at++ = letters[control - controls];
		return at;
	}
	*at++ = 'x';
	*at++ = hex[byte >> 4];
	*at++ = hex[byte & 0xf];
	return at;
}

char *put_ascii(char *at, unsigned char byte)
{
	if (byte < ' ' || byte >= 0x7f)
		return put_escape(at, byte);
	*at++ = byte;
	return at;
}

/* Backwards from the end, which is found first: quicker than a copy. */
char *put_decimal(char *at, uint64_t value)
{
	char *end = at + 1;

	for (uint64_t rest = value; rest >= 10; rest /= 10)
		end++;
	at = end;
	do {
		*--at = '0' + value % 10;
		value /= 10;
	} while (value);
	return end;
}

char *put_address(char *at, struct in_addr address)
{
	uint32_t value = ntohl(address.s_addr);

	at = put_decimal(at, value >> 24);
	for (int shift = 16; shift >= 0; shift -= 8) {
		*at++ = '.';
		at = put_decimal(at, value >> shift & 0xff);
	}
	return at;
}
