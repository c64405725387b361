/*
 * kprobe_events.h - the kernel's list of text-made probes, and ours in it.
 *
 * libbcc can raise a return probe's maxactive only by writing a line to
 * tracefs's kprobe_events, and such a probe outlives the process that made
 * it. Ours are named tcpv4connect_<run>_..., so that they can be found.
 */
#ifndef KPROBE_EVENTS_H
#define KPROBE_EVENTS_H

#include <stddef.h>

struct tracefs;

/* Those of one run, which can be removed without opening anything more. */
struct kprobe_events {
	int fd;			/* kprobe_events, for writing; -1 */
	size_t count;
	char names[4][96];	/* "kprobes/NAME" */
};

#define KPROBE_EVENTS_NONE { .fd = -1 }

/*
 * Note down the probes whose name begins with prefix; where there are none
 * nothing is held. Says nothing. The struct may be released in every case.
 */
void kprobe_events_hold(struct kprobe_events *events,
			const struct tracefs *tracefs, const char *prefix);

/* Remove those that were noted. Returns how many are still there. */
int kprobe_events_release(struct kprobe_events *events);

/*
 * Remove the probes whose name begins with prefix, in the group kprobes. The
 * kernel refuses (EBUSY) where a live process uses one, so the prefix may be
 * that of every run, if the caller holds tracefs_lock(). Returns how many
 * are still there.
 */
int kprobe_events_remove(const struct tracefs *tracefs, const char *prefix);

#endif
