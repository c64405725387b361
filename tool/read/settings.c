/*
 * settings.c - the one list of files that silence or garble us, and a look
 * at them once in a while. It writes to none of them.
 *
 * What is not in the list does no harm: the other options of a trace change
 * only what the parser of lines knows.
 */
#include "read/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/fd.h"
#include "system/file_holder.h"
#include "system/report.h"

#define SECOND_US UINT64_C(1000000)
#define EVENT "events/bpf_trace/bpf_trace_printk/"

enum place { PROC_SYS, DEBUGFS, TRACE };

/* What has to be in the file. */
enum rule {
	RULE_ON,		/* anything but 0 */
	RULE_RECORDING,		/* the same, and readers may have stopped it */
	RULE_OFF,		/* 0 */
	RULE_EMPTY,
	RULE_FILTER,		/* the filter that we wrote, or none */
	RULE_CLOCK,		/* the clock of the start */
	RULE_CPUS,		/* a mask with every CPU in it */
	RULE_TRACER,		/* none that prints lines in its own way */
};

/* What it does to connects. */
enum outcome { UNSEEN, LOST, WRONG_TIMES };

/* Which traces it matters to. */
enum scope {
	ANY,
	WITH_EVENT,		/* Linux 5.9 and newer */
	WITHOUT_EVENT,
	GLOBAL,			/* the global one; ours can't have it */
};

struct kind {
	const char *name;
	enum place place;
	const char *file;
	enum rule rule;
	enum outcome outcome;
	enum scope scope;
	const char *effect;
};

/*
 * kernel/kprobes.c (kprobe_all_disarmed, kprobe_ftrace_disabled),
 * kernel/trace/trace.c, trace_events.c and trace_output.c, Linux 4.4 to 7.1.
 * Before the event there was __trace_printk() of kernel/trace/trace_printk.c,
 * which two options of the global trace concern.
 */
