/*
 * output.h - stdout as a stream that never holds up the end.
 *
 * Whoever reads our stdout may stop reading. A plain write would then block
 * for as long as that lasts, and no signal could end it; this stream waits
 * for room and for a stop at the same time.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define OUTPUT_MARKS 256

struct output {
	FILE *stream;		/* what to print to; owned */
	int fd;			/* stdout, or own_fd */
	int own_fd;		/* where that was opened again, or -1; owned */
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
 * What was printed up to here ends with a row, or with a line that stands for
 * so many. Rows are counted where their line is not written whole; lines
 * without a mark are not.
 */
void output_mark(struct output *output, uint64_t rows);

/* Write what waits; how many of the marked rows were not written so far. */
uint64_t output_rows_lost(struct output *output);

/*
 * Write what waits in the stream. Returns 0, or -1 where a write has failed
 * now or earlier (output->error says why; it says nothing).
 */
int output_flush(struct output *output);

/* Take error for that of a write: nothing is written any more. */
void output_fail(struct output *output, int error);

/*
 * Takes OUTPUT_NONE, and one that could not be opened. What still waits is
 * flushed.
 */
void output_close(struct output *output);

#endif
