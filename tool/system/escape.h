/*
 * escape.h - bytes, numbers and addresses as text; what rows are made of.
 *
 * A put_ function writes at a place, without a NUL, and returns where the next
 * byte belongs. None knows how much room there is.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * How many bytes the UTF-8 character at this place has, and in *code its
 * number; 0 where there is none (cut off, overlong, a surrogate, past
 * U+10FFFF). left, what there is to look at, is not 0.
 */
size_t escape_utf8_decode(const unsigned char *at, size_t left,
			  uint32_t *code);

/*
 * False for controls and characters that break or reorder a line or are
 * invisible (Unicode's categories Cf, Zl and Zp, and what is reserved for more
 * of Cf). Private and unassigned ones print, at worst as a box.
 */
bool escape_is_printable(uint32_t code);

/* As escape_utf8_decode(), and 0 for what is not printable. */
size_t escape_utf8_length(const unsigned char *at, size_t left);

/*
 * Print text as it is, but for bytes that are not printable: those become \xNN.
 * A tab stays. Errors show in the stream.
 */
void escape_print(FILE *out, const char *text, size_t length);

/* \n, \r, \t or \xNN: at most four bytes. */
char *put_escape(char *at, unsigned char byte);

/* The byte, or its escape if it is not printable ASCII. */
char *put_ascii(char *at, unsigned char byte);

/* At most 20 bytes. */
char *put_decimal(char *at, uint64_t value);

/* At most 15 bytes. */
char *put_address(char *at, struct in_addr address);
