/* sums.c - collects, sorts and prints. */
#include "show/sums.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/connect_event.h"
#include "show/output.h"
#include "system/bpf_object.h"

#define KEYS_MAX 10240	/* what the map can hold */

void sums_free(struct sums *sums)
{
	free(sums->rows);
	*sums = (struct sums){ .rows = NULL };
}

/* A key may come twice: from the map, and of an attempt that was swept. */
static int add(struct sums *sums, const struct sums_key *key, uint64_t count)
{
	struct sums_row *rows = sums->rows;

	for (size_t i = 0; i < sums->length; i++)
		if (!memcmp(&rows[i].key, key, sizeof(*key))) {
			rows[i].count += count;
			return 0;
		}
	rows = reallocarray(rows, sums->length + 1, sizeof(*rows));
	if (!rows)
		return -1;
	rows[sums->length++] = (struct sums_row){ *key, count };
	sums->rows = rows;
	return 0;
}

void sums_add(struct sums *sums, const struct connect_event *event)
{
	const struct sums_key key = {
		.saddr = ntohl(event->saddr.s_addr),
		.daddr = ntohl(event->daddr.s_addr),
		.dport = event->dport,
	};

	(void)add(sums, &key, 1);
}

int sums_take(struct sums *sums, int map_fd)
{
	struct sums_key key, next;
	uint64_t count;
	int more = bpf_map_next_key(map_fd, NULL, &next);

	if (more && errno != ENOENT)
		return -1;
	for (int seen = 0; !more && seen < KEYS_MAX; seen++) {
		key = next;
		more = bpf_map_next_key(map_fd, &key, &next);
		if (!bpf_map_take(map_fd, &key, &count) &&
		    add(sums, &key, count))
			return -1;
	}
	return 0;
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* The highest first. */
static int compare_rows(const void *left, const void *right)
{
	const struct sums_row *a = left, *b = right;
	int order = compare(b->count, a->count);

	if (!order)
		order = compare(a->key.daddr, b->key.daddr);
	if (!order)
		order = compare(a->key.dport, b->key.dport);
	return order ? order : compare(a->key.saddr, b->key.saddr);
}

static void print_row(const struct sums_row *row, FILE *out)
{
	struct in_addr saddr = { htonl(row->key.saddr) };
	struct in_addr daddr = { htonl(row->key.daddr) };
	char source[INET_ADDRSTRLEN], destination[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &saddr, source, sizeof(source));
	inet_ntop(AF_INET, &daddr, destination, sizeof(destination));
	fprintf(out, "%-25s %-25s %-20" PRIu32 " %-10" PRIu64 "\n", source,
		destination, row->key.dport, row->count);
}

uint64_t sums_print(struct sums *sums, struct output *output)
{
	uint64_t total = 0;

	if (sums->length)
		qsort(sums->rows, sums->length, sizeof(*sums->rows),
		      compare_rows);
	fprintf(output->stream, "\n%-25s %-25s %-20s %-10s\n", "LADDR", "RADDR",
		"RPORT", "CONNECTS");
	for (size_t i = 0; i < sums->length; i++) {
		print_row(&sums->rows[i], output->stream);
		output_mark(output, sums->rows[i].count);
		total += sums->rows[i].count;
	}
	sums->length = 0;
	return total;
}
