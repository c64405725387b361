/*
 * connects.c - what a connect() costs the process that makes it.
 *
 *   connects COUNT [PORT [RATE]]
 *
 * Makes COUNT non-blocking connects to a port of loopback, 9 by default, that
 * has no listener, each from a socket of its own, one after another; before
 * those, a tenth as many that are not counted. With a RATE there are that
 * many a second, and the time in between is counted as well. Prints four
 * numbers:
 *
 *   CPU ELAPSED BUSY MEDIAN
 *			nanoseconds for each connect: of this process's own
 *			processor time, as they passed on the clock, that
 *			the processors were not idle; and the median of the
 *			single ones on the clock, nothing in between
 *
 * Making and closing the socket is part of it. The answer of loopback, a
 * refusal, is worked off within the same call. No timer and no other process
 * comes into the median: where a nanosecond is an instruction, it is exact.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
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

/* took: of each connect, on the clock. */
static int connect_all(int count, const struct sockaddr_in *to, int rate,
		       int64_t *took)
{
	int64_t start = nanoseconds(CLOCK_MONOTONIC);

	for (int i = 0; i < count; i++) {
		int fd;

		if (rate)
			sleep_until(start + i * 1000000000LL / rate);
		took[i] = -nanoseconds(CLOCK_MONOTONIC);
		fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (fd < 0)
			return -1;
		if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) &&
		    errno != EINPROGRESS && errno != ECONNREFUSED)
			return -1;
		close(fd);
		took[i] += nanoseconds(CLOCK_MONOTONIC);
	}
	return 0;
}

static int compare(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

static int64_t median(int64_t *values, int count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
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
	int64_t cpu, elapsed, busy, *took = NULL;

	if (count < 1) {
		fprintf(stderr, "usage: connects COUNT [PORT [RATE]]\n");
		return 2;
	}
	took = calloc(count, sizeof(*took));
	if (!took || connect_all(count / 10, &to, rate, took))
		goto failed;
	busy = idle_ns();
	elapsed = nanoseconds(CLOCK_MONOTONIC);
	cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
	if (connect_all(count, &to, rate, took))
		goto failed;
	cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	elapsed = nanoseconds(CLOCK_MONOTONIC) - elapsed;
	busy += elapsed * sysconf(_SC_NPROCESSORS_ONLN) - idle_ns();
	printf("%.1f %.1f %.1f %" PRId64 "\n", (double)cpu / count,
	       (double)elapsed / count, (double)busy / count,
	       median(took, count));
	free(took);
	return 0;
failed:
	fprintf(stderr, "connects: cannot connect: %s\n", strerror(errno));
	free(took);
	return EXIT_FAILURE;
}
