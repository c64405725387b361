/*
 * test_report.c - lines on stderr: escaped, bounded, each in one write, and
 * dropped where they are not taken.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "system/report.h"

#define LINE_MAX_BYTES 4096

/*
 * A pipe in packet mode stands in for stderr: every read gives what one
 * write gave.
 */
struct capture {
	int saved, reader;
	char text[2 * LINE_MAX_BYTES];
};

static void capture_start(struct capture *capture)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_DIRECT | O_NONBLOCK), 0);
	capture->reader = ends[0];
	capture->saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	assert_true(capture->saved >= 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	close(ends[1]);
}

static void capture_stop(struct capture *capture)
{
	dup2(capture->saved, STDERR_FILENO);
	close(capture->saved);
}

/* The next write, as a string in capture->text; "" where there is none. */
static const char *capture_next(struct capture *capture)
{
	ssize_t got = read(capture->reader, capture->text,
			   sizeof(capture->text) - 1);

	capture->text[got > 0 ? got : 0] = '\0';
	return capture->text;
}

static void capture_end(struct capture *capture)
{
	assert_string_equal(capture_next(capture), "");
	close(capture->reader);
}

static void test_error(void **state)
{
	struct capture capture;
	int value, error;

	(void)state;
	capture_start(&capture);
	errno = ENOENT;
	value = report_error("cannot open %s: %m", "/x");
	error = errno;
	capture_stop(&capture);

	assert_int_equal(value, -1);
	assert_int_equal(error, ENOENT);
	assert_string_equal(capture_next(&capture),
			    "tcpv4connect: cannot open /x: "
			    "No such file or directory\n");
	capture_end(&capture);
}

static void test_warning(void **state)
{
	struct capture capture;

	(void)state;
	capture_start(&capture);
	report_warning("%d events lost", 3);
	capture_stop(&capture);

	assert_string_equal(capture_next(&capture),
			    "tcpv4connect: warning: 3 events lost\n");
	capture_end(&capture);
}

static void test_escapes(void **state)
{
	struct capture capture;

	(void)state;
	capture_start(&capture);
	report_error("a\nb\tc\r\033[1m\x7f\xc3\xa9\\~ z\n");
	report_error("%s", "");
	capture_stop(&capture);

	assert_string_equal(capture_next(&capture),
			    "tcpv4connect: a\\nb\\tc\\r\\x1b[1m\\x7f"
			    "\\xc3\\xa9\\~ z\\n\n");
	assert_string_equal(capture_next(&capture), "tcpv4connect: \n");
	capture_end(&capture);
}

/* A line that is too long ends in dots, in whole escapes, in a newline. */
static void assert_cut(const char *line, const char *before)
{
	size_t length = strlen(line);

	assert_in_range(length, LINE_MAX_BYTES - 8, LINE_MAX_BYTES);
	assert_string_equal(line + length - strlen("...\n"), "...\n");
	assert_memory_equal(line + length - strlen("...\n") - strlen(before),
			    before, strlen(before));
}

static void test_long_lines(void **state)
{
	static char text[3 * LINE_MAX_BYTES];
	struct capture capture;

	(void)state;
	capture_start(&capture);
	memset(text, 'a', sizeof(text) - 1);
	report_error("%s", text);
	memset(text, '\001', sizeof(text) - 1);
	report_error("%s", text);
	report_error("b%s", text);
	report_error("cc%s", text);
	report_lines(text, sizeof(text) - 1);
	capture_stop(&capture);

	assert_cut(capture_next(&capture), "aaaa");
	assert_cut(capture_next(&capture), "\\x01");
	assert_cut(capture_next(&capture), "\\x01");
	assert_cut(capture_next(&capture), "\\x01");
	assert_cut(capture_next(&capture), "\\x01");
	capture_end(&capture);
}

static void test_exact_room(void **state)
{
	static const char begin[] = "tcpv4connect: ";
	char text[LINE_MAX_BYTES];
	struct capture capture;
	size_t room = LINE_MAX_BYTES - strlen("...\n") - strlen(begin);

	(void)state;
	memset(text, 'a', sizeof(text));
	text[room] = '\0';
	capture_start(&capture);
	report_error("%s", text);
	report_error("%sa", text);
	capture_stop(&capture);

	capture_next(&capture);
	assert_int_equal(strlen(capture.text), LINE_MAX_BYTES - 3);
	assert_null(strchr(capture.text, '.'));
	assert_cut(capture_next(&capture), "aaaa");
	capture_end(&capture);
}

static void test_lines(void **state)
{
	static const char text[] = "one:1:\terror\n\ntwo\0\n  ^\nlast";
	struct capture capture;

	(void)state;
	capture_start(&capture);
	report_lines(text, sizeof(text) - 1);
	report_lines("", 0);
	report_lines("\n", 1);
	capture_stop(&capture);

	assert_string_equal(capture_next(&capture), "  one:1:\\terror\n");
	assert_string_equal(capture_next(&capture), "  \n");
	assert_string_equal(capture_next(&capture), "  two\\x00\n");
	assert_string_equal(capture_next(&capture), "    ^\n");
	assert_string_equal(capture_next(&capture), "  last\n");
	assert_string_equal(capture_next(&capture), "  \n");
	capture_end(&capture);
}

/* A full or closed stderr must not hang, fail or change errno. */
static void test_no_stderr(void **state)
{
	struct capture capture;
	int value, error;

	(void)state;
	capture_start(&capture);
	close(STDERR_FILENO);
	errno = EPERM;
	value = report_error("x");
	report_lines("x\ny\n", 4);
	error = errno;
	capture_stop(&capture);

	assert_int_equal(value, -1);
	assert_int_equal(error, EPERM);
	capture_end(&capture);
}

