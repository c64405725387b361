/*
 * tcp_v4_connect.c - what runs in the kernel at every TCP IPv4 connect().
 *
 * Two probes on one function. tcp_v4_connect() is called when a process asks
 * for a connection and it returns as soon as the SYN is on its way, or at
 * once with an error. The entry probe puts aside what was asked for, under
 * the thread's id; the return probe takes it back, adds what only the
 * finished call knows (source address, local port, error) and prints one
 * line with bpf_trace_printk().
 *
 * tcpv4connect compiles this text at run time through libbcc, after it has
 * replaced four words in capital letters, each of which stands here once: the
 * filter becomes the tests that -p and its like ask for, or nothing; the tag
 * that begins the line becomes a word that only this run uses; and two others
 * become 1 where -c and -x are given, else 0.
 * `tcpv4connect --ebpf` prints the text as it is compiled.
 *
 * It includes no kernel header but ptrace.h (for the registers), so it needs
 * no headers of the running kernel: the little that it wants to know about
 * kernel structures it says itself, below.
 */
#include <uapi/linux/ptrace.h>

/*
 * The start of struct sock_common (include/net/sock.h), with which every
 * struct sock begins; the same from Linux 4.4 to 7.1. Addresses and the
 * destination port are in network byte order, the local port is not.
 */
struct sock_start {
	u32 daddr;
	u32 rcv_saddr;
	u32 hash;
	u16 dport;
	u16 num;
};

/* The start of struct sockaddr_in (include/uapi/linux/in.h). */
struct sockaddr_in_start {
	u16 family;
	u16 port;
	u32 addr;
};
#define FAMILY_INET 2
#define SOCKADDR_IN_SIZE 16

/*
 * One call of tcp_v4_connect() that has begun. Addresses and ports here, and
 * in the message, are plain numbers (127.0.0.1 is 0x7f000001), so that a
 * line reads the same whatever the byte order of the machine.
 * Keep in step with struct stash_attempt in tool/stash.h.
 */
struct attempt {
	u64 sock;		/* the struct sock, as an address */
	u64 start_ns;		/* CLOCK_MONOTONIC */
	u64 comm[2];
	u32 daddr;
	u32 tgid;
	u32 tid;
	u32 uid;
	u16 dport;
	u16 unused[3];
};

#define COUNTING COUNT
#define ONLY_FAILED FAILED

BPF_HASH(currsock, u32, struct attempt, 10240);

/*
 * What happened, counted, so that a lost row can be missed by nobody.
 * Keep in step with struct ledger_counts in tool/ledger.h.
 */
struct counts {
	u64 entries;		/* calls that passed the filter */
	u64 returns;		/* lines printed by the return probe */
	u64 recovered;		/* lines printed without a return seen */
	u64 stash_full;		/* entries that found no room in currsock */
	u64 stash_lost;		/* those of them that were not printed */
	u64 not_printed;	/* lines that bpf_trace_printk refused */
	u64 orphans;		/* returns that found nothing put aside */
	u64 unwanted;		/* calls that succeeded where failed ones only
				 * are wanted */
	u64 sums_full;		/* calls that found no room in sums */
};

BPF_ARRAY(ledger, struct counts, 1);

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define from_be16(x) ((u16)__builtin_bswap16(x))
#define from_be32(x) __builtin_bswap32(x)
#define first_byte_highest(x) __builtin_bswap64(x)
#else
#define from_be16(x) (x)
#define from_be32(x) (x)
#define first_byte_highest(x) (x)
#endif

#define EACH_BYTE(b) (0x0101010101010101ULL * (b))

static inline __attribute__((always_inline)) void add_one(u64 *count)
{
	__sync_fetch_and_add(count, 1);
}

/*
 * Seven hexadecimal digits and a blank, as the eight characters they are:
 * bpf_trace_printk takes three arguments and we have more to say, so that
 * part of the line is spelled here. All eight digits are made at once: each
 * nibble is moved into a byte of its own and becomes a character.
 */
