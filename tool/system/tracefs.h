/*
 * tracefs.h - where the kernel's tracefs is mounted, and its small files.
 */
#ifndef TRACEFS_H
#define TRACEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct tracefs {
	int dir_fd;		/* owned; -1 where it was not found */
	char path[256];
};

/*
 * Find tracefs: at /sys/kernel/tracing, else below debugfs at
 * /sys/kernel/debug/tracing, else wherever /proc/self/mounts says.
 * Returns 0, or -1 after a report that says what to do.
 */
int tracefs_open(struct tracefs *tracefs);

/*
 * Where a file system of this type is mounted: the number-th one, from 0 on, of
 * those whose path has room. False if there are not so many.
 */
bool tracefs_find_mount(const char *type, size_t number, char *path,
			size_t size);

/* Takes a struct that was never opened, if its dir_fd is -1. */
void tracefs_close(struct tracefs *tracefs);

/*
 * True where the file exists. access() would not do: it asks for the real
 * user, and capabilities would not count.
 */
bool tracefs_has(int dir_fd, const char *path);

/*
 * Keep other copies of this program from making and sweeping things in
 * tracefs while we do. Returns a descriptor for tracefs_unlock(), or -1 where
 * the lock can't be had within ten seconds (says nothing): a stopped copy
 * must not stop this one.
 */
int tracefs_lock(const struct tracefs *tracefs);

/* Takes -1. */
void tracefs_unlock(int lock_fd);

/*
 * Write text to the file at path below dir_fd, in one write.
 * Returns 0, or -1 with errno (says nothing).
 */
int tracefs_write(int dir_fd, const char *path, const char *text);

/*
 * Read the file's first size - 1 bytes and end them with a NUL; a last
 * newline is left out. Returns the length, or -1 with errno (says nothing).
 */
ssize_t tracefs_read(int dir_fd, const char *path, char *text, size_t size);

#endif
