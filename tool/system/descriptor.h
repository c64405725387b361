/*
 * descriptor.h - descriptors that never hold up the process.
 */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

/*
 * Open the pipe or terminal that fd writes to once more, with O_NONBLOCK. A
 * terminal that has room for some bytes holds up a write of more, and
 * O_NONBLOCK is not for fd itself, whose description other processes have as
 * well.
 *
 * Returns a descriptor (O_CLOEXEC), which the caller closes, or -1 where fd is
 * neither, is not open for writing, or cannot be opened.
 */
int descriptor_reopen(int fd);

#endif
