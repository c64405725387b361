/*
 * confine.c - capabilities, no_new_privs, one directory for Landlock, and the
 * steps of a seccomp filter.
 */
#include "system/confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "system/bpf_object.h"
#include "system/fd.h"
#include "system/host.h"
#include "system/report.h"

/* <linux/landlock.h> and its calls (Linux 5.13). */
#define LANDLOCK_CREATE 444
#define LANDLOCK_ADD 445
#define LANDLOCK_ENTER 446
#define LANDLOCK_PATH_BENEATH 1
#define LANDLOCK_REMOVE_DIR BIT(4)

#define BIT(n) (1ULL << (n))

/* What sanitizers and gcov do at the end takes system calls of their own. */
#if defined(TCPV4CONNECT_SANITIZED) || defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__s390x__)
#define ARCHITECTURE AUDIT_ARCH_S390X
#else
#define ARCHITECTURE 0		/* no filter: its numbers were never tried */
#endif

#define LOAD(field, more) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
		 offsetof(struct seccomp_data, field) + (more))
/* Go on, or skip so many steps. */
#define IF_EQUAL(value, skipped) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped)
#define ANSWER(verdict) BPF_STMT(BPF_RET | BPF_K, verdict)
#define REFUSE ANSWER(SECCOMP_RET_ERRNO | ENOSYS)

/* Each of the rules begins and ends with the system call's number loaded. */
#define ALLOW(call) IF_EQUAL(call, 1), ANSWER(SECCOMP_RET_ALLOW)
/*
 * Allow the call if (argument & mask) == value in the lower 32 bits, the first
 * argument being 0; the kernel reads no more of these arguments.
 */
#define ALLOW_MASKED(call, argument, mask, value) \
	IF_EQUAL(call, 5), \
	LOAD(args[argument], LOWER_HALF), \
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask), \
	IF_EQUAL(value, 1), ANSWER(SECCOMP_RET_ALLOW), \
	LOAD(nr, 0)
#define ALLOW_EQUAL(call, argument, value) \
	ALLOW_MASKED(call, argument, UINT32_MAX, value)
#define LOWER_HALF (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)

