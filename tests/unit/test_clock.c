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

#include "clock.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_now),
		cmocka_unit_test(test_preemption),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_small_steps),
		cmocka_unit_test(test_step_behind_preemption),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
