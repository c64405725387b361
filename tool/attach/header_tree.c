/*
 * header_tree.c - writes the embedded headers to files, and removes them.
 */
#include "attach/header_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach/embedded.h"
#include "system/fd.h"
#include "system/run_name.h"

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* TMPDIR is ignored. A small container may have no /tmp. */
static const char *place(void)
{
	return access("/tmp", F_OK) ? "/run" : "/tmp";
}

/*
 * Open place(). libbcc is given a path, so other users must not be able to put
 * another directory there: one that they can write has to be sticky. Otherwise
 * returns -1 with errno.
 */
static int open_place(void)
{
	int fd = open(place(), DIRECTORY_FLAGS & ~O_NOFOLLOW);
	struct stat about;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &about) &&
	    (!about.st_uid || about.st_uid == geteuid()) &&
	    (!(about.st_mode & (S_IWGRP | S_IWOTH)) ||
	     about.st_mode & S_ISVTX))
		return fd;
	fd_close(&fd);
	errno = EACCES;
	return -1;
}

static bool is_ours(int fd)
{
	struct stat about;

	return !fstat(fd, &about) && about.st_uid == geteuid() &&
	       !(about.st_mode & (S_IRWXG | S_IRWXO));
}

static int write_file(int dir_fd, const char *path, const char *text)
{
	int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			0644);
	ssize_t length = strlen(text), written;

	if (fd < 0)
		return -1;
	written = write(fd, text, length);
	if (written >= 0 && written < length)
		errno = ENOSPC;
	fd_close(&fd);
	return written == length ? 0 : -1;
}

static int write_all(int dir_fd)
{
	const struct embedded_file *file;
	int result = 0;

	for (file = embedded_headers; file->path && !result; file++)
		result = file->text ?
			 write_file(dir_fd, file->path, file->text) :
			 mkdirat(dir_fd, file->path, 0755);
	return result;
}

/* Backwards, so that directories are empty. */
static void remove_all(int dir_fd)
{
	const struct embedded_file *file = embedded_headers;

	while (file->path)
		file++;
	while (file > embedded_headers) {
		file--;
		unlinkat(dir_fd, file->path, file->text ? 0 : AT_REMOVEDIR);
	}
}

static void remove_stale(int place_fd, const char *name)
{
	int fd = openat(place_fd, name, DIRECTORY_FLAGS);

	if (fd >= 0 && is_ours(fd) && !flock(fd, LOCK_EX | LOCK_NB)) {
		remove_all(fd);
		unlinkat(place_fd, name, AT_REMOVEDIR);
	}
	fd_close(&fd);
}

void header_tree_sweep(void)
{
	int place_fd = open_place();

	run_name_sweep(place_fd, remove_stale);
	fd_close(&place_fd);
}

static bool mount_private(void)
{
	return !unshare(CLONE_NEWNS) &&
	       !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("tcpv4connect", place(), "tmpfs",
		      MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4m,mode=0700");
}

/*
 * Between mkdir and flock another copy may take the directory for a stale one
 * and remove it: then writing fails.
 */
int header_tree_create(struct header_tree *tree, const char *run)
{
	int place_fd;

	tree->lock_fd = -1;
	tree->is_mount = mount_private();
	place_fd = open_place();
	if (place_fd < 0)
		return -1;
	snprintf(tree->path, sizeof(tree->path), "%s/" RUN_NAME_PREFIX "%s",
		 place(), run);
	if (!mkdir(tree->path, 0700))
		tree->lock_fd = open(tree->path, DIRECTORY_FLAGS);
	fd_close(&place_fd);
	if (tree->lock_fd < 0 || flock(tree->lock_fd, LOCK_EX | LOCK_NB))
		return -1;
	return write_all(tree->lock_fd);
}
