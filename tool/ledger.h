/*
 * ledger.h - every attempt accounted for: attempts = rows + losses, by cause.
 *
 * The BPF program counts what it sees and does, in the map ledger. This side is
 * told of each row. The difference was lost on the way; what the kernel counts
 * and the program never saw was lost before it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct probe;

/* The value of the map. Keep in step with struct counts in bpf_text/. */
struct ledger_counts {
	uint64_t runs;		/* of the entry program, whatever came of it */
	uint64_t entries;	/* calls that passed the gate and the filter */
	uint64_t returns;	/* lines printed by the return probe */
	uint64_t recovered;	/* lines printed without seeing the return */
	uint64_t unwanted;	/* successful calls, dropped because of -x */
	uint64_t attempts_lost;	/* attempts that the map had no room for */
	uint64_t not_printed;	/* lines that bpf_trace_printk() refused */
	uint64_t sums_full;	/* calls that did not fit into sums */
};

/* Causes that have one remedy are one cause. The first four are of lines. */
enum ledger_cause {
	LEDGER_OVERRUN,		/* overwritten before it was read */
	LEDGER_SETTING,		/* a setting of the trace had been changed */
	LEDGER_GONE,		/* not in the buffer, without such a cause */
	LEDGER_UNSHOWN,		/* the run ended before stdout took the row */
	LEDGER_REFUSED,		/* bpf_trace_printk() had no buffer left */
	LEDGER_NO_ROOM,		/* a BPF map was full */
	LEDGER_SKIPPED,		/* the kernel did not run the program */
	LEDGER_UNPARSABLE,	/* our tag, but not our message */
	LEDGER_CAUSES,
};

/* What this side counts. */
enum ledger_item {
	LEDGER_ROWS,		/* made from lines; with -c in the sums */
	LEDGER_SWEPT,		/* rows made from attempts left in the map */
	LEDGER_LINES_UNPARSABLE,
	LEDGER_LINES_LOST,	/* as "[LOST n EVENTS]" said */
	LEDGER_UNWRITTEN,	/* rows that stdout did not take */
	LEDGER_ITEMS,
};

/* ledger.c alone writes the members. */
struct ledger {
	const struct probe *probe;	/* not owned */
	bool is_filtered;	/* not every call is meant to be counted */
	bool is_private;	/* lost lines can only have been ours */
	bool is_counting;	/* -c: no lines */
	bool kernel_counts;	/* the kernel counts what it skips */
	uint64_t skipped_before;	/* before the run began */
	uint64_t skipped_at_end;	/* as ledger_shut() found, if is_shut */
	bool is_shut;
	uint64_t items[LEDGER_ITEMS];
	bool is_setting_changed;	/* since the last ledger_settle() */
	bool is_given_up;	/* what still waits will not be read */
	uint64_t sent;		/* lines, when ledger_watch() last looked */
	uint64_t explained[LEDGER_CAUSES];	/* lines that were not read,
						 * by the first four */
	uint64_t said[LEDGER_CAUSES];	/* warned of so far */
};

/*
 * Begin an account. The probes are attached, and the gate is still shut. The
 * three flags are those above.
 */
void ledger_init(struct ledger *ledger, const struct probe *probe,
		 bool is_filtered, bool is_private, bool is_counting);

/* So many more of them. */
void ledger_add(struct ledger *ledger, enum ledger_item item, uint64_t count);

/* With -c: all that was shown, swept attempts included. */
void ledger_set_counted(struct ledger *ledger, uint64_t attempts);

/* A setting may lose lines that are sent now. */
void ledger_note_setting(struct ledger *ledger);

/*
 * The gate is shut, the entry probe still attached: what the kernel skips from
 * here on is no loss of the run.
 */
void ledger_shut(struct ledger *ledger);

/* What still waits in the pipe and in the map will not be read. */
void ledger_give_up(struct ledger *ledger);

/* About once a second: warn of each cause that has grown. */
void ledger_watch(struct ledger *ledger);

/*
 * The pipe is empty: lines that had been sent at the last ledger_watch() were
 * read by now, or never will be.
 */
void ledger_settle(struct ledger *ledger);

/* Attempts in the map now: calls in progress, and missed returns. */
uint64_t ledger_in_progress(const struct ledger *ledger);

/* Lines that were sent and not read yet, or lost. */
uint64_t ledger_unread(const struct ledger *ledger);

/*
 * Nothing more is read: print the account, one line, if something was lost or
 * is_verbose; and warn of lines that the BPF program never sent.
 */
void ledger_close(struct ledger *ledger, bool is_verbose);
