/*
 * options.h - the command line, as struct options. argparse.h says how it is
 * written: as that of the original was.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "argparse.h"
#include "attach/filter.h"
#include "show/rows.h"

/* KRETPROBE_MAXACTIVE_MAX, kernel/trace/trace_kprobe.c, Linux 4.12 to 7.2 */
#define OPTIONS_MAXACTIVE_MAX 4096

struct options {
	struct filter filter;	/* which connects */
	struct rows_options show;	/* what is printed of them */

	/* How it runs. */
	uint32_t duration;	/* --duration: seconds; 0: until stopped */
	const char *read_file;	/* -r: replay this ("-": stdin), or NULL */
	bool check;		/* --check: test the host and exit */
	bool ebpf;		/* --ebpf: print the program and exit */
	bool global_pipe;	/* --global-pipe: no instance of our own */
	bool original;		/* --original: the program of 2015 */
	const char *kernel_headers;	/* --kernel-headers: the host's, in DIR;
					 * "": where libbcc looks; NULL: ours */
	uint32_t maxactive;	/* --maxactive; 0: the kernel's own default */
	bool verbose;		/* -v: report, and count at the end */
};

/* As argparse_parse() does. */
enum argparse_verdict options_parse(struct options *options, int argc,
				    char **argv, FILE *out, FILE *err);
