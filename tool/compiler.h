/*
 * compiler.h - the process that compiles, loads and attaches, and then ends.
 *
 * libbcc brings LLVM and clang, 100 MB and more. Only a child process ever
 * loads it; what it made comes back as file descriptors over a socket, and
 * the memory goes when the child does.
 */
#ifndef COMPILER_H
#define COMPILER_H

#include <stdbool.h>

struct tracefs;

/* What the child is asked to do. */
struct compiler_job {
	const char *text;	/* the BPF program, all words replaced */
	const char *run;	/* eight digits that name this run */
	const struct tracefs *tracefs;
	bool kernel_headers;	/* compile with the host's headers */
	const char *kernel_headers_dir;	/* these; NULL: libbcc finds them */
	bool source_lines;	/* keep them with the instructions */
	int maxactive;		/* of the return probe; 0: the kernel's own */
};

enum compiler_fd {
	COMPILER_ENTRY_PROG,
	COMPILER_RETURN_PROG,
	COMPILER_STASH_MAP,
	COMPILER_LEDGER_MAP,
	COMPILER_SUMS_MAP,	/* the ledger again where there is none */
	COMPILER_ENTRY_EVENT,	/* open: the probe is attached */
	COMPILER_RETURN_EVENT,
	COMPILER_FDS,
};

/* How far it came; each stage but the last one names what failed. */
enum compiler_stage {
	COMPILER_STARTING,
	COMPILER_HEADERS,
	COMPILER_LIBRARY,
	COMPILER_COMPILING,
	COMPILER_LOADING,
	COMPILER_ATTACHING,
	COMPILER_DONE,
};

/* What it sends back, with the descriptors where the stage is DONE. */
struct compiler_result {
	enum compiler_stage stage;
	int error;		/* an errno, or 0 */
	int maxactive;		/* what the return probe was attached with */
	bool is_memory_limited;	/* RLIMIT_MEMLOCK counts, and stays */
	char version[32];	/* libbcc's, or "" */
	char reason[160];	/* where error says too little; or "" */
};

/*
 * Do the job and send a struct compiler_result over socket_fd. What is loaded
 * is attached only after compiler_allow(). To be called in a child process,
 * which has to _exit() afterwards: it changes the environment, the mount
 * namespace and descriptors 0 to 2 of the process. Whatever libbcc and clang
 * print goes to log_fd.
 */
void compiler_run(const struct compiler_job *job, int socket_fd, int log_fd);

/*
 * In the parent: what the probes write to is there, so that the child may
 * attach them. Says nothing: a child that has ended has sent why.
 */
void compiler_allow(int socket_fd);

/*
 * Receive what compiler_run() sent; fds gets -1 where none came. Returns 0,
 * or -1 where the child sent nothing (it was ended before it could).
 */
int compiler_receive(int socket_fd, struct compiler_result *result,
		     int fds[COMPILER_FDS]);

#endif
