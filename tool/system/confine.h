/*
 * confine.h - gives up what the process no longer needs, before it reads the
 * first byte that others could choose.
 *
 * To read trace lines, saved traces and DNS answers takes a few open
 * descriptors and about forty system calls. All else goes for good, so that a
 * mistake in a parser is worth little to an attacker.
 */
#pragma once

#include <stdbool.h>

enum confine_task {
	CONFINE_TRACE,		/* follow a pipe, then take everything down */
	CONFINE_REPLAY,		/* read a file that is open */
};

/*
 * Enter, for good, as far as this kernel can; verbose reports on stderr what
 * was reached. The process must have one thread.
 *
 * All five sets of capabilities are emptied, but for those of these that the
 * process has and that CONFINE_TRACE needs:
 *
 *   CAP_BPF	to read maps, before Linux 5.19; CAP_SYS_ADMIN where it has no
 *		CAP_BPF. While kernel.unprivileged_bpf_disabled is set those
 *		kernels refuse all of bpf(2) without it (__sys_bpf() in
 *		kernel/bpf/syscall.c; changed by commit c8644cd0efe7).
 *   CAP_DAC_OVERRIDE	to remove a directory from removal_dir_fd, if that is
 *		open (not -1) and another user's
 *   CAP_SYS_NICE	if RLIMIT_RTPRIO can't be raised to 1, which takes its
 *		place (bpf_urgency in bpf_object.h)
 *
 * Then no_new_privs, no core dump and no tracer of the same user
 * (PR_SET_DUMPABLE), and a seccomp filter. Other system calls, or with other
 * arguments, fail with ENOSYS. That does not end the process, which would leave
 * probes behind.
 *
 * Directories can be removed below removal_dir_fd only (Landlock, Linux 5.13
 * and newer; elsewhere anywhere, since a filter can't follow a path), and none
 * if that is not open.
 *
 * With sanitizers (TCPV4CONNECT_SANITIZED), which make system calls of their
 * own, only capabilities go.
 */
void confine_enter(enum confine_task task, int removal_dir_fd, bool verbose);
