/*
 * dns_names.c - a hash table whose entries also stand in the order in which
 * they were put.
 *
 * Entries are called by number, and 0 is none, so that memory that was never
 * touched is an empty table. Entry 0 itself is where the ring of the others
 * begins and ends.
 */
#include "dns_names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BUCKET_BITS 12

struct entry {
	struct in_addr address;
	uint16_t next;		/* in the same bucket */
	uint16_t newer, older;	/* in the ring */
	char name[DNS_NAME_SIZE];
};

struct dns_names {
	uint64_t factor;
	uint16_t used;
	uint16_t buckets[1 << BUCKET_BITS];
	struct entry entries[1 + DNS_NAMES_CAPACITY];
};

struct dns_names *dns_names_create(void)
{
	struct dns_names *names = calloc(1, sizeof(*names));

	if (!names)
		return NULL;
	/*
	 * Whoever chooses addresses must not know which of them meet in a
	 * bucket. The constant, 2^64 divided by the golden ratio, is for the
	 * first moments of a machine.
	 */
	if (getrandom(&names->factor, sizeof(names->factor), GRND_NONBLOCK) !=
	    sizeof(names->factor))
		names->factor = 0x9e3779b97f4a7c15;
	names->factor |= 1;
	return names;
}

void dns_names_free(struct dns_names *names)
{
	free(names);
}

/* Multiply and take the upper bits: even for any addresses. */
static size_t bucket_of(const struct dns_names *names, struct in_addr address)
{
	return address.s_addr * names->factor >> (64 - BUCKET_BITS);
}

static uint16_t find(const struct dns_names *names, struct in_addr address)
{
	uint16_t at = names->buckets[bucket_of(names, address)];

	while (at && names->entries[at].address.s_addr != address.s_addr)
		at = names->entries[at].next;
	return at;
}

static void leave_ring(struct dns_names *names, uint16_t at)
{
	const struct entry *entry = &names->entries[at];

	names->entries[entry->newer].older = entry->older;
	names->entries[entry->older].newer = entry->newer;
}

/* As the newest: right before entry 0. */
static void join_ring(struct dns_names *names, uint16_t at)
{
	struct entry *entry = &names->entries[at];

	entry->newer = 0;
	entry->older = names->entries[0].older;
	names->entries[entry->older].newer = at;
	names->entries[0].older = at;
}

static void leave_bucket(struct dns_names *names, uint16_t at)
{
	struct in_addr address = names->entries[at].address;
	uint16_t *link = &names->buckets[bucket_of(names, address)];

	while (*link != at)
		link = &names->entries[*link].next;
	*link = names->entries[at].next;
}

/* A new entry in its bucket, in no ring: an unused one, or the oldest. */
static uint16_t add(struct dns_names *names, struct in_addr address)
{
	uint16_t *link = &names->buckets[bucket_of(names, address)];
	uint16_t at;

	if (names->used < DNS_NAMES_CAPACITY) {
		at = ++names->used;
	} else {
		at = names->entries[0].newer;
		leave_ring(names, at);
		leave_bucket(names, at);
	}
	names->entries[at].address = address;
	names->entries[at].next = *link;
	*link = at;
	return at;
}

void dns_names_put(struct dns_names *names, struct in_addr address,
		   const char *name)
{
	size_t length = strlen(name);
	uint16_t at;

	if (!length || length >= DNS_NAME_SIZE)
		return;
	at = find(names, address);
	if (at)
		leave_ring(names, at);
	else
		at = add(names, address);
	join_ring(names, at);
	memcpy(names->entries[at].name, name, length + 1);
}

const char *dns_names_get(const struct dns_names *names, struct in_addr address)
{
	uint16_t at = find(names, address);

	return at ? names->entries[at].name : NULL;
}
