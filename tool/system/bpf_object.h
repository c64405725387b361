/*
 * bpf_object.h - bpf(2) on the maps and programs that the loader made.
 */
#pragma once

#include <stdint.h>

/* BPF_MAP_LOOKUP_AND_DELETE_ELEM; older <linux/bpf.h> lack it (Linux 4.20). */
#define BPF_OBJECT_TAKE 21

/*
 * Between these two no ordinary process takes the CPU from this one, if it may
 * ask for that (CAP_SYS_NICE). While a bpf(2) call on a map is under way the
 * kernel runs no BPF program of a kprobe on that CPU. If the call is preempted
 * (Linux 7.2 does, by default), that lasts for as long as other processes have
 * their turns. Takes a moment only; begin returns what end takes.
 */
int bpf_urgency_begin(void);
void bpf_urgency_end(int policy);

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
 * Look up the entry and delete it. Before Linux 5.14 these are two steps for a
 * hash, and what comes to the entry between them is lost.
 */
int bpf_map_take(int map_fd, const void *key, void *value);

/*
 * The map pinned at path, as a descriptor (O_CLOEXEC) that the caller closes,
 * or -1 with errno.
 */
int bpf_map_open(const char *path);

/* How many bytes a key has. Returns 0, or -1 with errno. */
int bpf_map_key_size(int map_fd, uint32_t *size);

/*
 * How often the kernel skipped the program because another BPF program or
 * bpf(2) call had the CPU. Before 6.8 it counts none for kprobes. Returns 0, or
 * -1 with errno.
 */
int bpf_prog_recursion_misses(int prog_fd, uint64_t *misses);
