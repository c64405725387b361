/*
 * compile_load.c - compile the BPF program with libbcc and let the kernel's
 * verifier look at both functions, as tcpv4connect does it in its child
 * process.
 *
 *   compile_load [tcpv4connect's options]
 *
 * Prints one line: libbcc's version and the time it took,
 * or what went wrong. That nothing else gets out of the child to stdout, and
 * that LLVM stays in there, is looked at as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attach/header_tree.h"
#include "attach/loader.h"
#include "attach/program_host.h"
#include "options.h"

#define RUN "c0de1010"

struct attempt {
	struct loader_result result;
	int fds[LOADER_FDS];
	int log_fd;
	int stdout_fd;		/* what stood in for stdout */
};

static int fail(const char *what)
{
	printf("FAIL: cannot %s: %s\n", what, strerror(errno));
	return -1;
}

/* In the child, stdout is a file that has to stay empty. */
static _Noreturn void run_child(const struct loader_job *job,
				const struct attempt *attempt, int socket_fd)
{
	if (dup2(attempt->stdout_fd, STDOUT_FILENO) < 0)
		_exit(1);
	loader_run(job, socket_fd, attempt->log_fd);
	_exit(0);
}

static int run(const struct loader_job *job, struct attempt *attempt)
{
	int sockets[2], received;
	pid_t child;

	attempt->log_fd = memfd_create("log", MFD_CLOEXEC);
	attempt->stdout_fd = memfd_create("stdout", MFD_CLOEXEC);
	if (attempt->log_fd < 0 || attempt->stdout_fd < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return fail("prepare the compiler");
	child = fork();
	if (child < 0)
		return fail("fork");
	if (!child)
		run_child(job, attempt, sockets[1]);
	close(sockets[1]);
	received = loader_receive(sockets[0], &attempt->result, attempt->fds);
	close(sockets[0]);
	waitpid(child, NULL, 0);
	header_tree_sweep();
	return received ? fail("hear of the compiler") : 0;
}

static int check_result(const struct attempt *attempt)
{
	const struct loader_result *result = &attempt->result;
	char text[8192];
	ssize_t length;

	if (!result->error[0])
		return 0;
	printf("FAIL: libbcc %s: %s\n", result->version, result->error);
	length = pread(attempt->log_fd, text, sizeof(text), 0);
	if (length > 0)
		fwrite(text, 1, length, stdout);
	return -1;
}

static int check_stdout(const struct attempt *attempt)
{
	struct stat about;

	if (fstat(attempt->stdout_fd, &about))
		return fail("look at the child's stdout");
	if (!about.st_size)
		return 0;
	printf("FAIL: %ld bytes came out of the child to stdout\n",
	       (long)about.st_size);
	return -1;
}

static int check_maps(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	int result = 0;

	if (!maps)
		return fail("read /proc/self/maps");
	while (!result && fgets(line, sizeof(line), maps))
		if (strstr(line, "libbcc") || strstr(line, "LLVM") ||
		    strstr(line, "clang")) {
			printf("FAIL: in this process: %s", line);
			result = -1;
		}
	fclose(maps);
	return result;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static int compile(const struct options *options)
{
	struct loader_job job = {
		.run = RUN,
		.kernel_headers = options->kernel_headers,
		.source_lines = options->verbose,
	};
	struct attempt attempt = { .log_fd = -1 };
	double start = seconds();
	struct program_host host;
	char *text;

	program_host_init(&host);
	text = program_text(&options->filter, options->show.count,
			    rows_need_details(&options->show),
			    options->original ? NULL : "tcpv4connect:" RUN,
			    &host);
	job.text = text;
	if (!text || run(&job, &attempt) ||
	    check_result(&attempt) || check_stdout(&attempt) || check_maps())
		return -1;
	printf("libbcc %s, %.2f s\n", attempt.result.version,
	       seconds() - start);
	free(text);
	return 0;
}

int main(int argc, char **argv)
{
	struct options options;

	switch (options_parse(&options, argc, argv, stdout, stderr)) {
	case ARGPARSE_INVALID:
		return 2;
	case ARGPARSE_DONE:
		return EXIT_SUCCESS;
	case ARGPARSE_RUN:
		break;
	}
	return compile(&options) ? EXIT_FAILURE : EXIT_SUCCESS;
}
