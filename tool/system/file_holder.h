/*
 * file_holder.h - which other process has a file open.
 */
#ifndef FILE_HOLDER_H
#define FILE_HOLDER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Look through /proc/<pid>/fd for the file at path below dir_fd. True where a
 * process holds it open; then holder is "PID 1234 (cat)", with a '?' for each
 * byte of the name that a terminal might obey. False prints nothing.
 */
bool file_holder_find(int dir_fd, const char *path, char *holder,
		      size_t size);

#endif
