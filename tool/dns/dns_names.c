/*
 * dns_names.c - a ring of names, and a direct-mapped table that says where in
 * it an address has its own. The ring keeps the memory of a few names together.
 * Entry 0 is none, so memory that was never touched is an empty table.
 */
#include "dns/dns_names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_BITS 14

struct entry {
	struct in_addr address;
	char name[DNS_NAME_SIZE];
};

struct dns_names {
	uint16_t last;		/* put */
	uint16_t table[1 << TABLE_BITS];
	struct entry entries[1 + DNS_NAMES_CAPACITY];
};

struct dns_names *dns_names_create(void)
{
	return calloc(1, sizeof(struct dns_names));
}

void dns_names_free(struct dns_names *names)
{
	free(names);
}

/* 2^32 by the golden ratio spreads neighbors evenly over the upper bits. */
static size_t place_of(struct in_addr address)
{
	return ntohl(address.s_addr) * 0x9e3779b9u >> (32 - TABLE_BITS);
}

/* 0: it has none. The ring may have given its entry to another address. */
static uint16_t find(const struct dns_names *names, struct in_addr address)
{
	uint16_t at = names->table[place_of(address)];

	return names->entries[at].address.s_addr == address.s_addr ? at : 0;
}

void dns_names_put(struct dns_names *names, struct in_addr address,
		   const char *name)
{
	size_t length = strlen(name);
	uint16_t at = find(names, address);

	if (!length || length >= DNS_NAME_SIZE)
		return;
	if (!at) {
		at = names->last = names->last % DNS_NAMES_CAPACITY + 1;
		names->entries[at].address = address;
		names->table[place_of(address)] = at;
	}
	memcpy(names->entries[at].name, name, length + 1);
}

const char *dns_names_get(const struct dns_names *names, struct in_addr address)
{
	uint16_t at = find(names, address);

	return at ? names->entries[at].name : NULL;
}
