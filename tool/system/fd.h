/*
 * fd.h - descriptors: closing one, and one that never blocks.
 */
#pragma once

/* Takes -1, leaves -1, and keeps errno, so that a report can come after it. */
void fd_close(int *fd);

/*
 * Open the pipe or terminal that fd writes to once more, with O_NONBLOCK. (Even
 * a terminal with some room blocks a longer write. O_NONBLOCK on fd itself
 * would hold for other processes as well.)
 *
 * Returns a descriptor (O_CLOEXEC), which the caller closes, or -1 if fd is
 * neither, is not open for writing, or cannot be opened.
 */
int fd_reopen(int fd);
