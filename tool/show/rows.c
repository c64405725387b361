/* rows.c - hands events to the table, to JSON or to the sums. */
#include "show/rows.h"

#include <errno.h>
#include <string.h>

#include "dns/dns.h"
#include "read/connect_event.h"
#include "show/json.h"
#include "show/output.h"
#include "system/escape.h"
#include "system/report.h"

#define SECOND_US 1000000ULL

bool rows_need_details(const struct rows_options *options)
{
	const struct table_columns *columns = &options->columns;

	return columns->uid || columns->lport || columns->error ||
	       options->json || options->raw || options->write_file;
}

static struct dns *open_dns(void)
{
	struct dns *dns = dns_open();

	if (!dns)
		report_warning("cannot listen to DNS answers: %s%s; going on "
			       "without names", strerror(errno),
			       errno == EPERM ? " (CAP_NET_RAW)" : "");
	return dns;
}

int rows_open(struct rows *rows, const struct rows_options *options,
	      struct output *output)
{
	*rows = (struct rows){
		.options = options, .output = output, .sums_fd = -1,
		.dns = options->columns.query ? open_dns() : NULL,
	};
	table_init(&rows->table, output->stream, &options->columns);
	if (!options->write_file)
		return 0;
	if (strcmp(options->write_file, "-"))
		return recording_create(&rows->recording,
					options->write_file, output->stop_fd);
	rows->is_silent = true;
	return recording_attach(&rows->recording, output->stream, output->fd);
}

int rows_close(struct rows *rows)
{
	dns_free(rows->dns);
	rows->dns = NULL;
	sums_free(&rows->sums);
	return recording_close(&rows->recording);
}

void rows_begin(struct rows *rows)
{
	recording_begin(&rows->recording);
	if (!rows->options->json && !rows->options->count && !rows->is_silent)
		table_header(&rows->table);
}

bool rows_are_complete(const struct rows *rows)
{
	return rows->options->max_events &&
	       rows->shown >= rows->options->max_events;
}

static void print_row(struct rows *rows, struct connect_event *event,
		      const char *line, size_t length)
{
	FILE *out = rows->output->stream;

	if (rows->dns)
		event->query = dns_name(rows->dns, event->daddr);
	if (rows->options->json)
		json_row(out, event);
	else
		table_row(&rows->table, event);
	output_mark(rows->output, 1);
	if (rows->options->raw && line) {
		escape_print(out, line, length);
		putc_unlocked('\n', out);
	}
}

void rows_add(struct rows *rows, struct connect_event *event,
	      const char *line, size_t length)
{
	if (rows_are_complete(rows))
		return;
	if (rows->options->count) {
		sums_add(&rows->sums, event);
		return;
	}
	rows->shown++;
	rows->has_unsaved = line;
	if (!rows->is_silent)
		print_row(rows, event, line, length);
}

void rows_save(struct rows *rows, const char *line, size_t length,
	       int64_t wall_offset_us)
{
	if (rows->recording.file)
		recording_add(&rows->recording, line, length, wall_offset_us);
	if (rows->is_silent && rows->has_unsaved)
		output_mark(rows->output, 1);
	rows->has_unsaved = false;
}

static void print_sums(struct rows *rows)
{
	if (sums_take(&rows->sums, rows->sums_fd))
		report_warning("cannot read the sums: %s", strerror(errno));
	rows->shown += sums_print(&rows->sums, rows->output);
}

void rows_tick(struct rows *rows, uint64_t now_us)
{
	uint64_t interval_us = rows->options->interval * SECOND_US;

	if (!interval_us || !rows->options->count)
		return;
	if (rows->next_sums_us && now_us >= rows->next_sums_us)
		print_sums(rows);
	if (now_us >= rows->next_sums_us)
		rows->next_sums_us = now_us + interval_us;
}

void rows_end(struct rows *rows)
{
	if (rows->options->count)
		print_sums(rows);
}
