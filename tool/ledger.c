/* ledger.c - reads the kernel's counts and compares. */
#include "ledger.h"

#include <inttypes.h>
#include <stdio.h>

#include "attach/kprobe.h"
#include "attach/probe.h"
#include "system/bpf_object.h"
#include "system/host.h"
#include "system/report.h"

#define QUIET_READINGS 3
#define READINGS_MAX   200

static const char *const cause_texts[LEDGER_CAUSES] = {
	[LEDGER_OVERRUN] = "overwritten in the trace buffer before they were "
			   "read",
	[LEDGER_SETTING] = "while a setting of the trace was changed",
	[LEDGER_GONE] = "missing from our trace buffer, as if another process "
			"had cleared, resized or read it",
	[LEDGER_UNSHOWN] = "not shown before the run ended",
	[LEDGER_REFUSED] = "refused by bpf_trace_printk, which was busy",
	[LEDGER_NO_ROOM] = "without room in a BPF map",
	[LEDGER_SKIPPED] = "skipped by the kernel, which ran another BPF "
			   "program on that CPU",
	[LEDGER_UNPARSABLE] = "on lines that can't be parsed",
};

static const char *cause_text(const struct ledger *ledger, int cause)
{
	if (cause == LEDGER_OVERRUN && ledger->is_counting)
		return "counted while the sums were being cleared";
	if (cause == LEDGER_OVERRUN && !ledger->is_private)
		return "overwritten in the global trace buffer, or cleared "
		       "or read by another process";
	return cause_texts[cause];
}

