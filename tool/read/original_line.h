/*
 * original_line.h - a line that the original tool of 2015 left in the trace.
 *
 *             curl-1469  [001] d... 85.871000: : 100007f 100007f 80
 *
 * Its message is "saddr daddr dport": two addresses as hexadecimal words of a
 * little-endian machine and a decimal port, sometimes behind the word
 * trace_tcp4connect. The comm, which may be "<...>", and the thread's id stand
 * in ftrace's own columns.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct connect_event;

/*
 * True for such a line. Then *event has what it says, with the thread's id as
 * pid. uid, lport, the call's result, wall_us and query are not known.
 */
bool original_line_parse(struct connect_event *event, const char *line,
			 size_t length);
