/*
 * clock.h - the time on three clocks: the kernel's CLOCK_MONOTONIC, the trace's
 * and the time of day. All times are microseconds unless their name says ns.
 *
 * "CLOCK_MONOTONIC" below is that of the initial time namespace: the one of
 * bpf_ktime_get_ns() and of the trace clock "mono". In another time namespace
 * (Linux 5.6 and newer; a container that was migrated) clock_gettime() shows a
 * different one.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
	int64_t namespace_ns;	/* what clock_gettime() adds here to
				 * CLOCK_MONOTONIC */
	bool is_private;	/* the trace's clock is CLOCK_MONOTONIC */
	int64_t wall_offset_us;	/* time of day - CLOCK_MONOTONIC */
	uint64_t lag_us;	/* how far the trace's clock is behind
				 * CLOCK_MONOTONIC; UINT64_MAX: unknown */
};

/*
 * Opens files in /proc, so call it before confine_enter(). is_private: the lines
 * are those of a private instance, whose clock is "mono". The global trace has
 * whatever clock it was given.
 */
void clock_init(struct clock *clock, bool is_private);

/* CLOCK_MONOTONIC. */
uint64_t clock_now(const struct clock *clock);

/* Compare the time of day with CLOCK_MONOTONIC again, which is now_us. */
void clock_look(struct clock *clock, uint64_t now_us);

/* A line of the trace says line_us, and was read at read_us. */
void clock_compare(struct clock *clock, uint64_t line_us, uint64_t read_us);

/* The trace was given another clock: forget how far that was behind. */
void clock_forget(struct clock *clock);

/* The time on the trace's clock when CLOCK_MONOTONIC was now_us. */
uint64_t clock_to_trace(const struct clock *clock, uint64_t now_us);

/* What is to be added to a time of the trace to have the time of day. */
int64_t clock_wall_offset(const struct clock *clock);

#endif
