/*
 * host_text.h - the BPF program as functions of an ordinary program.
 *
 * host_text.c compiles bpf_text/tcp_v4_connect.c for the processor at hand,
 * without a C library, whose headers and the text's do not mix; the helpers
 * and maps that it calls are test_text.c's. Both include this, so there is
 * nothing in it that needs a header.
 */
#pragma once

typedef unsigned long long host_u64;

/* Helpers: what the kernel's do, or as much of it as matters here. */
int host_read(void *to, unsigned size, const void *from);
host_u64 host_time_ns(void);
host_u64 host_pid_tgid(void);
host_u64 host_uid_gid(void);
long host_comm(void *to, unsigned size);
long host_print(const char *format, host_u64 a, host_u64 b, const char *c);

/* Maps, by the name and sizes that the text gives them. */
void *map_lookup(const char *map, const void *key);
long map_insert(const char *map, const void *key, unsigned key_size,
		const void *value, unsigned value_size);
long map_update(const char *map, const void *key, unsigned key_size,
		const void *value, unsigned value_size);
long map_delete(const char *map, const void *key);

/* What stands in the place of the words that a run chooses. */
int host_drops(unsigned tgid);	/* FILTER: not 0: the call is not wanted */
extern int host_only_failed;	/* ONLY_FAILED */
extern int host_details;	/* DETAILS */

/* The two probes, for a call with these arguments, or with that result. */
int host_connect_entry(void *sock, const void *address, int address_length);
int host_connect_return(int result);
