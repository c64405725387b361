/*
 * load PROCESSES FILE - connects without an end, each to a place of its own.
 *
 * Every other connect fails at once, for want of a route to 198.51.100.0/24.
 * The others go to 127.0.0.0/8, where nothing listens. Each is written to
 * FILE.N, by process N, when it is over, so that a row can be held against it:
 *
 *   START END ADDRESS PORT	both on CLOCK_MONOTONIC, in microseconds
 *
 * Prints "ready" when all of them are at it. Ends at SIGTERM, or by itself
 * after five minutes; the files are complete then.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECONDS_MAX   300
#define PROCESSES_MAX 16
#define PAUSE_US      2000
#define PORTS	      30000
#define FIRST_PORT    1024
#define UNREACHABLE   0xc6336401U	/* 198.51.100.1 */
#define LOOPBACK      0x7f010001U	/* 127.1.0.1 */

static volatile sig_atomic_t is_over;

static void end(int number)
{
	(void)number;
	is_over = 1;
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

/* Where the process's connect of that number goes. */
static struct sockaddr_in destination(int process, uint32_t number)
{
	uint32_t half = number / 2, round = half / PORTS;
	struct sockaddr_in to = { .sin_family = AF_INET };

	to.sin_addr.s_addr = htonl(number % 2 ? UNREACHABLE + process :
				   LOOPBACK + (process << 8) + (round << 16));
	to.sin_port = htons(FIRST_PORT + half % PORTS);
	return to;
}

static int connect_once(FILE *log, const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	uint64_t start;

	if (fd < 0)
		return -1;
	start = now_us();
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) &&
	    errno != EINPROGRESS && errno != ECONNREFUSED &&
	    errno != ENETUNREACH)
		return -1;
	fprintf(log, "%llu %llu %s %d\n", (unsigned long long)start,
		(unsigned long long)now_us(), inet_ntoa(to->sin_addr),
		ntohs(to->sin_port));
	close(fd);
	return 0;
}

static int run(int process, const char *path)
{
	FILE *log = fopen(path, "a");

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* Places without a route are as many as there are ports. */
	for (uint32_t n = 0; log && !is_over && n < 2 * PORTS; n++) {
		struct sockaddr_in to = destination(process, n);

		if (connect_once(log, &to))
			return 1;
		usleep(PAUSE_US);
	}
	return log && !fclose(log) ? 0 : 1;
}

static int end_all(const pid_t *pids, int count)
{
	int status, failed = 0;

	for (int i = 0; i < count; i++)
		kill(pids[i], SIGTERM);
	while (wait(&status) > 0)
		failed |= status;
	return failed;
}

int main(int argc, char **argv)
{
	int processes = argc == 3 ? atoi(argv[1]) : 0;
	const struct sigaction action = { .sa_handler = end };
	pid_t pids[PROCESSES_MAX];
	char path[256];

	if (processes < 1 || processes > PROCESSES_MAX)
		return 2;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	for (int i = 0; i < processes; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		snprintf(path, sizeof(path), "%s.%d", argv[2], i);
		_exit(run(i, path));
	}
	printf("ready\n");
	if (fflush(stdout))
		return 1;
	alarm(SECONDS_MAX);
	while (!is_over)
		pause();
	return end_all(pids, processes) ? 1 : 0;
}
