/*
 * dns_headers.c - reads IPv4 (RFC 791), IPv6 (RFC 8200), UDP (RFC 768) and
 * TCP (RFC 9293) headers byte by byte, as nothing in a packet is aligned.
 */
#include "dns/dns_headers.h"

#include <netinet/in.h>

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define UDP_HEADER  8
#define TCP_HEADER  20

/* What is still to be read. */
struct rest {
	const uint8_t *at;
	size_t length;
	uint8_t protocol;
};

static uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static bool read_ipv4(struct rest *rest)
{
	const uint8_t *ip = rest->at;
	size_t header, total;

	if (rest->length < IPV4_HEADER)
		return false;
	header = (ip[0] & 15) * sizeof(uint32_t);
	total = get16(ip + 2);
	if (header < IPV4_HEADER || total < header || total > rest->length)
		return false;
	/* More fragments, or not the first one. */
	if (get16(ip + 6) & 0x3fff)
		return false;
	rest->protocol = ip[9];
	rest->at += header;
	rest->length = total - header;
	return true;
}

static bool read_ipv6(struct rest *rest)
{
	const uint8_t *ip = rest->at;
	size_t length;

	if (rest->length < IPV6_HEADER)
		return false;
	length = get16(ip + 4);
	if (length > rest->length - IPV6_HEADER)
		return false;
	rest->protocol = ip[6];
	rest->at += IPV6_HEADER;
	rest->length = length;
	return true;
}

static bool read_udp(struct rest *rest)
{
	size_t length;

	if (rest->length < UDP_HEADER)
		return false;
	length = get16(rest->at + 4);
	if (length < UDP_HEADER || length > rest->length)
		return false;
	rest->at += UDP_HEADER;
	rest->length = length - UDP_HEADER;
	return true;
}

static bool read_tcp(struct rest *rest)
{
	const uint8_t *tcp = rest->at;
	size_t header;

	if (rest->length < TCP_HEADER)
		return false;
	header = (tcp[12] >> 4) * sizeof(uint32_t);
	if (header < TCP_HEADER || header > rest->length)
		return false;
	rest->at += header;
	rest->length -= header;
	return true;
}

static bool read_ip(struct rest *rest)
{
	if (!rest->length)
		return false;
	switch (rest->at[0] >> 4) {
	case 4:
		return read_ipv4(rest);
	case 6:
		return read_ipv6(rest);
	}
	return false;
}

static bool read_transport(struct dns_headers *headers, struct rest *rest)
{
	if (rest->length < 2 || get16(rest->at) != DNS_PORT)
		return false;
	headers->is_tcp = rest->protocol == IPPROTO_TCP;
	switch (rest->protocol) {
	case IPPROTO_UDP:
		return read_udp(rest);
	case IPPROTO_TCP:
		return read_tcp(rest);
	}
	return false;
}

bool dns_headers_parse(struct dns_headers *headers, const uint8_t *packet,
		       size_t length)
{
	struct rest rest = {.at = packet, .length = length};

	if (!read_ip(&rest) || !read_transport(headers, &rest))
		return false;
	headers->payload = rest.at;
	headers->length = rest.length;
	return true;
}
