/*
 * host_text.c - see host_text.h. Compiled with the headers of the text and no
 * others.
 */
#include <linux/types.h>

#include "host_text.h"
#include "registers.h"

#define bpf_ktime_get_ns	 host_time_ns
#define bpf_get_current_pid_tgid host_pid_tgid
#define bpf_get_current_uid_gid	 host_uid_gid
#define bpf_get_current_comm	 host_comm
#define bpf_trace_printk	 host_print
#define bpf_get_current_task()	 0

#define MAP(name, key_type, value_type)					\
	static value_type *name##_lookup(key_type *key)			\
	{								\
		return map_lookup(#name, key);				\
	}								\
	static inline __attribute__((unused))				\
	long name##_insert(key_type *key, value_type *value)		\
	{								\
		return map_insert(#name, key, sizeof(*key), value,	\
				  sizeof(*value));			\
	}								\
	static inline __attribute__((unused))				\
	long name##_update(key_type *key, value_type *value)		\
	{								\
		return map_update(#name, key, sizeof(*key), value,	\
				  sizeof(*value));			\
	}								\
	static inline __attribute__((unused))				\
	long name##_delete(key_type *key)				\
	{								\
		return map_delete(#name, key);				\
	}								\
	static const struct {						\
		value_type *(*lookup)(key_type *key);			\
		long (*insert)(key_type *key, value_type *value);	\
		long (*update)(key_type *key, value_type *value);	\
		long (*delete)(key_type *key);				\
	} name = { name##_lookup, name##_insert, name##_update,		\
		   name##_delete }
#define BPF_HASH(name, key_type, value_type, size) \
	MAP(name, key_type, value_type)
#define BPF_ARRAY(name, value_type, size) MAP(name, int, value_type)
#define READ_KERNEL host_read
#define TAG	    "TAG"
#define COUNT	    0
#define ONLY_FAILED host_only_failed
#define DETAILS	    host_details
#define FILTER	    if (host_drops(bpf_get_current_pid_tgid() >> 32)) return 0;
/* Of the helpers that it names, each filter needs one. */
#pragma GCC diagnostic ignored "-Wunused-variable"

struct pt_regs;
int trace_connect_entry(struct pt_regs *ctx);
int trace_connect_return(struct pt_regs *ctx);

#include "tcp_v4_connect.c"

int host_connect_entry(void *sock, const void *address, int address_length)
{
	struct pt_regs regs = {};

	PT_REGS_PARM1(&regs) = (unsigned long)sock;
	PT_REGS_PARM2(&regs) = (unsigned long)address;
	PT_REGS_PARM3(&regs) = address_length;
	return trace_connect_entry(&regs);
}

int host_connect_return(int result)
{
	struct pt_regs regs = {};

	PT_REGS_RC(&regs) = (long)result;
	return trace_connect_return(&regs);
}
