/* attempts.c - walks the map and takes what is too old. */
#include "read/attempts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "read/connect_event.h"
#include "system/bpf_object.h"

#define KEYS_MAX 10240	/* what the map holds */

/* In lines a newline is '?', so it is one here as well. */
static void fill_event(struct connect_event *event,
		       const struct attempt *attempt)
{
	char *newline;

	memset(event, 0, sizeof(*event));
	event->time_us = attempt->start_ns / 1000;
	event->pid = attempt->tgid;
	event->tid = attempt->tid;
	event->uid = attempt->uid;
	event->daddr.s_addr = htonl(attempt->daddr);
	event->dport = attempt->dport;
	event->return_missed = true;
	event->comm_length = strnlen(attempt->comm, CONNECT_EVENT_COMM_MAX);
	memcpy(event->comm, attempt->comm, event->comm_length);
	while ((newline = strchr(event->comm, '\n')))
		*newline = '?';
}

/*
 * Before Linux 5.14 bpf_map_take() is two steps. If the thread connects again
 * between them, its new attempt is deleted: the counts stay right, the row
 * shows the old one.
 */
int attempts_sweep(int map_fd, uint64_t before_ns,
		   void (*take)(void *arg, struct connect_event *event),
		   void *arg)
{
	struct attempt attempt;
	struct connect_event event;
	uint32_t key, next;
	int taken = 0, seen = 0, more;

	more = bpf_map_next_key(map_fd, NULL, &next);
	if (more && errno != ENOENT)
		return -1;
	while (!more && seen++ < KEYS_MAX) {
		key = next;
		/* Step on first: a key that is gone leads to the start. */
		more = bpf_map_next_key(map_fd, &key, &next);
		if (bpf_map_lookup(map_fd, &key, &attempt) ||
		    attempt.start_ns >= before_ns ||
		    bpf_map_take(map_fd, &key, &attempt))
			continue;
		fill_event(&event, &attempt);
		take(arg, &event);
		taken++;
	}
	return taken;
}
