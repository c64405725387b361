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
 * DPORT is "%-6s " wide. Cells can be wider than that; at least one blank
 * stays between columns whatever the value.
 *
 * COMM may be any bytes, so those that are no printable UTF-8 (escape.h) are
 * shown as \n, \t, \r or \xNN, which must fit the column whole or is left out
 * with what follows. Leading blanks are dropped, as the original did. QUERY is
 * escaped in the same way, blanks too, and shown whole (a name has no more
 * than 255 bytes). A time before that of the first row is shown as 0. ERR is
 * the errno's name, or its number where it has none.
 *
 * What is not known or not there is shown as "-": TIME where the time of day
 * is unknown, LPORT where it is 0, ERR of an attempt that did not fail or
 * whose return was missed, QUERY where there was none.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

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
	time_t clock_second;	/* what clock_text says, to say it again */
	char clock_text[9];	/* "HH:MM:SS" */
};

void table_init(struct table *table, FILE *out,
		const struct table_columns *columns);

/*
 * Write the header, or a row. They return 0, or -1 with errno where the
 * stream refused it (they say nothing).
 */
int table_header(struct table *table);
int table_row(struct table *table, const struct connect_event *event);

#endif
