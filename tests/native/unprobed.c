/*
 * unprobed.c - the whole program but for its probes: what of it can be tried
 * on a kernel without kprobes; and with faults, for those who ask for them.
 *
 * Linked with everything that tcpv4connect is linked with, main() included;
 * the linker (--wrap) puts functions of this file in the place of some. In the
 * place of libbcc there is one that makes the maps which the BPF program would
 * have and loads programs that do nothing; a probe is /dev/null. When the gate
 * is open it writes one line to the file that UNPROBED_READY names:
 *
 *   RUN LEDGER ATTEMPTS	the run's eight digits, and the two maps' ids
 *
 * From then on the lines and counts are for generator.c to make.
 *
 * UNPROBED_SKIPPED is how many calls the kernel says that it has skipped since.
 *
 * UNPROBED_CPUS is the number of CPUs that it believes in, UNPROBED_CLOCK a
 * file with microseconds, which are added to the time of day, and
 * UNPROBED_FAULT is what goes wrong:
 *
 *   mkdir    no memory for the trace instance
 *   fork     no process for the compiler
 *   crash, abort, exit, hang, chatter
 *            what the compiler does in the place of compiling; where it hangs
 *            its time is half a second, and chatter is a megabyte of text
 *   wait     it hangs, and has all the time
 *   closed   it closes its descriptors, and goes on for ever
 *   slow     each read() takes 30 ms
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "attach/kprobe.h"
#include "attach/libbcc.h"
#include "attach/probe.h"
#include "follow.h"
#include "ledger.h"
#include "read/attempts.h"
#include "show/sums.h"
#include "system/report.h"

#define LONG_MS 10000

bool __wrap_host_has_kprobes(const struct tracefs *tracefs);
const char *__wrap_libbcc_open(struct libbcc *libbcc);
int __wrap_kprobe_attach(struct kprobe *kprobe, const struct tracefs *tracefs,
			 const char *run, bool is_return, int maxactive,
			 int prog_fd);
int __real_probe_open(const struct probe *probe);
int __wrap_probe_open(const struct probe *probe);
int __wrap_bpf_prog_recursion_misses(int prog_fd, uint64_t *misses);
int __wrap_kprobe_hits(const struct kprobe *kprobe, uint64_t *hits);
void __real_follow_init(struct follow *follow);
void __wrap_follow_init(struct follow *follow);
int __real_mkdirat(int dir_fd, const char *path, mode_t mode);
int __wrap_mkdirat(int dir_fd, const char *path, mode_t mode);
pid_t __real_fork(void);
pid_t __wrap_fork(void);
ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __real_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now);
long __real_sysconf(int name);
long __wrap_sysconf(int name);

static bool has_fault(const char *name)
{
	const char *fault = getenv("UNPROBED_FAULT");

	return fault && !strcmp(fault, name);
}

/* libbcc ------------------------------------------------------------------ */

static int call(int command, union bpf_attr *attr)
{
	return syscall(__NR_bpf, command, attr, sizeof(*attr));
}

static int create_map(enum bpf_map_type type, size_t key_size,
		      size_t value_size, unsigned entries)
{
	union bpf_attr attr = {
		.map_type = type,
		.key_size = key_size,
		.value_size = value_size,
		.max_entries = entries,
	};

	return call(BPF_MAP_CREATE, &attr);
}

static int table_fd(void *module, const char *name)
{
	(void)module;
	if (!strcmp(name, "ledger"))
		return create_map(BPF_MAP_TYPE_ARRAY, sizeof(uint32_t),
				  sizeof(struct ledger_counts), 1);
	if (!strcmp(name, "attempts"))
		return create_map(BPF_MAP_TYPE_HASH, sizeof(uint32_t),
				  sizeof(struct attempt), 64);
	if (!strcmp(name, "gate"))
		return create_map(BPF_MAP_TYPE_ARRAY, sizeof(uint32_t),
				  sizeof(uint64_t), 1);
	if (!strcmp(name, "sums"))
		return create_map(BPF_MAP_TYPE_HASH, sizeof(struct sums_key),
				  sizeof(uint64_t), 64);
	return -1;
}

static void *function_start(void *module, const char *name)
{
	(void)name;
	return module;
}

static size_t function_size(void *module, const char *name)
{
	(void)module;
	return strlen(name);
}

/* "return 0", of a type that needs no probe. */
/* NOLINTNEXTLINE(readability-function-size): the parameters are libbcc's. */
static int func_load(void *module, int prog_type, const char *name,
		     const struct bpf_insn *insns, int prog_len,
		     const char *license, unsigned kern_version,
		     int log_level, char *log_buf, unsigned log_buf_size,
		     const char *dev_name, int attach_type)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)program,
		.insn_cnt = 2,
		.license = (uintptr_t)license,
	};

	(void)module; (void)prog_type; (void)insns; (void)prog_len;
	(void)kern_version; (void)log_level; (void)log_buf;
	(void)log_buf_size; (void)dev_name; (void)attach_type;
	snprintf(attr.prog_name, sizeof(attr.prog_name), "%s", name);
	return call(BPF_PROG_LOAD, &attr);
}

/* The environment is cleared before this is called. */
static char compiler_fault[16];

static bool compiler_does(const char *what)
{
	return !strcmp(compiler_fault, what);
}

static void wait_for_ever(void)
{
	for (;;)
		pause();
}

