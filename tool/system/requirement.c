/*
 * requirement.c - asks for each requirement, and knows what to say.
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
 * CAP_SYS_ADMIN stands for both. "": none is missing.
 */
static const char *missing_capability(void)
{
	uint64_t has = host_capabilities();

	if (has >> CAP_SYS_ADMIN & 1)
		return "";
	if (host_kernel_version() < HOST_VERSION(5, 8))
		return "CAP_SYS_ADMIN ";
	if (!(has >> HOST_CAP_BPF & 1))
		return "CAP_BPF ";
	return has >> HOST_CAP_PERFMON & 1 ? "" : "CAP_PERFMON ";
}

/* So far that no kprobe can read. */
static bool is_locked(void)
{
	char lockdown[128];

	return tracefs_read(AT_FDCWD, "/sys/kernel/security/lockdown",
			    lockdown, sizeof(lockdown)) > 0 &&
	       strstr(lockdown, "[confidentiality]");
}

static const struct row {
	const char *name, *met, *unmet;
} rows[] = {
	[REQUIREMENT_CAPABILITIES] = { "capabilities",
		"BPF programs and probes are allowed",
		"is missing; run as root (sudo tcpv4connect)" },
	[REQUIREMENT_LOCKDOWN] = { "lockdown",
		"none that forbids probes",
		"the kernel is locked down (confidentiality), which forbids "
		"probes; boot it without that" },
	[REQUIREMENT_TRACEFS] = { "tracefs", "", "" },
	[REQUIREMENT_KPROBES] = { "kprobes",
		"this kernel has them",
		"this kernel has no kprobes (CONFIG_KPROBES, "
		"CONFIG_KPROBE_EVENTS); use another kernel" },
	[REQUIREMENT_FUNCTION] = { REQUIREMENT_TRACED,
		"can be found",
		"/proc/kallsyms has no such function; use another kernel" },
};

const char *requirement_name(enum requirement which)
{
	return rows[which].name;
}

/* True if met. Text may get what the row's words are about. */
static bool ask(enum requirement which, struct tracefs *tracefs, char *text,
		size_t size)
{
	switch (which) {
	case REQUIREMENT_CAPABILITIES:
		snprintf(text, size, "%s", missing_capability());
		return !*text;
	case REQUIREMENT_LOCKDOWN:
		return !is_locked();
	case REQUIREMENT_TRACEFS:
		if (tracefs_open(tracefs, text, size))
			return false;
		snprintf(text, size, "%s", tracefs->path);
		return true;
	case REQUIREMENT_KPROBES:
		return host_has_kprobes(tracefs);
	case REQUIREMENT_FUNCTION:
		break;
	}
	return !host_lacks_function(REQUIREMENT_TRACED);
}

bool requirement_is_met(enum requirement which, struct tracefs *tracefs,
			char *text, size_t size)
{
	char about[512] = "";
	bool is_met = ask(which, tracefs, about, sizeof(about));

	snprintf(text, size, "%s%s", about,
		 is_met ? rows[which].met : rows[which].unmet);
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
