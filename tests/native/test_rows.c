/*
 * test_rows.c - rows that did not come out whole are counted as lost, and no
 * header, no raw line and no first line of a recording is.
 *
 * Needs neither root nor anything of the kernel's. It is here for what it
 * links.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <cmocka.h>

#include "read/connect_event.h"
#include "show/output.h"
#include "show/rows.h"
#include "show/sums.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define EVENTS	     600
#define PIPE_SIZE    4096

/* stdout: a pipe that is small, and a stop that was asked for already. */
struct world {
	struct output output;
	int reader, writer, stop_fd;
	char text[2 * PIPE_SIZE];	/* what came out */
};

static void world_open(struct world *world)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE) >= 0);
	world->reader = ends[0];
	world->writer = ends[1];
	world->stop_fd = eventfd(1, EFD_CLOEXEC);
	assert_true(world->stop_fd >= 0);
	assert_int_equal(output_open(&world->output, world->writer,
				     world->stop_fd), 0);
}

static void world_read(struct world *world)
{
	ssize_t got = read(world->reader, world->text,
			   sizeof(world->text) - 1);

	assert_true(got >= 0);
	world->text[got] = '\0';
}

static void world_close(struct world *world)
{
	output_close(&world->output);
	close(world->reader);
	close(world->writer);
	close(world->stop_fd);
}

static struct connect_event event_of(unsigned number)
{
	struct connect_event event = {
		.pid = 1000 + number, .tid = 1000 + number, .dport = number,
		.comm = "a row", .comm_length = 5,
	};

	event.saddr.s_addr = htonl(INADDR_LOOPBACK);
	event.daddr.s_addr = htonl(INADDR_LOOPBACK + number);
	return event;
}

/* Whole lines with word in them. */
static unsigned count_lines(char *text, const char *word)
{
	unsigned count = 0;
	char *newline;

	for (; (newline = strchr(text, '\n')); text = newline + 1) {
		*newline = '\0';
		count += strstr(text, word) != NULL;
	}
	return count;
}

/* Every second event has a line; the others were swept. */
static void add_events(struct rows *rows)
{
	static const char line[] = "a line of the trace";
	struct connect_event event;

	for (unsigned i = 0; i < EVENTS; i++) {
		event = event_of(i);
		rows_add(rows, &event, i % 2 ? NULL : line,
			 i % 2 ? 0 : sizeof(line) - 1);
		if (i % 2 == 0)
			rows_save(rows, line, sizeof(line) - 1, 0);
	}
	/* A line that could not be parsed is saved, and is no row. */
	rows_save(rows, line, sizeof(line) - 1, 0);
}

static void test_rows(void **state)
{
	static const struct {
		struct rows_options options;
		const char *word;
		unsigned rows;
	} cases[] = {
		{ { .json = true }, "\"a row\"", EVENTS },
		{ { .raw = false }, "a row", EVENTS },
		{ { .raw = true }, "a row", EVENTS },
		{ { .raw = true, .columns.timestamp = true }, "a row",
		  EVENTS },
		{ { .max_events = 7 }, "a row", 7 },
		{ { .write_file = "-" }, "a line", EVENTS / 2 },
	};
	struct world world;
	struct rows rows;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t lost;

		world_open(&world);
		assert_int_equal(rows_open(&rows, &cases[i].options,
					   &world.output), 0);
		rows_begin(&rows);
		add_events(&rows);
		lost = output_rows_lost(&world.output);
		world_read(&world);
		assert_int_equal(count_lines(world.text, cases[i].word) + lost,
				 cases[i].rows);
		assert_int_equal(output_rows_lost(&world.output), lost);
		assert_int_equal(rows_close(&rows), 0);
		world_close(&world);
	}
}

/* A line of -c stands for all that it counts. */
static void test_sums(void **state)
{
	struct sums sums = { .rows = NULL };
	uint64_t total = 0, lost;
	struct world world;
	char *at;

	(void)state;
	world_open(&world);
	for (unsigned i = 0; i < EVENTS; i++) {
		struct connect_event event = event_of(i % 97);

		sums_add(&sums, &event);
	}
	assert_int_equal(sums_print(&sums, &world.output), EVENTS);
	lost = output_rows_lost(&world.output);
	world_read(&world);
	at = strstr(world.text, "CONNECTS");
	assert_non_null(at);
	while ((at = strstr(at, "\n127.0.0.1 ")) && strchr(at + 1, '\n'))
		total += strtoul((at += 1) + 73, NULL, 10);
	assert_true(lost > 0 && total > 0);
	assert_int_equal(total + lost, EVENTS);
	sums_free(&sums);
	world_close(&world);
}

/* No room at all: nothing was a row, so nothing is lost but rows. */
static void test_no_rows(void **state)
{
	static const struct rows_options options = {
		.columns.timestamp = true,
	};
	static const char full[PIPE_SIZE];
	struct world world;
	struct rows rows;

	(void)state;
	world_open(&world);
	assert_int_equal(write(world.writer, full, sizeof(full)),
			 sizeof(full));
	assert_int_equal(rows_open(&rows, &options, &world.output), 0);
	rows_begin(&rows);
	assert_int_equal(output_rows_lost(&world.output), 0);
	add_events(&rows);
	assert_int_equal(output_rows_lost(&world.output), EVENTS);
	assert_int_equal(rows_close(&rows), 0);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_no_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
