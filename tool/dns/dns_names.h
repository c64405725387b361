/* dns_names.h - a name for each of so many addresses. */
#pragma once

#include <netinet/in.h>
#include <stdint.h>

#define DNS_NAMES_CAPACITY 4096	/* addresses */
#define DNS_NAME_SIZE	   256	/* with the NUL */

#define DNS_NAMES_TABLE_BITS 14

/*
 * A zeroed one is empty; memory is touched as addresses come. The ring keeps
 * that of a few names together.
 */
struct dns_names {
	uint16_t last;		/* put */
	uint16_t table[1 << DNS_NAMES_TABLE_BITS];	/* 0: none */
	struct {
		struct in_addr address;
		char name[DNS_NAME_SIZE];
	} ring[1 + DNS_NAMES_CAPACITY];
};

/*
 * This address has this name now. A new address displaces the one that has the
 * same place in the table, one of 16384, and the one that became known longest
 * ago if there is no other room. An empty or too long name is not taken.
 */
void dns_names_put(struct dns_names *names, struct in_addr address,
		   const char *name);

/* Its name, or NULL. Lives until the next dns_names_put(). */
const char *dns_names_get(const struct dns_names *names,
			  struct in_addr address);
