/*
 * host.h - what this host is and allows, for errors that help.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tracefs;

/* "Linux 5.19" as a number that host_kernel_version() can be compared with. */
#define HOST_VERSION(major, minor) \
	((unsigned)(major) << 16 | (unsigned)(minor) << 8)

/*
 * The running kernel's LINUX_VERSION_CODE (4.9.228: 0x0409e4), from its vDSO,
 * else from uname. Kernels before 5.0 want it in a kprobe program, and some
 * distributions' uname shows less of it.
 */
unsigned host_kernel_version(void);

/* Numbers that older <linux/capability.h> lack (Linux 5.8). */
#define HOST_CAP_PERFMON 38
#define HOST_CAP_BPF 39

/* The capabilities in effect, as a set of bits; all where that is not known. */
uint64_t host_capabilities(void);

/* False where the kernel was built without kprobes, or without their events. */
bool host_has_kprobes(const struct tracefs *tracefs);

/* True where /proc/kallsyms can be read and has no such function. */
bool host_lacks_function(const char *name);

/*
 * Look through /proc/<pid>/fd for another process that has the file at path
 * below dir_fd open. True if there is one; then holder is "PID 1234 (cat)",
 * with a '?' for each byte of the name that is not printable ASCII.
 */
bool host_file_holder(int dir_fd, const char *path, char *holder, size_t size);

/* How to install libbcc on this host, as /etc/os-release has it. */
const char *host_libbcc_advice(void);
