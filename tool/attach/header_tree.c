/*
 * header_tree.c - writes the embedded headers to files and takes them away.
 */
#include "attach/header_tree.h"

#include <dirent.h>
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

#define NAME_PREFIX "tcpv4connect-"
#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/*
 * The mount, or else the directory, is there. TMPDIR has no say. A small
 * container may come without /tmp.
 */
static const char *place(void)
{
	return access("/tmp", F_OK) ? "/run" : "/tmp";
}

/* Make the directories above path ("include/linux/types.h") below dir_fd. */
static int make_parents(int dir_fd, const char *path)
{
	char parent[128];

	for (const char *slash = strchr(path, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path),
			 path);
		if (mkdirat(dir_fd, parent, 0755) && errno != EEXIST)
			return -1;
	}
	return 0;
}

static int write_file(int dir_fd, const char *path, const char *text)
{
	size_t length = strlen(text);
	ssize_t written;
	int fd;

	if (make_parents(dir_fd, path))
		return -1;
	fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0644);
	if (fd < 0)
		return -1;
	written = write(fd, text, length);
	if (written >= 0 && (size_t)written != length)
		errno = ENOSPC;
	close(fd);
	return written == (ssize_t)length ? 0 : -1;
}

static int write_all(int fd)
{
	int result = 0;

	for (const struct embedded_file *file = embedded_headers;
	     file->path && !result; file++)
		result = write_file(fd, file->path, file->text);
	return result;
}

static bool is_ours(int fd)
{
	struct stat about;

	return !fstat(fd, &about) && about.st_uid == geteuid() &&
	       !(about.st_mode & (S_IRWXG | S_IRWXO));
}

/*
 * Open place(). libbcc is given a path, so other users must not be able to put
 * something else there: in a directory that they can write, only the sticky bit
 * keeps ours safe. Returns -1 with errno if it is no such place.
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
	close(fd);
	errno = EACCES;
	return -1;
}

/*
 * libbcc knows a world-writable directory, /var/tmp/bcc, but makes it only for
 * callers of bcc_annotate_prog_tag() (src/cc/bpf_module.cc), which we are not.
 * With a tmpfs there as well no other process would see it either.
 */
static bool mount_private(void)
{
	static const char *const options = "size=4m,mode=0700";
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tcpv4connect", place(), "tmpfs", flags, options))
		return false;
	mount("tcpv4connect", "/var/tmp", "tmpfs", flags, options);
	return true;
}

/* Empty directories go from the inside out. */
static void remove_parents(int dir_fd, const char *path)
{
	char parent[128];

	snprintf(parent, sizeof(parent), "%s", path);
	for (char *slash = strrchr(parent, '/'); slash;
	     slash = strrchr(parent, '/')) {
		*slash = '\0';
		unlinkat(dir_fd, parent, AT_REMOVEDIR);
	}
}

/*
 * Remove what we made in the directory, and then itself. If only_stale, not if
 * a process holds it: a directory of this user that no process holds was left
 * behind by a killed run.
 */
static void remove_directory(int place_fd, const char *name, bool only_stale)
{
	const struct embedded_file *file;
	int fd = openat(place_fd, name, DIRECTORY_FLAGS);

	if (fd < 0)
		return;
	if (is_ours(fd) && !(only_stale && flock(fd, LOCK_EX | LOCK_NB))) {
		for (file = embedded_headers; file->path; file++) {
			unlinkat(fd, file->path, 0);
			remove_parents(fd, file->path);
		}
		unlinkat(place_fd, name, AT_REMOVEDIR);
	}
	close(fd);
}

/* tcpv4connect-XXXXXXXX, as a run names it, and nothing else. */
static bool is_run_name(const char *name)
{
	const char *rest = run_name_rest(name, NAME_PREFIX);

	return rest && !*rest;
}

static void sweep_stale(void)
{
	int place_fd = open_place();
	DIR *dir = place_fd < 0 ? NULL : fdopendir(place_fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (is_run_name(entry->d_name))
			remove_directory(place_fd, entry->d_name, true);
	if (dir)
		closedir(dir);
	else
		fd_close(&place_fd);
}

/*
 * The directory is locked for as long as the process lives. Should another
 * start take it for a stale one before that, writing into it fails.
 */
static int create_in(struct header_tree *tree, int place_fd, const char *name)
{
	int error;

	/* EEXIST is a failure, too: what is there is not ours. */
	if (mkdirat(place_fd, name, 0700))
		return -1;
	tree->lock_fd = openat(place_fd, name, DIRECTORY_FLAGS);
	if (tree->lock_fd < 0)
		return -1;
	if (is_ours(tree->lock_fd) &&
	    !flock(tree->lock_fd, LOCK_EX | LOCK_NB) &&
	    !write_all(tree->lock_fd))
		return 0;
	error = errno;
	remove_directory(place_fd, name, false);
	errno = error;
	return -1;
}

static int create_directory(struct header_tree *tree, const char *run)
{
	int place_fd = open_place(), result;

	if (place_fd < 0)
		return -1;
	snprintf(tree->path, sizeof(tree->path), "%s/" NAME_PREFIX "%s",
		 place(), run);
	result = create_in(tree, place_fd, strrchr(tree->path, '/') + 1);
	close(place_fd);
	return result;
}

static int write_to_mount(struct header_tree *tree)
{
	int fd, result;

	snprintf(tree->path, sizeof(tree->path), "%s", place());
	fd = open(tree->path, DIRECTORY_FLAGS);
	if (fd < 0)
		return -1;
	result = write_all(fd);
	close(fd);
	return result;
}

int header_tree_create(struct header_tree *tree, const char *run)
{
	tree->lock_fd = -1;
	/* Before a mount hides them. */
	sweep_stale();
	tree->is_mount = mount_private();
	return tree->is_mount ? write_to_mount(tree) :
				create_directory(tree, run);
}

void header_tree_remove(const char *run)
{
	char name[32];
	int place_fd = open_place();

	if (place_fd < 0)
		return;
	snprintf(name, sizeof(name), NAME_PREFIX "%s", run);
	remove_directory(place_fd, name, false);
	close(place_fd);
}