static inline __attribute__((always_inline)) u64 hex_word(u32 value)
{
	u64 x = (u64)value << 4, above_nine;

	x = (x << 16 | x) & 0x0000ffff0000ffffULL;
	x = (x << 8 | x) & 0x00ff00ff00ff00ffULL;
	x = (x << 4 | x) & EACH_BYTE(0x0f);
	above_nine = (x + EACH_BYTE(6)) >> 4 & EACH_BYTE(1);
	x += EACH_BYTE('0') + above_nine * ('a' - '0' - 10);
	return first_byte_highest((x & ~0xffULL) | ' ');
}

/*
 * A comm may hold a newline, which would break our line in two. Each one
 * becomes a '?', and the bits that are returned say where they stood: bit 7
 * for the first byte, bit 0 for the eighth.
 */
static inline __attribute__((always_inline)) u32 hide_newlines(u64 *text)
{
	u64 other = *text ^ EACH_BYTE('\n'), newline;

	newline = (other & EACH_BYTE(0x7f)) + EACH_BYTE(0x7f);
	newline = ~(newline | other | EACH_BYTE(0x7f)) >> 7;
	if (!newline)
		return 0;
	*text ^= newline * ('\n' ^ '?');
	return first_byte_highest(newline) * 0x0102040810204080ULL >> 56;
}

/*
 * The one line that an attempt becomes. result is the error number in the
 * low 12 bits, and RETURN_MISSED where the call's return was not seen.
 * Keep in step with connect_event_parse() in tool/connect_event.c.
 */
#define RETURN_MISSED 0x1000

static inline __attribute__((always_inline))
void print_attempt(struct counts *counts, struct attempt *attempt, u32 saddr,
		   u16 lport, u32 result)
{
	u64 words[6];
	u32 newlines;

	words[3] = attempt->comm[0];
	words[4] = attempt->comm[1];
	words[5] = 0;
	newlines = hide_newlines(&words[3]) << 8 | hide_newlines(&words[4]);
	words[0] = hex_word(attempt->tgid);
	words[1] = hex_word(attempt->tid);
	words[2] = hex_word((result & 0xfff) << 16 |
			    (result & RETURN_MISSED) << 3 | newlines >> 1);
	if (bpf_trace_printk("TAG %llx %llx %s\n",
			     (u64)saddr << 32 | attempt->daddr,
			     (u64)lport << 48 | (u64)attempt->dport << 32 |
			     attempt->uid, (char *)words) < 0)
		add_one(&counts->not_printed);
}

#if COUNTING
/*
 * For -c: connects from one address to another and its port, instead of
 * lines. Keep in step with struct sums_key in tool/sums.c.
 */
struct sum_key {
	u32 saddr;
	u32 daddr;
	u32 dport;
};

BPF_HASH(sums, struct sum_key, u64, 10240);

static inline __attribute__((always_inline))
void show_attempt(struct counts *counts, struct attempt *attempt, u32 saddr,
		  u16 lport, u32 result)
{
	struct sum_key key = {};
	u64 none = 0, *sum;

	key.saddr = saddr;
	key.daddr = attempt->daddr;
	key.dport = attempt->dport;
	sum = sums.lookup(&key);
	if (!sum) {
		sums.insert(&key, &none);
		sum = sums.lookup(&key);
	}
	if (sum)
		add_one(sum);
	else
		add_one(&counts->sums_full);
}
#else
#define show_attempt print_attempt
#endif

/*
 * What -P asks about, before anything is put aside. Without a whole IPv4
 * address the call fails, and names none.
 */
static inline __attribute__((always_inline))
struct sockaddr_in_start asked_address(struct pt_regs *ctx)
{
	struct sockaddr_in_start asked = {};

	if ((int)PT_REGS_PARM3(ctx) >= SOCKADDR_IN_SIZE)
		bpf_probe_read_kernel(&asked, sizeof(asked),
				      (void *)PT_REGS_PARM2(ctx));
	if (asked.family != FAMILY_INET)
		asked.addr = asked.port = 0;
	return asked;
}

