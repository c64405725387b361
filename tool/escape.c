/*
 * escape.c - no printf: a row has to cost less than the kernel spends on
 * printing the line that it came from.
 */
#include "escape.h"

#include <arpa/inet.h>

/* The first two bytes tell all but the length. */
size_t escape_utf8_length(const unsigned char *at, size_t left)
{
	size_t length = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4, i;

	if (at[0] < 0xc2 || at[0] > 0xf4 || length > left)
		return 0;
	for (i = 1; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((at[0] == 0xc2 && at[1] < 0xa0) ||
	    (at[0] == 0xe0 && at[1] < 0xa0) ||
	    (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return length;
}

char *put_hex(char *at, unsigned char byte)
{
	static const char hex[] = "0123456789abcdef";

	*at++ = hex[byte >> 4];
	*at++ = hex[byte & 0xf];
	return at;
}

/* Backwards from the end, which is found first: quicker than a copy. */
char *put_decimal(char *at, uint64_t value)
{
	unsigned int length = 1;
	uint64_t bound = 10;
	char *end;

	while (length < 20 && value >= bound) {
		bound *= 10;
		length++;
	}
	end = at = at + length;
	do {
		*--at = '0' + value % 10;
		value /= 10;
	} while (value);
	return end;
}

/* A digit that is not wanted is overwritten: quicker than a branch. */
static char *put_octet(char *at, unsigned int octet)
{
	*at = '0' + octet / 100;
	at += octet >= 100;
	*at = '0' + octet / 10 % 10;
	at += octet >= 10;
	*at++ = '0' + octet % 10;
	return at;
}

char *put_address(char *at, struct in_addr address)
{
	uint32_t value = ntohl(address.s_addr);

	at = put_octet(at, value >> 24);
	*at++ = '.';
	at = put_octet(at, value >> 16 & 0xff);
	*at++ = '.';
	at = put_octet(at, value >> 8 & 0xff);
	*at++ = '.';
	return put_octet(at, value & 0xff);
}
