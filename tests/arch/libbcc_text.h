/*
 * libbcc_text.h - what libbcc puts before a BPF program's text and makes of its
 * maps, as far as ours uses it, so that clang alone can compile it: for
 * processors that libbcc cannot be asked for on this one.
 *
 * libbcc rewrites map.lookup(&key) into a call of a helper; here each map has
 * members that are those helpers. The map itself is not an argument of theirs,
 * so what becomes of this is to be looked at, not to be loaded.
 */
#pragma once

#include <linux/types.h>

#include "registers.h"

/* The numbers of the helpers, include/uapi/linux/bpf.h. */
#define HELPER(number) ((void *)(number))

static u64 (*const bpf_ktime_get_ns)(void) = HELPER(5);
static long (*const trace_printk)(const char *format, u32 size, ...) =
	HELPER(6);
static u64 (*const bpf_get_current_pid_tgid)(void) = HELPER(14);
static u64 (*const bpf_get_current_uid_gid)(void) = HELPER(15);
static long (*const bpf_get_current_comm)(void *to, u32 size) = HELPER(16);
static u64 (*const bpf_get_current_task)(void) = HELPER(35);

#define bpf_trace_printk(text, ...)					\
	({								\
		char format[] = text;					\
		trace_printk(format, sizeof(format), ##__VA_ARGS__);	\
	})

#define MAP(name, key_type, value_type)					\
	static const struct {						\
		value_type *(*lookup)(key_type *key);			\
		long (*insert)(key_type *key, value_type *value);	\
		long (*update)(key_type *key, value_type *value);	\
		long (*delete)(key_type *key);				\
	} name = { HELPER(1), HELPER(2), HELPER(2), HELPER(3) }

#define BPF_HASH(name, key_type, value_type, size) \
	MAP(name, key_type, value_type)
#define BPF_ARRAY(name, value_type, size) MAP(name, int, value_type)
