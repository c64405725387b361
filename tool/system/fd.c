/*
 * fd.c - closes descriptors, and opens what is open once more.
 */
#include "system/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void fd_close(int *fd)
{
	int error = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = error;
}

int fd_reopen(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat about;
	char path[32];

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY ||
	    fstat(fd, &about) || (!S_ISFIFO(about.st_mode) && !isatty(fd)))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}
