/*
 * test_report.c - lines on stderr: escaped, bounded, each in one write.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "report.h"

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
			    "tcpv4connect: a\\nb\\tc\\x0d\\x1b[1m\\x7f"
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
