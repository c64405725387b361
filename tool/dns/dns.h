/*
 * dns.h - which name was looked up last for an address, from the answers that
 * pass this host while we trace.
 *
 * A packet socket with a filter in the kernel sees what comes from port 53, UDP
 * and TCP, on every interface of our network namespace, in and out. libresolv
 * parses the messages. An A record's address belongs to the name that was asked
 * for, over any chain of CNAMEs. Nothing is ever sent.
 *
 * Answers come by TCP if UDP is too small for them (more than 28 addresses), or
 * if resolv.conf says use-vc. Those count that one segment holds whole, at its
 * start or behind others, as servers write them: no streams are put together.
 *
 * A name is a hint, not a proof: answers are not matched with questions, so any
 * sender of a packet to this host can forge one.
 */
#pragma once

#include <netinet/in.h>
#include <stddef.h>

struct dns;
struct dns_names;

/*
 * Returns a listener, or NULL with errno: EPERM without CAP_NET_RAW in the user
 * namespace that owns our network namespace, EAFNOSUPPORT if the kernel has no
 * packet sockets. Nothing needs the privilege later. dns_free() takes NULL.
 */
struct dns *dns_open(void);
void dns_free(struct dns *dns);

/* Readable when answers wait; -1 for NULL. Owned by dns. */
int dns_fd(const struct dns *dns);

/*
 * Take in the answers that wait; never blocks. A call stops after 256 packets
 * or 64 KiB, because of floods; dns_fd() stays readable then. Takes NULL.
 */
void dns_read(struct dns *dns);

/*
 * The name of the last answer with this address, as it was asked for, without a
 * dot at its end, 1 to 255 bytes; or NULL (dns_names.h). It may hold bytes that
 * are not printable: glibc writes those as \DDD, other libraries do not. Lives
 * until the next dns_read().
 */
const char *dns_name(const struct dns *dns, struct in_addr address);

/*
 * One packet, from its IPv4 or IPv6 header on; anything may be in it. What is
 * not whole, a fragment, or not from port 53 is ignored, and so are checksums:
 * those of our own packets are not filled in yet. UDP or TCP must follow an
 * IPv6 header at once. Public for the tests.
 */
void dns_packet(struct dns_names *names, const void *packet, size_t length);
