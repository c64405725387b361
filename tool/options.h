/*
 * options.h - the command line, as struct options.
 *
 * The language is that of the original, whose command line Python's argparse
 * read: its abbreviations, its spellings of an option's value (-p 181, -p181,
 * -p=181, --pid=181), its messages and its exit status 2 are kept.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* KRETPROBE_MAXACTIVE_MAX, kernel/trace/trace_kprobe.c, Linux 4.12 to 7.2 */
#define OPTIONS_MAXACTIVE_MAX 4096

struct options {
	bool timestamp;		/* -t: a TIME(s) column */
	uint32_t pid;		/* -p: 0 where none was asked for */
	bool ebpf;		/* --ebpf: print the program's text and end */
	bool global_pipe;	/* --global-pipe: no instance of our own */
	uint32_t maxactive;	/* --maxactive; 0: the kernel's own default */
	bool verbose;		/* -v: say what is done, and count at the end */
	bool kernel_headers;	/* --kernel-headers: the host's, not ours */
	const char *kernel_headers_dir;	/* =DIR; NULL: where libbcc looks */
};

enum options_verdict {
	OPTIONS_RUN,		/* go on, as the struct says */
	OPTIONS_DONE,		/* help was printed to out: exit 0 */
	OPTIONS_INVALID,	/* usage and error were printed to err: exit 2 */
};

/*
 * Parse argv. The strings in *options point into argv. Messages use the last
 * part of argv[0] as the program's name.
 */
enum options_verdict options_parse(struct options *options, int argc,
				   char **argv, FILE *out, FILE *err);

#endif
