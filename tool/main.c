/*
 * main.c - reads the command line, does what it asks for, and chooses the exit
 * status: 0 it ended normally, 1 it failed, 2 usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "options.h"
#include "session.h"
#include "system/report.h"

#define EXIT_USAGE 2

/*
 * A standard descriptor that is closed would become whatever we open next,
 * and be written to as stdout or stderr. /dev/null takes its place, open for
 * reading, so that a write still fails the way it would have.
 */
static int fill_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return report_error("cannot open /dev/null: %s",
				    strerror(errno));
	close(fd);
	return 0;
}

/* What stdio still holds for stdout: the help, or the program's text. */
static int flush_stdout(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	return report_error("cannot write to stdout: %s", strerror(errno));
}

static int run_command(int argc, char **argv)
{
	struct options options;
	int result = 0;

	switch (options_parse(&options, argc, argv, stdout, stderr)) {
	case ARGPARSE_INVALID:
		return EXIT_USAGE;
	case ARGPARSE_DONE:
		break;
	case ARGPARSE_RUN:
		result = options.check ? check_run(&options) :
					 session_run(&options);
	}
	return flush_stdout() || result ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct report report;
	int status;

	if (fill_standard_fds())
		return EXIT_FAILURE;
	report_open(&report);
	status = run_command(argc, argv);
	report_close(&report);
	return status;
}
