/*
 * embedded.h - the files of bpf_text/ as strings, which the build makes
 * (bpf_text/embed.cmake).
 */
#pragma once

#include <stddef.h>

/* bpf_text/tcp_v4_connect.c. */
extern const char *const embedded_program;

/* bpf_text/original.c, likewise: for --original. */
extern const char *const embedded_original;

/*
 * The header tree that the program is compiled against, each directory before
 * what is in it. The last entry's path is NULL.
 */
struct embedded_file {
	const char *path;	/* in bpf_text/: "include/linux/types.h" */
	const char *text;	/* NULL: a directory */
};
extern const struct embedded_file embedded_headers[];
