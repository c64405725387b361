/*
 * dns.h - which name was looked up last for an address, from the answers that
 * pass this host while we trace.
 *
 * A packet socket with a filter in the kernel sees what comes from port 53,
 * UDP and TCP, on every interface of our network namespace, in and out. The
 * messages are parsed by the C library's own parser (ns_initparse,
 * libresolv). An address of an A record belongs to the name that was asked
 * for, over any chain of CNAMEs. Nothing is ever sent.
 *
 * TCP streams are not put together. A message over TCP counts if one segment
 * holds it whole and no part of another before it. A resolver turns to TCP for
 * an answer that UDP is too small for (512 or 1232 bytes), and servers write it
 * and its length at once, so nearly all of them are seen.
 *
 * A name is a hint, not a proof: answers are not held against the questions,
 * so that whoever can send a packet to this host can say what he likes here.
 */
#ifndef DNS_H
#define DNS_H

#include <netinet/in.h>
#include <stddef.h>

struct dns;

/*
 * Returns a listener, or NULL with errno (says nothing): EPERM without
 * CAP_NET_RAW in the user namespace that owns our network namespace,
 * EAFNOSUPPORT where the kernel has no packet sockets. Nothing needs the
 * privilege later. dns_free() takes NULL.
 */
struct dns *dns_open(void);
void dns_free(struct dns *dns);

/* Readable when answers wait; -1 with dns_create(). Owned by dns. */
int dns_fd(const struct dns *dns);

/*
 * Take in the answers that wait; never blocks. So that a flood holds nobody
 * up, a call stops after 256 packets or 64 KiB; dns_fd() stays readable
 * then.
 */
void dns_read(struct dns *dns);

/*
 * The name that was most recently answered with this address: in the case it
 * was asked in, without a dot at its end, 1 to 255 bytes. glibc writes bytes
 * that cannot be printed as \DDD; other libraries leave them as they are, so
 * they are to be escaped. NULL: none was seen, or others since have
 * displaced it (dns_names.h). Lives until the next dns_read().
 */
const char *dns_name(const struct dns *dns, struct in_addr address);

/*
 * One packet, as the socket gives it: from the IPv4 or IPv6 header on.
 * Public for the tests; anything may be in it.
 */
void dns_packet(struct dns *dns, const void *packet, size_t length);

/* A listener without a socket, for the tests. NULL: no memory. */
struct dns *dns_create(void);

#endif
