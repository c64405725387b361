/*
 * table.h - events as the columns of the original.
 *
 *   [TIME(s)  ]PID    COMM         SADDR            DADDR            DPORT
 *
 * Byte for byte the original's: "%-9s" TIME(s), then "%-6s %-12s %-16s %-16s
 * %-4s" for the header and "%-9.3f" and "%-6d %-12.12s %-16s %-16s %-4s" for
 * a row. Two cells can be wider than that; at least one blank stays between
 * columns whatever the value.
 *
 * COMM may be any bytes, so those that are no printable UTF-8 are shown as
 * \n, \t, \r or \xNN, which must fit the column whole or is left out with
 * what follows. Leading blanks are dropped, as the original did. A time
 * before that of the first row is shown as 0.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct connect_event;

struct table {
	FILE *out;		/* not owned */
	bool timestamp;		/* print seconds since the first row */
	bool has_first;
	uint64_t first_us;
};

void table_init(struct table *table, FILE *out, bool timestamp);

/*
 * Write the header, or a row. They return 0, or -1 with errno where the
 * stream refused it (they say nothing).
 */
int table_header(struct table *table);
int table_row(struct table *table, const struct connect_event *event);

#endif
