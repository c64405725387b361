/*
 * requirement.c - a row for each requirement: who asks, and what to say.
 */
#include "system/requirement.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "system/host.h"
#include "system/report.h"
#include "system/tracefs.h"

/*
 * CAP_BPF and CAP_PERFMON from Linux 5.8 on, CAP_SYS_ADMIN before;
 * CAP_SYS_ADMIN stands for both.
 */
static const char *missing_capability(void)
{
	uint64_t has = host_capabilities();

	if (has >> CAP_SYS_ADMIN & 1)
		return NULL;
	if (host_kernel_version() < HOST_VERSION(5, 8))
		return "CAP_SYS_ADMIN";
	if (!(has >> HOST_CAP_BPF & 1))
		return "CAP_BPF";
	return has >> HOST_CAP_PERFMON & 1 ? NULL : "CAP_PERFMON";
}

/* These may put into text what the row's words are about. */

static bool has_capabilities(struct tracefs *tracefs, char *text, size_t size)
{
	const char *missing = missing_capability();

	(void)tracefs;
	if (missing)
		snprintf(text, size, "%s ", missing);
	return !missing;
}

/* So far that no kprobe can read. */
static bool is_not_locked(struct tracefs *tracefs, char *text, size_t size)
{
	char lockdown[128];

	(void)tracefs, (void)text, (void)size;
	return tracefs_read(AT_FDCWD, "/sys/kernel/security/lockdown",
			    lockdown, sizeof(lockdown)) <= 0 ||
	       !strstr(lockdown, "[confidentiality]");
}

static bool has_tracefs(struct tracefs *tracefs, char *text, size_t size)
{
	if (tracefs_open(tracefs, text, size))
		return false;
	snprintf(text, size, "%s", tracefs->path);
	return true;
}

static bool has_kprobes(struct tracefs *tracefs, char *text, size_t size)
{
	(void)text, (void)size;
	return host_has_kprobes(tracefs);
}

static bool has_function(struct tracefs *tracefs, char *text, size_t size)
{
	(void)tracefs, (void)text, (void)size;
	return !host_lacks_function(REQUIREMENT_TRACED);
}

static const struct row {
	const char *name;
	bool (*ask)(struct tracefs *tracefs, char *text, size_t size);
	const char *met, *unmet;
} rows[] = {
	[REQUIREMENT_CAPABILITIES] = { "capabilities", has_capabilities,
		"BPF programs and probes are allowed",
		"is missing; run as root (sudo tcpv4connect)" },
	[REQUIREMENT_LOCKDOWN] = { "lockdown", is_not_locked,
		"none that forbids probes",
		"the kernel is locked down (confidentiality), which forbids "
		"probes; boot it without that" },
	[REQUIREMENT_TRACEFS] = { "tracefs", has_tracefs, "", "" },
	[REQUIREMENT_KPROBES] = { "kprobes", has_kprobes,
		"this kernel has them",
		"this kernel has no kprobes (CONFIG_KPROBES, "
		"CONFIG_KPROBE_EVENTS); use another kernel" },
	[REQUIREMENT_FUNCTION] = { REQUIREMENT_TRACED, has_function,
		"can be found",
		"/proc/kallsyms has no such function; use another kernel" },
};

const char *requirement_name(enum requirement which)
{
	return rows[which].name;
}

bool requirement_is_met(enum requirement which, struct tracefs *tracefs,
			char *text, size_t size)
{
	const struct row *row = &rows[which];
	char about[512] = "";
	bool is_met = row->ask(tracefs, about, sizeof(about));

	snprintf(text, size, "%s%s", about, is_met ? row->met : row->unmet);
	return is_met;
}

int requirement_meet(struct tracefs *tracefs)
{
	char text[1024];

	for (int which = 0; which < REQUIREMENT_FUNCTION; which++)
		if (!requirement_is_met(which, tracefs, text, sizeof(text)))
			return report_error("cannot trace: %s", text);
	return 0;
}
