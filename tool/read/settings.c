/*
 * settings.c - the list of files that can silence or garble the trace, and a
 * look at them. It writes to none. Options of a trace that are not listed
 * change only what trace_line.c can read.
 */
#include "read/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/trace_instance.h"
#include "system/fd.h"
#include "system/host.h"
#include "system/report.h"

#define SECOND_US UINT64_C(1000000)

enum place { PROC_SYS, DEBUGFS, TRACE };

/* What the file must hold. */
enum rule {
	ON,			/* anything but 0 */
	RECORDING,		/* the same, and readers may have stopped it */
	OFF,			/* 0 */
	EMPTY,
	FILTER,			/* the filter that we wrote, or none */
	CLOCK,			/* the clock of the start */
	CPUS,			/* a mask with every CPU in it */
	TRACER,			/* none that prints lines in its own way */
};

/* What another value does to connects. */
enum outcome { UNSEEN, LOST, WRONG_TIMES };

/* Which traces it matters to. */
enum scope {
	ANY,
	WITH_EVENT,		/* Linux 5.9 and newer */
	WITHOUT_EVENT,
	GLOBAL,			/* the global one; ours can't have it */
};

struct setting_kind {
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
 * Two options are for the global trace before it had the event
 * (__trace_printk() in kernel/trace/trace_printk.c).
 */
static const struct setting_kind kinds[] = {
	{ "kernel.ftrace_enabled", PROC_SYS, "kernel/ftrace_enabled", ON,
	  UNSEEN, ANY, "no probe fires" },
	{ "kprobes/enabled", DEBUGFS, "kprobes/enabled", ON, UNSEEN, ANY,
	  "no probe fires" },
	{ "tracing_on", TRACE, "tracing_on", RECORDING, LOST, ANY,
	  "nothing is recorded" },
	{ "enable", TRACE, TRACE_INSTANCE_EVENT "/enable", ON, LOST,
	  WITH_EVENT, "our lines are not recorded" },
	{ "filter", TRACE, TRACE_INSTANCE_EVENT "/filter", FILTER, LOST,
	  WITH_EVENT, "not all of our lines are recorded" },
	{ "set_event_pid", TRACE, "set_event_pid", EMPTY, LOST,
	  WITH_EVENT, "nothing is recorded of other processes" },
	{ "set_event_notrace_pid", TRACE, "set_event_notrace_pid", EMPTY,
	  LOST, WITH_EVENT, "nothing is recorded of these processes" },
	{ "tracing_cpumask", TRACE, "tracing_cpumask", CPUS, LOST, ANY,
	  "nothing is recorded on other CPUs" },
	{ "options/raw", TRACE, "options/raw", OFF, LOST, ANY,
	  "lines can't be read" },
	{ "options/hex", TRACE, "options/hex", OFF, LOST, ANY,
	  "lines can't be read" },
	{ "options/bin", TRACE, "options/bin", OFF, LOST, ANY,
	  "lines can't be read" },
	/* Linux 7.2 replaces bytes and adds a dump; 6.18 does not. */
	{ "options/fields", TRACE, "options/fields", OFF, LOST, ANY,
	  "newer kernels write lines that can't be read" },
	{ "options/pause-on-trace", TRACE, "options/pause-on-trace", OFF,
	  LOST, ANY,
	  "nothing is recorded while a process has the file trace open" },
	{ "options/printk-msg-only", TRACE, "options/printk-msg-only",
	  OFF, LOST, WITHOUT_EVENT, "lines can't be read" },
	{ "options/trace_printk", TRACE, "options/trace_printk", ON,
	  LOST, WITHOUT_EVENT, "nothing is recorded" },
	{ "current_tracer", TRACE, "current_tracer", TRACER, LOST,
	  GLOBAL, "lines can't be read" },
	{ "trace_clock", TRACE, "trace_clock", CLOCK, WRONG_TIMES, ANY,
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
	return strcmp(name, "blk") && strcmp(name, "function_graph") &&
	       strcmp(name, "mmiotrace");
}

/* A mask is hexadecimal digits with a comma after each eight. */
static long count_cpus(const char *mask)
{
	const char *digits = "0123456789abcdef", *digit;
	long count = 0;

	for (; *mask; mask++)
		if ((digit = strchr(digits, *mask)))
			count += __builtin_popcount(digit - digits);
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
static int read_text(const struct setting *setting, char *text, size_t size)
{
	ssize_t length = pread(setting->fd, text, size - 1, 0);

	if (length < 0)
		return -1;
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (setting->kind->rule == CLOCK)
		keep_bracketed(text);
	return 0;
}

static bool is_right(const struct settings *settings,
		     const struct setting *setting, const char *text)
{
	switch (setting->kind->rule) {
	case ON:
	case RECORDING:
		return text[0] != '0';
	case OFF:
		return text[0] == '0';
	case CPUS:
		return count_cpus(text) >= settings->cpus;
	case TRACER:
		return is_plain_tracer(text);
	case EMPTY:
	case FILTER:
	case CLOCK:
		break;
	}
	return !strcmp(text, setting->wanted);
}

/* What to write, so that it is as it has to be. */
static const char *wanted_text(const struct settings *settings,
			       const struct setting *setting, const char *text,
			       const char *filter)
{
	static const char *const values[] = {
		[ON] = "1", [RECORDING] = "1", [OFF] = "0", [EMPTY] = "",
		[FILTER] = "none", [TRACER] = "nop",
		[CPUS] = "the mask of all CPUs",
	};
	enum rule rule = setting->kind->rule;

	if (filter && rule == FILTER)
		return filter;
	if (rule == CLOCK)
		return filter ? "mono" : text;
	if (rule == CPUS && is_right(settings, setting, text))
		return text;
	return values[rule];
}

static bool is_in_scope(const struct settings_places *places,
			enum scope scope)
{
	char path[SETTINGS_PATH];
	struct stat about;
	bool has_event;

	if (scope == ANY || !places->trace)
		return true;
	if (scope == GLOBAL)
		return !places->filter;
	snprintf(path, sizeof(path), "%s/" TRACE_INSTANCE_EVENT, places->trace);
	has_event = !stat(path, &about);
	return has_event == (scope == WITH_EVENT);
}

void settings_init(struct settings *settings)
{
	memset(settings, 0, sizeof(*settings));
	for (size_t i = 0; i < KINDS; i++) {
		settings->list[i].kind = &kinds[i];
		settings->list[i].fd = -1;
	}
}

static void open_one(const struct settings *settings, struct setting *setting,
		     const struct settings_places *places)
{
	const char *const tops[] = {
		[PROC_SYS] = places->proc_sys, [DEBUGFS] = places->debugfs,
		[TRACE] = places->trace,
	};
	const struct setting_kind *kind = setting->kind;
	const char *top = tops[kind->place];
	char text[SETTINGS_TEXT];

	setting->error = ENOENT;
	if (!top || !is_in_scope(places, kind->scope))
		return;
	snprintf(setting->path, SETTINGS_PATH, "%s/%s", top, kind->file);
	setting->fd = open(setting->path, O_RDONLY | O_CLOEXEC);
	if (setting->fd < 0 || read_text(setting, text, sizeof(text))) {
		setting->error = errno;
		fd_close(&setting->fd);
		return;
	}
	snprintf(setting->wanted, SETTINGS_TEXT, "%s",
		 wanted_text(settings, setting, text, places->filter));
}

/*
 * Opening the file trace stops the recording up to Linux 5.7. tracing_on then
 * reads 0 and can't be set. Newer kernels have an option for that
 * (__tracing_open() in kernel/trace/trace.c).
 */
static void find_reader(struct settings *settings, const char *trace)
{
	char path[SETTINGS_PATH];

	snprintf(path, sizeof(path), "%s/options/pause-on-trace", trace);
	settings->stops_for_readers = access(path, F_OK) && errno == ENOENT;
	snprintf(path, sizeof(path), "%s/trace", trace);
	if (!settings->stops_for_readers ||
	    !host_file_holder(AT_FDCWD, path, settings->reader,
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
		open_one(settings, &settings->list[i], places);
	if (places->trace)
		find_reader(settings, places->trace);
}

void settings_close(struct settings *settings)
{
	for (size_t i = 0; i < KINDS; i++)
		fd_close(&settings->list[i].fd);
}

/*
 * A process may have stopped the trace by reading it. True where ending that
 * process is the whole remedy.
 */
static bool describe_reader(const struct settings *settings,
			    const struct setting *setting, char *text,
			    size_t size)
{
	const char *path = setting->path;
	int length = strlen(path) - strlen(setting->kind->file);

	text[0] = '\0';
	if (setting->kind->rule != RECORDING || !settings->stops_for_readers)
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

static void describe_remedy(const struct setting *setting, char *text,
			    size_t size)
{
	const char *value = setting->wanted;
	const char *quote = strchr(value, ' ') ? "'" : "";
	const char *when = "";

	/* An empty filter reads "none", and is written as 0. */
	if (setting->kind->rule == FILTER && !strcmp(value, "none"))
		value = "0";
	/* No tracer is replaced while a trace_pipe is open. */
	if (setting->kind->rule == TRACER)
		when = ", before the start";
	if (setting->is_lasting)
		when = ", and start again";
	snprintf(text, size, "to set it back: echo %s%s%s%s> %s%s", quote,
		 value, quote, value[0] ? " " : "", setting->path, when);
}

/* What is wrong, and what to do. */
static void describe(const struct settings *settings,
		     const struct setting *setting, const char *found,
		     char *text, size_t size)
{
	static const char *const outcomes[] = {
		[UNSEEN] = "connects are neither seen nor counted",
		[LOST] = "what is lost is counted",
		[WRONG_TIMES] = "rows have wrong times",
	};
	char reader[3 * SETTINGS_PATH], remedy[2 * SETTINGS_PATH] = "";

	if (!describe_reader(settings, setting, reader, sizeof(reader)))
		describe_remedy(setting, remedy, sizeof(remedy));
	snprintf(text, size, "is %s: %s, and %s; %s%s",
		 found[0] ? found : "empty", setting->kind->effect,
		 outcomes[setting->kind->outcome], reader, remedy);
}

/*
 * A probe that is made while all are disarmed is marked as disabled, and arming
 * them all passes over it (enable_kprobe(), arm_all_kprobes() in
 * kernel/kprobes.c).
 */
static bool lasts(const struct settings *settings,
		  const struct setting *setting)
{
	return setting->kind->place == DEBUGFS && !settings->looked_us;
}

static void notice_change(const struct settings *settings,
			  struct setting *setting, const char *found,
			  uint64_t now_us)
{
	char text[1024];

	setting->is_changed = true;
	setting->since_us = now_us;
	setting->is_lasting = lasts(settings, setting);
	describe(settings, setting, found, text, sizeof(text));
	report_warning("%s %s", setting->path, text);
}

static void notice_return(struct setting *setting, uint64_t now_us)
{
	setting->is_changed = false;
	setting->changed_us += now_us - setting->since_us;
	if (setting->is_lasting)
		report_warning("%s is set back, but our probes were made "
			       "before that and may stay off; start again",
			       setting->path);
	else
		report_note("%s is set back; tracing goes on", setting->path);
	setting->is_lasting = false;
}

/*
 * The kernel enables the event of the global trace when the first program is
 * loaded, and a moment after that (Linux 6.19).
 */
static bool is_too_early(const struct settings *settings,
			 const struct setting *setting)
{
	return settings->is_global && !settings->looked_us &&
	       setting->kind->scope == WITH_EVENT && setting->kind->rule == ON;
}

static unsigned look_at(const struct settings *settings,
			struct setting *setting, uint64_t now_us)
{
	enum outcome outcome = setting->kind->outcome;
	bool was_changed = setting->is_changed, is_changed;
	char text[SETTINGS_TEXT];

	if (setting->fd < 0 || is_too_early(settings, setting) ||
	    read_text(setting, text, sizeof(text)))
		return 0;
	is_changed = !is_right(settings, setting, text);
	if (is_changed && !was_changed)
		notice_change(settings, setting, text, now_us);
	else if (was_changed && !is_changed)
		notice_return(setting, now_us);
	if (outcome == WRONG_TIMES && was_changed != is_changed)
		return SETTINGS_LOSE_LINES | SETTINGS_CLOCK;
	if (outcome == LOST && (was_changed || is_changed))
		return SETTINGS_LOSE_LINES;
	return 0;
}

unsigned settings_look(struct settings *settings, uint64_t now_us)
{
	unsigned result = 0;

	for (size_t i = 0; i < KINDS; i++)
		result |= look_at(settings, &settings->list[i], now_us);
	settings->looked_us = now_us;
	return result;
}

void settings_end(const struct settings *settings)
{
	static const char *const outcomes[] = {
		[UNSEEN] =
			"connects in that time were neither seen nor counted",
		[LOST] = "what was lost then is counted",
		[WRONG_TIMES] = "rows of that time have wrong times",
	};

	for (size_t i = 0; i < KINDS; i++) {
		const struct setting *setting = &settings->list[i];
		uint64_t us = setting->changed_us;

		if (setting->is_changed)
			us += settings->looked_us - setting->since_us;
		if (us || setting->is_changed)
			report_note("%s was changed for about %" PRIu64 " s "
				    "of this run; %s", setting->path,
				    (us + SECOND_US - 1) / SECOND_US,
				    outcomes[setting->kind->outcome]);
	}
}

enum setting_verdict settings_ask(const struct settings *settings, size_t i,
				  char *text, size_t size)
{
	const struct setting *setting = &settings->list[i];
	bool is_open = setting->fd >= 0;
	char found[SETTINGS_TEXT];

	if ((!is_open && setting->kind->place == TRACE &&
	     setting->error == ENOENT) || is_too_early(settings, setting))
		return SETTING_ABSENT;
	if (!is_open || read_text(setting, found, sizeof(found))) {
		snprintf(text, size, "can't be read here (%s)",
			 strerror(is_open ? errno : setting->error));
		return SETTING_UNREADABLE;
	}
	if (!is_right(settings, setting, found)) {
		describe(settings, setting, found, text, size);
		return SETTING_CHANGED;
	}
	snprintf(text, size, "%s", found[0] ? found : "empty");
	return SETTING_RIGHT;
}
