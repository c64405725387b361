/*
 * ledger.c - reads the kernel's counts and compares.
 */
#include "ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bpf_object.h"
#include "probe.h"
#include "report.h"

static const char *const cause_texts[LEDGER_CAUSES] = {
	[LEDGER_OVERRUN] = "overwritten in the trace buffer before they were "
			   "read",
	[LEDGER_SWITCHED] = "while somebody had changed a switch of the trace",
	[LEDGER_GONE] = "from our trace buffer, which somebody else has "
			"cleared, resized, read or stopped",
	[LEDGER_REFUSED] = "refused by bpf_trace_printk, which was busy",
	[LEDGER_STASH] = "without room in the map of attempts",
	[LEDGER_SKIPPED] = "skipped by the kernel, which ran another BPF "
			   "program on that CPU",
	[LEDGER_UNPARSABLE] = "on lines that can't be parsed",
	[LEDGER_UNWRITTEN] = "not taken by stdout",
	[LEDGER_UNCOUNTED] = "without room in the map of sums",
};

static const char *cause_text(const struct ledger *ledger, int cause)
{
	if (cause == LEDGER_OVERRUN && ledger->is_counting)
		return "counted while the sums were being cleared";
	if (cause == LEDGER_OVERRUN && !ledger->is_private)
		return "overwritten in the global trace buffer, or cleared "
		       "or taken by others";
	return cause_texts[cause];
}

/*
 * Where the number may hold what was not ours: the global pipe loses
 * everybody's lines, and a skipped program can't have filtered.
 */
static const char *bound_text(const struct ledger *ledger, int cause,
			      bool at_end)
{
	if ((cause == LEDGER_OVERRUN && !ledger->is_private && !at_end) ||
	    (cause == LEDGER_SKIPPED && ledger->is_filtered))
		return "up to ";
	return "";
}

static void read_counts(const struct ledger *ledger,
			struct ledger_counts *counts)
{
	const uint32_t zero = 0;

