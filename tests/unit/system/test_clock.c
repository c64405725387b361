/*
 * test_clock.c - the time of day is as exact as clocks can be read, and changes
 * when it is set and at no other time. The clocks are made up, by
 * __wrap_clock_gettime().
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "system/clock.h"

#define US INT64_C(1000)
#define MS (1000 * US)
#define SECOND (1000 * MS)
#define NOW (1800000000 * SECOND)

/* What the clocks show, and how long it takes to read one. */
static struct {
	int64_t monotonic, real;
	int64_t delay;
	int64_t preemption;	/* after each so many readings, as long */
	unsigned period, readings;
} world;

static void pass(int64_t ns)
{
	world.monotonic += ns;
	world.real += ns;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
	int64_t ns = id == CLOCK_REALTIME ? world.real : world.monotonic;

	now->tv_sec = ns / SECOND;
	now->tv_nsec = ns % SECOND;
	pass(world.delay);
	if (world.period && ++world.readings % world.period == 0)
		pass(world.preemption);
	return 0;
}

static void begin(struct clock *clock, bool is_private)
{
	world.monotonic = 5000 * SECOND + 123456789;
	world.real = NOW;
	world.delay = 40;
	world.period = world.readings = 0;
	clock_init(clock, is_private);
	/* The test may run in a time namespace. */
	world.monotonic += clock->namespace_ns;
	clock_look(clock);
}

static int64_t true_offset(const struct clock *clock)
{
	return (world.real - world.monotonic + clock->namespace_ns) / US;
}

static void assert_near(int64_t found, int64_t wanted, int64_t error)
{
	if (llabs(found - wanted) > error)
		fail_msg("%lld is not %lld, give or take %lld",
			 (long long)found, (long long)wanted,
			 (long long)error);
}

static void test_now(void **state)
{
	struct clock clock;
	uint64_t now;

	(void)state;
	begin(&clock, true);
	now = (world.monotonic - clock.namespace_ns) / US;
	assert_near(clock_now(&clock), now, 1);
	assert_near(clock_look(&clock), now, 1);
	assert_int_equal(clock_to_trace(&clock, now), now);
}

/* A process can lose its processor between any two readings. */
static void test_preemption(void **state)
{
	struct clock clock;
	int64_t offset;

	(void)state;
	for (unsigned first = 0; first < 6; first++) {
		begin(&clock, true);
		world.preemption = 5 * MS;
		world.period = 4;
		world.readings = first;
		clock_init(&clock, true);
		offset = clock_wall_offset(&clock);
		assert_near(offset, true_offset(&clock), 1);
		for (int i = 0; i < 1000; i++) {
			pass(MS);
			world.delay = i % 50 + 20;
			clock_look(&clock);
			assert_int_equal(clock_wall_offset(&clock), offset);
		}
	}
}

/* Steps of the time of day, and suspends, where it alone goes on. */
static void test_steps(void **state)
{
	static const int64_t steps[] = {
		3600 * SECOND, -3600 * SECOND, 32400 * SECOND, SECOND,
		-SECOND, MS, -MS, 50 * US, -50 * US,
	};
	struct clock clock;

	(void)state;
	begin(&clock, true);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		int64_t before = clock_wall_offset(&clock);

		world.real += steps[i];
		assert_int_equal(clock_wall_offset(&clock), before);
		clock_look(&clock);
		assert_near(clock_wall_offset(&clock), true_offset(&clock), 1);
		assert_near(clock_wall_offset(&clock) - before, steps[i] / US,
			    1);
	}
}

/* Many small steps are noticed when together they are large enough. */
static void test_small_steps(void **state)
{
	struct clock clock;

	(void)state;
	begin(&clock, true);
	for (int i = 0; i < 1000; i++) {
		world.real += 2 * US;
		clock_look(&clock);
		assert_near(clock_wall_offset(&clock), true_offset(&clock), 12);
	}
}

/* What the preemption could explain is no step, yet. */
static void test_step_behind_preemption(void **state)
{
	struct clock clock;
	int64_t before;

	(void)state;
	begin(&clock, true);
	before = clock_wall_offset(&clock);
	world.preemption = 5 * MS;
	world.period = 1;
	world.real += MS;
	clock_look(&clock);
	assert_int_equal(clock_wall_offset(&clock), before);
	world.period = 0;
	clock_look(&clock);
	assert_near(clock_wall_offset(&clock) - before, 1000, 1);
}

