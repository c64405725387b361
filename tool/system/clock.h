/*
 * clock.h - the time on three clocks: the kernel's CLOCK_MONOTONIC, the trace's
 * and the time of day. All times are microseconds unless their name says ns.
 *
 * CLOCK_MONOTONIC below is that of bpf_ktime_get_ns() and of the trace clock
 * "mono": of the initial time namespace. clock_gettime() shows another one in
 * another time namespace (Linux 5.6 and newer; a container that was migrated).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* How far the time of day is ahead of CLOCK_MONOTONIC, and how exactly. */
struct clock_wall {
	int64_t ahead_ns, error_ns;
};

struct clock {
	int64_t namespace_ns;	/* what clock_gettime() adds here to
				 * CLOCK_MONOTONIC */
	bool is_private;	/* the trace's clock is CLOCK_MONOTONIC */
	bool has_lag;		/* a line was compared */
	int64_t lag_us;		/* how far the trace's clock is behind
				 * CLOCK_MONOTONIC, as lines are dated */
	int64_t least_us;	/* the least that was measured, raised by what
				 * the clocks may have drifted since */
	uint64_t raised_us;	/* until when */
	struct clock_wall wall;	/* since the time of day was last set */
};

/*
 * Opens files in /proc, so call it before confine_enter(). is_private: the
 * lines come from a private instance, whose clock is "mono". The global trace
 * may have any clock.
 */
void clock_init(struct clock *clock, bool is_private);

/* CLOCK_MONOTONIC. */
uint64_t clock_now(const struct clock *clock);

/*
 * CLOCK_MONOTONIC, after a look whether the time of day was set, by more than
 * 10 us, since the last look. Call it often, and before lines are dated: lines
 * made before the time of day was set, and dated after, get the new one.
 *
 * The difference of the two clocks changes only if the time of day is set, at a
 * leap second and after a suspend (tk_set_wall_to_mono() in
 * kernel/time/timekeeping.c). NTP slews both alike.
 */
uint64_t clock_look(struct clock *clock);

/*
 * A line of the trace says line_us, and was read at read_us. Lines that were
 * just made show how far the clock of the global trace is behind (or ahead, a
 * negative lag). The lag is followed in steps of a millisecond, up to a drift
 * of 200 parts in a million: NTP does not slew that clock.
 */
void clock_compare(struct clock *clock, uint64_t line_us, uint64_t read_us);

/* The trace was given another clock: forget how far that was behind. */
void clock_forget(struct clock *clock);

/* The time on the trace's clock when CLOCK_MONOTONIC was now_us. */
uint64_t clock_to_trace(const struct clock *clock, uint64_t now_us);

/*
 * Add this to a time of the trace to have the time of day. It changes only when
 * clock_look() or clock_compare() finds a change.
 */
int64_t clock_wall_offset(const struct clock *clock);
