/*
 * kprobe.h - a kprobe or kretprobe on tcp_v4_connect with a BPF program.
 *
 * Wherever that can be had it is a line in tracefs's kprobe_events: only such
 * a probe has a number of returns that can be awaited at a time (maxactive)
 * and counts its hits, also those at which the kernel skips the program. It
 * outlives the process that made it, so ours have names that can be found:
 * tcpv4connect_<eight hexadecimal digits>_entry, and ..._return. Elsewhere it
 * is an event of the kernel's PMU "kprobe" (Linux 4.17 and newer), which has
 * no name and goes when its descriptor is closed.
 */
#ifndef KPROBE_H
#define KPROBE_H

#include <stdbool.h>
#include <stdint.h>

struct tracefs;

struct kprobe {
	int event_fd;		/* perf event; closing it detaches; -1 */
	int list_fd;		/* kprobe_events, for the removal; -1 */
	int profile_fd;		/* kprobe_profile; -1 */
	int maxactive;		/* what it was made with; 0: the kernel's */
	char name[48];		/* in kprobe_events; "": it has none */
};

#define KPROBE_NONE { .event_fd = -1, .list_fd = -1, .profile_fd = -1 }

/*
 * Attach the program prog_fd, of type BPF_PROG_TYPE_KPROBE, for all processes
 * on all CPUs. run is the run's eight digits. maxactive is for a return probe;
 * a kernel that refuses it is asked for its own. Returns 0, or -1 with errno
 * and nothing left behind (prints nothing).
 */
int kprobe_attach(struct kprobe *kprobe, const struct tracefs *tracefs,
		  const char *run, bool is_return, int maxactive, int prog_fd);

/* It does not fire from here on. A name is kept, and its hits. */
void kprobe_disable(struct kprobe *kprobe);

/*
 * Disable it and remove its name. Opens nothing. Returns 0, or -1 where the
 * name is still there, unused. Takes one that was never attached.
 */
int kprobe_detach(struct kprobe *kprobe);

/*
 * How often it has fired, whether or not the kernel ran the program. Returns
 * 0, or -1 where the kernel does not say. Opens nothing.
 */
int kprobe_hits(const struct kprobe *kprobe, uint64_t *hits);

/*
 * Remove what killed runs have left in kprobe_events. The kernel refuses
 * (EBUSY) to remove what a process uses.
 */
void kprobe_sweep(const struct tracefs *tracefs);

#endif
