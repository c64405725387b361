/*
 * attempts.h - the BPF map of calls in progress.
 *
 * A missed return leaves its attempt in the map until the same thread connects
 * again. An attempt that has waited there too long becomes a row from here.
 */
#pragma once

#include <stdint.h>

struct connect_event;

/* A value of the map. Keep in step with struct attempt in bpf_text/. */
struct attempt {
	uint64_t sock;
	uint64_t start_ns;	/* bpf_ktime_get_ns() */
	char comm[16];
	uint32_t daddr;		/* a number: 127.0.0.1 is 0x7f000001 */
	uint32_t tgid;
	uint32_t tid;
	uint32_t uid;
	uint16_t dport;
	uint16_t unused[3];
};

/*
 * Take every attempt out of the map that began before before_ns and hand it to
 * take as an event: time_us is the attempt's start, saddr and lport are not
 * known. Returns how many were taken, or -1 with errno if the map can't be
 * read. The side that deletes an attempt shows it, here and in the BPF program.
 */
int attempts_sweep(int map_fd, uint64_t before_ns,
		   void (*take)(void *arg, struct connect_event *event),
		   void *arg);
