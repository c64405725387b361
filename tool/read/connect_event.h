/*
 * connect_event.h - our own message, as bpf_text/tcp_v4_connect.c prints it.
 *
 *   7f0000017f000001 53e0050:curl
 *   7f0000017f000001 c0de005000000000 00002476 00002476 00000 curl
 *
 * Two hexadecimal numbers without leading zeros: source and destination address
 * (32 bits each); process id and destination port (16). Or, with DETAILS, local
 * port (16), destination port (16) and uid (32), and three octal numbers with
 * leading zeros: process id, thread id, and the error number, or 10000 if the
 * return was missed. Then comm, to the end of the line, byte for byte but for a
 * newline, which is '?'.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* TASK_COMM_LEN - 1, Linux 4.4 to 7.2 */
#define CONNECT_EVENT_COMM_MAX 15

struct connect_event {
	uint64_t time_us;	/* of the trace's clock; set by the caller */
	uint64_t wall_us;	/* since 1970, UTC; set by the caller; 0:
				 * not known */
	const char *query;	/* the name that was asked for daddr, or NULL;
				 * set and owned by the caller */
	uint32_t pid;		/* the process: the kernel's tgid */
	uint32_t tid;		/* 0 without DETAILS */
	uint32_t uid;
	bool uid_unknown;	/* in a line of the original, or without
				 * DETAILS */
	struct in_addr saddr;	/* 0.0.0.0 where the socket had none */
	struct in_addr daddr;
	uint16_t lport;		/* host byte order; 0 where unknown */
	uint16_t dport;
	int error;		/* 0, or the errno that tcp_v4_connect gave */
	bool return_missed;	/* the call's result is not known */
	size_t comm_length;
	char comm[CONNECT_EVENT_COMM_MAX + 1];	/* any bytes but NUL and
						 * newline; then a NUL */
};

/*
 * Parse what follows the tag. False: not a message of this program, or cut off.
 * Else all is set but time_us, wall_us and query, which are 0.
 */
bool connect_event_parse(struct connect_event *event, const char *message,
			 size_t length);
