/*
 * unprobed.c - the whole program but for its probes: what of it can be tried
 * on a kernel without kprobes.
 *
 * Linked with everything that tcpv4connect is linked with, main() included;
 * the linker (--wrap) puts the functions here in the place of two of probe.c.
 * Where those would compile and attach, these make the maps that the BPF
 * program would have, and write one line to the file that UNPROBED_READY
 * names:
 *
 *   RUN LEDGER STASH	the run's eight digits, and the two maps' ids
 *
 * From then on the lines and counts are for generator.c to make.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ledger.h"
#include "probe.h"
#include "report.h"
#include "stash.h"

int __wrap_probe_check_host(const struct tracefs *tracefs);
enum probe_verdict __wrap_probe_attach(struct probe *probe, const char *text,
				       const char *run,
				       const struct options *options,
				       const struct tracefs *tracefs,
				       int stop_fd);

static int call(int command, union bpf_attr *attr)
{
	return syscall(__NR_bpf, command, attr, sizeof(*attr));
}

static int create_map(enum bpf_map_type type, size_t value_size,
		      unsigned entries)
{
	union bpf_attr attr = {
		.map_type = type,
		.key_size = sizeof(uint32_t),
		.value_size = value_size,
		.max_entries = entries,
	};
	int fd = call(BPF_MAP_CREATE, &attr);

	if (fd < 0)
		report_error("cannot create a map: %s", strerror(errno));
	return fd;
}

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

static int say_ready(const struct probe *probe)
{
	const char *path = getenv("UNPROBED_READY");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			     0600) : -1;

	if (fd < 0)
		return report_error("cannot open $UNPROBED_READY: %s",
				    strerror(errno));
	dprintf(fd, "%s %u %u\n", probe->run, map_id(probe->ledger_fd),
		map_id(probe->stash_fd));
	return close(fd);
}

int __wrap_probe_check_host(const struct tracefs *tracefs)
{
	(void)tracefs;
	return 0;
}

enum probe_verdict __wrap_probe_attach(struct probe *probe, const char *text,
				       const char *run,
				       const struct options *options,
				       const struct tracefs *tracefs,
				       int stop_fd)
{
	(void)text;
	(void)options;
	(void)stop_fd;
	*probe = (struct probe)PROBE_NONE;
	probe->tracefs = tracefs;
	snprintf(probe->run, sizeof(probe->run), "%s", run);
	probe->ledger_fd = create_map(BPF_MAP_TYPE_ARRAY,
				      sizeof(struct ledger_counts), 1);
	probe->stash_fd = create_map(BPF_MAP_TYPE_HASH,
				     sizeof(struct stash_attempt), 64);
	if (probe->ledger_fd >= 0 && probe->stash_fd >= 0 &&
	    !say_ready(probe))
		return PROBE_ATTACHED;
	probe_detach(probe);
	return PROBE_FAILED;
}
