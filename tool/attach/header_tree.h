/*
 * header_tree.h - the few headers that the BPF program is compiled against, in
 * a directory that libbcc can read and only this user can write.
 */
#pragma once

#include <stdbool.h>

struct header_tree {
	char path[64];		/* for BCC_KERNEL_SOURCE */
	bool is_mount;		/* a tmpfs that only this process sees */
	int lock_fd;		/* says that the process lives; or -1 */
};

/*
 * Write the tree to a directory /tmp/tcpv4connect-RUN with mode 0700. With
 * CAP_SYS_ADMIN this process gets a mount namespace of its own with a small
 * tmpfs on /tmp, which goes with the process. Otherwise /tmp must be root's or
 * this user's, and sticky if others can write there. A host without /tmp gets
 * /run instead.
 *
 * Returns 0, or -1 with errno (prints nothing). In either case call
 * header_tree_sweep() when this process has ended.
 */
int header_tree_create(struct header_tree *tree, const char *run);

/* Remove this user's trees whose processes have ended, killed runs' as well. */
void header_tree_sweep(void);
