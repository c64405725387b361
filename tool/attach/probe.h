/*
 * probe.h - the kprobe/kretprobe pair on tcp_v4_connect: program text in,
 * attached pair out.
 *
 * A child process (loader.h) compiles and loads while we prepare the rest. The
 * pair is attached here, with a gate that is shut: the programs show nothing
 * before probe_open(), when both are in place, nor after probe_shut(), when
 * both still are. So no call is seen by half because of a start or a stop.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "attach/kprobe.h"

struct loader_job;
struct tracefs;

struct probe {
	const struct tracefs *tracefs;	/* not owned */
	char run[16];		/* the run's eight digits */
	pid_t loader_pid;	/* the child, or 0 */
	int loader_fd;		/* the socket to it */
	int log_fd;		/* what it printed */
	struct kprobe entry, ret;
	int entry_prog_fd;
	int return_prog_fd;
	int attempts_fd;	/* the maps: see attempts.h, */
	int ledger_fd;		/* ledger.h, */
	int gate_fd;
	int sums_fd;		/* and, with -c, sums.h */
	int wanted_maxactive;
	char libbcc_version[32];
};

/* A probe that was never attached; it may be detached. */
#define PROBE_NONE { .loader_fd = -1, .log_fd = -1, .entry = KPROBE_NONE, \
	.ret = KPROBE_NONE, .entry_prog_fd = -1, .return_prog_fd = -1, \
	.attempts_fd = -1, .ledger_fd = -1, .gate_fd = -1, .sums_fd = -1 }

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
 * Begin to do the job, in a process of its own. What killed runs left in
 * kprobe_events is removed first. maxactive is that of the return probe.
 * Returns 0, or -1 after a report.
 */
int probe_start(struct probe *probe, const struct loader_job *job,
		int maxactive, const struct tracefs *tracefs);

/*
 * Wait for that, and attach; the gate is shut. Takes seconds where the machine
 * is slow; stop_fd is watched meanwhile, and a compiler that takes over two
 * minutes is ended.
 */
enum probe_verdict probe_attach(struct probe *probe, int stop_fd);

/* From here on calls are seen. Returns 0, or -1 after a report. */
int probe_open(const struct probe *probe);

/*
 * No new call is seen from here on, but for one whose program is running just
 * now: disabling the entry probe waits for that. Calls in progress still
 * return.
 */
void probe_shut(const struct probe *probe);

/*
 * Detach what is attached, end a compiler that is not done, close all
 * descriptors, remove what has a name. Takes a struct that was never started.
 */
void probe_detach(struct probe *probe);

#endif
