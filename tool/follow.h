/* follow.h - from the pipe to rows, until a stop. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "read/line_reader.h"
#include "system/clock.h"

struct ledger;
struct rows;
struct settings;
struct trace_instance;

struct follow {
	const struct trace_instance *instance;	/* without a pipe nothing is
						 * read (-c) */
	int attempts_fd;	/* the map of attempts; not owned */
	const char *tag;
	struct rows *rows;	/* the stop_fd of its output ends it */
	struct ledger *ledger;
	struct settings *settings;	/* open; not owned */
	bool original;		/* lines of original_line.h; no account */
	struct line_reader reader;
	struct clock clock;
	int nap_ms;		/* how long lines may gather; 0: not at all */
	uint64_t watched_us;	/* when the ledger was last looked at */
	uint64_t flushed_us;	/* when rows were last flushed */
	/* What decides how to wait for input. */
	uint64_t input_us;	/* when a read last found something */
	bool is_busy;		/* it did just now, and lines may gather */
	bool is_ready;		/* poll() has called the pipe readable */
	unsigned reads;		/* that found something, since a poll() */
};

enum follow_verdict {
	FOLLOW_GOES_ON,		/* inside follow.c alone */
	FOLLOW_STOPPED,		/* a signal, or the time is over */
	FOLLOW_COMPLETE,	/* --max-events have been shown */
	FOLLOW_CLOSED,		/* the reader of our stdout has gone */
	FOLLOW_FAILED,		/* reported */
};

/* The caller sets the members up to original, and the reader's buffer. */
void follow_init(struct follow *follow);

/*
 * Show every connect until a stop, or enough has been shown, or
 * stdout is closed. A row is flushed as soon as no more input waits.
 */
enum follow_verdict follow_run(struct follow *follow);

/*
 * The gate is shut: print what still waits in the pipe and in the map, and
 * flush. Takes two seconds at most; the ledger is told of what is left then.
 * Returns FOLLOW_STOPPED, or what else ended it.
 */
enum follow_verdict follow_drain(struct follow *follow);
