/*
 * test_trace_instance.c - when a private instance is taken, without tracefs: as
 * a user who may not look for the event. Needs root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/trace_instance.h"
#include "system/tracefs.h"

#define OTHER_USER 65534
#define EVENT "events/bpf_trace/bpf_trace_printk"

static bool is_possible(const struct tracefs *tracefs, uid_t user)
{
	bool result;

	assert_int_equal(seteuid(user), 0);
	result = trace_instance_is_possible(tracefs);
	assert_int_equal(seteuid(0), 0);
	return result;
}

static void test_is_possible(void **state)
{
	char top[] = "/tmp/test_trace_instance.XXXXXX";
	struct tracefs tracefs;

	(void)state;
	assert_non_null(mkdtemp(top));
	assert_int_equal(chmod(top, 0755), 0);
	tracefs.dir_fd = open(top, O_RDONLY | O_DIRECTORY);
	assert_false(is_possible(&tracefs, 0));
	assert_int_equal(mkdirat(tracefs.dir_fd, "events", 0755), 0);
	assert_false(is_possible(&tracefs, OTHER_USER));

	assert_int_equal(fchmodat(tracefs.dir_fd, "events", 0700, 0), 0);
	assert_true(is_possible(&tracefs, OTHER_USER));
	assert_false(is_possible(&tracefs, 0));
	mkdirat(tracefs.dir_fd, "events/bpf_trace", 0755);
	mkdirat(tracefs.dir_fd, EVENT, 0755);
	mkdirat(tracefs.dir_fd, EVENT "/enable", 0755);
	assert_true(is_possible(&tracefs, 0));

	unlinkat(tracefs.dir_fd, EVENT "/enable", AT_REMOVEDIR);
	unlinkat(tracefs.dir_fd, EVENT, AT_REMOVEDIR);
	unlinkat(tracefs.dir_fd, "events/bpf_trace", AT_REMOVEDIR);
	unlinkat(tracefs.dir_fd, "events", AT_REMOVEDIR);
	close(tracefs.dir_fd);
	assert_int_equal(rmdir(top), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_possible),
	};

	if (geteuid()) {
		puts("not root");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
