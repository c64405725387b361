/*
 * file_holder.c - reads /proc to name who has a file open, for an error
 * message. A process that ends while we look is passed over.
 */
#include "system/file_holder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool holds(int fd_dir_fd, const struct stat *wanted)
{
	DIR *dir = fdopendir(fd_dir_fd);
	struct dirent *entry;
	struct stat found;
	bool result = false;

	if (!dir) {
		close(fd_dir_fd);
		return false;
	}
	while (!result && (entry = readdir(dir)))
		result = entry->d_name[0] != '.' &&
			 !fstatat(fd_dir_fd, entry->d_name, &found, 0) &&
			 found.st_dev == wanted->st_dev &&
			 found.st_ino == wanted->st_ino;
	closedir(dir);
	return result;
}

static void describe(int pid, char *holder, size_t size)
{
	char path[32], comm[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "re");
	if (file) {
		if (fgets(comm, sizeof(comm), file))
			comm[strcspn(comm, "\n")] = '\0';
		fclose(file);
	}
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
			int pid = strtol(entry->d_name, NULL, 10), fd;
			char fds[32];

			if (pid <= 0 || pid == getpid())
				continue;
			snprintf(fds, sizeof(fds), "/proc/%d/fd", pid);
			fd = open(fds, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			found = fd >= 0 && holds(fd, &wanted);
			if (found)
				describe(pid, holder, size);
		}
	}
	if (proc)
		closedir(proc);
	return found;
}
