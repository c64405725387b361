/*
 * program.h - the BPF program's text, with its two words replaced.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stddef.h>

struct options;

/*
 * The program's source with FILTER replaced by the tests that the options
 * ask for (or by nothing) and TAG by the run's tag. Numbers are formatted
 * here from numbers: nothing that a user typed is pasted.
 *
 * Returns a string that the caller frees, or NULL after a report.
 */
char *program_text(const struct options *options, const char *tag);

/*
 * source with word, which must stand in it exactly once as a word of its
 * own, replaced by replacement. Returns a string that the caller frees, or
 * NULL with errno: ENOMEM, or EINVAL where word does not stand there once.
 */
char *program_replace(const char *source, const char *word,
		      const char *replacement);

#endif
