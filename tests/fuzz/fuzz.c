/*
 * fuzz.c - see fuzz.h. Nothing of tool/ is used here: a check must not make
 * the mistakes that it looks for.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

void fuzz_fail(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

uint8_t input_choice(struct input *input)
{
	return input->left ? input->at[--input->left] : 0;
}

char *input_copy(struct input *input, size_t count, size_t *length)
{
	char *copy;

	*length = count < input->left ? count : input->left;
	copy = malloc(*length);
	require(copy || !*length);
	if (*length)
		memcpy(copy, input->at, *length);
	input->at += *length;
	input->left -= *length;
	return copy;
}

void bytes_add(struct bytes *bytes, const void *from, size_t length)
{
	if (bytes->room - bytes->length < length) {
		bytes->room = 2 * (bytes->length + length);
		bytes->at = realloc(bytes->at, bytes->room);
		require(bytes->at);
	}
	if (length)
		memcpy(bytes->at + bytes->length, from, length);
	bytes->length += length;
}

/* A character's number and how many bytes it has; 0 where it is no UTF-8. */
static size_t decode(const unsigned char *at, size_t left, uint32_t *value)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = at[0] < 0x80   ? 1
			: at[0] < 0xc0 ? 0
			: at[0] < 0xe0 ? 2
			: at[0] < 0xf0 ? 3
			: at[0] < 0xf8 ? 4
				       : 0;
	size_t i;

	if (!length || length > left)
		return 0;
	*value = length == 1 ? at[0] : at[0] & (0x7f >> length);
	for (i = 1; i < length; i++) {
		if (at[i] >> 6 != 2)
			return 0;
		*value = *value << 6 | (at[i] & 0x3f);
	}
	if (*value < least[length] || *value > 0x10ffff ||
	    (*value >= 0xd800 && *value < 0xe000))
		return 0;
	return length;
}

/* Or breaks or reorders a line; those that are most often met. */
static bool is_control(uint32_t value)
{
	return value < 0x20 || (value >= 0x7f && value < 0xa0) ||
	       (value >= 0x200b && value <= 0x200f) ||
	       (value >= 0x2028 && value <= 0x202e) ||
	       (value >= 0x2060 && value <= 0x206f) || value == 0xfeff;
}

void require_lines(const struct bytes *text, bool tabs)
{
	const unsigned char *at = (const unsigned char *)text->at;
	size_t left = text->length, length;
	uint32_t value;

	for (; left; at += length, left -= length) {
		length = decode(at, left, &value);
		require(length);
		require(!is_control(value) || value == '\n' ||
			(tabs && value == '\t'));
	}
	require(!text->length || text->at[text->length - 1] == '\n');
}

void require_ascii(const struct bytes *text)
{
	size_t i;

	for (i = 0; i < text->length; i++)
		require(text->at[i] == '\n' ||
			(text->at[i] >= ' ' && text->at[i] <= '~'));
}
