/*
 * ledger.h - every connect accounted for: calls = rows + losses, by cause.
 *
 * The BPF program counts what it sees and does, in the map ledger; this side
 * counts the rows. What is missing between the two was lost on the way.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>
#include <stdint.h>

struct probe;

/* The value of the map. Keep in step with struct counts in bpf_text/. */
struct ledger_counts {
	uint64_t entries;	/* calls that passed the filter */
	uint64_t returns;	/* lines printed by the return probe */
	uint64_t recovered;	/* lines printed without a return seen */
	uint64_t stash_full;	/* entries that found no room */
	uint64_t stash_lost;	/* those of them that were not printed */
	uint64_t not_printed;	/* lines that bpf_trace_printk refused */
	uint64_t orphans;	/* returns that found nothing put aside */
	uint64_t unwanted;	/* calls that succeeded, where -x is given */
	uint64_t sums_full;	/* calls that -c had no room to count */
};

enum ledger_cause {
	LEDGER_OVERRUN,		/* overwritten before we read it */
	LEDGER_SWITCHED,	/* somebody had changed a switch */
	LEDGER_GONE,		/* somebody emptied our trace buffer */
	LEDGER_REFUSED,		/* bpf_trace_printk had no buffer left */
	LEDGER_STASH,		/* the map of attempts was full */
	LEDGER_SKIPPED,		/* the kernel did not run the program */
	LEDGER_UNPARSABLE,	/* our tag, but not our message */
	LEDGER_UNWRITTEN,	/* stdout did not take the row */
	LEDGER_UNCOUNTED,	/* the map of sums was full */
	LEDGER_CAUSES,
};

/* The caller sets the first members, and the rest to 0. */
struct ledger {
	const struct probe *probe;	/* not owned */
	bool is_filtered;	/* not every call is meant to be counted */
	bool is_private;	/* lost lines can only have been ours */
	bool is_counting;	/* no lines: rows is what the sums held */
	uint64_t rows;		/* made from lines */
	uint64_t swept;		/* made from attempts left in the map */
	uint64_t unwritten;	/* those of both that stdout did not take */
	uint64_t unparsable;
	uint64_t lost_lines;	/* as "[LOST n EVENTS]" said */
	bool is_switched;	/* since the last ledger_settle() somebody may
				 * have changed a switch */
	bool has_sent;		/* sent is of after the last one */
	uint64_t sent;		/* lines, when ledger_watch() last looked */
	uint64_t switched;	/* what was lost by those two causes */
	uint64_t gone;
	uint64_t said[LEDGER_CAUSES];	/* what was warned of so far */
};

/*
 * To be called about once a second: where a loss has grown, say so in one
 * line on stderr.
 */
void ledger_watch(struct ledger *ledger);

/*
 * To be called when the pipe is empty: what had been sent at the last
 * ledger_watch() was read by now, or never will be. Where the kernel did not
 * say that it has overwritten it, somebody else is the cause.
 */
void ledger_settle(struct ledger *ledger);

/* How many attempts are put aside now, calls under way included. */
uint64_t ledger_in_stash(const struct ledger *ledger);

/*
 * How many lines the BPF program has sent that were not read yet, or were
 * lost.
 */
uint64_t ledger_unread(const struct ledger *ledger);

/*
 * When the probes are detached and the pipe is empty: the whole account, in
 * one line on stderr, where something was lost or where verbose asks for it;
 * and a warning where there were more lines than the BPF program has sent.
 */
void ledger_close(struct ledger *ledger, bool verbose);

#endif
