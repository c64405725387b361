/*
 * clock.c - reads clocks and compares them. It sets none, and knows no line.
 */
#include "clock.h"

#include <time.h>

static uint64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

uint64_t clock_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void clock_init(struct clock *clock, bool is_private)
{
	*clock = (struct clock){
		.is_private = is_private, .lag_us = UINT64_MAX,
	};
}

void clock_look(struct clock *clock, uint64_t now_us)
{
	clock->wall_offset_us = read_clock(CLOCK_REALTIME) - now_us;
}

/*
 * How far the trace's clock is behind shows when a line is read that has just
 * been made.
 */
void clock_compare(struct clock *clock, uint64_t line_us, uint64_t read_us)
{
	uint64_t lag = read_us > line_us ? read_us - line_us : 0;

	if (lag < clock->lag_us)
		clock->lag_us = lag;
}

void clock_forget(struct clock *clock)
{
	clock->lag_us = UINT64_MAX;
}

static uint64_t lag(const struct clock *clock)
{
	if (clock->is_private || clock->lag_us == UINT64_MAX)
		return 0;
	return clock->lag_us;
}

uint64_t clock_to_trace(const struct clock *clock, uint64_t now_us)
{
	return lag(clock) < now_us ? now_us - lag(clock) : now_us;
}

int64_t clock_wall_offset(const struct clock *clock)
{
	return clock->wall_offset_us + (int64_t)lag(clock);
}