static void chatter(void)
{
	for (int i = 0; i < 1024 * 1024 / 64; i++)
		fprintf(stderr, "\033[31m%*d\n", 58, i);
}

static void *module_create(const char *text, unsigned flags,
			   const char *cflags[], int ncflags,
			   bool allow_rlimit, const char *dev_name)
{
	static char module[1];

	(void)text; (void)flags; (void)cflags; (void)ncflags;
	(void)allow_rlimit; (void)dev_name;
	if (compiler_does("crash"))
		raise(SIGSEGV);
	if (compiler_does("abort"))
		abort();
	if (compiler_does("exit"))
		exit(3);
	if (compiler_does("closed"))
		syscall(__NR_close_range, 3, ~0U, 0);
	if (compiler_does("hang") || compiler_does("closed") ||
	    compiler_does("wait"))
		wait_for_ever();
	if (compiler_does("chatter"))
		chatter();
	return compiler_does("chatter") ? NULL : module;
}

const char *__wrap_libbcc_open(struct libbcc *libbcc)
{
	const char *fault = getenv("UNPROBED_FAULT");

	snprintf(compiler_fault, sizeof(compiler_fault), "%s",
		 fault ? fault : "");
	*libbcc = (struct libbcc){
		.version = "0", .module_create = module_create,
		.function_start = function_start,
		.function_size = function_size, .func_load = func_load,
		.table_fd = table_fd,
	};
	return NULL;
}

/* The rest --------------------------------------------------------------- */

static unsigned map_id(int map_fd)
{
	struct bpf_map_info info = { 0 };
	union bpf_attr attr = {
		.info.bpf_fd = map_fd,
		.info.info_len = sizeof(info),
		.info.info = (uintptr_t)&info,
	};

	return call(BPF_OBJ_GET_INFO_BY_FD, &attr) ? 0 : info.id;
}

int __wrap_kprobe_attach(struct kprobe *kprobe, const struct tracefs *tracefs,
			 const char *run, bool is_return, int maxactive,
			 int prog_fd)
{
	(void)tracefs; (void)run; (void)is_return; (void)prog_fd;
	*kprobe = (struct kprobe){
		.event_fd = open("/dev/null", O_RDONLY | O_CLOEXEC),
		.list_fd = -1, .maxactive = maxactive,
	};
	return kprobe->event_fd < 0 ? -1 : 0;
}

/* Before other files take the descriptors that there are. */
static int ready_fd = -1;
static bool is_open;

void __wrap_follow_init(struct follow *follow)
{
	const char *path = getenv("UNPROBED_READY");

	if (path)
		ready_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				0600);
	__real_follow_init(follow);
}

int __wrap_probe_open(const struct probe *probe)
{
	if (getenv("UNPROBED_READY") && ready_fd < 0)
		return report_error("cannot open $UNPROBED_READY");
	if (__real_probe_open(probe))
		return -1;
	is_open = true;
	if (ready_fd >= 0) {
		dprintf(ready_fd, "%s %u %u\n", probe->run,
			map_id(probe->fds[LOADER_LEDGER_MAP]),
			map_id(probe->fds[LOADER_ATTEMPTS_MAP]));
		close(ready_fd);
	}
	return 0;
}

static uint64_t count_skipped(void)
{
	const char *skipped = getenv("UNPROBED_SKIPPED");

	return is_open && skipped ? strtoull(skipped, NULL, 10) : 0;
}

int __wrap_bpf_prog_recursion_misses(int prog_fd, uint64_t *misses)
{
	(void)prog_fd;
	*misses = count_skipped();
	return 0;
}

/* Here the program never runs, so that each hit is one that was skipped. */
int __wrap_kprobe_hits(const struct kprobe *kprobe, uint64_t *hits)
{
	(void)kprobe;
	*hits = count_skipped();
	return 0;
}

bool __wrap_host_has_kprobes(const struct tracefs *tracefs)
{
	(void)tracefs;
	return true;
}

int __wrap_mkdirat(int dir_fd, const char *path, mode_t mode)
{
	if (!has_fault("mkdir"))
		return __real_mkdirat(dir_fd, path, mode);
	errno = ENOMEM;
	return -1;
}

pid_t __wrap_fork(void)
{
	if (!has_fault("fork"))
		return __real_fork();
	errno = EAGAIN;
	return -1;
}

/* A test cannot wait for the compiler's two minutes. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	if (timeout > LONG_MS && has_fault("hang"))
		timeout = 500;
	return __real_poll(fds, count, timeout);
}

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
	if (has_fault("slow"))
		usleep(30 * 1000);
	return __real_read(fd, buffer, size);
}

long __wrap_sysconf(int name)
{
	const char *cpus = getenv("UNPROBED_CPUS");

	if (cpus && name == _SC_NPROCESSORS_CONF)
		return atol(cpus);
	return __real_sysconf(name);
}

/* The file is opened before the process is past opening any. */
int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
	static int fd = -1;
	const char *path = getenv("UNPROBED_CLOCK");
	char text[32] = "";
	long long us;

	if (path && fd < 0)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (__real_clock_gettime(id, now))
		return -1;
	if (!path || id != CLOCK_REALTIME ||
	    pread(fd, text, sizeof(text) - 1, 0) < 1)
		return 0;
	us = strtoll(text, NULL, 10) + now->tv_nsec / 1000;
	now->tv_sec += us / 1000000;
	now->tv_nsec = us % 1000000 * 1000 + now->tv_nsec % 1000;
	return 0;
}