	if (bpf_map_lookup(ledger->probe->ledger_fd, &zero, counts))
		memset(counts, 0, sizeof(*counts));
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * Entries that the kernel skipped. It counts them from Linux 6.8 on, for all
 * processes; where every call is wanted they also show as returns that found
 * nothing put aside, but for those whose attempt had no room or was swept.
 */
static uint64_t count_skipped(const struct ledger *ledger,
			      const struct ledger_counts *counts)
{
	uint64_t misses = 0, orphans = 0;

	if (bpf_prog_recursion_misses(ledger->probe->entry_prog_fd, &misses))
		misses = 0;
	if (!ledger->is_filtered)
		orphans = minus(counts->orphans,
				counts->stash_full + ledger->swept);
	return misses > orphans ? misses : orphans;
}

static uint64_t count_unread(const struct ledger *ledger,
			     const struct ledger_counts *counts)
{
	return minus(counts->returns + counts->recovered,
		     counts->not_printed + counts->sums_full + ledger->rows +
		     ledger->unparsable);
}

/*
 * Of so many lines that were sent and will not be read: whose fault are those
 * that have no cause yet? In the global trace we can't know.
 */
static void explain(struct ledger *ledger, uint64_t unread)
{
	uint64_t overrun = ledger->is_private ? ledger->lost_lines : 0;
	uint64_t unexplained = minus(unread, lesser(overrun, unread) +
				     ledger->switched + ledger->gone);

	if (ledger->is_switched)
		ledger->switched += unexplained;
	else
		ledger->gone += unexplained;
	ledger->is_switched = false;
}

void ledger_settle(struct ledger *ledger)
{
	if (ledger->is_counting || !ledger->has_sent)
		return;
	explain(ledger, minus(ledger->sent,
			      ledger->rows + ledger->unparsable));
	ledger->has_sent = false;
}

/* Each line that was not read is counted once, whatever the cause. */
static void count_unread_losses(const struct ledger *ledger, uint64_t unread,
				uint64_t losses[LEDGER_CAUSES])
{
	losses[LEDGER_SWITCHED] = lesser(ledger->switched, unread);
	unread -= losses[LEDGER_SWITCHED];
	losses[LEDGER_GONE] = ledger->is_private ?
			      lesser(ledger->gone, unread) : 0;
	losses[LEDGER_OVERRUN] = unread - losses[LEDGER_GONE];
}

static void count_losses(const struct ledger *ledger,
			 const struct ledger_counts *counts,
			 uint64_t losses[LEDGER_CAUSES])
{
	count_unread_losses(ledger, count_unread(ledger, counts), losses);
	losses[LEDGER_REFUSED] = counts->not_printed;
	losses[LEDGER_STASH] = counts->stash_lost;
	losses[LEDGER_SKIPPED] = count_skipped(ledger, counts);
	losses[LEDGER_UNPARSABLE] = ledger->unparsable;
	losses[LEDGER_UNWRITTEN] = ledger->unwritten;
	losses[LEDGER_UNCOUNTED] = counts->sums_full;
}

/*
 * While lines still wait in the buffer, only the kernel knows of lost ones;
 * of those of the global trace it does not say whose they were, so they prove
 * nothing while there may be another cause.
 */
static uint64_t lost_so_far(const struct ledger *ledger, uint64_t unread)
{
	uint64_t lost = ledger->lost_lines;

	if (!ledger->is_private &&
	    (lost < ledger->gone || ledger->is_switched))
		lost = ledger->gone;
	return lesser(lost, unread);
}

void ledger_watch(struct ledger *ledger)
{
	uint64_t losses[LEDGER_CAUSES];
	struct ledger_counts counts;

	read_counts(ledger, &counts);
	count_losses(ledger, &counts, losses);
	losses[LEDGER_OVERRUN] = lost_so_far(ledger, losses[LEDGER_OVERRUN]);
	ledger->sent = minus(counts.returns + counts.recovered,
			     counts.not_printed + counts.sums_full);
	ledger->has_sent = true;
	for (int i = 0; i < LEDGER_CAUSES; i++) {
		if (losses[i] <= ledger->said[i])
			continue;
		report_warning("%s%" PRIu64 " connects lost so far, %s",
			       bound_text(ledger, i, false), losses[i],
			       cause_text(ledger, i));
		ledger->said[i] = losses[i];
	}
}

uint64_t ledger_in_stash(const struct ledger *ledger)
{
	struct ledger_counts counts;

	read_counts(ledger, &counts);
	return minus(counts.entries, counts.returns + counts.recovered +
		     counts.unwanted + counts.stash_lost + ledger->swept);
}

uint64_t ledger_unread(const struct ledger *ledger)
{
	struct ledger_counts counts;

	read_counts(ledger, &counts);
	return count_unread(ledger, &counts);
}

/*
 * Lines with our mark that the BPF program has not sent. Only now: while it
 * runs it counts a line after it has sent it.
 */
static void warn_of_forged(const struct ledger *ledger,
			   const struct ledger_counts *counts)
{
	uint64_t forged = minus(counts->not_printed + ledger->rows +
				ledger->unparsable,
				counts->returns + counts->recovered);

	if (forged && !ledger->is_counting)
		report_warning("%" PRIu64 " lines had our mark and were not "
			       "ours: somebody with access to tracing forges "
			       "rows", forged);
}

void ledger_close(struct ledger *ledger, bool verbose)
{
	uint64_t losses[LEDGER_CAUSES], lost = 0, rows;
	struct ledger_counts counts;
	/* A number, what bounds it and what is said of the cause. */
	char text[LEDGER_CAUSES * 160] = "";
	int length = 0;

	read_counts(ledger, &counts);
	if (!ledger->is_counting)
		explain(ledger, count_unread(ledger, &counts));
	count_losses(ledger, &counts, losses);
	for (int i = 0; i < LEDGER_CAUSES; i++) {
		if (!losses[i])
			continue;
		length += snprintf(text + length, sizeof(text) - length,
				   "%s%s%" PRIu64 " %s", lost ? "; " : ": ",
				   bound_text(ledger, i, true), losses[i],
				   cause_text(ledger, i));
		lost += losses[i];
	}
	rows = minus(ledger->rows + ledger->swept, ledger->unwritten);
	if (lost || verbose)
		report_note("%" PRIu64 " connects, %" PRIu64 " rows (%" PRIu64
			    " of them without the call's return), %" PRIu64
			    " lost%s",
			    minus(counts.entries, counts.unwanted) +
			    losses[LEDGER_SKIPPED], rows,
			    counts.recovered + ledger->swept, lost, text);
	warn_of_forged(ledger, &counts);
}
