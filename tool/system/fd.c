/*
 * fd.c - closes a descriptor.
 */
#include "system/fd.h"

#include <errno.h>
#include <unistd.h>

void fd_close(int *fd)
{
	int error = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = error;
}
