/* output.c - a stdio stream on top of poll and write. */
#include "show/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/fd.h"
#include "system/report.h"

#define BUFFER_SIZE 65536
#define LAST_WAIT_MS 500	/* for a reader that may just be slow */
#define REFUSED_WAIT_MS 10

/* Wait for room. Once a stop is asked for, only a little longer. */
static int wait_for_room(const struct output *output)
{
	struct pollfd fds[] = {
		{ .fd = output->fd, .events = POLLOUT },
		{ .fd = output->stop_fd, .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return -1;
	if (fds[0].revents || poll(fds, 1, LAST_WAIT_MS) > 0)
		return 0;
	errno = ECANCELED;
	return -1;
}

/* There was room, but not enough. */
static void wait_after_refusal(struct output *output)
{
	struct pollfd fd = { .fd = output->stop_fd, .events = POLLIN };

	if (poll(&fd, 1, REFUSED_WAIT_MS) > 0)
		output_fail(output, ECANCELED);
}

/* All marked rows have left the stream; those that end after done are lost. */
static void settle_marks(struct output *output, uint64_t done)
{
	for (size_t i = 0; i < output->mark_count; i++)
		if (output->marks[i].end > done)
			output->rows_lost += output->marks[i].rows;
	output->mark_count = 0;
}

void output_mark(struct output *output, uint64_t rows)
{
	if (output->mark_count == OUTPUT_MARKS)
		(void)output_flush(output);
	if (output->error)
		output->rows_lost += rows;
	else
		output->marks[output->mark_count++] = (struct output_mark){
			output->taken + __fpending(output->stream), rows,
		};
}

uint64_t output_rows_lost(struct output *output)
{
	(void)output_flush(output);
	return output->rows_lost;
}

void output_fail(struct output *output, int error)
{
	if (!output->error)
		output->error = error;
}

/*
 * A pipe with room takes PIPE_BUF bytes without blocking (pipe(7)), unless
 * another process writes to it too.
 */
static ssize_t write_part(const struct output *output, const char *text,
			  size_t size)
{
	if (!output->is_file && size > PIPE_BUF)
		size = PIPE_BUF;
	if (!output->is_file && wait_for_room(output))
		return -1;
	if (output->is_socket)
		return send(output->fd, text, size, MSG_DONTWAIT);
	return write(output->fd, text, size);
}

static ssize_t write_all(void *cookie, const char *text, size_t size)
{
	struct output *output = cookie;
	size_t done = 0;

	while (done < size && !output->error) {
		ssize_t written = write_part(output, text + done, size - done);

		if (written >= 0)
			done += written;
		else if (errno == EAGAIN)
			wait_after_refusal(output);
		else if (errno != EINTR)
			output_fail(output, errno);
	}
	settle_marks(output, output->taken + done);
	output->taken += size;
	/* Claim success, or stdio would keep it and try for ever. */
	return size;
}

/* Rather than at the first row. */
static int check_writable(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY)
		return 0;
	errno = EBADF;
	return -1;
}

int output_open(struct output *output, int fd, int stop_fd)
{
	const cookie_io_functions_t functions = { .write = write_all };
	struct stat about;

	*output = (struct output)OUTPUT_NONE;
	output->stop_fd = stop_fd;
	if (check_writable(fd) || fstat(fd, &about))
		return report_error("cannot write to stdout: %s",
				    strerror(errno));
	output->is_file = S_ISREG(about.st_mode);
	output->is_socket = S_ISSOCK(about.st_mode);
	output->own_fd = fd_reopen(fd);
	output->fd = output->own_fd >= 0 ? output->own_fd : fd;
	output->stream = fopencookie(output, "w", functions);
	if (!output->stream ||
	    setvbuf(output->stream, NULL, _IOFBF, BUFFER_SIZE)) {
		report_error("cannot prepare stdout: %s", strerror(errno));
		output_close(output);
		return -1;
	}
	return 0;
}

int output_flush(struct output *output)
{
	/* Writing has kept the error. */
	(void)fflush(output->stream);
	return output->error ? -1 : 0;
}

void output_close(struct output *output)
{
	if (output->stream)
		fclose(output->stream);
	output->stream = NULL;
	fd_close(&output->own_fd);
}
