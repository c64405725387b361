/*
 * settings.h - what somebody can change on the host, after the probes were
 * attached, so that connects are no longer seen, recorded or readable,
 * without an error for anybody.
 *
 * Each is a small file, which is kept open and read again and again with
 * pread(): nothing is opened after the start. They are looked at and never
 * written to.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_MAX 17
#define SETTINGS_PATH 384
#define SETTINGS_TEXT 160

/* Where to look. A directory that is NULL is left out. */
struct settings_places {
	const char *proc_sys;	/* /proc/sys */
	const char *debugfs;
	const char *trace;	/* the instance, or the top of tracefs */
	const char *filter;	/* of the instance's event; NULL: it is the
				 * global trace, and there has to be none */
};

struct setting_state {
	int fd;			/* owned; -1: not there, or unreadable */
	int error;		/* why it is -1 */
	bool is_changed;
	bool is_lasting;	/* what it did lasts when it is set back */
	uint64_t since_us;	/* when that was noticed */
	uint64_t changed_us;	/* for how long, before that */
	char path[SETTINGS_PATH];
	char wanted[SETTINGS_TEXT];	/* what is to be in it */
};

struct settings {
	struct setting_state states[SETTINGS_MAX];
	bool is_global;		/* the global trace is read */
	bool stops_for_readers;	/* while its file trace is open tracing_on is
				 * 0: Linux before 5.8 */
	char reader[SETTINGS_TEXT];	/* what had that open at the start;
					 * empty: nothing was found */
	uint64_t looked_us;	/* the last look; 0: none yet */
	long cpus;		/* that are online */
};

/* Switches that were never opened; they may be closed. */
void settings_init(struct settings *settings);

/*
 * Open those that are there. What can't be opened is not watched. Where readers
 * of the file trace stop it, /proc is searched for one.
 */
void settings_open(struct settings *settings,
		   const struct settings_places *places);

/*
 * Open files keep a trace instance from being removed, so close them first.
 * For how long which one was changed is kept.
 */
void settings_close(struct settings *settings);

/* What has changed, or was changed, since the last look. */
#define SETTINGS_LOSE_LINES 1	/* lines that were sent may be lost */
#define SETTINGS_CLOCK	    2	/* the trace has another clock */

/*
 * Look at each. When one is not as it has to be any more, warn, once, of what
 * that does and how to set it back; when it is set back, say that. now_us is
 * CLOCK_MONOTONIC. Returns a sum of the above.
 */
unsigned settings_look(struct settings *settings, uint64_t now_us);

/* At the end: a line for each that was changed, and for how long. */
void settings_end(const struct settings *settings);

enum setting_verdict {
	SETTING_RIGHT,
	SETTING_CHANGED,
	SETTING_UNREADABLE,
	SETTING_ABSENT,		/* this kernel, or this run, has none */
};

/* How many there are; the functions below take a number below that. */
size_t settings_count(void);
const char *settings_name(size_t i);

/*
 * For --check: what is in that file; where that is wrong, what it does and
 * how to set it back; or why it can't be read.
 */
enum setting_verdict settings_ask(struct settings *settings, size_t i,
				 char *text, size_t size);

#endif
