/*
 * header_tree.h - the few headers that the BPF program is compiled against,
 * put where libbcc can find them, in a directory of nobody else's.
 */
#ifndef HEADER_TREE_H
#define HEADER_TREE_H

#include <stdbool.h>

struct header_tree {
	char path[64];		/* what BCC_KERNEL_SOURCE is to be; "": none */
	bool is_mount;		/* a tmpfs that only this process sees */
	int lock_fd;		/* held up to the end of the process, or -1 */
};

/*
 * Write the tree. With CAP_SYS_ADMIN this process gets a mount namespace of
 * its own and in it a small tmpfs on /tmp, which is gone when the process is,
 * whatever ended it. Without, a directory is made below /tmp, /var/tmp,
 * /run or /dev/shm, named after the run: with mode 0700, in a place where
 * nobody else can remove or replace it, and locked while this process lives.
 *
 * What killed runs of this user left in those places is removed first.
 *
 * Returns 0, or -1 with errno (says nothing).
 */
int header_tree_create(struct header_tree *tree, const char *run);

/*
 * Remove the directory of that run wherever header_tree_create() may have
 * made one, also in a process that has ended.
 */
void header_tree_remove(const char *run);

#endif
