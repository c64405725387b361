/*
 * libbcc.h - libbcc, loaded when it is needed, through prototypes of our own.
 *
 * Its functions grew arguments since 2015, and it is libbcc.so.0 still. These
 * are the longest forms; an older libbcc ignores what it does not know. They
 * serve libbcc 0.5 (2017) to 0.37 (2026).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_insn;

/* allow_rlimit came with 0.9, dev_name with 0.11. */
typedef void *libbcc_module_create(const char *text, unsigned flags,
				   const char *cflags[], int ncflags,
				   bool allow_rlimit, const char *dev_name);
typedef void *libbcc_function_start(void *module, const char *name);
typedef size_t libbcc_function_size(void *module, const char *name);

/* Since 0.9. dev_name came with 0.11, attach_type with 0.25. */
typedef int libbcc_func_load(void *module, int prog_type, const char *name,
			     const struct bpf_insn *insns, int prog_len,
			     const char *license, unsigned kern_version,
			     int log_level, char *log_buf,
			     unsigned log_buf_size, const char *dev_name,
			     int attach_type);

/* Up to 0.8, where libbcc has no bcc_func_load. */
typedef int libbcc_prog_load(int prog_type, const char *name,
			     const struct bpf_insn *insns, int prog_len,
			     const char *license, unsigned kern_version,
			     int log_level, char *log_buf,
			     unsigned log_buf_size);
typedef int libbcc_table_fd(void *module, const char *name);

struct libbcc {
	char version[32];	/* "0.26.0", from the file's name, or "" */
	libbcc_module_create *module_create;
	libbcc_function_start *function_start;
	libbcc_function_size *function_size;
	libbcc_func_load *func_load;	/* NULL: prog_load in its place */
	libbcc_prog_load *prog_load;
	libbcc_table_fd *table_fd;
};

/*
 * Load the library, LLVM and clang with it: some 100 MB that stay mapped, so
 * this is for a process that soon ends. Returns NULL, or an error text (static,
 * or dlerror()'s).
 */
const char *libbcc_open(struct libbcc *libbcc);

/*
 * Load the function of that name as a BPF_PROG_TYPE_KPROBE program under the
 * GPL. Returns a descriptor, or -1 with errno; the verifier's log goes to
 * stderr.
 */
int libbcc_load(const struct libbcc *libbcc, void *module, const char *name);
