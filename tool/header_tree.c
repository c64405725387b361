/*
 * header_tree.c - writes the embedded headers to files and takes them away.
 */
#include "header_tree.h"

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

#include "embedded.h"

static const char *const places[] = { "/tmp", "/var/tmp", "/run", "/dev/shm" };
#define PLACES (sizeof(places) / sizeof(*places))
#define NAME_PREFIX "tcpv4connect-"
#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

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
 * libbcc is given a path, so nobody may be able to put something else there:
 * where others can write, what is ours is safe from them only with the sticky
 * bit. -1: not such a place.
 */
static int open_place(const char *place)
{
	int fd = open(place, DIRECTORY_FLAGS & ~O_NOFOLLOW);
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
 * who calls bcc_annotate_prog_tag() (src/cc/bpf_module.cc), which we do not;
 * with a tmpfs there as well it would not be seen by anybody either.
 */
static bool mount_private(void)
{
	static const char *const options = "size=4m,mode=0700";
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tcpv4connect", "/tmp", "tmpfs", flags, options))
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

/* What we made in it, and nothing else; fd is the directory itself. */
static void remove_directory(int place_fd, const char *name, int fd)
{
	for (const struct embedded_file *file = embedded_headers; file->path;
	     file++) {
		unlinkat(fd, file->path, 0);
		remove_parents(fd, file->path);
	}
	unlinkat(place_fd, name, AT_REMOVEDIR);
}

/* tcpv4connect-XXXXXXXX, as a run names it, and nothing else. */
static bool is_run_name(const char *name)
{
	const char *digits = name + strlen(NAME_PREFIX);

	return !strncmp(name, NAME_PREFIX, strlen(NAME_PREFIX)) &&
	       strspn(digits, "0123456789abcdef") == 8 && !digits[8];
}

/*
 * A directory of this user that no process holds is one that a killed run
 * left behind.
 */
static void sweep_stale(int place_fd)
{
	int dir_fd = dup(place_fd);
	DIR *dir = dir_fd < 0 ? NULL : fdopendir(dir_fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		int fd;

		if (!is_run_name(entry->d_name))
			continue;
		fd = openat(place_fd, entry->d_name, DIRECTORY_FLAGS);
		if (fd < 0)
			continue;
		if (is_ours(fd) && !flock(fd, LOCK_EX | LOCK_NB))
			remove_directory(place_fd, entry->d_name, fd);
		close(fd);
	}
	if (dir)
		closedir(dir);
	else if (dir_fd >= 0)
		close(dir_fd);
}

/*
 * EEXIST is a failure as well: what is there is not ours. The lock lasts as
 * long as the process. Should another start take the directory for a stale
 * one before that, writing into it fails.
 */
static int create_in(struct header_tree *tree, int place_fd, const char *name)
{
	int fd = -1;

	if (!mkdirat(place_fd, name, 0700))
		fd = openat(place_fd, name, DIRECTORY_FLAGS);
	if (fd < 0)
		return -1;
	if (is_ours(fd) && !flock(fd, LOCK_EX | LOCK_NB) && !write_all(fd)) {
		tree->lock_fd = fd;
		return 0;
	}
	if (is_ours(fd))
		remove_directory(place_fd, name, fd);
	close(fd);
	return -1;
}

static int create_somewhere(struct header_tree *tree, const char *run)
{
	char name[32];
	int result = -1;

	snprintf(name, sizeof(name), NAME_PREFIX "%s", run);
	for (size_t i = 0; result && i < PLACES; i++) {
		int place_fd = open_place(places[i]);

		if (place_fd < 0)
			continue;
		snprintf(tree->path, sizeof(tree->path), "%s/%s", places[i],
			 name);
		result = create_in(tree, place_fd, name);
		close(place_fd);
	}
	if (result)
		tree->path[0] = '\0';
	return result;
}

static void sweep_places(void)
{
	for (size_t i = 0; i < PLACES; i++) {
		int place_fd = open_place(places[i]);

		if (place_fd < 0)
			continue;
		sweep_stale(place_fd);
		close(place_fd);
	}
}

int header_tree_create(struct header_tree *tree, const char *run)
{
	int fd, result;

	tree->lock_fd = -1;
	/* Before /tmp is another one. */
	sweep_places();
	tree->is_mount = mount_private();
	if (!tree->is_mount)
		return create_somewhere(tree, run);
	snprintf(tree->path, sizeof(tree->path), "%s", places[0]);
	fd = open(tree->path, DIRECTORY_FLAGS);
	if (fd < 0)
		return -1;
	result = write_all(fd);
	close(fd);
	return result;
}

void header_tree_remove(const char *run)
{
	char name[32];

	snprintf(name, sizeof(name), NAME_PREFIX "%s", run);
	for (size_t i = 0; i < PLACES; i++) {
		int place_fd = open_place(places[i]);
		int fd = place_fd < 0 ? -1 :
			 openat(place_fd, name, DIRECTORY_FLAGS);

		if (fd >= 0 && is_ours(fd))
			remove_directory(place_fd, name, fd);
		if (fd >= 0)
			close(fd);
		if (place_fd >= 0)
			close(place_fd);
	}
}
