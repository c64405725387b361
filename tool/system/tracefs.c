/*
 * tracefs.c - finds tracefs, and reads and writes small files.
 */
#include "system/tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/fd.h"

/* Open it, and keep it if it is tracefs's top directory. */
static bool try_open(struct tracefs *tracefs, const char *path, int *error)
{
	tracefs->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(tracefs->path, sizeof(tracefs->path), "%s", path);
	if (tracefs->dir_fd >= 0 && !tracefs_has(tracefs->dir_fd, "trace_pipe"))
		fd_close(&tracefs->dir_fd);
	if (tracefs->dir_fd >= 0)
		return true;
	if (errno != ENOENT && errno != ENOTDIR)
		*error = errno;
	return false;
}

bool tracefs_find_mount(const char *type, char *path, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *mount;
	bool found = false;

	while (mounts && !found && (mount = getmntent(mounts)))
		found = !strcmp(mount->mnt_type, type) &&
			snprintf(path, size, "%s", mount->mnt_dir) < (int)size;
	if (mounts)
		endmntent(mounts);
	return found;
}

static bool try_mount(struct tracefs *tracefs, const char *type,
		      const char *below, int *error)
{
	char path[sizeof(tracefs->path)];

	if (!tracefs_find_mount(type, path, sizeof(path) - strlen(below)))
		return false;
	stpcpy(path + strlen(path), below);
	return try_open(tracefs, path, error);
}

int tracefs_open(struct tracefs *tracefs, char *reason, size_t size)
{
	static const char usual[] = "/sys/kernel/tracing";
	int error = 0;

	if (try_open(tracefs, usual, &error) ||
	    try_mount(tracefs, "debugfs", "/tracing", &error) ||
	    try_mount(tracefs, "tracefs", "", &error))
		return 0;
	if (error)
		snprintf(reason, size, "%s can't be opened: %s%s", usual,
			 strerror(error),
			 error == EACCES || error == EPERM ?
				 "; run as root, or with CAP_DAC_OVERRIDE" :
				 "");
	else
		snprintf(reason, size, "tracefs is not mounted; mount -t "
			 "tracefs tracefs %s", usual);
	return -1;
}

void tracefs_close(struct tracefs *tracefs)
{
	fd_close(&tracefs->dir_fd);
}

bool tracefs_has(int dir_fd, const char *path)
{
	struct stat about;

	return !fstatat(dir_fd, path, &about, 0);
}

int tracefs_lock(const struct tracefs *tracefs)
{
	int fd = openat(tracefs->dir_fd, ".",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int tries = 1000;

	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		if (!tries-- || (errno != EWOULDBLOCK && errno != EINTR))
			fd_close(&fd);
		else
			usleep(10 * 1000);
	}
	return fd;
}

int tracefs_write(int dir_fd, const char *path, const char *text)
{
	int fd = openat(dir_fd, path, O_WRONLY | O_CLOEXEC);
	ssize_t written;

	if (fd < 0)
		return -1;
	written = write(fd, text, strlen(text));
	fd_close(&fd);
	return written < 0 ? -1 : 0;
}

ssize_t tracefs_read(int dir_fd, const char *path, char *text, size_t size)
{
	int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t count = 0;

	if (fd < 0)
		return -1;
	while (length < size - 1 &&
	       (count = read(fd, text + length, size - 1 - length)) > 0)
		length += count;
	fd_close(&fd);
	if (count < 0)
		return -1;
	if (length && text[length - 1] == '\n')
		length--;
	text[length] = '\0';
	return length;
}
