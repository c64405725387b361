/*
 * kprobe.h - a kprobe or kretprobe on tcp_v4_connect with a BPF program.
 *
 * If possible it is a line in tracefs's kprobe_events. Only such a probe takes
 * maxactive and counts its hits, even if the kernel skips the program. It
 * outlives its process, so the next start finds it by its name:
 * tcpv4connect_<eight hexadecimal digits>_entry, or ..._return. Otherwise it is
 * an event of the PMU "kprobe" (Linux 4.17 and newer), which has no name and
 * ends with its descriptor.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct tracefs;

struct kprobe {
	int event_fd;		/* perf event; closing it detaches; -1 */
	int list_fd;		/* kprobe_events, for the removal; -1 */
	FILE *profile;		/* kprobe_profile; NULL */
	int maxactive;		/* what it was made with; 0: the kernel's */
	char name[48];		/* in kprobe_events; "": it has none */
};

#define KPROBE_NONE { .event_fd = -1, .list_fd = -1 }

/*
 * Attach the program prog_fd, of type BPF_PROG_TYPE_KPROBE, for all processes
 * on all CPUs. run is the run's eight digits. maxactive is for a return probe;
 * if the kernel refuses it (before Linux 4.12), that gets the kernel's default.
 * Returns 0, or -1 with errno (prints nothing). Detach it in either case.
 */
int kprobe_attach(struct kprobe *kprobe, const struct tracefs *tracefs,
		  const char *run, bool is_return, int maxactive, int prog_fd);

/* Stop it from firing; keep its name and its hits. */
void kprobe_disable(struct kprobe *kprobe);

/*
 * Disable it and remove its name. Opens nothing. Returns 0, or -1 if the name
 * stays, unused. Takes KPROBE_NONE.
 */
int kprobe_detach(struct kprobe *kprobe);

/*
 * How often it has fired, even if the kernel skipped the program. Opens
 * nothing. Returns 0, or -1 if the kernel does not say.
 */
int kprobe_hits(const struct kprobe *kprobe, uint64_t *hits);

/*
 * Remove what killed runs left in kprobe_events. The kernel refuses (EBUSY) to
 * remove what is in use.
 */
void kprobe_sweep(const struct tracefs *tracefs);
