/*
 * confine.h - gives away what the process no longer needs, before it reads
 * the first byte that somebody else could choose.
 *
 * What reads trace lines, saved traces and DNS answers needs a few open
 * descriptors and about forty system calls. Everything else goes, for good:
 * capabilities, the way to more of them, and the other system calls. A
 * mistake in a parser is then worth little to whoever finds it.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include <stdbool.h>

enum confine_task {
	CONFINE_TRACE,		/* follow a pipe, then take everything down */
	CONFINE_REPLAY,		/* read a file that is open */
};

/*
 * Enter, for good. What this kernel can't do is left out, and the rest done;
 * verbose says on stderr what was reached. The process must have one thread.
 *
 * Capabilities (all five sets) are dropped but for those of these that it has
 * and that CONFINE_TRACE needs:
 *
 *   CAP_BPF	to read maps, before Linux 5.19; CAP_SYS_ADMIN where it has no
 *		CAP_BPF. While kernel.unprivileged_bpf_disabled is set those
 *		kernels refuse all of bpf(2) without it (__sys_bpf() in
 *		kernel/bpf/syscall.c; changed by commit c8644cd0efe7).
 *   CAP_DAC_OVERRIDE	to remove a directory from removal_dir_fd, where that
 *		is open (not -1) and another user's
 *   CAP_SYS_NICE	where RLIMIT_RTPRIO can't be raised to 1, which takes
 *		its place (bpf_urgency in bpf_object.h)
 *
 * Then no_new_privs, no core dump and no tracer of the same user
 * (PR_SET_DUMPABLE), and a seccomp filter. A system call that it does not
 * know fails with ENOSYS, one that it knows with other arguments with EPERM;
 * none of them ends the process, which would leave probes behind.
 *
 * Directories can be removed below removal_dir_fd only (Landlock, Linux 5.13
 * and newer; elsewhere anywhere, since a filter can't follow a path), and none
 * where that is not open.
 *
 * With sanitizers (TCPV4CONNECT_SANITIZED), whose own system calls are
 * nobody's to list, capabilities go and the rest stays.
 */
void confine_enter(enum confine_task task, int removal_dir_fd, bool verbose);

#endif
