/*
 * probe.h - the kprobe/kretprobe pair on tcp_v4_connect: program text in,
 * attached pair out.
 *
 * A child process (loader.h) compiles and loads. The programs print nothing
 * before probe_open(), when both are attached, nor after probe_shut(), when
 * both still are, so that no start or stop cuts a call in two.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "attach/kprobe.h"
#include "attach/loader.h"

struct tracefs;

struct probe {
	const struct tracefs *tracefs;	/* not owned */
	const char *run;	/* the run's eight digits; not owned */
	pid_t loader_pid;	/* the child, or less than 1 */
	int loader_fd;		/* the socket to it */
	int log_fd;		/* what it printed */
	struct kprobe entry, ret;
	int fds[LOADER_FDS];	/* the programs and the maps */
	struct loader_result result;
};

/* A probe that was never attached; it may be detached. */
#define PROBE_NONE { .loader_fd = -1, .log_fd = -1, .entry = KPROBE_NONE, \
	.ret = KPROBE_NONE, .fds = { -1, -1, -1, -1, -1, -1 } }

enum probe_verdict {
	PROBE_ATTACHED,
	PROBE_STOPPED,		/* stop_fd became readable */
	PROBE_FAILED,		/* after a report */
};

/*
 * Remove what killed runs left in kprobe_events, and start a process that does
 * the job. tracefs and the job's run have to stay. Takes PROBE_NONE. Returns 0,
 * or -1 after a report. Detach the probe in either case.
 */
int probe_start(struct probe *probe, const struct loader_job *job,
		const struct tracefs *tracefs);

/*
 * Wait for it, up to two minutes or until stop_fd is readable, and attach the
 * pair with its gate shut. maxactive is that of the return probe.
 */
enum probe_verdict probe_attach(struct probe *probe, int maxactive,
				int stop_fd);

/*
 * Trace calls from here on; a text without a gate has done so since
 * probe_attach(). Returns 0, or -1 after a report.
 */
int probe_open(const struct probe *probe);

/*
 * Trace no new call, except one whose program runs just now: disabling the
 * entry probe waits for that. Calls in progress still return.
 */
void probe_shut(const struct probe *probe);

/* Undo all of that, at any stage. Takes a struct that was never started. */
void probe_detach(struct probe *probe);