static const struct kind kinds[] = {
	{ "kernel.ftrace_enabled", PROC_SYS, "kernel/ftrace_enabled", RULE_ON,
	  UNSEEN, ANY, "no probe fires" },
	{ "kprobes/enabled", DEBUGFS, "kprobes/enabled", RULE_ON, UNSEEN, ANY,
	  "no probe fires" },
	{ "tracing_on", TRACE, "tracing_on", RULE_RECORDING, LOST, ANY,
	  "nothing is recorded" },
	{ "enable", TRACE, EVENT "enable", RULE_ON, LOST, WITH_EVENT,
	  "our lines are not recorded" },
	{ "filter", TRACE, EVENT "filter", RULE_FILTER, LOST, WITH_EVENT,
	  "not all of our lines are recorded" },
	{ "set_event_pid", TRACE, "set_event_pid", RULE_EMPTY, LOST,
	  WITH_EVENT, "nothing is recorded of other processes" },
	{ "set_event_notrace_pid", TRACE, "set_event_notrace_pid", RULE_EMPTY,
	  LOST, WITH_EVENT, "nothing is recorded of these processes" },
	{ "tracing_cpumask", TRACE, "tracing_cpumask", RULE_CPUS, LOST, ANY,
	  "nothing is recorded on other CPUs" },
	{ "options/raw", TRACE, "options/raw", RULE_OFF, LOST, ANY,
	  "lines can't be read" },
	{ "options/hex", TRACE, "options/hex", RULE_OFF, LOST, ANY,
	  "lines can't be read" },
	{ "options/bin", TRACE, "options/bin", RULE_OFF, LOST, ANY,
	  "lines can't be read" },
	/* Linux 7.2 replaces bytes and adds a dump; 6.18 does not. */
	{ "options/fields", TRACE, "options/fields", RULE_OFF, LOST, ANY,
	  "newer kernels write lines that can't be read" },
	{ "options/pause-on-trace", TRACE, "options/pause-on-trace", RULE_OFF,
	  LOST, ANY,
	  "nothing is recorded while a process has the file trace open" },
	{ "options/printk-msg-only", TRACE, "options/printk-msg-only",
	  RULE_OFF, LOST, WITHOUT_EVENT, "lines can't be read" },
	{ "options/trace_printk", TRACE, "options/trace_printk", RULE_ON,
	  LOST, WITHOUT_EVENT, "nothing is recorded" },
	{ "current_tracer", TRACE, "current_tracer", RULE_TRACER, LOST,
	  GLOBAL, "lines can't be read" },
	{ "trace_clock", TRACE, "trace_clock", RULE_CLOCK, WRONG_TIMES, ANY,
	  "the buffer was cleared" },
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

_Static_assert(KINDS <= SETTINGS_MAX, "room for all of them");

size_t settings_count(void)
{
	return KINDS;
}

const char *settings_name(size_t i)
{
	return kinds[i].name;
}

/* These write each line in a way of their own (struct tracer.print_line). */
static bool is_plain_tracer(const char *name)
{
	static const char *const others[] = {
		"blk", "function_graph", "mmiotrace",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (!strcmp(name, others[i]))
			return false;
	return true;
}

/* A mask is hexadecimal digits with a comma after each eight. */
static long count_cpus(const char *mask)
{
	long count = 0;

	for (; *mask; mask++) {
		const char *digits = "0123456789abcdef";
		const char *digit = strchr(digits, *mask);

		if (digit)
			count += __builtin_popcount(digit - digits);
	}
	return count;
}

/* "local global [mono]": the word in brackets. */
static void keep_bracketed(char *text)
{
	char *start = strchr(text, '['), *end = strchr(text, ']');

	if (!start || !end || end < start)
		return;
	*end = '\0';
	memmove(text, start + 1, end - start);
}

/* The first line, without its newline. Returns 0, or -1 with errno. */
static int read_text(const struct kind *kind, int fd, char *text, size_t size)
{
	ssize_t length = pread(fd, text, size - 1, 0);

	if (length < 0)
		return -1;
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (kind->rule == RULE_CLOCK)
		keep_bracketed(text);
	return 0;
}

static bool is_right(const struct settings *settings, size_t i,
		     const char *text)
{
	switch (kinds[i].rule) {
	case RULE_ON:
	case RULE_RECORDING:
		return text[0] != '0';
	case RULE_OFF:
		return text[0] == '0';
	case RULE_EMPTY:
		return !text[0];
	case RULE_CPUS:
		return count_cpus(text) >= settings->cpus;
	case RULE_TRACER:
		return is_plain_tracer(text);
	case RULE_FILTER:
	case RULE_CLOCK:
		break;
	}
	return !strcmp(text, settings->states[i].wanted);
}

/* What to write, so that it is as it has to be. */
static void set_wanted(struct settings *settings, size_t i, const char *text,
		       const char *filter)
{
	char *wanted = settings->states[i].wanted;
	const char *value = "1";

	switch (kinds[i].rule) {
	case RULE_ON:
	case RULE_RECORDING:
		break;
	case RULE_OFF:
		value = "0";
		break;
	case RULE_EMPTY:
		value = "";
		break;
	case RULE_FILTER:
		value = filter ? filter : "none";
		break;
	case RULE_TRACER:
		value = "nop";
		break;
	case RULE_CPUS:
		value = is_right(settings, i, text) ? text :
						      "the mask of all CPUs";
		break;
	case RULE_CLOCK:
		value = filter ? "mono" : text;
		break;
	}
	snprintf(wanted, SETTINGS_TEXT, "%s", value);
}

static const char *directory(const struct settings_places *places,
			     enum place place)
{
	switch (place) {
	case PROC_SYS:
		return places->proc_sys;
	case DEBUGFS:
		return places->debugfs;
	case TRACE:
		break;
	}
	return places->trace;
}

static bool is_in_scope(const struct settings_places *places,
			const struct kind *kind)
{
	char path[SETTINGS_PATH];
	struct stat about;
	bool has_event;

	if (kind->scope == ANY || !places->trace)
		return true;
	if (kind->scope == GLOBAL)
		return !places->filter;
	snprintf(path, sizeof(path), "%s/" EVENT, places->trace);
	has_event = !stat(path, &about);
	return has_event == (kind->scope == WITH_EVENT);
}

void settings_init(struct settings *settings)
{
	memset(settings, 0, sizeof(*settings));
	for (size_t i = 0; i < KINDS; i++)
		settings->states[i].fd = -1;
}

static void open_one(struct settings *settings, size_t i,
		     const struct settings_places *places)
{
	const struct kind *kind = &kinds[i];
	struct setting_state *state = &settings->states[i];
	const char *where = directory(places, kind->place);
	char text[SETTINGS_TEXT];

	state->error = ENOENT;
	if (!where || !is_in_scope(places, kind))
		return;
	snprintf(state->path, sizeof(state->path), "%s/%s", where, kind->file);
	state->fd = open(state->path, O_RDONLY | O_CLOEXEC);
	if (state->fd >= 0 &&
	    read_text(kind, state->fd, text, sizeof(text)))
		fd_close(&state->fd);
	if (state->fd < 0)
		state->error = errno;
	else
		set_wanted(settings, i, text, places->filter);
}

/*
 * Opening the file trace stops the recording up to Linux 5.7, where tracing_on
 * then reads 0 and can't be set; newer kernels have an option for that
 * (__tracing_open() in kernel/trace/trace.c).
 */
static void find_reader(struct settings *settings, const char *trace)
{
	char path[SETTINGS_PATH];

	snprintf(path, sizeof(path), "%s/options/pause-on-trace", trace);
	settings->stops_for_readers = access(path, F_OK) && errno == ENOENT;
	snprintf(path, sizeof(path), "%s/trace", trace);
	if (!settings->stops_for_readers ||
	    !file_holder_find(AT_FDCWD, path, settings->reader,
			      sizeof(settings->reader)))
		settings->reader[0] = '\0';
}

void settings_open(struct settings *settings,
		   const struct settings_places *places)
{
	settings_init(settings);
	settings->is_global = !places->filter;
	settings->cpus = sysconf(_SC_NPROCESSORS_ONLN);
	for (size_t i = 0; i < KINDS; i++)
		open_one(settings, i, places);
	if (places->trace)
		find_reader(settings, places->trace);
}

void settings_close(struct settings *settings)
{
	for (size_t i = 0; i < KINDS; i++)
		fd_close(&settings->states[i].fd);
}

/*
 * Where a process may have stopped the trace by reading it: what to do about
 * that. True where nothing else is to be done.
 */
static bool describe_reader(const struct settings *settings, size_t i,
			    char *text, size_t size)
{
	const char *path = settings->states[i].path;
	int length = strlen(path) - strlen(kinds[i].file);

	text[0] = '\0';
	if (kinds[i].rule != RULE_RECORDING || !settings->stops_for_readers)
		return false;
	if (settings->reader[0] && !settings->looked_us) {
		snprintf(text, size, "%s has %.*strace open, which stops it; "
			 "end that", settings->reader, length, path);
		return true;
	}
	snprintf(text, size, "if a process has %.*strace open, end it "
		 "(fuser %.*strace shows it); else, ", length, path, length,
		 path);
	return false;
}

static void describe_remedy(const struct settings *settings, size_t i,
			    char *text, size_t size)
{
	const struct setting_state *state = &settings->states[i];
	const char *value = state->wanted;
	const char *quote = strchr(value, ' ') ? "'" : "";
	const char *when = "";

	/* An empty filter reads "none", and is written so. */
	if (kinds[i].rule == RULE_FILTER && !strcmp(value, "none"))
		value = "0";
	/* No tracer is replaced while a trace_pipe is open. */
	if (kinds[i].rule == RULE_TRACER)
		when = ", before the start";
	if (state->is_lasting)
		when = ", and start again";
	snprintf(text, size, "to set it back: echo %s%s%s%s> %s%s", quote,
		 value, quote, value[0] ? " " : "", state->path, when);
}

/* What is wrong, and what to do. */
static void describe(const struct settings *settings, size_t i,
		     const char *found, char *text, size_t size)
{
	static const char *const outcomes[] = {
		[UNSEEN] = "connects are neither seen nor counted",
		[LOST] = "what is lost is counted",
		[WRONG_TIMES] = "rows have wrong times",
	};
	char reader[3 * SETTINGS_PATH], remedy[2 * SETTINGS_PATH] = "";

	if (!describe_reader(settings, i, reader, sizeof(reader)))
		describe_remedy(settings, i, remedy, sizeof(remedy));
	snprintf(text, size, "is %s: %s, and %s; %s%s",
		 found[0] ? found : "empty", kinds[i].effect,
		 outcomes[kinds[i].outcome], reader, remedy);
}

/*
 * enable_kprobe() leaves a new probe marked as disabled while all of them are
 * disarmed, and arming them all again passes over those that are so marked
 * (kernel/kprobes.c).
 */
static bool lasts(const struct settings *settings, size_t i)
{
	return kinds[i].place == DEBUGFS && !settings->looked_us;
}

static void notice(struct settings *settings, size_t i, const char *found,
		   uint64_t now_us)
{
	struct setting_state *state = &settings->states[i];
	char text[1024];

	state->is_changed = !state->is_changed;
	if (state->is_changed) {
		state->since_us = now_us;
		state->is_lasting = lasts(settings, i);
		describe(settings, i, found, text, sizeof(text));
		report_warning("%s %s", state->path, text);
		return;
	}
	state->changed_us += now_us - state->since_us;
	if (state->is_lasting)
		report_warning("%s is set back, but our probes were made "
			       "before that and may stay off; start again",
			       state->path);
	else
		report_note("%s is set back; tracing goes on", state->path);
	state->is_lasting = false;
}

/*
 * Where the global trace is read, the kernel enables its event itself when
 * the first program is loaded, and a moment after that (Linux 6.19).
 */
static bool is_too_early(const struct settings *settings, size_t i)
{
	return settings->is_global && !settings->looked_us &&
	       kinds[i].scope == WITH_EVENT && kinds[i].rule == RULE_ON;
}

static unsigned look_at(struct settings *settings, size_t i, uint64_t now_us)
{
	const struct setting_state *state = &settings->states[i];
	bool was_changed = state->is_changed;
	char text[SETTINGS_TEXT];

	if (state->fd < 0 || is_too_early(settings, i) ||
	    read_text(&kinds[i], state->fd, text, sizeof(text)))
		return 0;
	if (is_right(settings, i, text) == was_changed)
		notice(settings, i, text, now_us);
	if (kinds[i].outcome == WRONG_TIMES)
		return was_changed != state->is_changed ?
		       SETTINGS_LOSE_LINES | SETTINGS_CLOCK : 0;
	if (kinds[i].outcome == LOST && (was_changed || state->is_changed))
		return SETTINGS_LOSE_LINES;
	return 0;
}

unsigned settings_look(struct settings *settings, uint64_t now_us)
{
	unsigned result = 0;

	for (size_t i = 0; i < KINDS; i++)
		result |= look_at(settings, i, now_us);
	settings->looked_us = now_us;
	return result;
}

void settings_end(const struct settings *settings)
{
	static const char *const outcomes[] = {
		[UNSEEN] = "connects in that time were neither seen nor counted",
		[LOST] = "what was lost then is counted",
		[WRONG_TIMES] = "rows of that time have wrong times",
	};

	for (size_t i = 0; i < KINDS; i++) {
		const struct setting_state *state = &settings->states[i];
		uint64_t us = state->changed_us;

		if (state->is_changed)
			us += settings->looked_us - state->since_us;
		if (us || state->is_changed)
			report_note("%s was changed for about %" PRIu64 " s "
				    "of this run; %s", state->path,
				    (us + SECOND_US - 1) / SECOND_US,
				    outcomes[kinds[i].outcome]);
	}
}

enum setting_verdict settings_ask(struct settings *settings, size_t i,
				 char *text, size_t size)
{
	const struct setting_state *state = &settings->states[i];
	char found[SETTINGS_TEXT];

	if (state->fd < 0 && kinds[i].place == TRACE &&
	    state->error == ENOENT)
		return SETTING_ABSENT;
	if (state->fd < 0 ||
	    read_text(&kinds[i], state->fd, found, sizeof(found))) {
		snprintf(text, size, "can't be read here (%s)",
			 strerror(state->fd < 0 ? state->error : errno));
		return SETTING_UNREADABLE;
	}
	if (is_too_early(settings, i))
		return SETTING_ABSENT;
	if (is_right(settings, i, found)) {
		snprintf(text, size, "%s", found[0] ? found : "empty");
		return SETTING_RIGHT;
	}
	describe(settings, i, found, text, size);
	return SETTING_CHANGED;
}
