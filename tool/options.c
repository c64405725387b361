/*
 * options.c - which options there are, which of them go together, and what
 * their values mean. argparse.c knows how they are written.
 *
 * A new option is a row of the table. Usage, help and errors follow from it.
 */
#include "options.h"

#include <stdint.h>
#include <string.h>

#define SECONDS_MAX (100 * 365 * 86400U)

/* What an option does with its value, in struct options. */
struct value {
	/* Store the text at a place; "" if there is none. */
	bool (*take)(void *where, const struct value *value, const char *text);
	size_t where;
	uint32_t min, max;	/* of each number */
	size_t count;		/* so many numbers at most */
	bool can_be_empty;
};

static bool take_flag(void *where, const struct value *value, const char *text)
{
	(void)value, (void)text;
	*(bool *)where = true;
	return true;
}

/* Decimal digits up to end, and nothing else, in the value's range. */
static bool parse_number(uint32_t *number, const struct value *value,
			 const char *text, const char *end)
{
	uint64_t sum = 0;

	for (const char *digit = text; digit < end; digit++) {
		if (*digit < '0' || *digit > '9')
			return false;
		sum = sum * 10 + (*digit - '0');
		if (sum > value->max)
			return false;
	}
	*number = sum;
	return text < end && sum >= value->min;
}

static bool take_number(void *where, const struct value *value,
			const char *text)
{
	return parse_number(where, value, text, text + strlen(text));
}

/* Numbers with commas between them, for a struct filter_list. */
static bool take_list(void *where, const struct value *value, const char *text)
{
	struct filter_list *list = where;
	const char *end;

	list->count = 0;
	if (!*text)
		return value->can_be_empty;
	do {
		end = text + strcspn(text, ",");
		if (list->count == value->count ||
		    !parse_number(&list->values[list->count++], value, text,
				  end))
			return false;
		text = end + 1;
	} while (*end);
	return true;
}

static bool take_path(void *where, const struct value *value, const char *text)
{
	*(const char **)where = text;
	return *text || value->can_be_empty;
}

static bool take(void *target, const struct argparse_option *option,
		 const char *text)
{
	const struct value *value = option->data;

	return value->take((char *)target + value->where, value,
			   text ? text : "");
}

#define VALUE(name, taker, field, ...) \
	.metavar = (name), \
	.data = &(const struct value){ .take = (taker), \
		.where = offsetof(struct options, field), __VA_ARGS__ }
#define FLAG(field) VALUE(NULL, take_flag, field, .count = 0)
#define NUMBER(name, field, low, high) \
	VALUE(name, take_number, field, .min = (low), .max = (high))
#define LIST(name, field, low, high, most, ...) \
	VALUE(name, take_list, field, .min = (low), .max = (high), \
	      .count = (most), __VA_ARGS__)
#define PATH(name, field, empty) \
	VALUE(name, take_path, field, .can_be_empty = (empty))

/*
 * In the order of the usage line; letter 0 where there is none. Those of the
 * original keep their abbreviations, whatever options are added.
 */
static const struct argparse_option table[] = {
	{ "help", 'h', "show this help message and exit",
	  .action = ARGPARSE_HELP, .keeps_abbreviations = true },
	{ "timestamp", 't', "include timestamp on output",
	  FLAG(show.columns.timestamp), .keeps_abbreviations = true },
	/* The original pasted an empty value as no filter. */
	{ "pid", 'p', "trace this PID only",
	  LIST("PID", filter.pids, 1, INT32_MAX, FILTER_LIST_MAX,
	       .can_be_empty = true),
	  .keeps_abbreviations = true },

	{ "port", 'P', "only connects to these ports, as in 80,443",
	  LIST("PORT", filter.ports, 1, UINT16_MAX, FILTER_LIST_MAX) },
	{ "uid", 'u', "only connects of this user id",
	  LIST("UID", filter.uids, 0, UINT32_MAX - 1, 1) },
	{ "cgroupmap", 0, "only processes of the cgroups in this BPF map",
	  PATH("PATH", filter.cgroup_map, false) },
	{ "mntnsmap", 0, "only processes of the mount namespaces in this BPF "
	  "map", PATH("PATH", filter.mntns_map, false) },
	{ "failed", 'x', "only connects that failed at once, and why",
	  FLAG(filter.failed) },

	{ "time", 'T', "include the time of day on output",
	  FLAG(show.columns.wall_time) },
	{ "print-uid", 'U', "include the user id on output",
	  FLAG(show.columns.uid) },
	{ "lport", 'L', "include the local port on output",
	  FLAG(show.columns.lport) },
	{ "dns", 'd', "include the name that was looked up for DADDR",
	  FLAG(show.columns.query) },
	{ "json", 'j', "print a JSON object for each connect",
	  FLAG(show.json) },
	{ "raw", 0, "print the trace line under each row",
	  FLAG(show.raw) },
	{ "count", 'c', "count connects, and print the sums at the end",
	  FLAG(show.count) },
	{ "interval", 0, "with -c: print and clear the sums this often",
	  NUMBER("SECONDS", show.interval, 1, SECONDS_MAX) },

	{ "duration", 0, "end after this time",
	  NUMBER("SECONDS", duration, 1, SECONDS_MAX) },
	{ "max-events", 0, "end after this many connects",
	  NUMBER("N", show.max_events, 1, INT32_MAX) },
	{ "write", 'w', "also save the trace lines; - is stdout",
	  PATH("FILE", show.write_file, false) },
	{ "read", 'r', "print the connects saved by -w; - is stdin",
	  PATH("FILE", read_file, false) },
	{ "check", 0, "test whether this host can trace, and exit",
	  FLAG(check) },
	{ "ebpf", 0, "print the BPF program and exit", FLAG(ebpf) },
	{ "global-pipe", 0, "read the global trace_pipe, as the original did",
	  FLAG(global_pipe) },
	{ "original", 0, "trace as the tool of 2015 did, with its faults",
	  FLAG(original) },
	{ "kernel-headers", 0, "compile with the host's kernel headers",
	  PATH("DIR", kernel_headers, true), .is_optional = true },
	{ "maxactive", 0, "calls the return probe can track at once (4096)",
	  NUMBER("N", maxactive, 0, OPTIONS_MAXACTIVE_MAX) },
	{ "verbose", 'v', "report what is done, and count at the end",
	  FLAG(verbose) },
	{ "version", 'V', "show the program's version and exit",
	  .action = ARGPARSE_VERSION },
	{ .name = NULL },
};

