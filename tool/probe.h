/*
 * probe.h - the kprobe/kretprobe pair on tcp_v4_connect: program text in,
 * attached pair out.
 *
 * The work is done by a child process (compiler.h), which compiles while we
 * prepare the rest, and has ended when probe_attach() returns: the probes live
 * as long as the descriptors here.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "kprobe_events.h"

struct options;
struct tracefs;

struct probe {
	const struct tracefs *tracefs;	/* not owned */
	char run[16];		/* the run's eight digits */
	pid_t compiler_pid;	/* the child, or 0 */
	int compiler_fd;	/* the socket to it */
	int log_fd;		/* what it printed */
	int entry_fd;		/* perf event; closing it detaches; -1 */
	int return_fd;
	int entry_prog_fd;
	int return_prog_fd;
	int stash_fd;		/* map currsock, see stash.h */
	int ledger_fd;		/* map ledger, see ledger.h */
	int sums_fd;		/* map sums, see sums.h; with -c */
	int maxactive;		/* what it is; 0: the kernel's default */
	bool may_have_events;	/* lines in kprobe_events, not noted yet */
	struct kprobe_events events;	/* noted */
	char libbcc_version[32];
};

/* A probe that was never attached; it may be detached. */
#define PROBE_NONE { .compiler_fd = -1, .log_fd = -1, .entry_fd = -1, .return_fd = -1, .entry_prog_fd = -1, \
	.return_prog_fd = -1, .stash_fd = -1, .ledger_fd = -1, \
	.sums_fd = -1, .events = KPROBE_EVENTS_NONE }

enum probe_verdict {
	PROBE_ATTACHED,
	PROBE_STOPPED,		/* stop_fd became readable: nothing is left */
	PROBE_FAILED,		/* reported: nothing is left */
};

/*
 * Look whether we may trace: capabilities, and a kernel that is not locked
 * down, which would hide its tracefs as well. Returns 0, or -1 after a report.
 */
int probe_check_rights(void);

/* Look whether the kernel has kprobes. Returns 0, or -1 after a report. */
int probe_check_host(const struct tracefs *tracefs);

/*
 * Begin to compile and load text, in a process of its own. What killed runs
 * left in kprobe_events is removed first. Returns 0, or -1 after a report.
 */
int probe_start(struct probe *probe, const char *text, const char *run,
		const struct options *options, const struct tracefs *tracefs);

/*
 * Wait for that, and attach: what the program prints to has to be there.
 * Takes seconds where the machine is slow; stop_fd is watched meanwhile, and a
 * compiler that takes over two minutes is ended.
 */
enum probe_verdict probe_attach(struct probe *probe, int stop_fd);

/* No new call is seen from here on; those that are under way still return. */
void probe_detach_entry(struct probe *probe);

/* No return is seen from here on. The maps can still be read. */
void probe_detach_return(struct probe *probe);

/*
 * Detach what is attached, end a compiler that is not done, close all
 * descriptors, remove what has a name. Takes a struct that was never started.
 */
void probe_detach(struct probe *probe);

#endif
