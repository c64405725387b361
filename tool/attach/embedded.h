/*
 * embedded.h - the files below bpf_text/, which the build puts into the
 * program as strings (bpf_text/embed.cmake writes the C file).
 */
#ifndef EMBEDDED_H
#define EMBEDDED_H

#include <stddef.h>

/* bpf_text/tcp_v4_connect.c, as it is in the source tree. */
extern const char *const embedded_program;

/*
 * The header tree that the program is compiled against: paths relative to
 * bpf_text/ ("include/linux/types.h"), ended by an entry whose path is NULL.
 */
struct embedded_file {
	const char *path;
	const char *text;
};
extern const struct embedded_file embedded_headers[];

#endif
