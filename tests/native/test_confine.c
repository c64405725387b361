/*
 * test_confine.c - what a confined process can still do, and what it is
 * refused. Each attempt is made by a child of its own, and its errno is the
 * child's exit status.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/bpf_object.h"
#include "system/confine.h"

/* What an attempt may use; opened before. */
static struct {
	char dir[64], other_dir[64];
	int dir_fd, other_dir_fd, map_fd, pipe[2], sockets[2];
	void *page;
} given;

static int result_of(long result)
{
	return result < 0 ? errno : 0;
}

/* Allowed ------------------------------------------------------------------ */

static int try_pipe(void)
{
	struct pollfd fd = { .fd = given.pipe[0], .events = POLLIN };
	char byte = 'x';

	if (write(given.pipe[1], &byte, 1) != 1 || poll(&fd, 1, 1000) != 1)
		return errno;
	return result_of(read(given.pipe[0], &byte, 1));
}

static int try_receive(void)
{
	char byte = 'x';

	if (write(given.sockets[1], &byte, 1) != 1)
		return errno;
	return result_of(recv(given.sockets[0], &byte, 1, 0));
}

static int try_send(void)
{
	return result_of(send(given.sockets[0], "x", 1, MSG_DONTWAIT));
}

static int try_memory(void)
{
	char *block = malloc(300000), *larger;

	if (!block)
		return errno;
	memset(block, 1, 300000);
	larger = realloc(block, 3000000);
	if (!larger) {
		free(block);
		return errno;
	}
	free(larger);
	return 0;
}

static int try_sleep(void)
{
	struct timespec now;

	usleep(1000);
	return result_of(clock_gettime(CLOCK_MONOTONIC, &now)) ? :
	       result_of(syscall(__NR_clock_gettime, CLOCK_REALTIME, &now));
}

static int try_urgency(void)
{
	int policy = bpf_urgency_begin();

	if (policy < 0)
		return errno;
	bpf_urgency_end(policy);
	return sched_getscheduler(0) == SCHED_OTHER ? 0 : EINVAL;
}

static int try_map(void)
{
	uint32_t key = 0, next, size;
	uint64_t value;

	if (bpf_map_lookup(given.map_fd, &key, &value) ||
	    bpf_map_next_key(given.map_fd, NULL, &next))
		return errno;
	return result_of(bpf_map_key_size(given.map_fd, &size));
}

static int try_rmdir(void)
{
	return result_of(unlinkat(given.dir_fd, "empty", AT_REMOVEDIR));
}

static int try_rmdir_elsewhere(void)
{
	return result_of(unlinkat(given.other_dir_fd, "empty", AT_REMOVEDIR));
}

/* Refused ------------------------------------------------------------------ */

static int try_open(void)
{
	return result_of(openat(AT_FDCWD, "/etc/passwd", O_RDONLY));
}

static int try_exec(void)
{
	char *const none[] = { NULL };

	return result_of(execve("/bin/true", none, none));
}

static int try_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return result_of(pid);
}

static int try_socket(void)
{
	return result_of(socket(AF_INET, SOCK_STREAM, 0));
}

static int try_send_to(void)
{
	const struct sockaddr_un absent = {
		.sun_family = AF_UNIX, .sun_path = "/no/such/socket",
	};

	return result_of(sendto(given.sockets[0], "x", 1, 0,
				(const struct sockaddr *)&absent,
				sizeof(absent)));
}

static int try_ptrace(void)
{
	return result_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int try_process_memory(void)
{
	char byte;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };

	return result_of(process_vm_readv(getpid(), &part, 1, &part, 1, 0));
}

static int try_kill(void)
{
	return result_of(kill(getppid(), 0));
}

