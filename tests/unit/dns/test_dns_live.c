/*
 * test_dns_live.c - the packet socket and its filter see answers that pass an
 * interface, and nothing else. In a network namespace of its own, so that
 * nothing of this host is touched. Skipped where there can be none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dns/dns.h"

#define SKIPPED	     77
#define PORT	     5300	/* of who asked */
#define FLOOD	     1000
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "www.example" is 192.0.2.(the last byte); behind its length, for TCP. */
static const uint8_t answer[] = {
	0,   45,  0,   1,   0x81, 0x80, 0,    1,    0,    1,   0,   0,
	0,   0,   3,   'w', 'w',  'w',  7,    'e',  'x',  'a', 'm', 'p',
	'l', 'e', 0,   0,   1,    0,    1,    0xc0, 12,   0,   1,   0,
	1,   0,   0,   1,   44,   0,    4,    192,  0,    2,   1,
};

#define MESSAGE	       (answer + 2)
#define MESSAGE_LENGTH (sizeof(answer) - 2)

/* Any address of this host. */
union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static union address loopback(int family, in_port_t port)
{
	union address address = {.any.sa_family = family};

	if (family == AF_INET) {
		address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		address.v4.sin_port = htons(port);
	} else {
		address.v6.sin6_addr = in6addr_loopback;
		address.v6.sin6_port = htons(port);
	}
	return address;
}

/* A socket with that port, or -1 where there is no such family. */
static int bound_socket(int family, int type, in_port_t port)
{
	union address address = loopback(family, port);
	int fd = socket(family, type | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!bind(fd, &address.any, sizeof(address)))
		return fd;
	close(fd);
	return -1;
}

static struct dns *listener(void)
{
	struct dns *dns = dns_open();

	assert_non_null(dns);
	assert_true(dns_fd(dns) >= 0);
	return dns;
}

static bool is_readable(const struct dns *dns, int timeout_ms)
{
	struct pollfd fd = {.fd = dns_fd(dns), .events = POLLIN};

	return poll(&fd, 1, timeout_ms) == 1;
}

/* How many packets the filter passed since this was asked last. */
static unsigned packets_passed(const struct dns *dns)
{
	struct tpacket_stats stats;
	socklen_t length = sizeof(stats);

	assert_int_equal(getsockopt(dns_fd(dns), SOL_PACKET, PACKET_STATISTICS,
				    &stats, &length),
			 0);
	return stats.tp_packets;
}

static const char *name_of(const struct dns *dns, unsigned last)
{
	return dns_name(dns, (struct in_addr){htonl(0xc0000200 | last)});
}

/* The name comes within a few seconds. */
static void check_name(struct dns *dns, unsigned last)
{
	while (!name_of(dns, last)) {
		assert_true(is_readable(dns, 5000));
		dns_read(dns);
	}
	assert_string_equal(name_of(dns, last), "www.example");
}

static void send_to(int fd, int family, const void *bytes, size_t length)
{
	union address address = loopback(family, PORT);

	assert_int_equal(sendto(fd, bytes, length, 0, &address.any,
				sizeof(address)),
			 length);
}

static void check_udp(int family)
{
	int from = bound_socket(family, SOCK_DGRAM, 53);
	int to = bound_socket(family, SOCK_DGRAM, PORT);
	struct dns *dns;

	if (from < 0) {
		print_message("skipped: no address of family %d\n", family);
		return;
	}
	dns = listener();
	assert_false(is_readable(dns, 0));
	dns_read(dns);
	send_to(from, family, MESSAGE, MESSAGE_LENGTH);
	check_name(dns, 1);
	dns_free(dns);
	close(from);
	close(to);
}

static void test_udp(void **state)
{
	(void)state;
	check_udp(AF_INET);
	check_udp(AF_INET6);
}

/* An IPv4 header of 36 bytes. */
static void test_ip_options(void **state)
{
	static const uint8_t nops[16] = {1, 1, 1, 1, 1, 1, 1, 1,
					 1, 1, 1, 1, 1, 1, 1, 0};
	int from = bound_socket(AF_INET, SOCK_DGRAM, 53);
	struct dns *dns = listener();

	(void)state;
	assert_int_equal(setsockopt(from, IPPROTO_IP, IP_OPTIONS, nops,
				    sizeof(nops)),
			 0);
	send_to(from, AF_INET, MESSAGE, MESSAGE_LENGTH);
	check_name(dns, 1);
	dns_free(dns);
	close(from);
}

/*
 * A connection that both ends hold, the server's first. Each send() there is a
 * segment.
 */
static void connect_pair(int family, int pair[2])
{
	union address address = loopback(family, 53);
	int server = bound_socket(family, SOCK_STREAM, 53), on = 1;

	assert_true(server >= 0);
	assert_int_equal(listen(server, 1), 0);
	pair[1] = bound_socket(family, SOCK_STREAM, 0);
	assert_int_equal(connect(pair[1], &address.any, sizeof(address)), 0);
	pair[0] = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	assert_true(pair[0] >= 0);
	assert_int_equal(setsockopt(pair[0], IPPROTO_TCP, TCP_NODELAY, &on,
				    sizeof(on)), 0);
	close(server);
}

