/*
 * tracefs.h - where the kernel's tracefs is mounted, and its small files.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct tracefs {
	int dir_fd;		/* owned; -1 where it was not found */
	char path[256];
};

/*
 * Find tracefs: at /sys/kernel/tracing, else where /proc/self/mounts has
 * debugfs, which has it below, else where that has tracefs itself.
 * Returns 0, or -1 and in reason why not, and what to do.
 */
int tracefs_open(struct tracefs *tracefs, char *reason, size_t size);

/* Takes a struct that was never opened, if its dir_fd is -1. */
void tracefs_close(struct tracefs *tracefs);

/* Where a file system of this type is mounted. False: nowhere, or no room. */
bool tracefs_find_mount(const char *type, char *path, size_t size);

/*
 * True if the file exists. (access() asks for the real user and ignores
 * capabilities.)
 */
bool tracefs_has(int dir_fd, const char *path);

/*
 * Keep other copies of this program from making and sweeping things in tracefs
 * until fd_close(). Returns a descriptor, or -1 without a report after ten
 * seconds: a stopped copy must not stop this one.
 */
int tracefs_lock(const struct tracefs *tracefs);

/*
 * Write text to the file at path below dir_fd, in one write.
 * Returns 0, or -1 with errno (prints nothing).
 */
int tracefs_write(int dir_fd, const char *path, const char *text);

/*
 * Read the file's first size - 1 bytes as a string, without a last newline.
 * Returns the length, or -1 with errno (prints nothing).
 */
ssize_t tracefs_read(int dir_fd, const char *path, char *text, size_t size);
