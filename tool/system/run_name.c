/*
 * run_name.c - finds what runs have made by its name.
 */
#include "system/run_name.h"

#include <dirent.h>
#include <fnmatch.h>
#include <unistd.h>

#include "system/fd.h"

void run_name_sweep(int dir_fd, void (*remove)(int dir_fd, const char *name))
{
	int fd = dup(dir_fd);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		fd_close(&fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (!fnmatch(RUN_NAME_PREFIX RUN_NAME_DIGITS, entry->d_name, 0))
			remove(dir_fd, entry->d_name);
	closedir(dir);
}