/* The global pipe loses all tracers' lines; a skipped program can't filter. */
static const char *bound_text(const struct ledger *ledger, int cause,
			      bool at_end)
{
	if ((cause == LEDGER_OVERRUN && !ledger->is_private &&
	     !ledger->is_counting && !at_end) ||
	    (cause == LEDGER_SKIPPED && ledger->is_filtered))
		return "up to ";
	return "";
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* All zero if the map can't be read. */
static struct ledger_counts read_counts(const struct ledger *ledger)
{
	struct ledger_counts counts = { 0 };
	const uint32_t zero = 0;

	(void)bpf_map_lookup(ledger->probe->fds[LOADER_LEDGER_MAP], &zero,
			     &counts);
	return counts;
}

/*
 * The counts, and how many calls the kernel has skipped since the entry probe
 * was attached. Kernels before 6.8 count only a probe's hits, which are read
 * first: a call between the two readings must not look skipped.
 */
static uint64_t read_skipped(const struct ledger *ledger,
			     struct ledger_counts *counts)
{
	const struct probe *probe = ledger->probe;
	uint64_t count = 0;

	if (ledger->kernel_counts)
		(void)bpf_prog_recursion_misses(probe->fds[LOADER_ENTRY_PROG],
						&count);
	else
		(void)kprobe_hits(&probe->entry, &count);
	*counts = read_counts(ledger);
	return ledger->kernel_counts ? count : minus(count, counts->runs);
}

/*
 * A probe has hits before it has a program, and after the kernel has taken that
 * away (_free_event() in kernel/events/core.c, Linux 4.4 to 6.7). They are no
 * losses, so read them when the gate is opened and when it is shut. A reading
 * is exact if no call came between its halves or is just between hit and run:
 * take the least of some. On a host that never rests, slack is the possible
 * error.
 */
static uint64_t skipped_so_far(const struct ledger *ledger, uint64_t *slack)
{
	uint64_t least = UINT64_MAX, skipped = 0;
	struct ledger_counts before, after;
	int quiet = 0;

	*slack = 0;
	if (ledger->kernel_counts)
		return read_skipped(ledger, &after);
	for (int i = 0; quiet < QUIET_READINGS && i < READINGS_MAX; i++) {
		before = read_counts(ledger);
		skipped = read_skipped(ledger, &after);
		if (before.runs != after.runs)
			continue;
		least = lesser(least, skipped);
		quiet++;
	}
	if (quiet)
		return least;
	*slack = after.runs - before.runs;
	return skipped;
}

void ledger_init(struct ledger *ledger, const struct probe *probe,
		 bool is_filtered, bool is_private, bool is_counting)
{
	uint64_t slack;

	*ledger = (struct ledger){
		.probe = probe, .is_filtered = is_filtered,
		.is_private = is_private, .is_counting = is_counting,
		.kernel_counts = host_kernel_version() >= HOST_VERSION(6, 8),
	};
	ledger->skipped_before = skipped_so_far(ledger, &slack);
	ledger->skipped_before += slack;
}

void ledger_shut(struct ledger *ledger)
{
	uint64_t slack;

	ledger->skipped_at_end = skipped_so_far(ledger, &slack);
	ledger->is_shut = true;
}

void ledger_add(struct ledger *ledger, enum ledger_item item, uint64_t count)
{
	ledger->items[item] += count;
}

void ledger_set_counted(struct ledger *ledger, uint64_t attempts)
{
	ledger->items[LEDGER_ROWS] = minus(attempts,
					   ledger->items[LEDGER_SWEPT]);
}

void ledger_note_setting(struct ledger *ledger)
{
	ledger->is_setting_changed = true;
}

void ledger_give_up(struct ledger *ledger)
{
	ledger->is_given_up = true;
}

static uint64_t count_sent(const struct ledger_counts *counts)
{
	return minus(counts->returns + counts->recovered,
		     counts->not_printed + counts->sums_full);
}

static uint64_t count_read(const struct ledger *ledger)
{
	return ledger->items[LEDGER_ROWS] +
	       ledger->items[LEDGER_LINES_UNPARSABLE];
}

/* Attempts in the map, or taken out of it without a row. */
static uint64_t count_in_progress(const struct ledger *ledger,
				  const struct ledger_counts *counts)
{
	return minus(counts->entries, counts->returns + counts->recovered +
		     counts->unwanted + counts->attempts_lost +
		     ledger->items[LEDGER_SWEPT]);
}

/*
 * Attribute the lines that were sent, will never be read, and have no cause
 * yet. The kernel does not say whose lines the global trace has lost.
 */
static void explain(struct ledger *ledger, uint64_t unread)
{
	uint64_t *explained = ledger->explained;
	enum ledger_cause cause = LEDGER_OVERRUN;

	if (ledger->is_private) {
		explained[LEDGER_OVERRUN] = ledger->items[LEDGER_LINES_LOST];
		cause = LEDGER_GONE;
	}
	if (ledger->is_setting_changed)
		cause = LEDGER_SETTING;
	else if (ledger->is_given_up)
		cause = LEDGER_UNSHOWN;
	explained[cause] += minus(unread, explained[LEDGER_OVERRUN] +
				  explained[LEDGER_SETTING] +
				  explained[LEDGER_GONE]);
	ledger->is_setting_changed = false;
}

void ledger_settle(struct ledger *ledger)
{
	if (!ledger->is_counting)
		explain(ledger, minus(ledger->sent, count_read(ledger)));
}

static void count_losses(const struct ledger *ledger,
			 struct ledger_counts *counts,
			 uint64_t losses[LEDGER_CAUSES])
{
	uint64_t skipped = read_skipped(ledger, counts);
	uint64_t unread = minus(count_sent(counts), count_read(ledger));

	if (ledger->is_shut)
		skipped = ledger->skipped_at_end;
	/* A line is counted once. */
	for (int i = LEDGER_UNSHOWN; i > LEDGER_OVERRUN; i--) {
		losses[i] = lesser(ledger->explained[i], unread);
		unread -= losses[i];
	}
	losses[LEDGER_OVERRUN] = unread;
	losses[LEDGER_UNSHOWN] += ledger->items[LEDGER_UNWRITTEN];
	losses[LEDGER_REFUSED] = counts->not_printed;
	losses[LEDGER_NO_ROOM] = counts->attempts_lost + counts->sums_full;
	losses[LEDGER_SKIPPED] = minus(skipped, ledger->skipped_before);
	losses[LEDGER_UNPARSABLE] = ledger->items[LEDGER_LINES_UNPARSABLE];
}

/*
 * While lines still wait in the buffer, only the kernel knows of lost ones.
 * Those of the global trace may be another tracer's, so they prove nothing
 * while there may be another cause.
 */
static uint64_t lost_so_far(const struct ledger *ledger, uint64_t unread)
{
	uint64_t known = ledger->explained[LEDGER_OVERRUN];
	uint64_t lost = ledger->items[LEDGER_LINES_LOST];

	if (!ledger->is_private && (lost < known || ledger->is_setting_changed))
		lost = known;
	return lesser(lost, unread);
}

void ledger_watch(struct ledger *ledger)
{
	uint64_t losses[LEDGER_CAUSES];
	struct ledger_counts counts;

	count_losses(ledger, &counts, losses);
	losses[LEDGER_OVERRUN] = lost_so_far(ledger, losses[LEDGER_OVERRUN]);
	ledger->sent = count_sent(&counts);
	for (int i = 0; i < LEDGER_CAUSES; i++) {
		if (losses[i] <= ledger->said[i])
			continue;
		report_warning("%s%" PRIu64 " connects lost so far, %s",
			       bound_text(ledger, i, false), losses[i],
			       cause_text(ledger, i));
		ledger->said[i] = losses[i];
	}
}

uint64_t ledger_in_progress(const struct ledger *ledger)
{
	const struct ledger_counts counts = read_counts(ledger);

	return count_in_progress(ledger, &counts);
}

uint64_t ledger_unread(const struct ledger *ledger)
{
	const struct ledger_counts counts = read_counts(ledger);

	return minus(count_sent(&counts), count_read(ledger));
}

/* Only at the end: the BPF program counts a line after it has sent it. */
static void warn_of_forged(const struct ledger *ledger,
			   const struct ledger_counts *counts)
{
	uint64_t forged = minus(count_read(ledger), count_sent(counts));

	if (forged && !ledger->is_counting)
		report_warning("%" PRIu64 " lines had our tag and were not "
			       "ours: a process with access to tracing forges "
			       "rows", forged);
}

/* ": 5 overwritten in ...; 3 unaccounted for". Returns how many were lost. */
static uint64_t list_losses(const struct ledger *ledger,
			    const uint64_t losses[LEDGER_CAUSES],
			    uint64_t unaccounted, char *text, size_t size)
{
	uint64_t lost = 0;
	size_t length = 0;

	for (int i = 0; i < LEDGER_CAUSES; i++) {
		if (!losses[i])
			continue;
		length += snprintf(text + length, size - length,
				   "%s%s%" PRIu64 " %s", lost ? "; " : ": ",
				   bound_text(ledger, i, true), losses[i],
				   cause_text(ledger, i));
		lost += losses[i];
	}
	if (unaccounted)
		snprintf(text + length, size - length,
			 "; %" PRIu64 " unaccounted for", unaccounted);
	return lost;
}

void ledger_close(struct ledger *ledger, bool is_verbose)
{
	uint64_t swept = ledger->items[LEDGER_SWEPT];
	uint64_t losses[LEDGER_CAUSES], lost, unaccounted;
	struct ledger_counts counts;
	char text[(LEDGER_CAUSES + 1) * 160] = "";

	if (!ledger->is_counting)
		explain(ledger, ledger_unread(ledger));
	count_losses(ledger, &counts, losses);
	unaccounted = count_in_progress(ledger, &counts);
	if (ledger->is_given_up) {
		losses[LEDGER_UNSHOWN] += unaccounted;
		unaccounted = 0;
	}
	lost = list_losses(ledger, losses, unaccounted, text, sizeof(text));
	if (lost || unaccounted || is_verbose)
		report_note("%" PRIu64 " connects, %" PRIu64 " rows (%" PRIu64
			    " of them without the call's return), %" PRIu64
			    " lost%s",
			    minus(counts.entries, counts.unwanted) +
			    losses[LEDGER_SKIPPED],
			    minus(ledger->items[LEDGER_ROWS] + swept,
				  ledger->items[LEDGER_UNWRITTEN]),
			    counts.recovered + swept, lost, text);
	warn_of_forged(ledger, &counts);
}
