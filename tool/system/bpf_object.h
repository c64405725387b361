/*
 * bpf_object.h - the bpf(2) calls that the process which stays makes on the
 * maps and programs it was handed; libbcc is not there any more.
 */
#ifndef BPF_OBJECT_H
#define BPF_OBJECT_H

#include <stdint.h>

/* BPF_MAP_LOOKUP_AND_DELETE_ELEM; older <linux/bpf.h> lack it (Linux 4.20). */
#define BPF_OBJECT_TAKE 21

/*
 * Between these two no ordinary process takes the CPU from this one, if it
 * may ask for that (CAP_SYS_NICE). While a bpf(2) call on a map is under way
 * the kernel runs no BPF program of a kprobe on that CPU, and a kernel that
 * preempts the call (Linux 7.2 does, by default) then goes on without them
 * for as long as others have their turns. For what takes a moment.
 */
struct bpf_urgency {
	int policy;		/* what it was, or -1 where nothing was done */
	int priority;
};
struct bpf_urgency bpf_urgency_begin(void);
void bpf_urgency_end(const struct bpf_urgency *urgency);

/*
 * Maps. Keys and values are what the map's definition in
 * bpf_text/tcp_v4_connect.c says. Each returns 0, or -1 with errno.
 */
int bpf_map_lookup(int map_fd, const void *key, void *value);
int bpf_map_update(int map_fd, const void *key, const void *value);
int bpf_map_delete(int map_fd, const void *key);

/* The key after key; the first one where key is NULL. ENOENT: no more. */
int bpf_map_next_key(int map_fd, const void *key, void *next);

/*
 * Delete the entry and have its value. Before Linux 5.14, which cannot do both
 * at once with a hash, these are two steps: what comes to the entry between
 * them is deleted, too.
 */
int bpf_map_take(int map_fd, const void *key, void *value);

/*
 * The map that is pinned at path, as a descriptor that the caller closes
 * (O_CLOEXEC, as all of bpf(2)), or -1 with errno.
 */
int bpf_map_open(const char *path);

/* How many bytes a key has. Returns 0, or -1 with errno. */
int bpf_map_key_size(int map_fd, uint32_t *size);

/*
 * How often the kernel did not run the program because another BPF program
 * or bpf(2) call had the CPU. Kernels before 6.8 do not count it for kprobes
 * and say 0. Returns 0, or -1 with errno.
 */
int bpf_prog_recursion_misses(int prog_fd, uint64_t *misses);

#endif
