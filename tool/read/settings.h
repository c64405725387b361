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

/* Where to look. */
struct settings_places {
	const char *proc_sys;	/* NULL: /proc/sys, and debugfs where it is */
	const char *debugfs;
	const char *trace;	/* the instance, or the top of tracefs; NULL:
				 * no trace is read */
	const char *filter;	/* of the instance's event; NULL: the global
				 * trace, which must have none */
};

struct setting {
	const struct setting_kind *kind;
	int fd;			/* owned; -1: not there, or unreadable */
	int error;		/* why it is -1 */
	bool is_changed;
	bool is_lasting;	/* setting it back does not help this run */
	uint64_t since_us;	/* when that was noticed */
	uint64_t changed_us;	/* for how long, before that */
	char path[SETTINGS_PATH];
	char wanted[SETTINGS_TEXT];	/* what it must hold */
};

struct settings {
	struct setting list[SETTINGS_COUNT];
	bool is_global;		/* the global trace is read */
	char trace_file[SETTINGS_PATH];	/* Linux before 5.8: tracing_on is 0
					 * while it is open; or "" */
	char reader[SETTINGS_TEXT];	/* had that open; "" from the first
					 * look on */
	uint64_t looked_us;	/* the last look; 0: none yet */
	long cpus;		/* online */
};

/* Settings that were never opened; they may be closed. */
void settings_init(struct settings *settings);

/*
 * Open those that exist. What can't be opened is not watched. Where readers of
 * the file trace stop it, /proc is searched for one.
 */
void settings_open(struct settings *settings,
		   const struct settings_places *places);

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
