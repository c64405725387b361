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

int stop_signal_open(void)
{
	struct sigaction hangup;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGQUIT);
	if (sigaction(SIGHUP, NULL, &hangup) || hangup.sa_handler != SIG_IGN)
		sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0 || sigprocmask(SIG_BLOCK, &set, NULL))
		return report_error("cannot wait for signals: %s",
				    strerror(errno));
	return fd;
}