/* The most frequent first. */
static const struct sock_filter common_steps[] = {
	/* A 32-bit call has another architecture. */
	LOAD(arch, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
	REFUSE,
	LOAD(nr, 0),
	ALLOW(__NR_read),
#ifdef __NR_poll
	ALLOW(__NR_poll),
#endif
	ALLOW(__NR_ppoll),
	ALLOW(__NR_write),
	/* The vDSO does without them where the clock can be read there. */
	ALLOW(__NR_clock_gettime),
	ALLOW(__NR_gettimeofday),
	ALLOW(__NR_pread64),
	ALLOW(__NR_writev),
	/* stdout, where it is a socket: to its other end only. */
	ALLOW_EQUAL(__NR_sendto, 5, 0),
	ALLOW(__NR_lseek),
	ALLOW(__NR_close),
	ALLOW(__NR_fstat),
	/* The C library's fstat() from glibc 2.33 on, with an empty path. */
	ALLOW_MASKED(__NR_newfstatat, 3, AT_EMPTY_PATH, AT_EMPTY_PATH),
	/* Memory: never to be executed. */
	ALLOW(__NR_brk),
#ifdef __s390x__
	/* It takes a pointer to its arguments, which a filter can't follow. */
	ALLOW(__NR_mmap),
#else
	ALLOW_MASKED(__NR_mmap, 2, PROT_EXEC, 0),
#endif
	ALLOW_MASKED(__NR_mprotect, 2, PROT_EXEC, 0),
	ALLOW(__NR_mremap),
	ALLOW(__NR_munmap),
	ALLOW(__NR_madvise),
	ALLOW(__NR_nanosleep),
	ALLOW(__NR_clock_nanosleep),
	/* After SIGSTOP and SIGCONT. */
	ALLOW(__NR_restart_syscall),
	ALLOW(__NR_rt_sigreturn),
	ALLOW(__NR_rt_sigprocmask),
	ALLOW(__NR_exit),
	ALLOW(__NR_exit_group),
};

static const struct sock_filter trace_steps[] = {
	ALLOW_EQUAL(__NR_bpf, 0, BPF_MAP_LOOKUP_ELEM),
	ALLOW_EQUAL(__NR_bpf, 0, BPF_MAP_GET_NEXT_KEY),
	/* The gate is shut at the end. */
	ALLOW_EQUAL(__NR_bpf, 0, BPF_MAP_UPDATE_ELEM),
	ALLOW_EQUAL(__NR_bpf, 0, BPF_MAP_DELETE_ELEM),
	ALLOW_EQUAL(__NR_bpf, 0, BPF_OBJECT_TAKE),
	ALLOW_EQUAL(__NR_bpf, 0, BPF_OBJ_GET_INFO_BY_FD),
	/* Packets are received, never sent. */
	ALLOW(__NR_recvfrom),
	/* bpf_urgency, of this process only. */
	ALLOW_EQUAL(__NR_sched_getscheduler, 0, 0),
	ALLOW_EQUAL(__NR_sched_setscheduler, 0, 0),
	/* What qsort() asks, to know how much memory it may take. */
	ALLOW(__NR_sysinfo),
	/* The file of -w. */
	ALLOW(__NR_ftruncate),
};

/* Our trace instance at the end: a directory, and an empty one. */
static const struct sock_filter removal_steps[] = {
	ALLOW_EQUAL(__NR_unlinkat, 2, AT_REMOVEDIR),
};

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/*
 * Other calls fail with ENOSYS: a C library that is newer than the steps takes
 * that for an old kernel. x32 calls have numbers with a bit that none of ours
 * has.
 */
static int install_filter(enum confine_task task, int removal_dir_fd)
{
	struct sock_filter steps[LENGTH(common_steps) + LENGTH(trace_steps) +
				 LENGTH(removal_steps) + 1];
	struct sock_filter *end = mempcpy(steps, common_steps,
					  sizeof(common_steps));
	struct sock_fprog program = { .filter = steps };

	if (!ARCHITECTURE || IS_SANITIZED) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if (task == CONFINE_TRACE)
		end = mempcpy(end, trace_steps, sizeof(trace_steps));
	if (task == CONFINE_TRACE && removal_dir_fd >= 0)
		end = mempcpy(end, removal_steps, sizeof(removal_steps));
	*end++ = (struct sock_filter)REFUSE;
	program.len = end - steps;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* From now on directories can be removed below that one only. */
static bool restrict_removal(int dir_fd)
{
	const uint64_t handled = LANDLOCK_REMOVE_DIR;
	const struct {
		uint64_t allowed;
		int32_t dir_fd;
	} __attribute__((packed)) rule = { LANDLOCK_REMOVE_DIR, dir_fd };
	int rules_fd = (int)syscall(LANDLOCK_CREATE, &handled,
				    sizeof(handled), 0);
	bool done = rules_fd >= 0 &&
		    !syscall(LANDLOCK_ADD, rules_fd, LANDLOCK_PATH_BENEATH,
			     &rule, 0) &&
		    !syscall(LANDLOCK_ENTER, rules_fd, 0);

	fd_close(&rules_fd);
	return done;
}

/* The mode alone lets this user remove what is in it. */
static bool is_own_directory(int dir_fd)
{
	struct stat about;

	return !fstat(dir_fd, &about) && about.st_uid == geteuid() &&
	       (about.st_mode & (S_IWUSR | S_IXUSR)) == (S_IWUSR | S_IXUSR);
}

/* Of those that this process has. */
static uint64_t needed_capabilities(enum confine_task task, int removal_dir_fd)
{
	const struct rlimit lowest = { .rlim_cur = 1, .rlim_max = 1 };
	uint64_t has = host_capabilities(), needed = 0;

	if (task != CONFINE_TRACE)
		return 0;
	if (host_kernel_version() < HOST_VERSION(5, 19))
		needed |= (has & BIT(HOST_CAP_BPF)) ? BIT(HOST_CAP_BPF) :
						    BIT(CAP_SYS_ADMIN);
	if (removal_dir_fd >= 0 && !is_own_directory(removal_dir_fd))
		needed |= BIT(CAP_DAC_OVERRIDE);
	if (setrlimit(RLIMIT_RTPRIO, &lowest))
		needed |= BIT(CAP_SYS_NICE);
	return needed & has;
}

static void keep_capabilities(uint64_t kept)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const uint32_t low = (uint32_t)kept, high = kept >> 32;
	const struct __user_cap_data_struct data[2] = {
		{ .effective = low, .permitted = low },
		{ .effective = high, .permitted = high },
	};
	unsigned long number = 0;

	/* First, since that takes CAP_SETPCAP. */
	while (!prctl(PR_CAPBSET_DROP, number, 0, 0, 0))
		number++;
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	(void)syscall(__NR_capset, &header, data);
}

/* error: why there is no filter, or 0. */
static void say_reached(uint64_t kept, bool removes_any, int error)
{
	report_note("confined: capabilities that stay:%s%s%s%s%s; %s%s%s",
		    kept & BIT(HOST_CAP_BPF) ? " CAP_BPF" : "",
		    kept & BIT(CAP_SYS_ADMIN) ? " CAP_SYS_ADMIN" : "",
		    kept & BIT(CAP_DAC_OVERRIDE) ? " CAP_DAC_OVERRIDE" : "",
		    kept & BIT(CAP_SYS_NICE) ? " CAP_SYS_NICE" : "",
		    kept ? "" : " none",
		    removes_any ? "any empty directory can be removed; " : "",
		    error ? "system calls are not filtered: " :
			    "system calls are filtered",
		    error ? strerror(error) : "");
}

void confine_enter(enum confine_task task, int removal_dir_fd, bool verbose)
{
	uint64_t kept;
	bool removes_any;
	int error;

	keep_capabilities(needed_capabilities(task, removal_dir_fd));
	kept = host_capabilities();
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* The leak sanitizer traces its own process. */
	if (!IS_SANITIZED)
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	removes_any = removal_dir_fd >= 0 && !restrict_removal(removal_dir_fd);
	error = install_filter(task, removal_dir_fd) ? errno : 0;
	if (verbose)
		say_reached(kept, removes_any, error);
}