/*
 * The return of this attempt was missed: kernels to 5.19 run out of return
 * probes under load. Its socket may be gone by now and another one stand in
 * its place, so the socket is believed only where it leads to the same
 * destination, and its local port is not.
 */
static inline __attribute__((always_inline))
void print_recovered(struct counts *counts, struct attempt *attempt)
{
	struct sock_start sock = {};
	u32 saddr = 0, daddr;

	bpf_probe_read_kernel(&sock, sizeof(sock), (void *)attempt->sock);
	daddr = from_be32(sock.daddr);
	if (daddr && from_be16(sock.dport) == attempt->dport &&
	    (daddr == attempt->daddr || !attempt->daddr)) {
		/* A call that failed leaves no destination in the socket. */
		if (ONLY_FAILED) {
			add_one(&counts->unwanted);
			return;
		}
		saddr = from_be32(sock.rcv_saddr);
		attempt->daddr = daddr;
	}
	show_attempt(counts, attempt, saddr, 0, RETURN_MISSED);
	add_one(&counts->recovered);
}

/*
 * There is no room for this attempt, or an older one of the same thread is
 * still there, whose return was missed. Whoever deletes an attempt prints it:
 * user space may be faster.
 */
static inline __attribute__((always_inline))
void replace_attempt(struct counts *counts, u32 tid, struct attempt *attempt)
{
	struct attempt stale = {}, *found;
	int is_stale = 0;

	found = currsock.lookup(&tid);
	if (found) {
		stale = *found;
		is_stale = !currsock.delete(&tid);
	}
	if (currsock.update(&tid, attempt)) {
		add_one(&counts->stash_full);
		if (is_stale)
			add_one(&counts->stash_lost);
		else
			stale = *attempt;
		is_stale = 1;
	}
	if (is_stale)
		print_recovered(counts, &stale);
}

int trace_connect_entry(struct pt_regs *ctx)
{
	u64 id = bpf_get_current_pid_tgid();
	u32 tgid = id >> 32, tid = id;
	struct sockaddr_in_start asked;
	struct attempt attempt = {};
	struct counts *counts;
	int zero = 0;

	FILTER
	counts = ledger.lookup(&zero);
	if (!counts)
		return 0;
	add_one(&counts->entries);

	asked = asked_address(ctx);
	attempt.daddr = from_be32(asked.addr);
	attempt.dport = from_be16(asked.port);
	attempt.sock = PT_REGS_PARM1(ctx);
	attempt.start_ns = bpf_ktime_get_ns();
	attempt.tgid = tgid;
	attempt.tid = tid;
	attempt.uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(&attempt.comm, sizeof(attempt.comm));
	if (currsock.insert(&tid, &attempt))
		replace_attempt(counts, tid, &attempt);
	return 0;
}

int trace_connect_return(struct pt_regs *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct sock_start sock = {};
	struct attempt attempt, *found;
	struct counts *counts;
	int zero = 0, result = PT_REGS_RC(ctx);

	counts = ledger.lookup(&zero);
	if (!counts)
		return 0;
	found = currsock.lookup(&tid);
	if (!found) {
		add_one(&counts->orphans);
		return 0;
	}
	attempt = *found;
	if (currsock.delete(&tid))
		return 0;

	if (ONLY_FAILED && !result) {
		add_one(&counts->unwanted);
		return 0;
	}

	/*
	 * A call that failed leaves the destination half set, so that it is
	 * known only from what was asked; a call that succeeded may have
	 * replaced it (0.0.0.0 leads to this host itself).
	 */
	bpf_probe_read_kernel(&sock, sizeof(sock), (void *)attempt.sock);
	if (!result && sock.daddr) {
		attempt.daddr = from_be32(sock.daddr);
		attempt.dport = from_be16(sock.dport);
	}
	show_attempt(counts, &attempt, from_be32(sock.rcv_saddr), sock.num,
		     -result);
	add_one(&counts->returns);
	return 0;
}
