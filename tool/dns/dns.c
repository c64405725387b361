/*
 * dns.c - a packet socket, and the way of a packet through the other dns_
 * modules: headers, answer, names.
 */
#include "dns/dns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns/dns_answer.h"
#include "dns/dns_headers.h"
#include "dns/dns_names.h"

#define PACKET_SIZE   (40 + 65535)	/* the longest, with IPv6 */
#define PACKETS_MAX   256		/* in one dns_read() */
#define BYTES_MAX     65536
#define RECEIVE_BYTES 262144
#define PREFIX	      2			/* a message's length, with TCP */

struct dns {
	int fd;
	struct dns_names *names;
	uint8_t packet[PACKET_SIZE];
};

/*
 * What dns_headers_parse() takes, as far as the kernel can tell in a few
 * steps: every packet of the machine comes here. The filter of a SOCK_DGRAM
 * socket sees packets from the IP header on (packet_rcv() in
 * net/packet/af_packet.c, Linux 4.4 to 6.18).
 */
static int attach_filter(int fd)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
			 SKF_AD_OFF + SKF_AD_PROTOCOL),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 9, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 13),
		/* IPv4: the protocol, no fragment, the header's length */
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 10),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 8, 0),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JA, 4, 0, 0),
		/* IPv6: the next header */
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 2),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 40),
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

/* No packet comes before the filter is there: without a protocol, none does. */
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
	/* More room is welcome, not needed. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (!attach_filter(fd) &&
	    !bind(fd, (const struct sockaddr *)&everything, sizeof(everything)))
		return fd;
	close(fd);
	return -1;
}

struct dns *dns_create(void)
{
	struct dns *dns = malloc(sizeof(*dns));

	if (!dns)
		return NULL;
	dns->fd = -1;
	dns->names = dns_names_create();
	if (dns->names)
		return dns;
	dns_free(dns);
	errno = ENOMEM;
	return NULL;
}

struct dns *dns_open(void)
{
	struct dns *dns = dns_create();
	int error;

	if (!dns)
		return NULL;
	dns->fd = open_socket();
	if (dns->fd >= 0)
		return dns;
	error = errno;
	dns_free(dns);
	errno = error;
	return NULL;
}

void dns_free(struct dns *dns)
{
	if (!dns)
		return;
	if (dns->fd >= 0)
		close(dns->fd);
	dns_names_free(dns->names);
	free(dns);
}

int dns_fd(const struct dns *dns)
{
	return dns->fd;
}

void dns_read(struct dns *dns)
{
	ssize_t length, bytes = 0;
	int i;

	for (i = 0; i < PACKETS_MAX && bytes < BYTES_MAX; i++) {
		length = recv(dns->fd, dns->packet, sizeof(dns->packet), 0);
		if (length < 0 && errno == EINTR)
			continue;
		/* Nothing waits, or it is told once, as ENETDOWN. */
		if (length < 0)
			return;
		dns_packet(dns, dns->packet, length);
		bytes += length;
	}
}

const char *dns_name(const struct dns *dns, struct in_addr address)
{
	return dns_names_get(dns->names, address);
}

/* Read the messages of a segment, from its start, one after the other. */
static void read_segment(struct dns *dns, const uint8_t *at, size_t left)
{
	size_t length;

	for (; left >= PREFIX; at += length, left -= length) {
		at += PREFIX;
		left -= PREFIX;
		length = at[-2] << 8 | at[-1];
		if (length > left || !dns_answer_read(dns->names, at, length))
			return;
	}
}

void dns_packet(struct dns *dns, const void *packet, size_t length)
{
	struct dns_headers headers;

	if (!dns_headers_parse(&headers, packet, length))
		return;
	if (headers.is_tcp)
		read_segment(dns, headers.payload, headers.length);
	else
		dns_answer_read(dns->names, headers.payload, headers.length);
}
