/*
 * rows.h - what is done with an event: a row, an object or a sum; the raw line
 * under it; and the line saved to a file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "show/recording.h"
#include "show/sums.h"
#include "show/table.h"

struct connect_event;
struct dns;

/* What is printed of a connect. */
struct rows_options {
	struct table_columns columns;
	bool json;		/* -j: objects, not columns */
	bool raw;		/* --raw: the line under each row */
	bool count;		/* -c: sums, not rows */
	uint32_t interval;	/* --interval: seconds; 0: at the end only */
	uint32_t max_events;	/* --max-events; 0: any number */
	const char *write_file;	/* -w: save the lines there; NULL: don't */
};

struct rows {
	const struct rows_options *options;	/* not owned */
	struct output *output;	/* not owned */
	bool is_silent;		/* -w -: saved lines instead of rows */
	bool has_unsaved;	/* and the last row's line is still to come */
	struct table table;
	struct recording recording;	/* -w */
	struct dns *dns;	/* -d; owned; NULL: none; the caller reads it */
	struct sums sums;	/* -c */
	int sums_fd;		/* the map of sums, not owned; -1: none */
	uint64_t next_sums_us;	/* CLOCK_MONOTONIC; for --interval */
	uint64_t shown;		/* events so far; with -c what was printed */
};

/* Is anything shown or saved that a line has only with DETAILS? */
bool rows_need_details(const struct rows_options *options);

/*
 * Open what the options ask for. Returns 0, or -1 after a report. Without a
 * socket for -d it warns, and QUERY stays empty. A zeroed struct may be closed.
 */
int rows_open(struct rows *rows, const struct rows_options *options,
	      struct output *output);

/* Returns 0, or -1 after a report: the file of -w could not be written. */
int rows_close(struct rows *rows);

/* The header, if there is one. Errors show in the stream, here and below. */
void rows_begin(struct rows *rows);

/* True once --max-events have been shown. */
bool rows_are_complete(const struct rows *rows);

/* Show an event and set its query. line is where it came from, or NULL. */
void rows_add(struct rows *rows, struct connect_event *event,
	      const char *line, size_t length);

/* Save a line with -w, whatever it is. */
void rows_save(struct rows *rows, const char *line, size_t length,
	       int64_t wall_offset_us);

/* To be called often: prints the sums when --interval is over. */
void rows_tick(struct rows *rows, uint64_t now_us);

/* Nothing more comes: print the last sums. */
void rows_end(struct rows *rows);
