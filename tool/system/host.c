/*
 * host.c - looks at the host and changes nothing.
 */
#include "system/host.h"

#include <elf.h>
#include <link.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "system/tracefs.h"

/* Numbers that older <linux/capability.h> lack (Linux 5.8). */
#define CAPABILITY_PERFMON 38
#define CAPABILITY_BPF 39

/*
 * arch/x86/entry/vdso/vdso-note.S and its like on other processors: a note
 * of type 0, named "Linux", whose four bytes are LINUX_VERSION_CODE.
 */
static unsigned version_in_notes(const char *notes, size_t size)
{
	while (size >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) note;
		size_t name_room, room;
		uint32_t version;

		memcpy(&note, notes, sizeof(note));
		name_room = (note.n_namesz + 3) & ~3u;
		room = sizeof(note) + name_room + ((note.n_descsz + 3) & ~3u);
		if (room > size)
			return 0;
		if (note.n_type == 0 && note.n_descsz == sizeof(version) &&
		    note.n_namesz == sizeof("Linux") &&
		    !memcmp(notes + sizeof(note), "Linux", sizeof("Linux"))) {
			memcpy(&version, notes + sizeof(note) + name_room,
			       sizeof(version));
			return version;
		}
		notes += room;
		size -= room;
	}
	return 0;
}

static unsigned version_in_vdso(void)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): it gives it so. */
	const char *vdso = (const char *)getauxval(AT_SYSINFO_EHDR);
	ElfW(Ehdr) header;
	ElfW(Phdr) program;
	unsigned version = 0;

	if (!vdso)
		return 0;
	memcpy(&header, vdso, sizeof(header));
	for (int i = 0; i < header.e_phnum && !version; i++) {
		memcpy(&program, vdso + header.e_phoff +
		       (size_t)i * sizeof(program), sizeof(program));
		if (program.p_type == PT_NOTE)
			version = version_in_notes(vdso + program.p_offset,
						   program.p_filesz);
	}
	return version;
}

static unsigned take_number(char **at)
{
	unsigned number = strtoul(*at, at, 10);

	*at += **at == '.';
	return number;
}

unsigned host_kernel_version(void)
{
	unsigned version = version_in_vdso(), a, b, c;
	struct utsname name;
	char *at = name.release;

	if (version)
		return version;
	if (uname(&name))
		return 0;
	a = take_number(&at);
	b = take_number(&at);
	c = take_number(&at);
	return HOST_VERSION(a, b) | (c > 255 ? 255 : c);
}

int host_capabilities(uint64_t *effective, uint64_t *permitted)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (syscall(__NR_capget, &header, data))
		return -1;
	*effective = data[0].effective | (uint64_t)data[1].effective << 32;
	*permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	return 0;
}

const char *host_missing_capability(void)
{
	uint64_t effective, permitted;

	if (host_capabilities(&effective, &permitted))
		return NULL;
	if (effective >> CAP_SYS_ADMIN & 1)
		return NULL;
	if (host_kernel_version() < HOST_VERSION(5, 8))
		return "CAP_SYS_ADMIN";
	if (!(effective >> CAPABILITY_BPF & 1))
		return "CAP_BPF";
	if (!(effective >> CAPABILITY_PERFMON & 1))
		return "CAP_PERFMON";
	return NULL;
}

bool host_has_kprobes(const struct tracefs *tracefs)
{
	return tracefs_has(tracefs->dir_fd, "kprobe_events") ||
	       tracefs_has(AT_FDCWD, "/sys/bus/event_source/devices/kprobe");
}

bool host_is_locked_down(void)
{
	char text[128];

	return tracefs_read(AT_FDCWD, "/sys/kernel/security/lockdown", text,
			    sizeof(text)) > 0 &&
	       strstr(text, "[confidentiality]");
}

bool host_find_mount(const char *type, char *path, size_t size)
{
	return tracefs_find_mount(type, 0, path, size);
}

int host_perf_paranoid(void)
{
	char text[16];

	if (tracefs_read(AT_FDCWD, "/proc/sys/kernel/perf_event_paranoid",
			 text, sizeof(text)) < 0)
		return 0;
	return strtol(text, NULL, 10);
}

bool host_lacks_function(const char *name)
{
	FILE *symbols = fopen("/proc/kallsyms", "re");
	char *line = NULL, found[128];
	size_t size = 0;
	unsigned count = 0;
	bool has = false;

	if (!symbols)
		return false;
	while (!has && getline(&line, &size, symbols) > 0) {
		count++;
		has = sscanf(line, "%*s %*s %127s", found) == 1 &&
		      !strcmp(found, name);
	}
	free(line);
	fclose(symbols);
	return count && !has;
}

/* " amzn  centos rhel fedora": the release's id, and what it is like. */
static void read_release_ids(char *ids, size_t size)
{
	FILE *release = fopen("/etc/os-release", "re");
	char *line = NULL, id[64] = "", like[128] = "";
	size_t room = 0;

	while (release && getline(&line, &room, release) > 0) {
		/* Values may be quoted. */
		for (char *at = line; (at = strpbrk(at, "\"'\n")); )
			*at = ' ';
		if (!strncmp(line, "ID=", 3))
			snprintf(id, sizeof(id), "%s", line + 3);
		if (!strncmp(line, "ID_LIKE=", 8))
			snprintf(like, sizeof(like), "%s", line + 8);
	}
	snprintf(ids, size, " %s %s ", id, like);
	free(line);
	if (release)
		fclose(release);
}

void host_libbcc_advice(char *text, size_t size)
{
	/* The first that fits: what a release is like comes last. */
	static const struct {
		const char *id, *advice;
	} known[] = {
		{ " amzn ", "yum install bcc (on Amazon Linux 2, "
			    "amazon-linux-extras install BCC)" },
		{ "suse", "zypper install libbcc0" },
		{ " sles ", "zypper install libbcc0" },
		{ " debian ", "apt install libbpfcc" },
		{ " ubuntu ", "apt install libbpfcc" },
		{ " fedora ", "dnf install bcc" },
		{ " rhel ", "dnf install bcc" },
	};
	char ids[256];

	read_release_ids(ids, sizeof(ids));
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!strstr(ids, known[i].id))
			continue;
		snprintf(text, size, "%s", known[i].advice);
		return;
	}
	snprintf(text, size, "install libbcc.so.0 (libbpfcc on Debian and "
		 "Ubuntu, bcc on Fedora, RHEL and Amazon Linux, libbcc0 on "
		 "SUSE)");
}
