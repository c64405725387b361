/*
 * table.h - events as the columns of the original, and more where asked for.
 *
 *   [TIME     ][TIME(s)  ][UID    ]PID    COMM         SADDR            \
 *       [LPORT  ]DADDR            DPORT[  ERR            ][QUERY]
 *
 * Without options it is byte for byte the original's: "%-9s" TIME(s), then
 * "%-6s %-12s %-16s %-16s %-4s" for the header and "%-9.3f" and "%-6d
 * %-12.12s %-16s %-16s %-4s" for a row. The others are "%-9s" TIME (local
 * HH:MM:SS), "%-6s " UID, "%-6s " LPORT, "%-16s " ERR and QUERY, before which
 * DPORT is "%-6s " wide. A cell can be wider; a blank follows it in any case.
 *
 * Bytes of COMM and QUERY that are no printable UTF-8 (escape.h) are shown as
 * \n, \t, \r or \xNN. An escape that does not fit COMM whole is left out with
 * what follows. COMM's leading blanks are dropped, as the original did; QUERY's
 * are escaped. A time before that of the first row is shown as 0. "-" is for
 * what is not known or not there: TIME without the time of day, LPORT 0, ERR of
 * an attempt that is not known to have failed, QUERY.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct connect_event;

struct table_columns {
	bool wall_time;
	bool timestamp;		/* seconds since the first row */
	bool uid;
	bool lport;
	bool error;
	bool query;
};

struct table {
	FILE *out;		/* not owned */
	struct table_columns columns;
	bool has_first;
	uint64_t first_us;
};

void table_init(struct table *table, FILE *out,
		const struct table_columns *columns);

/* Errors show in the stream. */
void table_header(const struct table *table);
void table_row(struct table *table, const struct connect_event *event);
