/*
 * tcp_v4_connect.c - the two BPF programs behind tcpv4connect.
 *
 * A process calls connect(). For TCP over IPv4 the kernel ends up in its
 * function tcp_v4_connect(), and we have a probe on its entry and one on its
 * return:
 *
 *   entry    knows where the caller wants to go, but not yet from where:
 *            put an attempt into the map `attempts`, under the thread's id.
 *   return   knows the source address, the local port and the error:
 *            take the attempt out again and print one line.
 *
 * Start reading at trace_connect_entry(), near the end of the file.
 *
 * tcpv4connect writes the #defines of this run (TAG, COUNT, ONLY_FAILED,
 * DETAILS, READ_KERNEL) above this text, replaces one line in the entry probe
 * by the tests of -p, -P and their like, and has libbcc compile the result.
 * `tcpv4connect --ebpf` prints it.
 */
#include <uapi/linux/ptrace.h>	/* registers; we need no other header */

/* --- What we read from the kernel and from the caller --- */

/* The start of struct sock_common (include/net/sock.h), Linux 4.4 to 7.2. */
struct sock_start {
	u32 daddr;		/* network byte order */
	u32 rcv_saddr;		/* network byte order */
	u32 hash;
	u16 dport;		/* network byte order */
	u16 num;		/* the local port, in host byte order */
};

/* The start of struct sockaddr_in (include/uapi/linux/in.h). */
struct sockaddr_in_start {
	u16 family;
	u16 port;		/* network byte order */
	u32 addr;		/* network byte order */
};
#define FAMILY_INET	 2
#define SOCKADDR_IN_SIZE 16

/* --- Maps, shared with user space --- */

/* A call in progress. Keep in step with struct attempt, read/attempts.h. */
struct attempt {
	u64 sock;		/* address of the struct sock */
	u64 start_ns;		/* bpf_ktime_get_ns() */
	char comm[16];
	u32 daddr;		/* host byte order: 127.0.0.1 is 0x7f000001 */
	u32 tgid;
	u32 tid;
	u32 uid;
	u16 dport;		/* host byte order */
	u16 unused[3];
};
BPF_HASH(attempts, u32, struct attempt, 10240);

/*
 * Not 0: a thread whose id is this number, modulo the size, had an attempt. The
 * others, which a filter leaves out, are not searched for in `attempts`.
 */
#define SLOTS 4096
BPF_ARRAY(had_attempt, u64, SLOTS);

/* Not 0: user space wants to see calls. It opens and shuts this gate. */
BPF_ARRAY(gate, u64, 1);

/* What happened, counted. Keep in step with ledger.h. */
struct counts {
	u64 runs;		/* of the entry program, whatever came of it */
	u64 entries;		/* calls that passed the gate and the filter */
	u64 returns;		/* lines printed by the return probe */
	u64 recovered;		/* lines printed without seeing the return */
	u64 unwanted;		/* successful calls, dropped because of -x */
	u64 attempts_lost;	/* attempts that the map had no room for */
	u64 not_printed;	/* lines that bpf_trace_printk() refused */
	u64 sums_full;		/* calls that did not fit into sums */
};
BPF_ARRAY(ledger, struct counts, 1);

#if COUNT
/* For -c: a sum instead of lines. Keep in step with show/sums.h. */
struct sum_key {
	u32 saddr;
	u32 daddr;
	u32 dport;
};
BPF_HASH(sums, struct sum_key, u64, 10240);
#endif

/* --- Small helpers --- */

#define inline_always static inline __attribute__((always_inline))

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define from_be16(x) ((u16)__builtin_bswap16(x))
#define from_be32(x) __builtin_bswap32(x)
#else
#define from_be16(x) (x)
#define from_be32(x) (x)
#endif

/*
 * A helper of the kernel is called by its number (include/uapi/linux/bpf.h).
 * libbcc declares most of them; these are not in every libbcc.
 */
static int (*read_kernel)(void *to, u32 size, const void *from) =
	(void *)READ_KERNEL;
static u64 (*get_current_cgroup_id)(void) = (void *)80;
static int (*get_ns_current_pid_tgid)(u64 device, u64 inode, void *ids,
				      u32 size) = (void *)120;

/*
 * Verifiers before Linux 4.10 follow a map's pointer only in the register that
 * was compared with NULL, and only with constant offsets. LLVM must therefore
 * not use a copy of the pointer that it made before the comparison (CHECKED),
 * nor merge two additions into one (the clobber in add_one).
 */
#define CHECKED(pointer) asm volatile("" : "+r"(pointer))

inline_always void add_one(u64 *count)
{
	__sync_fetch_and_add(count, 1);
	asm volatile("" ::: "memory");
}

