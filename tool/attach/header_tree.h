/*
 * header_tree.h - the few headers that the BPF program is compiled against,
 * put where libbcc can find them, in a directory that only this user can write.
 */
#ifndef HEADER_TREE_H
#define HEADER_TREE_H

#include <stdbool.h>

struct header_tree {
	char path[64];		/* what BCC_KERNEL_SOURCE is to be */
	bool is_mount;		/* a tmpfs that only this process sees */
	int lock_fd;		/* held up to the end of the process, or -1 */
};

/*
 * Write the tree. With CAP_SYS_ADMIN this process gets a mount namespace of
 * its own and in it a small tmpfs on /tmp, which is gone when the process is,
 * whatever ended it. Without, a directory /tmp/tcpv4connect-RUN is made, with
 * mode 0700 and locked while this process lives. /tmp must be a place where
 * other users can neither remove nor replace it: root's or this user's, and
 * sticky if others can write there. Where there is no /tmp, /run takes its
 * place.
 *
 * What killed runs of this user left in /tmp is removed first.
 *
 * Returns 0, or -1 with errno (prints nothing).
 */
int header_tree_create(struct header_tree *tree, const char *run);

/*
 * Remove the directory that header_tree_create() may have made for that run,
 * also in a process that has ended.
 */
void header_tree_remove(const char *run);

#endif
