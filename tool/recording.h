/*
 * recording.h - the file that -w writes and -r reads: trace lines, untouched,
 * under a first line that says how their clock and the time of day differ.
 */
#ifndef RECORDING_H
#define RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct recording {
	const char *path;	/* not owned */
	FILE *file;		/* NULL: closed */
	bool is_owned;		/* false: somebody else's stream */
	bool has_head;
};

/*
 * Open the file, or create it; what it holds stays until recording_begin().
 * Returns 0, or -1 after a report. A zeroed struct may be closed.
 */
int recording_create(struct recording *recording, const char *path);

/* Empty the file: from here on it is ours. */
void recording_begin(struct recording *recording);

/* Write to a stream of the caller's, who flushes and closes it. */
void recording_attach(struct recording *recording, FILE *file);

/*
 * Add a line, without its newline. wall_offset_us is what is to be added to
 * a line's time to have the time of day. Errors show in recording_flush().
 */
void recording_add(struct recording *recording, const char *line,
		   size_t length, int64_t wall_offset_us);

/* Write what waits. Returns 0, or -1 after a report, which is made once. */
int recording_flush(struct recording *recording);

/* Returns 0, or -1 after a report. */
int recording_close(struct recording *recording);

/* True where line is a recording's first one; then the offset is set. */
bool recording_parse_head(const char *line, size_t length,
			  int64_t *wall_offset_us);

#endif
