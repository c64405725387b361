/*
 * switches.h - what somebody can change on the host, after the probes were
 * attached, so that connects are no longer seen, recorded or readable,
 * without an error for anybody.
 *
 * Each is a small file, which is kept open and read again and again with
 * pread(): nothing is opened after the start. They are looked at and never
 * written to.
 */
#ifndef SWITCHES_H
#define SWITCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SWITCHES_MAX 17
#define SWITCHES_PATH 384
#define SWITCHES_TEXT 160

/* Where to look. A directory that is NULL is left out. */
struct switches_places {
	const char *proc_sys;	/* /proc/sys */
	const char *debugfs;
	const char *trace;	/* the instance, or the top of tracefs */
	const char *filter;	/* of the instance's event; NULL: it is the
				 * global trace, and there has to be none */
};

struct switch_state {
	int fd;			/* owned; -1: not there, or unreadable */
	int error;		/* why it is -1 */
	bool is_changed;
	bool is_lasting;	/* what it did lasts when it is set back */
	uint64_t since_us;	/* when that was noticed */
	uint64_t changed_us;	/* for how long, before that */
	char path[SWITCHES_PATH];
	char wanted[SWITCHES_TEXT];	/* what is to be in it */
};

struct switches {
	struct switch_state states[SWITCHES_MAX];
	bool is_global;		/* the global trace is read */
	bool stops_for_readers;	/* while its file trace is open tracing_on is
				 * 0: Linux before 5.8 */
	char reader[SWITCHES_TEXT];	/* what had that open at the start;
					 * empty: nothing was found */
	uint64_t looked_us;	/* the last look; 0: none yet */
	long cpus;		/* that are online */
};

/* Switches that were never opened; they may be closed. */
void switches_init(struct switches *switches);

/*
 * Open those that are there. What can't be opened is not watched. Where readers
 * of the file trace stop it, /proc is searched for one.
 */
void switches_open(struct switches *switches,
		   const struct switches_places *places);

/*
 * Open files keep a trace instance from being removed, so close them first.
 * For how long which one was changed is kept.
 */
void switches_close(struct switches *switches);

/* What has changed, or was changed, since the last look. */
#define SWITCHES_LOSE_LINES 1	/* lines that were sent may be lost */
#define SWITCHES_CLOCK	    2	/* the trace has another clock */

/*
 * Look at each. When one is not as it has to be any more, warn, once, of what
 * that does and how to set it back; when it is set back, say that. now_us is
 * CLOCK_MONOTONIC. Returns a sum of the above.
 */
unsigned switches_look(struct switches *switches, uint64_t now_us);

/* At the end: a line for each that was changed, and for how long. */
void switches_end(const struct switches *switches);

enum switch_verdict {
	SWITCH_RIGHT,
	SWITCH_CHANGED,
	SWITCH_UNREADABLE,
	SWITCH_ABSENT,		/* this kernel, or this run, has none */
};

/* How many there are; the functions below take a number below that. */
size_t switches_count(void);
const char *switches_name(size_t i);

/*
 * For --check: what is in that file; where that is wrong, what it does and
 * how to set it back; or why it can't be read.
 */
enum switch_verdict switches_ask(struct switches *switches, size_t i,
				 char *text, size_t size);

#endif
