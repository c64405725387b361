/*
 * dns.h - which name was looked up last for an address, from the answers that
 * pass this host while we trace.
 *
 * A packet socket with a filter in the kernel sees what comes from port 53,
 * UDP and TCP, on every interface of our network namespace. The messages are
 * parsed by the C library's own parser (ns_initparse, libresolv). An address
 * of an A record belongs to the name that was asked for, over any chain of
 * CNAMEs. Nothing is ever sent.
 */
#ifndef DNS_H
#define DNS_H

#include <netinet/in.h>
#include <stddef.h>

struct dns;

/*
 * Returns a listener, or NULL with errno: EPERM without CAP_NET_RAW (says
 * nothing). dns_free() takes NULL.
 */
struct dns *dns_open(void);
void dns_free(struct dns *dns);

/* Readable when answers wait. */
int dns_fd(const struct dns *dns);

/* Take in all answers that wait; never blocks. */
void dns_read(struct dns *dns);

/*
 * The name that was most recently answered with this address, without a dot
 * at its end; any bytes, so to be escaped. NULL: none was seen, or so many
 * others since that it is forgotten. Lives until the next dns_read().
 */
const char *dns_name(const struct dns *dns, struct in_addr address);

/*
 * One packet, as the socket gives it: from the IPv4 or IPv6 header on.
 * Public for the tests; anything may be in it.
 */
void dns_packet(struct dns *dns, const void *packet, size_t length);

/* A listener without a socket, for the tests. */
struct dns *dns_create(void);

#endif
