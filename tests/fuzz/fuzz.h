/*
 * fuzz.h - what the fuzz targets share.
 *
 * A target is fuzz_NAME.c with LLVMFuzzerTestOneInput(): bytes in, and an
 * abort where something does not hold. Its main() is libFuzzer's, or where
 * the compiler has none that of corpus.c, which runs saved inputs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* libFuzzer's interface. Always returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Abort, and say where, if it does not hold. */
#define require(condition) \
	((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))

void fuzz_fail(const char *file, int line, const char *condition)
	__attribute__((noreturn));

/*
 * What is left of an input. Choices are taken from its end, so that a plain
 * trace file, or a word, is an input as it is.
 */
struct input {
	const uint8_t *at;
	size_t left;
};

/* 0 where nothing is left. */
uint8_t input_choice(struct input *input);

/*
 * The next count bytes from the front, or fewer, in memory of just that size,
 * so that a read past them shows. The caller frees it.
 */
char *input_copy(struct input *input, size_t count, size_t *length);

/* Growing bytes; start from a zeroed struct, and free .at. */
struct bytes {
	char *at;
	size_t length, room;
};

void bytes_add(struct bytes *bytes, const void *from, size_t length);

/*
 * Require whole lines that a terminal can be shown: UTF-8, and no control
 * character but the newline; with tabs that, too.
 */
void require_lines(const struct bytes *text, bool tabs);

/* Require printable ASCII and newlines. */
void require_ascii(const struct bytes *text);
