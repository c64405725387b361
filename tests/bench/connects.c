/*
 * connects.c - what a connect() costs the process that makes it.
 *
 *   connects COUNT [PORT [RATE]]
 *
 * Makes COUNT non-blocking connects to a port of loopback, 9 by default, that
 * has no listener, each from a socket of its own, one after another; before
 * those, a tenth as many that are not counted. With a RATE there are that
 * many a second, and the time in between is counted as well. Prints three
 * numbers:
 *
 *   CPU ELAPSED BUSY	nanoseconds for each connect: of this process's own
 *			processor time, as they passed on the clock, and that
 *			the processors were not idle
 *
 * Making and closing the socket is part of it. The answer of loopback, a
 * refusal, is worked off within the same call.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t nanoseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/*
 * Nanoseconds that all processors have been idle, as /proc/timer_list has them
 * (kernel/time/timer_list.c: print_cpu()); 0 for a user who may not read it.
 */
static int64_t idle_ns(void)
{
	FILE *list = fopen("/proc/timer_list", "re");
	char line[256];
	int64_t sum = 0;
	long long ns;

	if (!list)
		return 0;
	while (fgets(line, sizeof(line), list))
		if (sscanf(line, " .idle_sleeptime : %lld", &ns) == 1 ||
		    sscanf(line, " .iowait_sleeptime: %lld", &ns) == 1)
			sum += ns;
	fclose(list);
	return sum;
}

static void sleep_until(int64_t ns)
{
	const struct timespec end = {
		.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000,
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL);
}

static int connect_all(int count, const struct sockaddr_in *to, int rate)
{
	int64_t start = nanoseconds(CLOCK_MONOTONIC);

	for (int i = 0; i < count; i++) {
		int fd;

		if (rate)
			sleep_until(start + i * 1000000000LL / rate);
		fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (fd < 0)
			return -1;
		if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) &&
		    errno != EINPROGRESS && errno != ECONNREFUSED)
			return -1;
		close(fd);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 0;
	int rate = argc > 3 ? atoi(argv[3]) : 0;
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(argc > 2 ? atoi(argv[2]) : 9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int64_t cpu, elapsed, busy;

	if (count < 1) {
		fprintf(stderr, "usage: connects COUNT [PORT [RATE]]\n");
		return 2;
	}
	if (connect_all(count / 10, &to, rate))
		goto failed;
	busy = idle_ns();
	elapsed = nanoseconds(CLOCK_MONOTONIC);
	cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
	if (connect_all(count, &to, rate))
		goto failed;
	cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	elapsed = nanoseconds(CLOCK_MONOTONIC) - elapsed;
	busy += elapsed * sysconf(_SC_NPROCESSORS_ONLN) - idle_ns();
	printf("%.1f %.1f %.1f\n", (double)cpu / count,
	       (double)elapsed / count, (double)busy / count);
	return 0;
failed:
	fprintf(stderr, "connects: cannot connect: %s\n", strerror(errno));
	return EXIT_FAILURE;
}