/* Where the caller wants to go. Zero if it passed no IPv4 address. */
inline_always struct sockaddr_in_start asked_address(struct pt_regs *ctx)
{
	struct sockaddr_in_start asked = {};

	if ((int)PT_REGS_PARM3(ctx) >= SOCKADDR_IN_SIZE)
		read_kernel(&asked, sizeof(asked), (void *)PT_REGS_PARM2(ctx));
	if (asked.family != FAMILY_INET)
		asked.addr = asked.port = 0;
	return asked;
}

/* --- One attempt becomes one line, or one more in a sum --- */

#define RETURN_MISSED 010000	/* in place of the error */

/* The value's last digits, octal as it is the least work, and a blank. */
inline_always void put_octal(char *at, u32 value, int digits)
{
	for (int i = 0; i < digits; i++)
		at[i] = '0' + (value >> 3 * (digits - 1 - i) & 7);
	at[digits] = ' ';
}

/*
 * bpf_trace_printk() takes three arguments, so two are numbers packed full, and
 * the third is a string. Keep in step with read/connect_event.c.
 *
 * With DETAILS, which an option asks for that shows more:
 *
 *     saddr|daddr      lport|dport|uid  tgid     tid      error comm
 * TAG 7f0000017f000001 c0de005000000000 00002476 00002476 00000 curl
 *
 * Without, as each character costs time:
 *
 *     saddr|daddr      tgid|dport comm
 * TAG 7f0000017f000001 53e0050:curl
 */
inline_always int print_details(struct attempt *attempt, u64 addresses,
				u16 lport, u32 error)
{
	char text[40] = {};

	put_octal(text, attempt->tgid, 8);
	put_octal(text + 9, attempt->tid, 8);
	put_octal(text + 18, error, 5);
	for (int i = 0; i < 15; i++)
		text[24 + i] = attempt->comm[i];
	return bpf_trace_printk(TAG " %llx %llx %s\n", addresses,
				(u64)lport << 48 | (u64)attempt->dport << 32 |
				attempt->uid, text);
}

inline_always void print_line(struct counts *counts, struct attempt *attempt,
			      u32 saddr, u16 lport, u32 error)
{
	u64 addresses = (u64)saddr << 32 | attempt->daddr;
	int result;

	for (int i = 0; i < 15; i++)	/* a newline would end the line */
		if (attempt->comm[i] == '\n')
			attempt->comm[i] = '?';
	if (DETAILS)
		result = print_details(attempt, addresses, lport, error);
	else
		result = bpf_trace_printk(TAG " %llx %llx:%s\n", addresses,
					  (u64)attempt->tgid << 16 |
					  attempt->dport, attempt->comm);
	if (result < 0)
		add_one(&counts->not_printed);
}

#if COUNT
inline_always void add_to_sum(struct counts *counts, struct attempt *attempt,
			      u32 saddr)
{
	struct sum_key key = {
		.saddr = saddr, .daddr = attempt->daddr,
		.dport = attempt->dport,
	};
	u64 none = 0, *sum;

	sum = sums.lookup(&key);
	if (!sum) {
		sums.insert(&key, &none);
		sum = sums.lookup(&key);
	}
	if (!sum) {
		add_one(&counts->sums_full);
		return;
	}
	CHECKED(sum);
	__sync_fetch_and_add(sum, 1);
}
#endif

inline_always void show(struct counts *counts, struct attempt *attempt,
			u32 saddr, u16 lport, u32 error)
{
#if COUNT
	add_to_sum(counts, attempt, saddr);
#else
	print_line(counts, attempt, saddr, lport, error);
#endif
}

/* --- Calls whose return the kernel missed (under load, up to 5.19) --- */

/*
 * Show an attempt without its return. The socket may have been freed and
 * reused since, so believe it only if it still has the same destination.
 */
inline_always void show_recovered(struct counts *counts,
				  struct attempt *attempt)
{
	struct sock_start sock = {};
	u32 saddr = 0, daddr;

	read_kernel(&sock, sizeof(sock), (void *)attempt->sock);
	daddr = from_be32(sock.daddr);
	if (daddr && from_be16(sock.dport) == attempt->dport &&
	    (daddr == attempt->daddr || !attempt->daddr)) {
		/* A destination in the socket: the call succeeded. */
		if (ONLY_FAILED) {
			add_one(&counts->unwanted);
			return;
		}
		saddr = from_be32(sock.rcv_saddr);
		attempt->daddr = daddr;
	}
	show(counts, attempt, saddr, 0, RETURN_MISSED);
	add_one(&counts->recovered);
}

#define NOT_THERE (-2)		/* -ENOENT */

/*
 * The attempt could not be inserted: the thread has an older one whose return
 * was missed, or the map is full, or locked by the code that we interrupted.
 * User space takes old attempts out of the map too; the side that deletes an
 * attempt shows it.
 */
inline_always void replace_attempt(struct counts *counts, u32 tid,
				   struct attempt *attempt)
{
	int is_ours = 0, is_locked = 0, error;
	struct attempt missed = {}, *found;

