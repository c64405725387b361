/*
 * test_header_tree.c - the directory of headers where no mount of our own can
 * be had: what other users have put in its place, and what killed runs left.
 *
 * Each case is a child in a mount namespace with its own /tmp, and without
 * CAP_SYS_ADMIN. Needs root.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "attach/header_tree.h"

#define OTHER_USER 65534
#define SKIPPED 77

static int drop_sys_admin(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(__NR_capget, &header, data))
		return -1;
	data[0].effective &= ~(1u << CAP_SYS_ADMIN);
	return syscall(__NR_capset, &header, data);
}

static int enter(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("test", "/tmp", "tmpfs", 0, "mode=1777"))
		return -1;
	return drop_sys_admin();
}

/* In the child: a failure is its exit status, and told. */
#define WANT(condition) \
	do { \
		if (!(condition)) { \
			printf("line %d: %s (errno %d)\n", __LINE__, \
			       #condition, errno); \
			fflush(stdout); \
			_exit(1); \
		} \
	} while (0)

static void in_child(void (*run)(void))
{
	int status;
	pid_t pid;

	if (geteuid())
		skip();
	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (enter())
			_exit(SKIPPED);
		run();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIPPED)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static bool exists(const char *path)
{
	struct stat about;

	return !lstat(path, &about);
}

/* To be swept, as after the end of this process. */
static void let_go(struct header_tree *tree)
{
	if (tree->lock_fd >= 0)
		close(tree->lock_fd);
	header_tree_sweep();
}

static void want_tree(const char *path, const char *run)
{
	struct header_tree tree;
	struct stat about;
	char file[128];

	WANT(!header_tree_create(&tree, run));
	WANT(!tree.is_mount);
	WANT(!strcmp(tree.path, path));
	WANT(!lstat(path, &about) && S_ISDIR(about.st_mode));
	WANT((about.st_mode & 07777) == 0700);
	snprintf(file, sizeof(file), "%s/include/linux/kconfig.h", path);
	WANT(exists(file));
	header_tree_sweep();
	WANT(exists(file));
	let_go(&tree);
	WANT(!exists(path));
}

static void plain(void)
{
	want_tree("/tmp/tcpv4connect-00000001", "00000001");
}

static void want_refused(const char *run, int error)
{
	struct header_tree tree;

	WANT(header_tree_create(&tree, run));
	WANT(errno == error);
	let_go(&tree);
}

static void taken_names(void)
{
	WANT(!mkdir("/tmp/theirs", 0777));
	WANT(!symlink("/tmp/theirs", "/tmp/tcpv4connect-00000002"));
	want_refused("00000002", EEXIST);
	WANT(exists("/tmp/tcpv4connect-00000002"));
	WANT(!exists("/tmp/theirs/include"));
	WANT(!mkdir("/tmp/tcpv4connect-00000003", 0777));
	WANT(!chown("/tmp/tcpv4connect-00000003", OTHER_USER, OTHER_USER));
	want_refused("00000003", EEXIST);
	WANT(exists("/tmp/tcpv4connect-00000003"));
	WANT(!exists("/tmp/tcpv4connect-00000003/include"));
}

/* There others could put something else in our directory's place. */
static void open_places(void)
{
	WANT(!chmod("/tmp", 0777));
	want_refused("00000003", EACCES);
	WANT(!chmod("/tmp", 01777));
	WANT(!chown("/tmp", OTHER_USER, OTHER_USER));
	want_refused("00000003", EACCES);
	WANT(!exists("/tmp/tcpv4connect-00000003"));
	WANT(!chown("/tmp", 0, 0));
	WANT(!chmod("/tmp", 0755));
	want_tree("/tmp/tcpv4connect-00000003", "00000003");
}

/* Nothing stays of what could not be written. */
static void no_room(void)
{
	const struct rlimit limit = { 100, 100 };

	signal(SIGXFSZ, SIG_IGN);
	WANT(!setrlimit(RLIMIT_FSIZE, &limit));
	want_refused("0000000a", ENOSPC);
	WANT(!exists("/tmp/tcpv4connect-0000000a"));
}

static pid_t leave_tree(const char *run, bool is_killed)
{
	int fds[2], status;
	char byte = 0;
	pid_t pid;

	WANT(!pipe(fds));
	pid = fork();
	WANT(pid >= 0);
	if (!pid) {
		struct header_tree tree;

		/* Not to outlive a failure. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!header_tree_create(&tree, run) &&
		    write(fds[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	WANT(read(fds[0], &byte, 1) == 1);
	if (is_killed) {
		kill(pid, SIGKILL);
		WANT(waitpid(pid, &status, 0) == pid);
	}
	return pid;
}

static void stale(void)
{
	pid_t alive = leave_tree("00000004", false);

	leave_tree("00000005", true);
	WANT(exists("/tmp/tcpv4connect-00000005/include/linux/kconfig.h"));
	WANT(!mkdir("/tmp/tcpv4connect-00000006", 0700));
	WANT(!chown("/tmp/tcpv4connect-00000006", OTHER_USER, OTHER_USER));
	WANT(!mkdir("/tmp/kept", 0700));
	WANT(!mkdir("/tmp/kept/include", 0700));
	WANT(!symlink("/tmp/kept", "/tmp/tcpv4connect-00000007"));
	want_tree("/tmp/tcpv4connect-00000008", "00000008");
	WANT(exists("/tmp/tcpv4connect-00000004/include/linux/kconfig.h"));
	WANT(!exists("/tmp/tcpv4connect-00000005"));
	WANT(exists("/tmp/tcpv4connect-00000006"));
	WANT(exists("/tmp/tcpv4connect-00000007"));
	WANT(exists("/tmp/kept/include"));
	kill(alive, SIGKILL);
	WANT(waitpid(alive, NULL, 0) == alive);
}

/* Directories of this user whose names are not those of a run. */
static void other_names(void)
{
	static const char *const names[] = {
		"/tmp/tcpv4connect-", "/tmp/tcpv4connect-0000000g",
		"/tmp/tcpv4connect-0000000", "/tmp/tcpv4connect-000000001",
		"/tmp/tcpv4connect-0000000A", "/tmp/tcpv4connect",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		WANT(!mkdir(names[i], 0700));
	header_tree_sweep();
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		WANT(exists(names[i]));
}

static void test_plain(void **state)
{
	(void)state;
	in_child(plain);
}

static void test_taken_names(void **state)
{
	(void)state;
	in_child(taken_names);
}

static void test_open_places(void **state)
{
	(void)state;
	in_child(open_places);
}

static void test_stale(void **state)
{
	(void)state;
	in_child(stale);
}

static void test_no_room(void **state)
{
	(void)state;
	in_child(no_room);
}

static void test_other_names(void **state)
{
	(void)state;
	in_child(other_names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_taken_names),
		cmocka_unit_test(test_open_places),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_other_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