/*
 * The global trace's clock, which is behind CLOCK_MONOTONIC by lag and falls
 * behind by drift parts of a million more. A line of it is read after latency.
 * Returns by how much its time of day is wrong.
 */
static int64_t read_line(struct clock *clock, int64_t lag, double drift,
			 int64_t latency)
{
	int64_t made = world.monotonic - clock->namespace_ns;

	made -= lag + (int64_t)((double)(made - 5000 * SECOND) * drift / 1e6);
	pass(latency);
	clock_compare(clock, made / US, clock_look(clock));
	return made / US + clock_wall_offset(clock) -
	       (world.real - latency) / US;
}

static void test_lag(void **state)
{
	/* Ahead by 28 ms, as it was seen; and a clock that counts from 1970. */
	static const int64_t lags[] = {
		0, 7 * SECOND, 300 * US, -28 * MS, -NOW,
	};
	struct clock clock;
	int64_t error;

	(void)state;
	for (size_t i = 0; i < sizeof(lags) / sizeof(*lags); i++) {
		begin(&clock, false);
		for (int line = 0; line < 100; line++) {
			pass(10 * MS);
			error = read_line(&clock, lags[i], 0, line ?
					  line % 7 * MS + 100 * US : 50 * MS);
			assert_near(error, 0, line < 7 ? 50000 : 1200);
		}
		assert_near(clock_to_trace(&clock, 9000 * SECOND / US),
			    (9000 * SECOND - lags[i]) / US, 1200);
	}
}

/* A private instance's lines may be read as late as they like. */
static void test_no_lag(void **state)
{
	struct clock clock;

	(void)state;
	begin(&clock, true);
	assert_near(read_line(&clock, 0, 0, 5 * SECOND), 0, 1);
}

/* For a day, with a line each ten seconds. */
static void test_drift(void **state)
{
	static const double drifts[] = { 100, -100, 20, -20 };
	struct clock clock;
	int64_t offset, error;
	int changes;

	(void)state;
	for (size_t i = 0; i < sizeof(drifts) / sizeof(*drifts); i++) {
		begin(&clock, false);
		changes = 0;
		for (int line = 0; line < 8640; line++) {
			offset = clock_wall_offset(&clock);
			pass(10 * SECOND);
			error = read_line(&clock, SECOND, drifts[i],
					  line % 5 * MS / 5 + 100 * US);
			assert_near(error, 0, 3000);
			changes += clock_wall_offset(&clock) != offset;
		}
		/* Each is a head line in a file of -w: one a millisecond. */
		if (changes > llabs((int64_t)(drifts[i] * 86.4)) + 20)
			fail_msg("%g: %d changes", drifts[i], changes);
	}
}

/* After a halt its lines are old, which says little of the clock. */
static void test_halt(void **state)
{
	struct clock clock;
	int64_t error;

	(void)state;
	begin(&clock, false);
	read_line(&clock, SECOND, 0, 100 * US);
	pass(60 * SECOND);
	for (int line = 0; line < 100; line++) {
		error = read_line(&clock, SECOND, 0, 60 * SECOND);
		assert_near(error, 0, 25000);
		pass(-60 * SECOND);
	}
	pass(60 * SECOND);
	error = read_line(&clock, SECOND, 0, 100 * US);
	assert_near(error, 0, 1200);
}

/* With another clock, what was known is of no use. */
static void test_forget(void **state)
{
	struct clock clock;

	(void)state;
	begin(&clock, false);
	read_line(&clock, SECOND, 0, 100 * US);
	clock_forget(&clock);
	assert_int_equal(clock_to_trace(&clock, 4711), 4711);
	assert_near(read_line(&clock, 5 * SECOND, 0, 100 * US), 0, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_now),
		cmocka_unit_test(test_preemption),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_small_steps),
		cmocka_unit_test(test_step_behind_preemption),
		cmocka_unit_test(test_lag),
		cmocka_unit_test(test_no_lag),
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_halt),
		cmocka_unit_test(test_forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