	found = attempts.lookup(&tid);
	if (found) {
		missed = *found;
		error = attempts.delete(&tid);
		is_ours = !error;
		is_locked = error && error != NOT_THERE;
	}
	error = attempts.update(&tid, attempt);
	if (error && !is_ours) {	/* show it now, without its return */
		missed = *attempt;
		is_ours = 1;
	} else if (error || is_locked) {	/* not in, or over an old one */
		add_one(&counts->attempts_lost);
	}
	if (is_ours)
		show_recovered(counts, &missed);
}

/* --- What the filters ask for, besides the ids --- */

inline_always u16 asked_port(struct pt_regs *ctx)
{
	return from_be16(asked_address(ctx).port);
}

/*
 * The number of the caller's mount namespace, as in /proc/PID/ns/mnt. The
 * offsets are those of task_struct.nsproxy, nsproxy.mnt_ns and
 * mnt_namespace.ns.inum in the running kernel.
 */
inline_always u64 mount_namespace(u32 nsproxy, u32 mnt_ns, u32 inum)
{
	u64 at = bpf_get_current_task();
	u32 number = 0;

	read_kernel(&at, sizeof(at), (void *)(at + nsproxy));
	read_kernel(&at, sizeof(at), (void *)(at + mnt_ns));
	read_kernel(&number, sizeof(number), (void *)(at + inum));
	return number;
}

/*
 * The caller's process id in a PID namespace of its own (since Linux 5.7), for
 * a -p that is given inside of it; 0 for processes of other namespaces.
 */
inline_always u32 namespace_tgid(u64 device, u64 inode)
{
	struct {
		u32 tid, tgid;
	} ids = {};

	get_ns_current_pid_tgid(device, inode, &ids, sizeof(ids));
	return ids.tgid;
}

/* The map is one that the user has pinned; we have it as a descriptor. */
#define is_in_map(map_fd, key) \
	bpf_map_lookup_elem((void *)bpf_pseudo_fd(1, map_fd), &key)

/* --- The probes --- */

inline_always void put_attempt(struct pt_regs *ctx, struct counts *counts)
{
	u64 id = bpf_get_current_pid_tgid(), *had;
	u32 tgid = id >> 32, tid = id;
	struct sockaddr_in_start asked = asked_address(ctx);
	int slot = tid % SLOTS;
	struct attempt attempt = {
		.sock = PT_REGS_PARM1(ctx), .start_ns = bpf_ktime_get_ns(),
		.daddr = from_be32(asked.addr), .dport = from_be16(asked.port),
		.tgid = tgid, .tid = tid, .uid = bpf_get_current_uid_gid(),
	};

	bpf_get_current_comm(&attempt.comm, sizeof(attempt.comm));
	had = had_attempt.lookup(&slot);
	if (!had)
		return;
	CHECKED(had);
	*had = 1;
	if (attempts.insert(&tid, &attempt))
		replace_attempt(counts, tid, &attempt);
}

int trace_connect_entry(struct pt_regs *ctx)
{
	struct counts *counts;
	u64 *is_open;
	int zero = 0;

	counts = ledger.lookup(&zero);
	if (!counts)
		return 0;
	CHECKED(counts);
	add_one(&counts->runs);

	FILTER

	is_open = gate.lookup(&zero);
	if (!is_open || !*is_open)
		return 0;
	add_one(&counts->entries);
	put_attempt(ctx, counts);
	return 0;
}

/*
 * After a failure the socket is half set: keep what was asked for. After
 * success it has the real destination (0.0.0.0 is this host).
 */
inline_always void show_returned(struct counts *counts,
				 struct attempt *attempt, int error)
{
	struct sock_start sock = {};

	read_kernel(&sock, sizeof(sock), (void *)attempt->sock);
	if (!error && sock.daddr) {
		attempt->daddr = from_be32(sock.daddr);
		attempt->dport = from_be16(sock.dport);
	}
	show(counts, attempt, from_be32(sock.rcv_saddr), sock.num, error);
	add_one(&counts->returns);
}

int trace_connect_return(struct pt_regs *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();
	int error = -PT_REGS_RC(ctx), zero = 0, slot = tid % SLOTS;
	u64 *had = had_attempt.lookup(&slot);
	struct attempt attempt, *found;
	struct counts *counts;

	if (!had || !*had)	/* filtered out */
		return 0;
	found = attempts.lookup(&tid);
	if (!found)	/* the same, or begun before the gate was open */
		return 0;
	attempt = *found;
	/* User space was faster, or the map is locked: it is shown later. */
	if (attempts.delete(&tid))
		return 0;

	counts = ledger.lookup(&zero);
	if (!counts)
		return 0;
	CHECKED(counts);
	if (ONLY_FAILED && !error) {
		add_one(&counts->unwanted);
		return 0;
	}
	show_returned(counts, &attempt, error);
	return 0;
}
