/*
 * file_holder.c - looks for an open file in /proc, for an error message.
 */
#include "system/file_holder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/tracefs.h"

static bool holds(int pid, const struct stat *wanted)
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

static void describe(int pid, char *holder, size_t size)
{
	char path[32], comm[32] = "";

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	(void)tracefs_read(AT_FDCWD, path, comm, sizeof(comm));
	for (char *at = comm; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	snprintf(holder, size, "PID %d (%s)", pid, comm);
}

bool file_holder_find(int dir_fd, const char *path, char *holder, size_t size)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	struct stat wanted;
	bool found = false;

	if (proc && !fstatat(dir_fd, path, &wanted, 0)) {
		while (!found && (entry = readdir(proc))) {
			int pid = strtol(entry->d_name, NULL, 10);

			found = pid > 0 && pid != getpid() &&
				holds(pid, &wanted);
			if (found)
				describe(pid, holder, size);
		}
	}
	if (proc)
		closedir(proc);
	return found;
}
