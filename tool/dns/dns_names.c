/* dns_names.c - the table says where in the ring an address has its own. */
#include "dns/dns_names.h"

#include <string.h>

/* 2^32 by the golden ratio spreads neighbors evenly over the upper bits. */
static size_t place_of(struct in_addr address)
{
	return ntohl(address.s_addr) * 0x9e3779b9u >>
	       (32 - DNS_NAMES_TABLE_BITS);
}

/* 0: it has none. The ring may have given its entry to another address. */
static uint16_t find(const struct dns_names *names, struct in_addr address)
{
	uint16_t at = names->table[place_of(address)];

	return names->ring[at].address.s_addr == address.s_addr ? at : 0;
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
		names->ring[at].address = address;
		names->table[place_of(address)] = at;
	}
	memcpy(names->ring[at].name, name, length + 1);
}

const char *dns_names_get(const struct dns_names *names, struct in_addr address)
{
	uint16_t at = find(names, address);

	return at ? names->ring[at].name : NULL;
}
