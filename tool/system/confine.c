/*
 * confine.c - capabilities, no_new_privs, one directory for Landlock, and a
 * table of system calls that becomes a seccomp filter.
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

/* Numbers that older <linux/capability.h> lack (Linux 5.8). */
#define CAPABILITY_BPF 39
#define CAPABILITY_LAST 63	/* the most that the kernel's sets can hold */

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

/*
 * A system call that is allowed: always, or if (argument & mask) == value in
 * the lower 32 bits; the kernel reads no more of these arguments. Rules of the
 * same call stand together; one of them has to hold.
 */
struct rule {
	int number;
	unsigned char argument;	/* 1 is the first; 0: always allowed */
	uint32_t mask, value;
};

#define ANY 0, 0, 0
#define EQUAL(argument, value) argument, UINT32_MAX, value

/* The most frequent first. */
static const struct rule common_rules[] = {
	{ __NR_read, ANY },
#ifdef __NR_poll
	{ __NR_poll, ANY },
#endif
	{ __NR_ppoll, ANY },
	{ __NR_write, ANY },
	/* The vDSO does without them where the clock can be read there. */
	{ __NR_clock_gettime, ANY },
	{ __NR_gettimeofday, ANY },
	{ __NR_pread64, ANY },
	{ __NR_writev, ANY },
	/* stdout, where it is a socket: to its other end only. */
	{ __NR_sendto, EQUAL(6, 0) },
	{ __NR_lseek, ANY },
	{ __NR_close, ANY },
	{ __NR_fstat, ANY },
	/* The C library's fstat() from glibc 2.33 on, with an empty path. */
	{ __NR_newfstatat, 4, AT_EMPTY_PATH, AT_EMPTY_PATH },
	/* Memory: never to be executed. */
	{ __NR_brk, ANY },
#ifdef __s390x__
	/* It takes a pointer to its arguments, which a filter can't follow. */
	{ __NR_mmap, ANY },
#else
	{ __NR_mmap, 3, PROT_EXEC, 0 },
#endif
	{ __NR_mprotect, 3, PROT_EXEC, 0 },
	{ __NR_mremap, ANY },
	{ __NR_munmap, ANY },
	{ __NR_madvise, ANY },
	{ __NR_nanosleep, ANY },
	{ __NR_clock_nanosleep, ANY },
	/* After SIGSTOP and SIGCONT. */
	{ __NR_restart_syscall, ANY },
	{ __NR_rt_sigreturn, ANY },
	{ __NR_rt_sigprocmask, ANY },
	{ __NR_exit, ANY },
	{ __NR_exit_group, ANY },
};

static const struct rule trace_rules[] = {
	{ __NR_bpf, EQUAL(1, BPF_MAP_LOOKUP_ELEM) },
	{ __NR_bpf, EQUAL(1, BPF_MAP_GET_NEXT_KEY) },
	/* The gate is shut at the end. */
	{ __NR_bpf, EQUAL(1, BPF_MAP_UPDATE_ELEM) },
	{ __NR_bpf, EQUAL(1, BPF_MAP_DELETE_ELEM) },
	{ __NR_bpf, EQUAL(1, BPF_OBJECT_TAKE) },
	{ __NR_bpf, EQUAL(1, BPF_OBJ_GET_INFO_BY_FD) },
	/* Packets are received, never sent. */
	{ __NR_recvfrom, ANY },
	/* bpf_urgency, of this process only. */
	{ __NR_sched_getscheduler, EQUAL(1, 0) },
	{ __NR_sched_setscheduler, EQUAL(1, 0) },
	/* What qsort() asks, to know how much memory it may take. */
	{ __NR_sysinfo, ANY },
	/* The file of -w. */
	{ __NR_ftruncate, ANY },
};

/* Our trace instance at the end: a directory, and an empty one. */
static const struct rule removal_rules[] = {
	{ __NR_unlinkat, EQUAL(3, AT_REMOVEDIR) },
};

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))
#define STEPS_MAX (3 + 6 * (LENGTH(common_rules) + LENGTH(trace_rules) + \
			    LENGTH(removal_rules)))

struct filter {
	struct sock_filter steps[STEPS_MAX];
	unsigned short length;
};

static void add(struct filter *filter, uint16_t code, uint32_t k, uint8_t yes,
		uint8_t no)
{
	filter->steps[filter->length++] =
		(struct sock_filter){ code, yes, no, k };
}

