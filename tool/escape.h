/*
 * escape.h - bytes, numbers and addresses as text; what rows are made of.
 *
 * A put function writes at a place, without a NUL, and returns where the next
 * byte belongs. None of them looks at how much room there is.
 */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How many bytes the UTF-8 character at this place has; 0 where there is none
 * (plain ASCII, cut off, overlong, a surrogate, past U+10FFFF), and for the
 * control characters U+0080 to U+009F. left, what there is to look at, is not
 * 0.
 */
size_t escape_utf8_length(const unsigned char *at, size_t left);

/* Two digits. */
char *put_hex(char *at, unsigned char byte);

/* At most 20 bytes. */
char *put_decimal(char *at, uint64_t value);

/* At most 15 bytes. */
char *put_address(char *at, struct in_addr address);

#endif