/* A stderr of some kind, which is full. */
struct full {
	struct report report;
	int saved, reader;
};

/* The kernel moves what a terminal has taken, and has room again. */
static void fill(int writer)
{
	static const char text[LINE_MAX_BYTES];
	int flags = fcntl(writer, F_GETFL), quiet;
	size_t size;

	fcntl(writer, F_SETFL, flags | O_NONBLOCK);
	for (quiet = 0; quiet < 5; quiet++) {
		for (size = sizeof(text); size; size /= 2)
			while (write(writer, text, size) > 0)
				quiet = 0;
		usleep(20000);
	}
	fcntl(writer, F_SETFL, flags);
}

static void full_open(struct full *full, int reader, int writer)
{
	fill(writer);
	full->reader = reader;
	full->saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	assert_true(full->saved >= 0);
	assert_true(dup2(writer, STDERR_FILENO) >= 0);
	report_open(&full->report);
}

static void full_close(struct full *full)
{
	report_close(&full->report);
	dup2(full->saved, STDERR_FILENO);
	close(full->saved);
	close(full->reader);
}

/* All that has come, but for what it was full of. */
static char *full_read(const struct full *full, char *text, size_t size)
{
	size_t length = 0;
	char bytes[LINE_MAX_BYTES];
	ssize_t got, i;
	int quiet;

	fcntl(full->reader, F_SETFL, O_NONBLOCK);
	for (quiet = 0; quiet < 5; usleep(10000), quiet++)
		while ((got = read(full->reader, bytes, sizeof(bytes))) > 0)
			for (i = 0, quiet = 0; i < got; i++)
				if (bytes[i] && bytes[i] != '\r' &&
				    length < size - 1)
					text[length++] = bytes[i];
	text[length] = '\0';
	return text;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* Lines are dropped soon, and counted; then one says how many there were. */
static void check_full(int reader, int writer)
{
	struct full full;
	double start = seconds_now();
	char text[2 * LINE_MAX_BYTES];
	int i;

	full_open(&full, reader, writer);
	for (i = 0; i < 1000; i++)
		report_warning("line %d", i);
	report_lines("a\nb\n", 4);
	assert_true(seconds_now() - start < 5);
	assert_string_equal(full_read(&full, text, sizeof(text)), "");
	report_note("it goes on");
	report_note("and on");
	assert_string_equal(full_read(&full, text, sizeof(text)),
			    "tcpv4connect: warning: 1002 lines were not taken "
			    "by stderr\n"
			    "tcpv4connect: it goes on\n"
			    "tcpv4connect: and on\n");
	full_close(&full);
	close(writer);
}

static void test_full_pipe(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	check_full(ends[0], ends[1]);
}

static void test_full_socket(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				    ends), 0);
	check_full(ends[0], ends[1]);
}

static bool open_terminal(int ends[2])
{
	ends[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (ends[0] < 0 || grantpt(ends[0]) || unlockpt(ends[0]))
		return false;
	ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);
	return ends[1] >= 0;
}

static void test_full_terminal(void **state)
{
	int ends[2];

	(void)state;
	if (!open_terminal(ends))
		skip();
	check_full(ends[0], ends[1]);
}

/* What was lost is said at the end, if it can be by then. */
static void test_said_at_the_end(void **state)
{
	struct full full;
	char text[2 * LINE_MAX_BYTES];
	int ends[2], kept;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	kept = fcntl(ends[0], F_DUPFD_CLOEXEC, 3);
	full_open(&full, ends[0], ends[1]);
	report_error("lost");
	full_read(&full, text, sizeof(text));
	full_close(&full);
	full.reader = kept;
	assert_string_equal(full_read(&full, text, sizeof(text)),
			    "tcpv4connect: warning: 1 lines were not taken by "
			    "stderr\n");
	close(kept);
	close(ends[1]);
}

/* A terminal takes a part of a line. The next one does not continue it. */
static void test_cut(void **state)
{
	static char line[LINE_MAX_BYTES - 64];
	struct full full;
	char text[8 * LINE_MAX_BYTES], *at;
	int ends[2], i;

	(void)state;
	if (!open_terminal(ends))
		skip();
	memset(line, 'a', sizeof(line) - 1);
	full_open(&full, ends[0], ends[1]);
	full_read(&full, text, sizeof(text));
	for (i = 0; i < 100 && !full.report.is_stuck; i++)
		report_note("%s", line);
	assert_true(full.report.is_stuck);
	report_note("not this one");
	full_read(&full, text, sizeof(text));
	assert_int_equal(text[strlen(text) - 1],
			 full.report.is_cut ? 'a' : '\n');
	report_note("it goes on");
	at = full_read(&full, text, sizeof(text));
	if (*at == '\n')
		at++;
	assert_string_equal(at, "tcpv4connect: warning: 2 lines were not taken "
				"by stderr\ntcpv4connect: it goes on\n");
	full_close(&full);
	close(ends[1]);
}

/* Those who have the description as well find it as it was. */
static void test_description_is_left_alone(void **state)
{
	struct capture capture;
	struct report report;
	int ends[2], flags;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	capture_start(&capture);
	dup2(ends[1], STDERR_FILENO);
	flags = fcntl(ends[1], F_GETFL);
	report_open(&report);
	assert_true(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK);
	assert_int_equal(fcntl(STDERR_FILENO, F_GETFD), 0);
	assert_int_equal(fcntl(ends[1], F_GETFL), flags);
	report_close(&report);
	capture_stop(&capture);
	capture_end(&capture);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_warning),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_exact_room),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_no_stderr),
		cmocka_unit_test(test_full_pipe),
		cmocka_unit_test(test_full_socket),
		cmocka_unit_test(test_full_terminal),
		cmocka_unit_test(test_said_at_the_end),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_description_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
