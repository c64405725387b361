/*
 * attempt [OPTION]... ADDRESS PORT - one connect() of the kind that is asked
 * for, and what came of it.
 *
 *   -b ADDRESS  bind the socket to this address first
 *   -c COUNT    so many calls, each with a socket of its own (1), which stay
 *               open until the last one
 *   -d          sendto() with MSG_FASTOPEN instead of connect()
 *   -f FAMILY   the family in the address: this number
 *   -l LENGTH   the address's length
 *   -n          a non-blocking socket
 *   -o          set TCP_FASTOPEN_CONNECT, and send a byte afterwards
 *   -r          call connect() once more on the same socket
 *
 * Prints a line for each call: the process id, what the call gave (a name
 * like ENETUNREACH, or 0), and the address that the socket has afterwards.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef TCP_FASTOPEN_CONNECT
#define TCP_FASTOPEN_CONNECT 30	/* Linux 4.11 */
#endif

struct attempt {
	struct sockaddr_in to;
	struct sockaddr_in from;
	socklen_t length;
	bool has_source, by_sendto, is_nonblocking, is_deferred, is_repeated;
};

static const char *name_of(int error)
{
	static const struct {
		int error;
		const char *name;
	} known[] = {
		{ 0, "0" },
		{ EADDRNOTAVAIL, "EADDRNOTAVAIL" },
		{ EAFNOSUPPORT, "EAFNOSUPPORT" },
		{ EALREADY, "EALREADY" },
		{ ECONNREFUSED, "ECONNREFUSED" },
		{ EINPROGRESS, "EINPROGRESS" },
		{ EINVAL, "EINVAL" },
		{ EISCONN, "EISCONN" },
		{ ENETUNREACH, "ENETUNREACH" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].error == error)
			return known[i].name;
	return strerror(error);
}

static void print_result(int fd, int error)
{
	struct sockaddr_in own = { 0 };
	socklen_t length = sizeof(own);

	getsockname(fd, (struct sockaddr *)&own, &length);
	printf("%d %s %s\n", getpid(), name_of(error),
	       inet_ntoa(own.sin_addr));
}

static void call(const struct attempt *attempt, int fd)
{
	const struct sockaddr *to = (const struct sockaddr *)&attempt->to;
	ssize_t result;

	if (attempt->by_sendto)
		result = sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, to,
				attempt->length);
	else
		result = connect(fd, to, attempt->length);
	print_result(fd, result < 0 ? errno : 0);
}

static int make(const struct attempt *attempt)
{
	int fd = socket(AF_INET, SOCK_STREAM |
			(attempt->is_nonblocking ? SOCK_NONBLOCK : 0), 0);
	int one = 1;

	if (fd < 0)
		return -1;
	if (attempt->has_source &&
	    bind(fd, (const struct sockaddr *)&attempt->from,
		 sizeof(attempt->from)))
		return -1;
	if (attempt->is_deferred &&
	    setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one,
		       sizeof(one)))
		return -1;
	call(attempt, fd);
	if (attempt->is_repeated)
		call(attempt, fd);
	if (attempt->is_deferred && send(fd, "x", 1, MSG_NOSIGNAL) != 1)
		return -1;
	return 0;
}

static int parse(struct attempt *attempt, int *count, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "b:c:df:l:nor")) != -1) {
		switch (option) {
		case 'b':
			attempt->has_source = true;
			attempt->from.sin_addr.s_addr = inet_addr(optarg);
			break;
		case 'c':
			*count = atoi(optarg);
			break;
		case 'd':
			attempt->by_sendto = true;
			break;
		case 'f':
			attempt->to.sin_family = atoi(optarg);
			break;
		case 'l':
			attempt->length = atoi(optarg);
			break;
		case 'n':
			attempt->is_nonblocking = true;
			break;
		case 'o':
			attempt->is_deferred = true;
			break;
		case 'r':
			attempt->is_repeated = true;
			break;
		default:
			return -1;
		}
	}
	return argc - optind == 2 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct attempt attempt = {
		.to = { .sin_family = AF_INET },
		.from = { .sin_family = AF_INET },
		.length = sizeof(struct sockaddr_in),
	};
	int count = 1;

	if (parse(&attempt, &count, argc, argv))
		return 2;
	attempt.to.sin_addr.s_addr = inet_addr(argv[optind]);
	attempt.to.sin_port = htons(atoi(argv[optind + 1]));
	for (int i = 0; i < count; i++) {
		if (make(&attempt)) {
			perror("attempt");
			return 1;
		}
	}
	return 0;
}
