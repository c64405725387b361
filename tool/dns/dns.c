/*
 * dns.c - a packet socket, and what stands before a DNS message in a packet:
 * IPv4 (RFC 791), IPv6 (RFC 8200), UDP (RFC 768) and TCP (RFC 9293) headers.
 * They are read byte by byte, as nothing in a packet is aligned.
 */
#include "dns/dns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns/dns_answer.h"
#include "dns/dns_names.h"

#define DNS_PORT      53
#define IPV4_HEADER   20
#define IPV6_HEADER   40
#define UDP_HEADER    8
#define TCP_HEADER    20
#define PREFIX	      2			/* a message's length, with TCP */
#define PACKET_SIZE   (40 + 65535)	/* the longest, with IPv6 */
#define PACKETS_MAX   256		/* in one dns_read() */
#define BYTES_MAX     65536
#define RECEIVE_BYTES 262144

struct dns {
	int fd;
	struct dns_names names;
	uint8_t packet[PACKET_SIZE];
};

/* What is still to be read. */
struct rest {
	const uint8_t *at;
	size_t length;
};

/*
 * What may come from port 53, in few steps: every packet of the machine comes
 * here, and dns_packet() looks again. A SOCK_DGRAM socket's filter sees packets
 * from the IP header on (packet_rcv() in net/packet/af_packet.c, Linux 4.4 to
 * 6.18).
 */
static int attach_filter(int fd)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
			 SKF_AD_OFF + SKF_AD_PROTOCOL),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 7),
		/* IPv4: no fragment; the port is behind the options */
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 5, 0),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
		/* IPv6 */
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, IPV6_HEADER),
		/* the source port */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DNS_PORT, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, PACKET_SIZE),
	};
	struct sock_fprog program = {
		.len = sizeof(steps) / sizeof(steps[0]),
		.filter = steps,
	};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program));
}

/* Without a protocol no packet comes before the filter is there. */
static int open_socket(void)
{
	const struct sockaddr_ll everything = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
	};
	int fd, bytes = RECEIVE_BYTES;

	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (!attach_filter(fd) &&
	    !bind(fd, (const struct sockaddr *)&everything, sizeof(everything)))
		return fd;
	close(fd);
	return -1;
}

struct dns *dns_open(void)
{
	int fd = open_socket();
	struct dns *dns = fd < 0 ? NULL : calloc(1, sizeof(*dns));

	if (dns)
		dns->fd = fd;
	else if (fd >= 0)
		close(fd);
	return dns;
}

void dns_free(struct dns *dns)
{
	if (dns)
		close(dns->fd);
	free(dns);
}

int dns_fd(const struct dns *dns)
{
	return dns ? dns->fd : -1;
}

void dns_read(struct dns *dns)
{
	ssize_t length, bytes = 0;

	if (!dns)
		return;
	for (int i = 0; i < PACKETS_MAX && bytes < BYTES_MAX; i++) {
		length = recv(dns->fd, dns->packet, sizeof(dns->packet), 0);
		if (length < 0 && errno == EINTR)
			continue;
		/* Nothing waits, or it is told once, as ENETDOWN. */
		if (length < 0)
			return;
		dns_packet(&dns->names, dns->packet, length);
		bytes += length;
	}
}

const char *dns_name(const struct dns *dns, struct in_addr address)
{
	return dns_names_get(&dns->names, address);
}

static uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

/* Go behind a header; with it total bytes are there, before any padding. */
static bool skip(struct rest *rest, size_t header, size_t total)
{
	if (header > total || total > rest->length)
		return false;
	rest->at += header;
	rest->length = total - header;
	return true;
}

static bool skip_ip(struct rest *rest, uint8_t *protocol)
{
	const uint8_t *ip = rest->at;
	size_t header;

	if (rest->length >= IPV4_HEADER && ip[0] >> 4 == 4) {
		header = (ip[0] & 15) * sizeof(uint32_t);
		*protocol = ip[9];
		/* More fragments, or not the first one. */
		if (header < IPV4_HEADER || get16(ip + 6) & 0x3fff)
			return false;
		return skip(rest, header, get16(ip + 2));
	}
	if (rest->length < IPV6_HEADER || ip[0] >> 4 != 6)
		return false;
	*protocol = ip[6];
	return skip(rest, IPV6_HEADER, IPV6_HEADER + get16(ip + 4));
}

static bool skip_tcp(struct rest *rest)
{
	size_t header;

	if (rest->length < TCP_HEADER)
		return false;
	header = (rest->at[12] >> 4) * sizeof(uint32_t);
	return header >= TCP_HEADER && skip(rest, header, rest->length);
}

/* Read the messages of a segment, from its start, one after the other. */
static void read_segment(struct dns_names *names, const struct rest *segment)
{
	const uint8_t *at = segment->at, *end = at + segment->length;
	size_t length;

	for (; end - at >= PREFIX; at += length) {
		length = get16(at);
		at += PREFIX;
		if (length > (size_t)(end - at) ||
		    !dns_answer_read(names, at, length))
			return;
	}
}

void dns_packet(struct dns_names *names, const void *packet, size_t length)
{
	struct rest rest = { packet, length };
	uint8_t protocol;

	if (!skip_ip(&rest, &protocol) || rest.length < UDP_HEADER ||
	    get16(rest.at) != DNS_PORT)
		return;
	if (protocol == IPPROTO_UDP &&
	    skip(&rest, UDP_HEADER, get16(rest.at + 4)))
		(void)dns_answer_read(names, rest.at, rest.length);
	else if (protocol == IPPROTO_TCP && skip_tcp(&rest))
		read_segment(names, &rest);
}