static void send_all(int fd, const uint8_t *bytes, size_t length)
{
	assert_int_equal(send(fd, bytes, length, 0), length);
}

/* Whether the connection was there before us makes no difference. */
static void check_tcp(int family, bool start_seen)
{
	struct dns *dns = start_seen ? listener() : NULL;
	uint8_t second[sizeof(answer)];
	int pair[2];

	connect_pair(family, pair);
	if (!dns)
		dns = listener();
	memcpy(second, answer, sizeof(answer));
	second[sizeof(answer) - 1] = 2;
	send_all(pair[0], answer, 20);
	send_all(pair[0], answer + 20, sizeof(answer) - 20);
	send_all(pair[0], second, sizeof(second));
	check_name(dns, 2);
	assert_null(name_of(dns, 1));
	send_all(pair[0], answer, sizeof(answer));
	check_name(dns, 1);
	close(pair[0]);
	close(pair[1]);
	dns_free(dns);
}

static void test_tcp(void **state)
{
	int has_ipv6 = bound_socket(AF_INET6, SOCK_STREAM, 53);

	(void)state;
	check_tcp(AF_INET, true);
	check_tcp(AF_INET, false);
	if (has_ipv6 >= 0) {
		close(has_ipv6);
		check_tcp(AF_INET6, true);
	}
}

/*
 * After what the filter should have refused, something that it passes: that
 * one alone was passed, going out and coming in.
 */
static void check_nothing_passed(struct dns *dns, int from)
{
	unsigned passed = 0;
	int tries;

	send_to(from, AF_INET, MESSAGE, MESSAGE_LENGTH);
	for (tries = 0; passed < 2 && tries < 500; tries++) {
		passed += packets_passed(dns);
		if (passed < 2)
			poll(NULL, 0, 10);
	}
	assert_int_equal(passed, 2);
	check_name(dns, 1);
}

static void test_other_ports(void **state)
{
	static const in_port_t ports[] = {54, 52, 309, 13568, 853, 5353};
	int good = bound_socket(AF_INET, SOCK_DGRAM, 53), from;
	struct dns *dns = listener();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ports); i++) {
		from = bound_socket(AF_INET, SOCK_DGRAM, ports[i]);
		assert_true(from >= 0);
		send_to(from, AF_INET, MESSAGE, MESSAGE_LENGTH);
		close(from);
	}
	check_nothing_passed(dns, good);
	dns_free(dns);
	close(good);
}

static void configure(unsigned long request, struct ifreq *change)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(change->ifr_name, "lo");
	if (fd < 0 || ioctl(fd, request, change)) {
		perror("cannot set up lo");
		exit(EXIT_FAILURE);
	}
	close(fd);
}

/* Larger than the link takes; the first fragment would tell port 53. */
static void test_fragments(void **state)
{
	static const uint8_t bytes[5000];
	int from = bound_socket(AF_INET, SOCK_DGRAM, 53);
	struct dns *dns = listener();
	struct ifreq change = {.ifr_mtu = 1500};

	(void)state;
	configure(SIOCSIFMTU, &change);
	send_to(from, AF_INET, bytes, sizeof(bytes));
	check_nothing_passed(dns, from);
	change.ifr_mtu = 65536;
	configure(SIOCSIFMTU, &change);
	close(from);
	dns_free(dns);
}

/* A call ends though more is there, and the next ones take it. */
static void test_flood(void **state)
{
	int from = bound_socket(AF_INET, SOCK_DGRAM, 53);
	struct dns *dns = listener();
	int i;

	(void)state;
	for (i = 0; i < FLOOD; i++)
		send_to(from, AF_INET, MESSAGE, MESSAGE_LENGTH);
	/* What there was no room for was dropped, and is counted here. */
	assert_true(packets_passed(dns) >= FLOOD);
	dns_read(dns);
	assert_true(is_readable(dns, 0));
	check_name(dns, 1);
	while (is_readable(dns, 100))
		dns_read(dns);
	dns_free(dns);
	close(from);
}

/* In a child, as there is no way back. */
static void test_no_privilege(void **state)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2];
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (!pid) {
		memset(none, 0, sizeof(none));
		if (syscall(SYS_capset, &header, none))
			_exit(1);
		_exit(dns_open() || errno != EPERM ? 2 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_ip_options),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_other_ports),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_no_privilege),
	};
	struct ifreq change = {.ifr_flags = IFF_UP};

	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
		printf("skipped: no network namespace of our own: %s\n",
		       strerror(errno));
		return SKIPPED;
	}
	configure(SIOCSIFFLAGS, &change);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
