/*
 * stop_signal.c - blocks the signals to the end, so that all is taken down, and
 * opens a signalfd.
 */
#include "system/stop_signal.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>

#include "system/report.h"

/* Those of a crash, those that by default end nothing, those ignored below. */
static const int left_alone[] = {
	SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS,
	SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH,
	SIGPIPE, SIGXFSZ,
};

/*
 * Ignored at the start, these stay so: nohup ignores SIGHUP, and a shell
 * without job control SIGINT and SIGQUIT for background jobs (POSIX, 2.11 of
 * Shell Command Language).
 */
static const int left_ignored[] = { SIGHUP, SIGINT, SIGQUIT };

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static bool is_ignored(int number)
{
	struct sigaction action;

	return !sigaction(number, NULL, &action) &&
	       action.sa_handler == SIG_IGN;
}

int stop_signal_open(void)
{
	sigset_t set;
	int fd;

	sigfillset(&set);
	for (size_t i = 0; i < LENGTH(left_alone); i++)
		sigdelset(&set, left_alone[i]);
	for (size_t i = 0; i < LENGTH(left_ignored); i++)
		if (is_ignored(left_ignored[i]))
			sigdelset(&set, left_ignored[i]);
	/* A write that fails says so. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0 || sigprocmask(SIG_BLOCK, &set, NULL))
		return report_error("cannot wait for signals: %s",
				    strerror(errno));
	return fd;
}
