/*
 * storm PROCESSES CONNECTS [ADDRESS PORT] - many connects at the same time.
 *
 * Each process opens CONNECTS non-blocking sockets one after another and
 * connects them to a port, by default one of loopback without a listener. All
 * wait for each other before they begin. Prints how many connect() calls were
 * made.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int connect_all(int connects, const struct sockaddr_in *to)
{
	for (int i = 0; i < connects; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

		if (fd < 0)
			return 1;
		if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) &&
		    errno != EINPROGRESS && errno != ECONNREFUSED)
			return 1;
		close(fd);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int processes = argc > 1 ? atoi(argv[1]) : 24;
	int connects = argc > 2 ? atoi(argv[2]) : 400;
	struct sockaddr_in to = { .sin_family = AF_INET };
	int status, failed = 0, gate[2];
	char byte;

	to.sin_addr.s_addr = inet_addr(argc > 3 ? argv[3] : "127.0.0.1");
	to.sin_port = htons(argc > 4 ? atoi(argv[4]) : 9);
	if (pipe(gate))
		return 1;
	for (int i = 0; i < processes; i++) {
		if (fork())
			continue;
		close(gate[1]);
		/* Until the last process is there and closes the gate. */
		if (read(gate[0], &byte, 1) < 0)
			_exit(1);
		_exit(connect_all(connects, &to));
	}
	close(gate[0]);
	close(gate[1]);
	while (wait(&status) > 0)
		failed |= status;
	printf("%d\n", processes * connects);
	return failed ? 1 : 0;
}
