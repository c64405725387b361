/*
 * stop_signal.c - blocks the signals and asks for a signalfd. They stay
 * blocked to the end: what was begun is always taken down.
 */
#include "stop_signal.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>

#include "report.h"

/* Those of a crash, those that by default end nothing, those ignored below. */
static const int left_alone[] = {
	SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS,
	SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH,
	SIGPIPE, SIGXFSZ,
};

int stop_signal_open(void)
{
	struct sigaction hangup;
	sigset_t set;
	int fd;

	sigfillset(&set);
	for (size_t i = 0; i < sizeof(left_alone) / sizeof(*left_alone); i++)
		sigdelset(&set, left_alone[i]);
	/* nohup */
	if (!sigaction(SIGHUP, NULL, &hangup) && hangup.sa_handler == SIG_IGN)
		sigdelset(&set, SIGHUP);
	/* A write that fails says so. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0 || sigprocmask(SIG_BLOCK, &set, NULL))
		return report_error("cannot wait for signals: %s",
				    strerror(errno));
	return fd;
}