static int try_prctl(void)
{
	return result_of(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int try_terminal(void)
{
	return result_of(ioctl(given.pipe[0], TIOCSTI, "x"));
}

static int try_mprotect(void)
{
	return result_of(mprotect(given.page, 1, PROT_READ | PROT_EXEC));
}

static int try_mmap(void)
{
	void *page = mmap(NULL, 1, PROT_READ | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? errno : 0;
}

static int try_unlink(void)
{
	return result_of(unlinkat(given.dir_fd, "file", 0));
}

static int try_stat(void)
{
	struct stat about;

	return result_of(syscall(__NR_newfstatat, AT_FDCWD, "/etc/passwd",
				 &about, 0));
}

static int try_priority_of_another(void)
{
	struct sched_param param = { .sched_priority = 0 };

	return result_of(sched_setscheduler(1, SCHED_OTHER, &param));
}

static int call_bpf(int command, union bpf_attr *attr)
{
	return result_of(syscall(__NR_bpf, command, attr, sizeof(*attr)));
}

static int try_program(void)
{
	static const struct bpf_insn steps[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },	/* r0 = 0 */
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insn_cnt = 2, .insns = (uintptr_t)steps,
		.license = (uintptr_t)"GPL",
	};

	return call_bpf(BPF_PROG_LOAD, &attr);
}

static int try_update(void)
{
	uint32_t key = 0;
	uint64_t value = 1;
	union bpf_attr attr = {
		.map_fd = given.map_fd, .key = (uintptr_t)&key,
		.value = (uintptr_t)&value,
	};

	return call_bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

/* The 32-bit way in, where write() has the number of another call. */
static int try_other_architecture(void)
{
#ifdef __x86_64__
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory",
			 "r8", "r9", "r10", "r11");
	return result < 0 ? -result : 0;
#else
	return ENOSYS;
#endif
}

/* -------------------------------------------------------------------------- */

struct attempt {
	const char *name;
	int (*make)(void);
	int free;		/* its errno without confinement */
	int tracing, replaying;	/* and confined */
	bool needs_bpf;
};

static const struct attempt attempts[] = {
	{ "write, poll, read", try_pipe, 0, 0, 0, false },
	{ "send", try_send, 0, 0, 0, false },
	{ "malloc, realloc, free", try_memory, 0, 0, 0, false },
	{ "recv", try_receive, 0, 0, ENOSYS, false },
	{ "usleep, clock_gettime", try_sleep, 0, 0, 0, false },
	{ "bpf: look up, next key, info", try_map, 0, 0, ENOSYS, true },
	{ "SCHED_FIFO and back", try_urgency, 0, 0, ENOSYS, true },
	{ "rmdir", try_rmdir, 0, 0, ENOSYS, false },
	{ "rmdir elsewhere", try_rmdir_elsewhere, 0, EACCES, ENOSYS, false },
	{ "openat", try_open, 0, ENOSYS, ENOSYS, false },
	{ "execve", try_exec, 0, ENOSYS, ENOSYS, false },
	{ "fork", try_fork, 0, ENOSYS, ENOSYS, false },
	{ "socket", try_socket, 0, ENOSYS, ENOSYS, false },
	{ "sendto an address", try_send_to, ENOENT, ENOSYS, ENOSYS, false },
	{ "ptrace", try_ptrace, 0, ENOSYS, ENOSYS, false },
	{ "process_vm_readv", try_process_memory, 0, ENOSYS, ENOSYS, false },
	{ "kill", try_kill, 0, ENOSYS, ENOSYS, false },
	{ "prctl", try_prctl, 0, ENOSYS, ENOSYS, false },
	{ "ioctl TIOCSTI", try_terminal, ENOTTY, ENOSYS, ENOSYS, false },
	{ "mprotect PROT_EXEC", try_mprotect, 0, ENOSYS, ENOSYS, false },
	{ "mmap PROT_EXEC", try_mmap, 0, ENOSYS, ENOSYS, false },
	{ "unlink of a file", try_unlink, 0, ENOSYS, ENOSYS, false },
	{ "stat of a path", try_stat, 0, ENOSYS, ENOSYS, false },
	{ "priority of another", try_priority_of_another, 0, ENOSYS, ENOSYS,
	  true },
	{ "bpf: load a program", try_program, 0, ENOSYS, ENOSYS, true },
	{ "bpf: update a map", try_update, 0, 0, ENOSYS, true },
	{ "int 0x80", try_other_architecture, 0, ENOSYS, ENOSYS, false },
};

#define ATTEMPTS (sizeof(attempts) / sizeof(*attempts))

/* Linux 5.13 and newer, where it is not left out. */
static bool has_landlock(void)
{
	return syscall(444 /* landlock_create_ruleset */, NULL, 0, 1) > 0;
}

static int create_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4,
		.value_size = 8, .max_entries = 1,
	};

	return syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

/* With an empty directory in it. */
static int make_directory(char *path)
{
	int fd;

	strcpy(path, "/tmp/test_confine.XXXXXX");
	assert_non_null(mkdtemp(path));
	fd = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	assert_int_equal(mkdirat(fd, "empty", 0700), 0);
	return fd;
}

static void remove_directory(const char *path, int fd)
{
	unlinkat(fd, "empty", AT_REMOVEDIR);
	unlinkat(fd, "file", 0);
	rmdir(path);
	close(fd);
}

static void make_given(void)
{
	int fd;

	given.dir_fd = make_directory(given.dir);
	given.other_dir_fd = make_directory(given.other_dir);
	fd = openat(given.dir_fd, "file", O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(pipe(given.pipe), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, given.sockets), 0);
	given.page = mmap(NULL, 1, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(given.page != MAP_FAILED);
	given.map_fd = create_map();
}

static void remove_given(void)
{
	remove_directory(given.dir, given.dir_fd);
	remove_directory(given.other_dir, given.other_dir_fd);
	close(given.pipe[0]);
	close(given.pipe[1]);
	close(given.sockets[0]);
	close(given.sockets[1]);
	munmap(given.page, 1);
	if (given.map_fd >= 0)
		close(given.map_fd);
}

/* To remove nothing: with the global pipe. */
#define CONFINE_TRACE_GLOBAL 1000

static void confine(int how)
{
	if (how == CONFINE_TRACE_GLOBAL)
		confine_enter(CONFINE_TRACE, -1, false);
	else if (how >= 0)
		confine_enter(how, given.dir_fd, false);
}

/* In a child; how: -1 free, or a task. Ended by a signal: 1000 and more. */
static int outcome(int (*attempt)(void), int how)
{
	int status, result;
	pid_t pid;

	make_given();
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		confine(how);
		_exit(attempt());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	result = WIFEXITED(status) ? WEXITSTATUS(status) :
				     1000 + WTERMSIG(status);
	remove_given();
	return result;
}

static void check_all(int how)
{
	int map_fd = create_map(), wrong = 0;

	for (size_t i = 0; i < ATTEMPTS; i++) {
		const struct attempt *attempt = &attempts[i];
		int wanted = how < 0 ? attempt->free :
			     how == CONFINE_TRACE ? attempt->tracing :
			     attempt->replaying, found;

		if (attempt->needs_bpf && (map_fd < 0 || geteuid()))
			continue;
		if (attempt->make == try_rmdir_elsewhere && !has_landlock())
			continue;
		found = outcome(attempt->make, how);
		if (found != wanted) {
			print_message("%s: %d instead of %d\n", attempt->name,
				      found, wanted);
			wrong++;
		}
	}
	if (map_fd >= 0)
		close(map_fd);
	assert_int_equal(wrong, 0);
}

/* Or nothing below shows anything. */
static void test_unconfined(void **state)
{
	(void)state;
	check_all(-1);
}

static void test_tracing(void **state)
{
	(void)state;
	check_all(CONFINE_TRACE);
}

static void test_replaying(void **state)
{
	(void)state;
	check_all(CONFINE_REPLAY);
}

/* Without an instance there is no directory to remove. */
static void test_global_pipe(void **state)
{
	(void)state;
	assert_int_equal(outcome(try_rmdir, CONFINE_TRACE_GLOBAL), ENOSYS);
	assert_int_equal(outcome(try_pipe, CONFINE_TRACE_GLOBAL), 0);
}

/* The line of /proc/PID/status that begins with name, from its value on. */
static void read_status(pid_t pid, const char *name, char *value, size_t size)
{
	char path[32], line[256];
	size_t length = strlen(name);
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	assert_non_null(file);
	*value = '\0';
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, length) && line[length] == ':')
			snprintf(value, size, "%s", line + length + 2);
	value[strcspn(value, "\n")] = '\0';
	fclose(file);
}

/* Replaying takes none of them. */
static void test_status(void **state)
{
	static const char *const wanted[][2] = {
		{ "CapInh", "0000000000000000" },
		{ "CapPrm", "0000000000000000" },
		{ "CapEff", "0000000000000000" },
		{ "CapAmb", "0000000000000000" },
		{ "NoNewPrivs", "1" },
		{ "Seccomp", "2" },
	};
	char value[128], byte = 'x';
	pid_t pid;

	(void)state;
	make_given();
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		confine_enter(CONFINE_REPLAY, -1, false);
		_exit(write(given.sockets[0], &byte, 1) != 1 ||
		      read(given.pipe[0], &byte, 1) != 1);
	}
	assert_int_equal(recv(given.sockets[1], &byte, 1, 0), 1);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		read_status(pid, wanted[i][0], value, sizeof(value));
		assert_string_equal(value, wanted[i][1]);
	}
	assert_int_equal(write(given.pipe[1], &byte, 1), 1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	remove_given();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unconfined),
		cmocka_unit_test(test_tracing),
		cmocka_unit_test(test_replaying),
		cmocka_unit_test(test_global_pipe),
		cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
