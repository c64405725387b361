/*
 * header_tree.c - writes the embedded headers to files and takes them away.
 */
#include "header_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "embedded.h"

static const char *const places[] = { "/tmp", "/var/tmp", "/run", "/dev/shm" };
#define PLACES (sizeof(places) / sizeof(*places))

static void tree_path(char *path, size_t size, const char *place,
		      const char *run)
{
	snprintf(path, size, "%s/tcpv4connect-%s", place, run);
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

static int write_all(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int result = fd < 0 ? -1 : 0;

	for (const struct embedded_file *file = embedded_headers;
	     file->path && !result; file++)
		result = write_file(fd, file->path, file->text);
	if (fd >= 0)
		close(fd);
	return result;
}

/*
 * libbcc has a world-writable directory of its own, /var/tmp/bcc; with a
 * tmpfs there as well it is never seen by anybody either.
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

int header_tree_create(struct header_tree *tree, const char *run)
{
	tree->is_mount = mount_private();
	if (tree->is_mount) {
		snprintf(tree->path, sizeof(tree->path), "%s", places[0]);
		return write_all(tree->path);
	}
	for (size_t i = 0; i < PLACES; i++) {
		tree_path(tree->path, sizeof(tree->path), places[i], run);
		/* EEXIST as well: what is there is not ours. */
		if (mkdir(tree->path, 0700))
			continue;
		if (!write_all(tree->path))
			return 0;
		header_tree_remove(run);
	}
	tree->path[0] = '\0';
	return -1;
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

void header_tree_remove(const char *run)
{
	char path[64];
	struct stat about;

	for (size_t i = 0; i < PLACES; i++) {
		int fd;

		tree_path(path, sizeof(path), places[i], run);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
			  O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!fstat(fd, &about) && about.st_uid == geteuid()) {
			for (const struct embedded_file *file =
			     embedded_headers; file->path; file++) {
				unlinkat(fd, file->path, 0);
				remove_parents(fd, file->path);
			}
			rmdir(path);
		}
		close(fd);
	}
}
