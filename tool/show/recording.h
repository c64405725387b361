/*
 * recording.h - the file that -w writes and -r reads: trace lines, untouched,
 * under a head line that says how their clock and the time of day differ. If
 * that changes, another head line stands before the first line that it is for.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "show/output.h"

struct recording {
	const char *path;	/* not owned */
	FILE *file;		/* NULL: never opened */
	struct output output;	/* what file is, unless it is the caller's */
	int fd;			/* the same */
	bool is_reported;	/* that it can't be written */
	bool has_head;
	int64_t wall_offset_us;	/* what the last head line says */
};

/*
 * Open or create the file; its content stays until recording_begin(). A FIFO
 * without a reader is waited for, or stop_fd. A terminal is refused. Returns 0,
 * or -1 after a report. A zeroed struct may be closed; one that was created
 * must not be moved.
 */
int recording_create(struct recording *recording, const char *path,
		     int stop_fd);

/* Empty the file: from here on it is ours. */
void recording_begin(struct recording *recording);

/*
 * Write to a stream of the caller's, who flushes and closes it. fd is what it
 * writes to: a terminal is refused. Returns 0, or -1 after a report.
 */
int recording_attach(struct recording *recording, FILE *file, int fd);

/*
 * Add a line, without its newline, and if needed a head line. wall_offset_us
 * added to the line's time is the time of day. Errors show in
 * recording_flush().
 */
void recording_add(struct recording *recording, const char *line,
		   size_t length, int64_t wall_offset_us);

/* Returns 0, or -1 after a report, which is made once. */
int recording_flush(struct recording *recording);
int recording_close(struct recording *recording);

/* True if line is a head line; only then the offset is set. */
bool recording_parse_head(const char *line, size_t length,
			  int64_t *wall_offset_us);
