/*
 * original.c - the design of 2015, for --original: to look at, not to use.
 *
 * The entry probe keeps the socket's address, under the thread's id; the return
 * probe reads the socket and prints. tcp_v4_connect.c is what became of it.
 * Left as they were:
 *   - the id is the thread's, which another thread of the process does not have
 *   - nothing tells how the call ended: after a failure the socket is half set
 *   - no count says how many returns the kernel missed
 *   - the name of the process is left to the trace, which may not know it
 */
#include <uapi/linux/ptrace.h>	/* registers; the original had net/sock.h too */

/* The start of struct sock_common (include/net/sock.h): network byte order. */
struct sock_start {
	u32 daddr;
	u32 rcv_saddr;
	u32 unused;
	u16 dport;
};

BPF_HASH(currsock, u32, u64);

static int (*read_kernel)(void *to, u32 size, const void *from) =
	(void *)READ_KERNEL;

int trace_connect_entry(struct pt_regs *ctx)
{
	u32 pid = bpf_get_current_pid_tgid();	/* the low word */
	u64 sock = PT_REGS_PARM1(ctx);

	FILTER

	currsock.update(&pid, &sock);
	return 0;
}

int trace_connect_return(struct pt_regs *ctx)
{
	u32 pid = bpf_get_current_pid_tgid();
	struct sock_start sock = {};
	u64 *found;

	found = currsock.lookup(&pid);
	if (!found)
		return 0;
	read_kernel(&sock, sizeof(sock), (void *)*found);
	bpf_trace_printk("%x %x %d\n", sock.rcv_saddr, sock.daddr,
			 __builtin_bswap16(sock.dport));
	currsock.delete(&pid);
	return 0;
}
