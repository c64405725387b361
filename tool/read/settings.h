/*
 * settings.h - files of the host that can silence or garble the trace while the
 * probes are in place, without an error.
 *
 * Each is small. It is kept open and read again and again with pread(), so
 * nothing is opened after the start.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_COUNT 17
#define SETTINGS_PATH 384
#define SETTINGS_TEXT 160

struct setting {
	int fd;			/* owned; or -errno: why it can't be read */
	bool is_changed;
	bool is_lasting;	/* setting it back does not help this run */
	uint64_t changed_us;	/* for how long */
	char path[SETTINGS_PATH];
	char wanted[SETTINGS_TEXT];	/* what it must hold */
};

struct settings {
	struct setting list[SETTINGS_COUNT];
	/*
	 * Before Linux 5.8 tracing_on is 0 while a process has the file trace
	 * open. What to do, if one had at the start, up to the first look; and
	 * if one may have. Else both are "".
	 */
	char reader[2 * SETTINGS_PATH], if_reader[3 * SETTINGS_PATH];
	uint64_t looked_us;	/* the last look; 0: none yet */
	long cpus;		/* online */
};

/* Settings that were never opened; they may be closed. */
#define SETTINGS_NONE { .list = { \
	[0 ... SETTINGS_COUNT - 1] = { .fd = -1 } } }

/*
 * Open those that exist. What can't be opened is not watched. Where readers of
 * the file trace stop it, /proc is searched for one.
 *
 * trace is the instance or the top of tracefs, or "" if none is read. filter is
 * that of the instance's event, or "": the global trace must have none.
 * proc_sys and debugfs are for the tests. With NULL they are this host's.
 */
void settings_open(struct settings *settings, const char *trace,
		   const char *filter, const char *proc_sys,
		   const char *debugfs);

/*
 * To be called before the trace instance is removed: open files keep it. How
 * long each was changed is kept.
 */
void settings_close(struct settings *settings);

/* What has changed, or was changed, since the last look. */
#define SETTINGS_LOSE_LINES 1	/* lines that were sent may be lost */
#define SETTINGS_CLOCK	    2	/* the trace has another clock */

/*
 * Read each. When one is changed, warn once of what that does and how to set it
 * back; when it is set back, say that. now_us is CLOCK_MONOTONIC. Returns a sum
 * of the above.
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

/* This and settings_ask() take a number below SETTINGS_COUNT. */
const char *settings_name(size_t i);

/*
 * For --check: what the file holds; if that is wrong, what it does and how to
 * set it back; or why it can't be read.
 */
enum setting_verdict settings_ask(const struct settings *settings, size_t i,
				  char *text, size_t size);
