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

/* PROC_TIME_INIT_INO, include/linux/proc_ns.h, Linux 5.6 to 6.18. */
#define INITIAL_TIME_NS 0xeffffffaU

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

/* The most exact of so many. */
static struct clock_wall read_wall(const struct clock *clock, int tries)
{
	struct clock_wall best = { .error_ns = INT64_MAX };

	while (tries--) {
		int64_t before_ns = monotonic_ns(clock);
		int64_t wall_ns = read_ns(CLOCK_REALTIME);
		int64_t error_ns = (monotonic_ns(clock) - before_ns) / 2;

		if (error_ns < best.error_ns)
			best = (struct clock_wall){
				wall_ns - before_ns - error_ns, error_ns,
			};
	}
	return best;
}

/*
 * timens_offsets holds the offsets of our children's namespace, which after
 * unshare(2) is not yet ours (proc_timens_show_offsets() in
 * kernel/time/namespace.c, Linux 5.6 to 6.18). The initial one has none.
 */
static int64_t read_namespace_ns(void)
{
	char name[16], seconds[24], ns[24];
	int64_t offset = 0;
	struct stat own;
	FILE *file;

	if (stat("/proc/self/ns/time", &own) || own.st_ino == INITIAL_TIME_NS)
		return 0;
	file = fopen("/proc/self/timens_offsets", "re");
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
	clock->wall = read_wall(clock, TRIES);
}

uint64_t clock_look(struct clock *clock)
{
	struct clock_wall wall = read_wall(clock, 1);

	if (llabs(wall.ahead_ns - clock->wall.ahead_ns) >
	    wall.error_ns + clock->wall.error_ns + STEP_NS)
		clock->wall = read_wall(clock, TRIES);
	return clock_now(clock);
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
	return clock->wall.ahead_ns / 1000 + clock->lag_us;
}