static void load(struct filter *filter, size_t offset)
{
	add(filter, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

static void answer(struct filter *filter, uint32_t verdict)
{
	add(filter, BPF_RET | BPF_K, verdict, 0, 0);
}

static void equals(struct filter *filter, uint32_t value, uint8_t yes,
		   uint8_t no)
{
	add(filter, BPF_JMP | BPF_JEQ | BPF_K, value, yes, no);
}

/* The lower half of the argument; the first one is 1. */
static size_t argument_offset(unsigned argument)
{
	size_t offset = offsetof(struct seccomp_data, args) +
			(argument - 1) * sizeof(uint64_t);

	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? offset + 4 : offset;
}

/* If a rule does not decide, fall through with the call's number loaded. */
static void add_rules(struct filter *filter, const struct rule *rules,
		      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = &rules[i];

		equals(filter, rule->number, 0, rule->argument ? 5 : 1);
		if (rule->argument) {
			load(filter, argument_offset(rule->argument));
			add(filter, BPF_ALU | BPF_AND | BPF_K, rule->mask, 0,
			    0);
			equals(filter, rule->value, 0, 1);
		}
		answer(filter, SECCOMP_RET_ALLOW);
		if (rule->argument && i + 1 < count &&
		    rules[i + 1].number == rule->number)
			load(filter, offsetof(struct seccomp_data, nr));
		else if (rule->argument)
			answer(filter, SECCOMP_RET_ERRNO | EPERM);
	}
}

/*
 * Other calls fail with ENOSYS: a C library that is newer than the table takes
 * that for an old kernel. x32 calls have numbers with a bit that none of ours
 * has; 32-bit calls have another architecture.
 */
static int install_filter(enum confine_task task, int removal_dir_fd)
{
	struct filter filter = { .length = 0 };
	struct sock_fprog program = { .filter = filter.steps };

	if (!ARCHITECTURE || IS_SANITIZED) {
		errno = EOPNOTSUPP;
		return -1;
	}
	load(&filter, offsetof(struct seccomp_data, arch));
	equals(&filter, ARCHITECTURE, 1, 0);
	answer(&filter, SECCOMP_RET_ERRNO | ENOSYS);
	load(&filter, offsetof(struct seccomp_data, nr));
	add_rules(&filter, common_rules, LENGTH(common_rules));
	if (task == CONFINE_TRACE)
		add_rules(&filter, trace_rules, LENGTH(trace_rules));
	if (task == CONFINE_TRACE && removal_dir_fd >= 0)
		add_rules(&filter, removal_rules, LENGTH(removal_rules));
	answer(&filter, SECCOMP_RET_ERRNO | ENOSYS);
	program.len = filter.length;
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

static uint64_t needed_capabilities(enum confine_task task,
				    int removal_dir_fd, uint64_t permitted)
{
	const struct rlimit lowest = { .rlim_cur = 1, .rlim_max = 1 };
	uint64_t needed = 0;

	if (task != CONFINE_TRACE)
		return 0;
	if (host_kernel_version() < HOST_VERSION(5, 19))
		needed |= (permitted & BIT(CAPABILITY_BPF)) ?
			  BIT(CAPABILITY_BPF) : BIT(CAP_SYS_ADMIN);
	if (removal_dir_fd >= 0 && !is_own_directory(removal_dir_fd))
		needed |= BIT(CAP_DAC_OVERRIDE);
	if (setrlimit(RLIMIT_RTPRIO, &lowest))
		needed |= BIT(CAP_SYS_NICE);
	return needed & permitted;
}

/* Returns the capabilities that stay; UINT64_MAX where that is not known. */
static uint64_t drop_capabilities(enum confine_task task, int removal_dir_fd)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { { 0 } };
	uint64_t effective, permitted, kept;

	if (host_capabilities(&effective, &permitted))
		return UINT64_MAX;
	kept = needed_capabilities(task, removal_dir_fd, permitted);
	/* First, since that takes CAP_SETPCAP. */
	for (int number = 0; number <= CAPABILITY_LAST; number++)
		(void)prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	data[0].effective = data[0].permitted = (uint32_t)kept;
	data[1].effective = data[1].permitted = kept >> 32;
	return syscall(__NR_capset, &header, data) ? permitted : kept;
}

static void say_reached(uint64_t kept, bool removes_any, bool has_filter,
			int error)
{
	report_note("confined: capabilities that stay:%s%s%s%s%s; %s%s%s",
		    kept & BIT(CAPABILITY_BPF) ? " CAP_BPF" : "",
		    kept & BIT(CAP_SYS_ADMIN) ? " CAP_SYS_ADMIN" : "",
		    kept & BIT(CAP_DAC_OVERRIDE) ? " CAP_DAC_OVERRIDE" : "",
		    kept & BIT(CAP_SYS_NICE) ? " CAP_SYS_NICE" : "",
		    kept ? "" : " none",
		    removes_any ? "any empty directory can be removed; " : "",
		    has_filter ? "system calls are filtered" :
		    "system calls are not filtered: ",
		    has_filter ? "" : strerror(error));
}

void confine_enter(enum confine_task task, int removal_dir_fd, bool verbose)
{
	uint64_t kept = drop_capabilities(task, removal_dir_fd);
	bool removes_any, has_filter;

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* The leak sanitizer traces its own process. */
	if (!IS_SANITIZED)
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	removes_any = removal_dir_fd >= 0 && !restrict_removal(removal_dir_fd);
	has_filter = !install_filter(task, removal_dir_fd);
	if (verbose)
		say_reached(kept, removes_any, has_filter, errno);
}
