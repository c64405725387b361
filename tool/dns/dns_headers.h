/* dns_headers.h - the IP and UDP or TCP headers before a DNS message. */
#ifndef DNS_HEADERS_H
#define DNS_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_PORT 53

struct dns_headers {
	bool is_tcp;
	const uint8_t *payload; /* within the packet */
	size_t length;
};

/*
 * packet begins with the IPv4 or IPv6 header; what follows the length that
 * this header tells is the link's padding. Returns false for what is not
 * whole, a fragment, neither UDP nor TCP, or not from port 53. An IPv6 header
 * must be followed by UDP or TCP at once. Checksums are not looked at: those
 * of our own packets are not filled in yet.
 */
bool dns_headers_parse(struct dns_headers *headers, const uint8_t *packet,
		       size_t length);

#endif
