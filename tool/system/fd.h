/*
 * fd.h - closing a descriptor.
 */
#ifndef FD_H
#define FD_H

/* Takes -1, leaves -1, and keeps errno, so that a report can come after it. */
void fd_close(int *fd);

#endif
