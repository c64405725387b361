/*
 * kprobe.c - writes lines to kprobe_events, opens perf events and hands them
 * the BPF program. It never truncates kprobe_events: that would remove the
 * probes of all users.
 */
#include "attach/kprobe.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "system/fd.h"
#include "system/host.h"
#include "system/requirement.h"
#include "system/run_name.h"
#include "system/tracefs.h"

#define GROUP "kprobes/"
#define NAME "tcpv4connect_"
#define OUR_NAMES NAME RUN_NAME_DIGITS "_@(entry|return)"
#define PMU "/sys/bus/event_source/devices/kprobe/"

static int remove_name(int list_fd, const char *name)
{
	return dprintf(list_fd, "-:" GROUP "%s\n", name) < 0 ? -1 : 0;
}

/* To be read; NULL if it cannot be opened. */
static FILE *open_list(const struct tracefs *tracefs, const char *name,
		       int flags)
{
	int fd = openat(tracefs->dir_fd, name, flags | O_CLOEXEC);
	FILE *list = fd < 0 ? NULL : fdopen(fd, "r");

	if (!list)
		fd_close(&fd);
	return list;
}

/* The event needs a CPU that is online, as ours is, and fires on all. */
static int open_event(struct kprobe *kprobe, struct perf_event_attr *attr,
		      int prog_fd)
{
	int tries = 10, fd;

	attr->size = sizeof(*attr);
	attr->sample_period = 1;
	attr->wakeup_events = 1;
	do {
		fd = syscall(__NR_perf_event_open, attr, -1, sched_getcpu(),
			     -1, PERF_FLAG_FD_CLOEXEC);
	} while (fd < 0 && errno == ENODEV && --tries);
	kprobe->event_fd = fd;
	if (fd < 0 || ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog_fd))
		return -1;
	return ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
}

/* The number in a small file, or in "config:0". Returns 0, or -1 with errno. */
static int read_number(int dir_fd, const char *path, unsigned *number)
{
	char text[32];

	if (tracefs_read(dir_fd, path, text, sizeof(text)) < 0)
		return -1;
	*number = strtoul(text + strcspn(text, "0123456789"), NULL, 10);
	return 0;
}

/* "r4096:kprobes/NAME tcp_v4_connect"; of a maxactive of 0, "%.0d" is "". */
static int create_name(const struct kprobe *kprobe, bool is_return)
{
	return dprintf(kprobe->list_fd, "%c%.0d:" GROUP "%s "
		       REQUIREMENT_TRACED "\n", is_return ? 'r' : 'p',
		       kprobe->maxactive, kprobe->name) < 0 ? -1 : 0;
}

static int attach_named(struct kprobe *kprobe, const struct tracefs *tracefs,
			bool is_return, int prog_fd)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT };
	char path[96];
	unsigned id;

	kprobe->list_fd = openat(tracefs->dir_fd, "kprobe_events",
				 O_WRONLY | O_APPEND | O_CLOEXEC);
	if (kprobe->list_fd < 0)
		return -1;
	if (create_name(kprobe, is_return)) {
		kprobe->maxactive = 0;
		if (create_name(kprobe, is_return))
			return -1;
	}
	snprintf(path, sizeof(path), "events/" GROUP "%s/id", kprobe->name);
	if (read_number(tracefs->dir_fd, path, &id))
		return -1;
	attr.config = id;
	kprobe->profile = open_list(tracefs, "kprobe_profile", O_RDONLY);
	return open_event(kprobe, &attr, prog_fd);
}

/* kernel/events/core.c, perf_kprobe_event_init(), Linux 4.17 to 7.2. */
static int attach_unnamed(struct kprobe *kprobe, bool is_return, int prog_fd)
{
	struct perf_event_attr attr = { .config = 0 };
	unsigned bit;

	if (read_number(AT_FDCWD, PMU "type", &attr.type) ||
	    read_number(AT_FDCWD, PMU "format/retprobe", &bit))
		return -1;
	attr.config = is_return ? 1ULL << bit : 0;
	attr.config1 = (uintptr_t)REQUIREMENT_TRACED;
	return open_event(kprobe, &attr, prog_fd);
}

/* The lock keeps other copies from sweeping away a name without a user yet. */
int kprobe_attach(struct kprobe *kprobe, const struct tracefs *tracefs,
		  const char *run, bool is_return, int maxactive, int prog_fd)
{
	int lock_fd = tracefs_lock(tracefs), result, error;

	*kprobe = (struct kprobe)KPROBE_NONE;
	/* Older kernels take a number there for a part of the name. */
	if (is_return && host_kernel_version() >= HOST_VERSION(4, 12))
		kprobe->maxactive = maxactive;
	snprintf(kprobe->name, sizeof(kprobe->name), NAME "%s_%s", run,
		 is_return ? "return" : "entry");
	result = attach_named(kprobe, tracefs, is_return, prog_fd);
	if (result) {
		error = errno;
		(void)kprobe_detach(kprobe);
		kprobe->maxactive = 0;
		result = attach_unnamed(kprobe, is_return, prog_fd);
		/* A kernel without that PMU does not say what is wrong. */
		if (result && errno == ENOENT)
			errno = error;
	}
	fd_close(&lock_fd);
	return result;
}

void kprobe_disable(struct kprobe *kprobe)
{
	fd_close(&kprobe->event_fd);
}

int kprobe_detach(struct kprobe *kprobe)
{
	int result = 0;

	kprobe_disable(kprobe);
	if (kprobe->name[0])
		result = remove_name(kprobe->list_fd, kprobe->name);
	kprobe->name[0] = '\0';
	fd_close(&kprobe->list_fd);
	if (kprobe->profile)
		fclose(kprobe->profile);
	kprobe->profile = NULL;
	return result;
}

/* Lines of "  NAME        hits      misses". */
int kprobe_hits(const struct kprobe *kprobe, uint64_t *hits)
{
	char line[256], name[64], number[24];

	if (!kprobe->profile)
		return -1;
	/* fflush() forgets what was read the last time. */
	(void)fflush(kprobe->profile);
	rewind(kprobe->profile);
	while (fgets(line, sizeof(line), kprobe->profile)) {
		if (sscanf(line, "%63s %23s", name, number) < 2 ||
		    strcmp(name, kprobe->name))
			continue;
		*hits = strtoull(number, NULL, 10);
		return 0;
	}
	return -1;
}

/* The whole list is read first: it changes as names are removed. */
void kprobe_sweep(const struct tracefs *tracefs)
{
	int lock_fd = tracefs_lock(tracefs);
	FILE *list = open_list(tracefs, "kprobe_events", O_RDWR | O_APPEND);
	char *text = NULL, *rest, *line, name[64];
	size_t size = 0;

	if (lock_fd >= 0 && list && getdelim(&text, &size, '\0', list) > 0) {
		rest = text;
		while ((line = strsep(&rest, "\n")))
			if (sscanf(line, "%*[^:]:" GROUP "%63s", name) == 1 &&
			    !fnmatch(OUR_NAMES, name, FNM_EXTMATCH))
				(void)remove_name(fileno(list), name);
	}
	free(text);
	if (list)
		fclose(list);
	fd_close(&lock_fd);
}
