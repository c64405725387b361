/*
 * fuzz_connect_event.c - any message: what is taken is, printed again, the
 * same bytes, so that nothing is taken that the BPF program can't have said.
 */
#include "fuzz.h"
#include "read/connect_event.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* As print_line() in bpf_text/tcp_v4_connect.c does. */
static size_t print(char *text, size_t size, const struct connect_event *event)
{
	unsigned long long addresses =
		(unsigned long long)ntohl(event->saddr.s_addr) << 32 |
		ntohl(event->daddr.s_addr);

	if (event->uid_unknown)	/* without DETAILS */
		return snprintf(text, size, "%llx %llx:%s", addresses,
				(unsigned long long)event->pid << 16 |
					event->dport, event->comm);
	return snprintf(text, size, "%llx %llx %08o %08o %05o %s", addresses,
			(unsigned long long)event->lport << 48 |
				(unsigned long long)event->dport << 32 |
				event->uid,
			event->pid, event->tid,
			event->return_missed ? 0x1000 : event->error,
			event->comm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct connect_event event;
	char text[128];
	size_t length;
	char *message = input_copy(&input, size, &length);

	memset(&event, 0xa5, sizeof(event));
	if (connect_event_parse(&event, message, length)) {
		require(strlen(event.comm) == event.comm_length);
		require(event.error >= 0 && event.error < 4096);
		require(!event.query && !event.wall_us);
		require(print(text, sizeof(text), &event) == length);
		require(!memcmp(text, message, length));
	}
	free(message);
	return 0;
}
