/*
 * clock.c - reads clocks and compares them. It sets none, and knows no line.
 */
#include "system/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)
#define MONOTONIC "monotonic "	/* begins a line of timens_offsets */
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

/* CLOCK_MONOTONIC of the initial time namespace. */
static int64_t monotonic_ns(const struct clock *clock)
{
	return read_ns(CLOCK_MONOTONIC) - clock->namespace_ns;
}

uint64_t clock_now(const struct clock *clock)
{
	return monotonic_ns(clock) / 1000;
}

static struct clock_pair read_pair(const struct clock *clock)
{
	struct clock_pair pair;

	pair.before_ns = monotonic_ns(clock);
	pair.wall_ns = read_ns(CLOCK_REALTIME);
	pair.after_ns = monotonic_ns(clock);
	return pair;
}

static struct clock_pair read_tightest_pair(const struct clock *clock)
{
	struct clock_pair best = read_pair(clock), next;

	for (int i = 1; i < TRIES; i++) {
		next = read_pair(clock);
		if (next.after_ns - next.before_ns <
		    best.after_ns - best.before_ns)
			best = next;
	}
	return best;
}

/* True where a's least difference of the clocks is not above b's greatest. */
static bool reaches(const struct clock_pair *a, const struct clock_pair *b)
{
	return a->wall_ns - a->after_ns <=
	       b->wall_ns - b->before_ns + STEP_NS;
}

static bool agree(const struct clock_pair *a, const struct clock_pair *b)
{
	return reaches(a, b) && reaches(b, a);
}

/*
 * True where a child would be in another time namespace, as between unshare(2)
 * and the next fork (or, on newer kernels, execve).
 */
static bool differs_for_children(void)
{
	char own[64] = "", children[64] = "";

	return readlink("/proc/self/ns/time", own, sizeof(own) - 1) > 0 &&
	       readlink("/proc/self/ns/time_for_children", children,
			sizeof(children) - 1) > 0 &&
	       strcmp(own, children);
}

/*
 * timens_offsets holds the offsets that children will have, and so ours where
 * they will be in our namespace (proc_timens_show_offsets() in
 * kernel/time/namespace.c, Linux 5.6 to 6.18). Where not, we are most probably
 * in the initial one, which has none.
 */
static int64_t read_namespace_ns(void)
{
	FILE *file = differs_for_children() ? NULL :
		     fopen("/proc/self/timens_offsets", "re");
	int64_t offset = 0;
	char line[80], *end;

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, MONOTONIC, strlen(MONOTONIC)))
			continue;
		offset = strtoll(line + strlen(MONOTONIC), &end, 10) *
			 SECOND_NS;
		offset += strtoll(end, NULL, 10);
	}
	fclose(file);
	return offset;
}

void clock_init(struct clock *clock, bool is_private)
{
	*clock = (struct clock){
		.namespace_ns = read_namespace_ns(),
		.is_private = is_private,
	};
	clock->pair = read_tightest_pair(clock);
}

uint64_t clock_look(struct clock *clock)
{
	struct clock_pair pair = read_pair(clock);

	if (!agree(&pair, &clock->pair))
		clock->pair = read_tightest_pair(clock);
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
