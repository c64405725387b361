/*
 * loader.h - the child process that compiles and loads the BPF program.
 *
 * Only a child ever loads libbcc, which brings LLVM and clang, over 100 MB. It
 * returns descriptors over a socket, and the memory goes when it ends.
 */
#pragma once

#include <stdbool.h>

struct loader_job {
	const char *text;	/* the BPF program, its word replaced */
	const char *run;	/* eight digits that name this run */
	const char *kernel_headers;	/* the host's, in this directory; "":
					 * libbcc finds them; NULL: ours */
	bool source_lines;	/* keep them with the instructions */
};

/* In this order; the text may lack maps from one of them on: those are -1. */
enum loader_fd {
	LOADER_ENTRY_PROG,
	LOADER_RETURN_PROG,
	LOADER_ATTEMPTS_MAP,
	LOADER_LEDGER_MAP,
	LOADER_GATE_MAP,
	LOADER_SUMS_MAP,	/* only with -c */
	LOADER_FDS,
};

struct loader_result {
	char error[512];	/* as the parent reports it; "": it is done */
	bool is_refused;	/* by the kernel: the log's end says why */
	char version[32];	/* libbcc's, or "" */
};

/*
 * Do the job and send a struct loader_result over socket_fd, with the
 * descriptors. Call it in a child process that then calls _exit(): it changes
 * the environment, the mount namespace and descriptors 0 to 2. What libbcc and
 * clang print goes to log_fd. header_tree_sweep() removes what it leaves.
 */
void loader_run(const struct loader_job *job, int socket_fd, int log_fd);

/*
 * In the parent: receive what loader_run() sent. The descriptors, owned by the
 * caller, go to fds, which holds -1 until then. Returns 0, or -1 if the child
 * ended before it could send.
 */
int loader_receive(int socket_fd, struct loader_result *result,
		   int fds[LOADER_FDS]);
