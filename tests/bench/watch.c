/*
 * watch.c - start a tracer, tell when its probes are live, and what it took.
 *
 *   watch REPORT PROBES COMMAND [ARGUMENT]...
 *
 * Starts COMMAND and looks at the kernel's list of kprobes, a thousand times a
 * second, until PROBES of them are there and enabled. Then it writes to the
 * file REPORT
 *
 *   pid N		COMMAND's
 *   ready_s SECONDS	from just before exec to the probes
 *
 * and waits for SIGTERM. It passes that on to COMMAND as SIGINT, which every
 * tracer takes for Ctrl-C, and adds, when COMMAND has ended:
 *
 *   probes N		that were in the list at last
 *   wall_s SECONDS	from just before exec to its end
 *   cpu_s SECONDS	user and system time of COMMAND and its children
 *   peak_kb N		resident, of the largest of these processes
 *
 * The list is debugfs's kprobes/list; one look is a walk over 64 short lists.
 * A COMMAND that ends before its probes are there makes this fail. Where PROBES
 * is 0 the list is not looked at, and COMMAND may end when it likes to.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIST "/sys/kernel/debug/kprobes/list"
#define LOOK_MS 1
#define STOP_SECONDS 120
#define AGAIN_SECONDS 10

static int fail(const char *what)
{
	fprintf(stderr, "watch: cannot %s: %s\n", what, strerror(errno));
	return -1;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* Those that are enabled; -1: no list. */
static int count_probes(void)
{
	FILE *list = fopen(LIST, "re");
	char line[512];
	int count = 0;

	if (!list)
		return fail("open " LIST);
	while (fgets(line, sizeof(line), list))
		count += !strstr(line, "[DISABLED]") && !strstr(line, "[GONE]");
	fclose(list);
	return count;
}

static pid_t start(char **command)
{
	sigset_t none;
	pid_t child = fork();

	if (child)
		return child;
	/* A shell's background job has SIGINT ignored. */
	signal(SIGINT, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(command[0], command);
	fail("start the command");
	_exit(127);
}

/* wait_probes: 0 when they are there, -1 where COMMAND or we were ended. */
static int wait_probes(int wanted, int signal_fd)
{
	struct pollfd signals = { .fd = signal_fd, .events = POLLIN };
	int count;

	while ((count = count_probes()) < wanted) {
		if (count < 0)
			return -1;
		if (poll(&signals, 1, LOOK_MS) > 0) {
			fprintf(stderr, "watch: ended with %d probes of %d\n",
				count, wanted);
			return -1;
		}
	}
	return 0;
}

static void wait_signal(int signal_fd)
{
	struct pollfd signals = { .fd = signal_fd, .events = POLLIN };

	while (poll(&signals, 1, -1) < 0 && errno == EINTR)
		;
}

/*
 * Ctrl-C, and once more where that was forgotten: bpftrace 0.17 may overlook
 * one that comes just when its probes are there. What heeds none is killed.
 */
static int end(pid_t child)
{
	double begin = seconds(), next = begin;
	int status;

	while (!waitpid(child, &status, WNOHANG)) {
		if (seconds() >= next) {
			next += AGAIN_SECONDS;
			kill(child, next - begin > STOP_SECONDS ? SIGKILL :
								  SIGINT);
		}
		usleep(10000);
	}
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
		fprintf(stderr, "watch: it did not end\n");
		return -1;
	}
	return 0;
}

static double total(struct timeval one, struct timeval other)
{
	return one.tv_sec + other.tv_sec + (one.tv_usec + other.tv_usec) / 1e6;
}

static void report_end(FILE *report, int probes, double wall)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	fprintf(report, "probes %d\nwall_s %.3f\ncpu_s %.3f\npeak_kb %ld\n",
		probes, wall, total(usage.ru_utime, usage.ru_stime),
		usage.ru_maxrss);
}

static int watch(FILE *report, int wanted, char **command, int signal_fd)
{
	double begin = seconds();
	pid_t child = start(command);
	int result, probes = 0;

	if (child < 0)
		return fail("fork");
	result = wanted ? wait_probes(wanted, signal_fd) : 0;
	if (!result) {
		fprintf(report, "pid %d\nready_s %.4f\n", child,
			seconds() - begin);
		if (fflush(report))
			result = fail("write");
		else
			wait_signal(signal_fd);
	}
	if (wanted)
		probes = count_probes();
	if (end(child))
		result = -1;
	report_end(report, probes, seconds() - begin);
	return result;
}

int main(int argc, char **argv)
{
	FILE *report;
	sigset_t set;
	int signal_fd;

	if (argc < 4) {
		fprintf(stderr, "usage: watch REPORT PROBES COMMAND...\n");
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	report = fopen(argv[1], "we");
	if (signal_fd < 0 || !report)
		return fail("prepare") ? EXIT_FAILURE : 0;
	if (watch(report, atoi(argv[2]), argv + 3, signal_fd))
		return EXIT_FAILURE;
	return fclose(report) ? EXIT_FAILURE : EXIT_SUCCESS;
}
