/* sums.h - the sums of -c, which the BPF program keeps in a map. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct connect_event;
struct output;

/* A key of the map. Keep in step with struct sum_key in bpf_text/. */
struct sums_key {
	uint32_t saddr;		/* numbers: 127.0.0.1 is 0x7f000001 */
	uint32_t daddr;
	uint32_t dport;
};

struct sums_row {
	struct sums_key key;
	uint64_t count;
};

/* A zeroed struct is empty. */
struct sums {
	struct sums_row *rows;	/* owned */
	size_t length;
};

void sums_free(struct sums *sums);

/*
 * Count an event that was not counted in the kernel. Without memory it is
 * missing from the rows: a loss.
 */
void sums_add(struct sums *sums, const struct connect_event *event);

/*
 * Take everything out of the map. Returns 0, or -1 with errno. Before Linux
 * 5.14 connects that are counted between looking and deleting get lost; the
 * ledger notices.
 */
int sums_take(struct sums *sums, int map_fd);

/*
 * Print all sums, the highest first, in the format of the family, and forget
 * them. Returns how many connects they hold.
 */
uint64_t sums_print(struct sums *sums, struct output *output);
