/*
 * report.c - lines for stderr, each built whole and written at once. They are
 * not buffered: lines of several processes do not mix, and a child that ends
 * loses none. The state between calls, a struct report, is stderr's cookie.
 */
#include "system/report.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system/escape.h"
#include "system/fd.h"

/* PIPE_BUF of Linux: a pipe takes that much in one piece. */
#define LINE_SIZE 4096

#define PREFIX "tcpv4connect: "
#define CUT_MARK "..."

/* Wait that long for a slow reader, or a serial line. */
#define TRIES 10
#define TRY_MS 40

/* The text, escaped. What is too long for a line is cut. */
static void write_line(const char *start, const char *text, size_t length)
{
	char line[LINE_SIZE], *at = stpcpy(line, start);
	/* The mark and the newline always find room. */
	const char *limit = line + sizeof(line) - sizeof(CUT_MARK);
	int saved = errno;

	for (; length > 0; length--) {
		char *end = put_ascii(at, *text++);

		if (end > limit) {
			at = stpcpy(at, CUT_MARK);
			break;
		}
		at = end;
	}
	*at++ = '\n';
	/* An error is the stream's affair. */
	(void)fwrite_unlocked(line, 1, at - line, stderr);
	errno = saved;
}

int report_error(const char *format, ...)
{
	char text[LINE_SIZE] = "";
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	write_line(PREFIX, text, strlen(text));
	return -1;
}

void report_lines(const char *text, size_t length)
{
	const char *end = text + length, *newline;

	for (; text < end; text = newline + 1) {
		newline = memchr(text, '\n', end - text);
		if (!newline)
			newline = end;
		write_line("  ", text, newline - text);
	}
}

/* A socket's description is never our own, but a call may say not to wait. */
static ssize_t put(const char *text, size_t size)
{
	ssize_t sent = send(STDERR_FILENO, text, size,
			    MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent >= 0 || errno != ENOTSOCK)
		return sent;
	return write(STDERR_FILENO, text, size);
}

/*
 * Returns how much was taken. A description of our own is tried even without
 * room: a serial line takes some bytes long before poll() calls it writable.
 */
static size_t put_in_time(const struct report *report, const char *text,
			  size_t size)
{
	struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };
	int tries = report->is_stuck ? 1 : TRIES;
	size_t done = 0;

	while (done < size && tries-- > 0) {
		bool has_room = poll(&fd, 1, report->is_stuck ? 0 : TRY_MS) > 0;
		ssize_t taken = 0;

		if (has_room || !report->may_block)
			taken = put(text + done, size - done);
		if (taken > 0)
			done += taken;
		else if (taken < 0 && errno != EAGAIN && errno != EINTR)
			break;
	}
	return done;
}

static bool say_lost(struct report *report)
{
	char line[96];
	size_t length = snprintf(line, sizeof(line), "%s" PREFIX "warning: "
			      "%" PRIu64 " lines were not taken by stderr\n",
			      report->is_cut ? "\n" : "", report->lost);
	size_t done = report->lost ? put_in_time(report, line, length) : length;

	if (done < length) {
		report->is_cut |= done > 0;
		return false;
	}
	report->lost = 0;
	report->is_cut = false;
	return true;
}

static ssize_t write_or_drop(void *cookie, const char *text, size_t size)
{
	struct report *report = cookie;
	size_t done = 0;

	if (say_lost(report))
		done = put_in_time(report, text, size);
	report->is_stuck = done < size;
	report->is_cut |= report->is_stuck && done > 0;
	for (; done < size; done++)
		report->lost += text[done] == '\n';
	/* Claim success, or stdio would call it an error for good. */
	return size;
}

void report_open(struct report *report)
{
	const cookie_io_functions_t functions = { .write = write_or_drop };
	int own_fd = fd_reopen(STDERR_FILENO);

	*report = (struct report){ .before = stderr };
	report->may_block = own_fd < 0 || dup2(own_fd, STDERR_FILENO) < 0;
	fd_close(&own_fd);
	report->stream = fopencookie(report, "w", functions);
	if (report->stream && !setvbuf(report->stream, NULL, _IONBF, 0))
		stderr = report->stream;
}

void report_close(struct report *report)
{
	say_lost(report);
	stderr = report->before;
	if (report->stream)
		fclose(report->stream);
}
