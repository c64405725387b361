/*
 * test_kprobe.c - the kernel's two lists of probes, read from files of ours:
 * whose hits are whose, and which names are left from runs of ours.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "attach/kprobe.h"
#include "system/tracefs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define OURS	     "tcpv4connect_0123abcd_entry"

static void write_text(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* As probes_profile_seq_show() in kernel/trace/trace_kprobe.c prints it. */
static void write_profile(const struct kprobe *kprobe, const char *name,
			  unsigned long hits)
{
	char line[128];

	snprintf(line, sizeof(line), "  %-44s %15lu %15lu\n", name, hits, 7UL);
	write_text(fileno(kprobe->profile), line);
}

static struct kprobe profile(void)
{
	struct kprobe kprobe = KPROBE_NONE;

	kprobe.profile = fdopen(memfd_create("profile", MFD_CLOEXEC), "r");
	assert_non_null(kprobe.profile);
	strcpy(kprobe.name, OURS);
	return kprobe;
}

static void test_hits(void **state)
{
	struct kprobe kprobe = profile();
	uint64_t hits = 1;

	(void)state;
	write_profile(&kprobe, OURS "_not", 1);
	write_profile(&kprobe, "not_" OURS, 2);
	write_profile(&kprobe, OURS, 4611686018427387904);
	write_profile(&kprobe, "p_do_sys_open_0", 3);
	assert_int_equal(kprobe_hits(&kprobe, &hits), 0);
	assert_true(hits == 4611686018427387904);
	/* Always from the beginning, and what is there by now. */
	assert_int_equal(kprobe_hits(&kprobe, &hits), 0);
	assert_int_equal(lseek(fileno(kprobe.profile), 0, SEEK_SET), 0);
	write_profile(&kprobe, OURS, 5);
	assert_int_equal(kprobe_hits(&kprobe, &hits), 0);
	assert_int_equal(hits, 5);
	fclose(kprobe.profile);
}

/* Wherever in a long list it stands, and whether or not it is there. */
static void test_hits_in_long_list(void **state)
{
	struct kprobe kprobe;
	uint64_t hits;
	char name[64];
	int place, i;

	(void)state;
	for (place = 0; place < 200; place++) {
		kprobe = profile();
		for (i = 0; i < 199; i++) {
			snprintf(name, sizeof(name), "other_%d", i);
			write_profile(&kprobe, i == place ? OURS : name, i);
		}
		hits = 0;
		assert_int_equal(kprobe_hits(&kprobe, &hits),
				 place < 199 ? 0 : -1);
		assert_int_equal(hits, place < 199 ? place : 0);
		fclose(kprobe.profile);
	}
}

static void test_no_hits(void **state)
{
	const struct kprobe none = KPROBE_NONE;
	struct kprobe empty = profile();
	uint64_t hits;

	(void)state;
	assert_int_equal(kprobe_hits(&none, &hits), -1);
	assert_int_equal(kprobe_hits(&empty, &hits), -1);
	fclose(empty.profile);
}

/* --- the sweep; a file of ours keeps what is written behind what it had */

static const struct {
	const char *line;
	const char *removed;	/* the name in the removal; NULL: it stays */
} listed[] = {
	{ "p:kprobes/tcpv4connect_0123abcd_entry tcp_v4_connect",
	  "tcpv4connect_0123abcd_entry" },
	{ "r4096:kprobes/tcpv4connect_ffffffff_return tcp_v4_connect",
	  "tcpv4connect_ffffffff_return" },
	{ "r:kprobes/tcpv4connect_00000000_return tcp_v4_connect",
	  "tcpv4connect_00000000_return" },
	{ "p:kprobes/tcpv4connect_0123abc_entry tcp_v4_connect", NULL },
	{ "p:kprobes/tcpv4connect_0123abcde_entry tcp_v4_connect", NULL },
	{ "p:kprobes/tcpv4connect_0123ABCD_entry tcp_v4_connect", NULL },
	{ "p:kprobes/tcpv4connect_0123abcg_entry tcp_v4_connect", NULL },
	{ "p:kprobes/tcpv4connect_0123abcd tcp_v4_connect", NULL },
	{ "p:kprobes/tcpv4connect_0123abcd_ tcp_v4_connect", NULL },
	{ "p:kprobes/tcpv4connect_0123abcd_entry2 tcp_v4_connect", NULL },
	{ "p:kprobes/tcpv4connect_0123abcd_bcc_99 tcp_v4_connect", NULL },
	{ "p:kprobes/my_tcpv4connect_0123abcd_entry tcp_v4_connect", NULL },
	{ "p:mine/tcpv4connect_0123abcd_entry tcp_v4_connect", NULL },
	{ "p:kprobes/p_tcp_v4_connect_0 tcp_v4_connect", NULL },
	{ "p:kprobes/x tcp_v4_connect a=$comm:tcpv4connect_0123abcd_entry",
	  NULL },
	{ "tcpv4connect_0123abcd_entry", NULL },
	{ "", NULL },
};

static void test_sweep(void **state)
{
	char directory[] = "/tmp/test_kprobe.XXXXXX", text[8192] = "";
	char wanted[8192] = "", found[8192];
	struct tracefs tracefs;
	ssize_t length;
	int fd;

	(void)state;
	for (size_t i = 0; i < COUNT(listed); i++)
		strcat(strcat(text, listed[i].line), "\n");
	strcpy(wanted, text);
	for (size_t i = 0; i < COUNT(listed); i++)
		if (listed[i].removed)
			sprintf(wanted + strlen(wanted), "-:kprobes/%s\n",
				listed[i].removed);
	assert_non_null(mkdtemp(directory));
	tracefs.dir_fd = open(directory, O_RDONLY | O_DIRECTORY);
	kprobe_sweep(&tracefs);		/* there is none */
	fd = openat(tracefs.dir_fd, "kprobe_events", O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	kprobe_sweep(&tracefs);		/* it is empty */
	write_text(fd, text);
	kprobe_sweep(&tracefs);
	length = pread(fd, found, sizeof(found) - 1, 0);
	unlinkat(tracefs.dir_fd, "kprobe_events", 0);
	rmdir(directory);
	close(fd);
	close(tracefs.dir_fd);
	assert_true(length >= 0);
	found[length] = '\0';
	assert_string_equal(found, wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hits),
		cmocka_unit_test(test_hits_in_long_list),
		cmocka_unit_test(test_no_hits),
		cmocka_unit_test(test_sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
