/*
 * json.h - events as JSON, one object a line (RFC 8259, UTF-8).
 *
 *   {"ts":1763800000.123456,"pid":181,"tid":181,"uid":0,"comm":"curl",
 *    "saddr":"127.0.0.1","lport":49152,"daddr":"127.0.0.1","dport":80,
 *    "error":null,"query":null}
 *
 * The keys and their order are stable, and each is always there. ts is seconds
 * since 1970, or of the trace's own clock if the time of day is not known.
 * null: saddr and lport that are 0 because the return was missed; error of an
 * attempt that is not known to have failed; query if there was none. error is
 * the errno's name, or its number as a string. Bytes of comm and query that are
 * no UTF-8 become the four characters \xNN; characters that are not printable
 * (escape.h) are escaped.
 */
#pragma once

#include <stdio.h>

struct connect_event;

/* Write the object and a newline. Errors show in the stream. */
void json_row(FILE *out, const struct connect_event *event);
