/*
 * socketcall.c - connects to 127.0.0.1 as a 32-bit program does, without a C
 * library, so that no 32-bit one is needed to build it:
 *
 *   gcc -m32 -ffreestanding -fno-stack-protector -nostdlib -static
 *
 * Port 4001 by socketcall(2), all that i386 had before Linux 4.3, and port 4002
 * by connect(2). Succeeds if both are refused.
 */
#define NR_EXIT	      1		/* arch/x86/entry/syscalls/syscall_32.tbl */
#define NR_SOCKETCALL 102
#define NR_SOCKET     359
#define NR_CONNECT    362
#define CALL_SOCKET   1		/* include/uapi/linux/net.h */
#define CALL_CONNECT  3
#define FAMILY_INET   2
#define TYPE_STREAM   1
#define REFUSED	      111

struct address {
	unsigned short family, port;
	unsigned char addr[4], zero[8];
};

void _start(void);

static long syscall3(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

static long by_socketcall(const struct address *to)
{
	long socket[] = { FAMILY_INET, TYPE_STREAM, 0 };
	long connect[] = { 0, (long)to, sizeof(*to) };

	connect[0] = syscall3(NR_SOCKETCALL, CALL_SOCKET, (long)socket, 0);
	return syscall3(NR_SOCKETCALL, CALL_CONNECT, (long)connect, 0);
}

static long by_connect(const struct address *to)
{
	long fd = syscall3(NR_SOCKET, FAMILY_INET, TYPE_STREAM, 0);

	return syscall3(NR_CONNECT, fd, (long)to, sizeof(*to));
}

void _start(void)
{
	struct address to = {
		.family = FAMILY_INET, .port = __builtin_bswap16(4001),
		.addr = { 127, 0, 0, 1 },
	};
	int failed = by_socketcall(&to) != -REFUSED;

	to.port = __builtin_bswap16(4002);
	failed |= by_connect(&to) != -REFUSED;
	syscall3(NR_EXIT, failed, 0, 0);
}
