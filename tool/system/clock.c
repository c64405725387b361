/*
 * clock.c - reads clocks and compares them.
 */
#include "system/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)
#define STEP_NS 10000	/* less than that is no step */
#define TRIES 16	/* one of them will not be interrupted */
#define LAG_STEP_US 1000
#define DRIFT_PART 5000	/* the clocks differ by less than one in so many */

static int64_t read_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static int64_t monotonic_ns(const struct clock *clock)
{
	return read_ns(CLOCK_MONOTONIC) - clock->namespace_ns;
}

uint64_t clock_now(const struct clock *clock)
{
	return monotonic_ns(clock) / 1000;
}

/* The tightest of so many. */
static struct clock_pair read_pair(const struct clock *clock, int tries)
{
	struct clock_pair best = { .wall_ns = 0 }, pair;

	for (int i = 0; i < tries; i++) {
		pair.before_ns = monotonic_ns(clock);
		pair.wall_ns = read_ns(CLOCK_REALTIME);
		pair.after_ns = monotonic_ns(clock);
		if (!i || pair.after_ns - pair.before_ns <
			  best.after_ns - best.before_ns)
			best = pair;
	}
	return best;
}

/* True if the clocks may differ by the same in both, give or take a step. */
static bool agree(const struct clock_pair *a, const struct clock_pair *b)
{
	return a->wall_ns - a->after_ns <=
	       b->wall_ns - b->before_ns + STEP_NS &&
	       b->wall_ns - b->after_ns <=
	       a->wall_ns - a->before_ns + STEP_NS;
}

/*
 * True if a child would be in another time namespace, as between unshare(2) and
 * the next fork (or, on newer kernels, execve).
 */
static bool differs_for_children(void)
{
	struct stat own, children;

	return !stat("/proc/self/ns/time", &own) &&
	       !stat("/proc/self/ns/time_for_children", &children) &&
	       own.st_ino != children.st_ino;
}

/*
 * timens_offsets holds the offsets of our children's namespace
 * (proc_timens_show_offsets() in kernel/time/namespace.c, Linux 5.6 to 6.18).
 * If that is another one, ours is most probably the initial one, which has
 * none.
 */
static int64_t read_namespace_ns(void)
{
	FILE *file = differs_for_children() ? NULL :
		     fopen("/proc/self/timens_offsets", "re");
	char name[16], seconds[24], ns[24];
	int64_t offset = 0;

	if (!file)
		return 0;
	while (fscanf(file, "%15s %23s %23s", name, seconds, ns) == 3)
		if (!strcmp(name, "monotonic"))
			offset = strtoll(seconds, NULL, 10) * SECOND_NS +
				 strtoll(ns, NULL, 10);
	fclose(file);
	return offset;
}

void clock_init(struct clock *clock, bool is_private)
{
	*clock = (struct clock){
		.namespace_ns = read_namespace_ns(),
		.is_private = is_private,
	};
	clock->pair = read_pair(clock, TRIES);
}

uint64_t clock_look(struct clock *clock)
{
	struct clock_pair pair = read_pair(clock, 1);

	if (!agree(&pair, &clock->pair))
		clock->pair = read_pair(clock, TRIES);
	return pair.after_ns / 1000;
}

void clock_compare(struct clock *clock, uint64_t line_us, uint64_t read_us)
{
	int64_t lag = (int64_t)(read_us - line_us);
	uint64_t drift = (read_us - clock->raised_us) / DRIFT_PART;

	if (clock->is_private)
		return;
	clock->least_us += (int64_t)drift;
	clock->raised_us += drift * DRIFT_PART;
	if (!clock->has_lag || lag < clock->least_us)
		clock->least_us = lag;
	if (!clock->has_lag ||
	    llabs(clock->least_us - clock->lag_us) > LAG_STEP_US)
		clock->lag_us = clock->least_us;
	clock->has_lag = true;
}

void clock_forget(struct clock *clock)
{
	clock->has_lag = false;
	clock->lag_us = 0;
}

uint64_t clock_to_trace(const struct clock *clock, uint64_t now_us)
{
	int64_t time_us = (int64_t)now_us - clock->lag_us;

	return time_us > 0 ? time_us : 0;
}

int64_t clock_wall_offset(const struct clock *clock)
{
	const struct clock_pair *pair = &clock->pair;

	return (pair->wall_ns - pair->before_ns / 2 - pair->after_ns / 2) /
	       1000 + clock->lag_us;
}
