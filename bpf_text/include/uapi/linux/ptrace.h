/*
 * The registers that a kprobe sees, as far as a program may read them: the
 * kernel's struct pt_regs on x86_64 (arch/x86/include/asm/ptrace.h), and on
 * arm64 and s390x the start of it that the kernel shows to user space as
 * user_pt_regs (arch/arm64/include/uapi/asm/ptrace.h) and after the first
 * argument's copy (arch/s390/include/asm/ptrace.h).
 */
#ifndef HEADER_TREE_UAPI_LINUX_PTRACE_H
#define HEADER_TREE_UAPI_LINUX_PTRACE_H

#include <linux/types.h>

#if defined(__x86_64__)
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx;
	unsigned long r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long orig_ax, ip, cs, flags, sp, ss;
};
#elif defined(__aarch64__)
struct pt_regs {
	unsigned long regs[31], sp, pc, pstate;
};
#elif defined(__s390x__)
struct pt_regs {
	unsigned long args[1];
	struct {
		unsigned long mask, addr;
	} psw;
	unsigned long gprs[16], orig_gpr2;
};
#else
#error "the registers of this processor are not described here"
#endif

#endif
