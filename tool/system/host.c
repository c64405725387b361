/*
 * host.c - looks at the host and changes nothing.
 */
#include "system/host.h"

#include <dirent.h>
#include <fcntl.h>
#include <link.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "system/tracefs.h"

#define PAGE_MIN 4096	/* no processor has smaller pages */

/*
 * arch/x86/entry/vdso/vdso-note.S and its like on other processors: a note
 * of type 0, named "Linux", whose four bytes are LINUX_VERSION_CODE. It is in
 * the first page, before the code (at 0x2d8 to 0x6ac in Linux 5.10 to 7.2).
 */
static unsigned version_in_vdso(void)
{
	static const struct {
		ElfW(Nhdr) header;
		char name[8];
	} note = { { sizeof("Linux"), sizeof(uint32_t), 0 }, "Linux" };
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): that is its type. */
	const char *vdso = (const char *)getauxval(AT_SYSINFO_EHDR);
	const char *found = vdso ? memmem(vdso, PAGE_MIN, &note, sizeof(note)) :
				   NULL;
	uint32_t version = 0;

	if (found)
		memcpy(&version, found + sizeof(note), sizeof(version));
	return version;
}

unsigned host_kernel_version(void)
{
	unsigned long number, version = version_in_vdso();
	struct utsname name;
	char *at = name.release;

	if (version || uname(&name))
		return version;
	for (int i = 0; i < 3; i++) {
		number = strtoul(at, &at, 10);
		/* LINUX_VERSION_CODE has no room for more. */
		version = version << 8 | (number > 255 ? 255 : number);
		at += *at == '.';
	}
	return version;
}

uint64_t host_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(__NR_capget, &header, data))
		return UINT64_MAX;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

bool host_has_kprobes(const struct tracefs *tracefs)
{
	return tracefs_has(tracefs->dir_fd, "kprobe_events") ||
	       tracefs_has(AT_FDCWD, "/sys/bus/event_source/devices/kprobe");
}

bool host_lacks_function(const char *name)
{
	FILE *symbols = fopen("/proc/kallsyms", "re");
	char found[128] = "";

	if (!symbols)
		return false;
	while (strcmp(found, name) &&
	       fscanf(symbols, "%*s %*s %127s%*[^\n]", found) == 1)
		;
	fclose(symbols);
	/* The file may be empty, which says nothing. */
	return *found && strcmp(found, name);
}

static bool holds_open(int pid, const struct stat *wanted)
{
	char path[32];
	struct dirent *entry;
	struct stat found;
	bool result = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && !result && (entry = readdir(dir)))
		result = entry->d_name[0] != '.' &&
			 !fstatat(dirfd(dir), entry->d_name, &found, 0) &&
			 found.st_dev == wanted->st_dev &&
			 found.st_ino == wanted->st_ino;
	if (dir)
		closedir(dir);
	return result;
}

static void describe_process(int pid, char *holder, size_t size)
{
	char path[32], comm[32] = "";

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	(void)tracefs_read(AT_FDCWD, path, comm, sizeof(comm));
	for (char *at = comm; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	snprintf(holder, size, "PID %d (%s)", pid, comm);
}

bool host_file_holder(int dir_fd, const char *path, char *holder, size_t size)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	struct stat wanted;
	bool found = false;

	if (proc && !fstatat(dir_fd, path, &wanted, 0)) {
		while (!found && (entry = readdir(proc))) {
			int pid = strtol(entry->d_name, NULL, 10);

			found = pid > 0 && pid != getpid() &&
				holds_open(pid, &wanted);
			if (found)
				describe_process(pid, holder, size);
		}
	}
	if (proc)
		closedir(proc);
	return found;
}

const char *host_libbcc_advice(void)
{
	/* The first name in /etc/os-release: a release is like others, too. */
	static const struct {
		const char *name, *advice;
	} known[] = {
		{ "amzn", "yum install bcc (on Amazon Linux 2, "
			  "amazon-linux-extras install BCC)" },
		{ "suse", "zypper install libbcc0" },
		{ "debian", "apt install libbpfcc" },
		{ "fedora", "dnf install bcc" },
		{ "rhel", "dnf install bcc" },
		{ "", "install libbcc.so.0 (libbpfcc on Debian and Ubuntu, "
		      "bcc on Fedora, RHEL and Amazon Linux, libbcc0 on "
		      "SUSE)" },
	};
	char release[4096] = "";
	size_t i = 0;

	(void)tracefs_read(AT_FDCWD, "/etc/os-release", release,
			   sizeof(release));
	while (!strstr(release, known[i].name))
		i++;
	return known[i].advice;
}