_Static_assert(sizeof(table) / sizeof(table[0]) <= ARGPARSE_OPTIONS_MAX,
	       "raise ARGPARSE_OPTIONS_MAX");

/*
 * What can't be asked for together: the sums of -c are made in the kernel
 * and have no rows, -r has no kernel, and a line under a JSON object would
 * be no JSON.
 */
static const struct argparse_pair conflicts[] = {
	{ "timestamp", "count" },    { "time", "count" },
	{ "print-uid", "count" },    { "lport", "count" },
	{ "dns", "count" },	     { "json", "count" },
	{ "raw", "count" },	     { "max-events", "count" },
	{ "write", "count" },	     { "read", "count" },
	{ "cgroupmap", "read" },     { "mntnsmap", "read" },
	{ "dns", "read" },	     { "duration", "read" },
	{ "write", "read" },	     { "check", "read" },
	{ "ebpf", "read" },	     { "global-pipe", "read" },
	{ "kernel-headers", "read" }, { "maxactive", "read" },
	{ "raw", "json" },	     { "ebpf", "check" },
	/* That of 2015 had only -t and -p. */
	{ "port", "original" },	     { "uid", "original" },
	{ "cgroupmap", "original" }, { "mntnsmap", "original" },
	{ "failed", "original" },    { "time", "original" },
	{ "print-uid", "original" }, { "lport", "original" },
	{ "dns", "original" },	     { "json", "original" },
	{ "raw", "original" },	     { "count", "original" },
	{ "duration", "original" },  { "max-events", "original" },
	{ "write", "original" },     { "read", "original" },
	{ "check", "original" },     { "global-pipe", "original" },
	{ "kernel-headers", "original" }, { "maxactive", "original" },
	{ "verbose", "original" },
	{ .name = NULL },
};

/* What makes no sense without another one. */
static const struct argparse_pair needs[] = {
	{ "interval", "count" },
	{ .name = NULL },
};

enum argparse_verdict options_parse(struct options *options, int argc,
				    char **argv, FILE *out, FILE *err)
{
	static const struct argparse_grammar grammar = {
		.program = "tcpv4connect",
		.version = PROGRAM_VERSION,
		.description = "Trace TCP IPv4 connects",
		.epilog =
"examples:\n"
"    ./tcpv4connect           # trace all TCP IPv4 connect()s\n"
"    ./tcpv4connect -t        # include timestamps\n"
"    ./tcpv4connect -p 181    # only trace PID 181\n"
"    ./tcpv4connect -P 80,443 # only trace these ports\n"
"    ./tcpv4connect -x        # only trace failed connects\n"
"    ./tcpv4connect -c        # count connects per address\n",
		.options = table,
		.conflicts = conflicts,
		.needs = needs,
		.take = take,
	};
	enum argparse_verdict verdict;

	*options = (struct options){ .maxactive = OPTIONS_MAXACTIVE_MAX };
	verdict = argparse_parse(&grammar, options, argc, argv, out, err);
	options->show.columns.error = options->filter.failed;
	if (options->original) {
		options->global_pipe = true;
		options->maxactive = 0;
	}
	return verdict;
}
