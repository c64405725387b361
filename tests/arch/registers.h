/*
 * registers.h - libbcc's names for the registers of a call (its helpers.h, the
 * same from 0.18 to 0.37).
 */
#pragma once

#if defined(__x86_64__)
#define PT_REGS_PARM1(ctx) ((ctx)->di)
#define PT_REGS_PARM2(ctx) ((ctx)->si)
#define PT_REGS_PARM3(ctx) ((ctx)->dx)
#define PT_REGS_RC(ctx)	   ((ctx)->ax)
#elif defined(__aarch64__)
#define PT_REGS_PARM1(ctx) ((ctx)->regs[0])
#define PT_REGS_PARM2(ctx) ((ctx)->regs[1])
#define PT_REGS_PARM3(ctx) ((ctx)->regs[2])
#define PT_REGS_RC(ctx)	   ((ctx)->regs[0])
#elif defined(__s390x__)
#define PT_REGS_PARM1(ctx) ((ctx)->gprs[2])
#define PT_REGS_PARM2(ctx) ((ctx)->gprs[3])
#define PT_REGS_PARM3(ctx) ((ctx)->gprs[4])
#define PT_REGS_RC(ctx)	   ((ctx)->gprs[2])
#endif
