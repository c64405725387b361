/* dns_names.h - a name for each of so many addresses. */
#ifndef DNS_NAMES_H
#define DNS_NAMES_H

#include <netinet/in.h>

#define DNS_NAMES_CAPACITY 4096	/* addresses */
#define DNS_NAME_SIZE	   256	/* with the NUL */

struct dns_names;

/*
 * NULL: no memory. All that will ever be needed (about 1 MB) is allocated here,
 * and touched as addresses come. dns_names_free() takes NULL.
 */
struct dns_names *dns_names_create(void);
void dns_names_free(struct dns_names *names);

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

#endif
