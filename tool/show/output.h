/*
 * output.h - an output stream that cannot block shutdown.
 *
 * The reader of our stdout may stop reading. A plain write would then block,
 * and no signal could end it. This stream waits for room and for a stop at
 * once.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define OUTPUT_MARKS 256

struct output {
	FILE *stream;		/* what to print to; owned */
	int fd;			/* stdout, or own_fd */
	int own_fd;		/* stdout opened again, or -1; owned */
	int stop_fd;		/* not owned */
	bool is_file;		/* a regular file: always room */
	bool is_socket;
	int error;		/* the errno of the first failed write, or 0;
				 * EPIPE: the reader has closed it;
				 * ECANCELED: stopped, and still no room */
	uint64_t taken;		/* bytes that have left the stream */
	uint64_t rows_lost;	/* of those bytes, and not written whole */
	struct output_mark {
		uint64_t end;	/* in bytes since the beginning */
		uint64_t rows;
	} marks[OUTPUT_MARKS];	/* rows that are still in the stream */
	size_t mark_count;
};

/* One that was never opened; it may be closed. */
#define OUTPUT_NONE { .fd = -1, .own_fd = -1 }

/* Returns 0, or -1 after a report. */
int output_open(struct output *output, int fd, int stop_fd);

/*
 * A row, or a line that stands for so many, ends here. They count as lost if
 * the line is not written whole. Other lines need no mark.
 */
void output_mark(struct output *output, uint64_t rows);

/* Flush; how many of the marked rows were lost so far. */
uint64_t output_rows_lost(struct output *output);

/* Returns 0, or -1 (without a report) if a write has failed now or earlier. */
int output_flush(struct output *output);

/* Take error for that of a write: nothing is written any more. */
void output_fail(struct output *output, int error);

/* Flush and close. Takes OUTPUT_NONE, and one that could not be opened. */
void output_close(struct output *output);
