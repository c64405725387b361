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
#include <unistd.h>

#include "read/trace_instance.h"
#include "system/fd.h"
#include "system/host.h"
#include "system/report.h"
#include "system/tracefs.h"

#define SECOND_US UINT64_C(1000000)

/* Where a file is, and which traces it matters to. */
enum place {
	PROC_SYS,
	DEBUGFS,
	TRACE,
	EVENT,			/* the directory of bpf_trace_printk */
	WITH_EVENT,		/* a trace that has it: Linux 5.9 and newer */
	WITHOUT_EVENT,
	GLOBAL,			/* the global trace; ours can't have it */
};

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

static const struct {
	const char *now, *then;
} outcomes[] = {
	[UNSEEN] = { "connects are neither seen nor counted",
		     "connects in that time were neither seen nor counted" },
	[LOST] = { "what is lost is counted", "what was lost then is counted" },
	[WRONG_TIMES] = { "rows have wrong times",
			  "rows of that time have wrong times" },
};

struct setting_kind {
	const char *name;	/* and path below the place */
	enum place place;
	enum rule rule;
	enum outcome outcome;
	const char *effect;
};

/*
 * kernel/kprobes.c (kprobe_all_disarmed, kprobe_ftrace_disabled),
 * kernel/trace/trace.c, trace_events.c and trace_output.c, Linux 4.4 to 7.1.
 * Two options are for the global trace before it had the event
 * (__trace_printk() in kernel/trace/trace_printk.c).
 */
static const struct setting_kind kinds[] = {
	{ "kernel.ftrace_enabled", PROC_SYS, ON, UNSEEN, "no probe fires" },
	{ "kprobes/enabled", DEBUGFS, ON, UNSEEN, "no probe fires" },
	{ "tracing_on", TRACE, RECORDING, LOST, "nothing is recorded" },
	{ "enable", EVENT, ON, LOST, "our lines are not recorded" },
	{ "filter", EVENT, FILTER, LOST, "not all of our lines are recorded" },
	{ "set_event_pid", WITH_EVENT, EMPTY, LOST,
	  "nothing is recorded of other processes" },
	{ "set_event_notrace_pid", WITH_EVENT, EMPTY, LOST,
	  "nothing is recorded of these processes" },
	{ "tracing_cpumask", TRACE, CPUS, LOST,
	  "nothing is recorded on other CPUs" },
	{ "options/raw", TRACE, OFF, LOST, "lines can't be read" },
	{ "options/hex", TRACE, OFF, LOST, "lines can't be read" },
	{ "options/bin", TRACE, OFF, LOST, "lines can't be read" },
	/* Linux 7.2 replaces bytes and adds a dump; 6.18 does not. */
	{ "options/fields", TRACE, OFF, LOST,
	  "newer kernels write lines that can't be read" },
	{ "options/pause-on-trace", TRACE, OFF, LOST,
	  "nothing is recorded while a process has the file trace open" },
	{ "options/printk-msg-only", WITHOUT_EVENT, OFF, LOST,
	  "lines can't be read" },
	{ "options/trace_printk", WITHOUT_EVENT, ON, LOST,
	  "nothing is recorded" },
	{ "current_tracer", GLOBAL, TRACER, LOST, "lines can't be read" },
	{ "trace_clock", TRACE, CLOCK, WRONG_TIMES, "the buffer was cleared" },
};

_Static_assert(sizeof(kinds) / sizeof(*kinds) == SETTINGS_COUNT, "all of them");

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

void settings_init(struct settings *settings)
{
	memset(settings, 0, sizeof(*settings));
	for (size_t i = 0; i < SETTINGS_COUNT; i++) {
		settings->list[i].kind = &kinds[i];
		settings->list[i].fd = -1;
	}
}

/* top is the directory that it is below; NULL: it does not matter. */
static void open_one(const struct settings *settings, struct setting *setting,
		     const char *top, const char *filter)
{
	char text[SETTINGS_TEXT];

	setting->error = ENOENT;
	if (!top)
		return;
	snprintf(setting->path, SETTINGS_PATH, "%s/%s", top,
		 setting->kind->name);
	/* sysctl(8) writes a dot for it. */
	if (setting->kind->place == PROC_SYS)
		*strrchr(setting->path, '.') = '/';
	setting->fd = open(setting->path, O_RDONLY | O_CLOEXEC);
	if (setting->fd < 0 || read_text(setting, text, sizeof(text))) {
		setting->error = errno;
		fd_close(&setting->fd);
		return;
	}
	snprintf(setting->wanted, SETTINGS_TEXT, "%s",
		 wanted_text(settings, setting, text, filter));
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
	if (!access(path, F_OK) || errno != ENOENT)
		return;
	snprintf(settings->trace_file, SETTINGS_PATH, "%s/trace", trace);
	(void)host_file_holder(AT_FDCWD, settings->trace_file,
			       settings->reader, sizeof(settings->reader));
}

void settings_open(struct settings *settings,
		   const struct settings_places *places)
{
	const char *trace = places->trace, *filter = places->filter;
	const char *tops[] = {
		[PROC_SYS] = places->proc_sys, [DEBUGFS] = places->debugfs,
		[TRACE] = trace, [EVENT] = NULL, [WITH_EVENT] = NULL,
		[WITHOUT_EVENT] = trace, [GLOBAL] = filter ? NULL : trace,
	};
	char event[SETTINGS_PATH], debugfs[SETTINGS_PATH];

	if (!places->proc_sys)
		tops[PROC_SYS] = "/proc/sys";
	if (!places->proc_sys &&
	    tracefs_find_mount("debugfs", debugfs, sizeof(debugfs)))
		tops[DEBUGFS] = debugfs;
	snprintf(event, sizeof(event), "%s/" TRACE_INSTANCE_EVENT,
		 trace ? trace : "");
	if (trace && tracefs_has(AT_FDCWD, event)) {
		tops[EVENT] = event;
		tops[WITH_EVENT] = trace;
		tops[WITHOUT_EVENT] = NULL;
	}
	settings_init(settings);
	settings->is_global = !filter;
	settings->cpus = sysconf(_SC_NPROCESSORS_ONLN);
	for (size_t i = 0; i < SETTINGS_COUNT; i++)
		open_one(settings, &settings->list[i], tops[kinds[i].place],
			 filter);
	if (trace)
		find_reader(settings, trace);
}

void settings_close(struct settings *settings)
{
	for (size_t i = 0; i < SETTINGS_COUNT; i++)
		fd_close(&settings->list[i].fd);
}

static void describe_remedy(const struct setting *setting, char *text,
			    size_t size)
{
	const char *value = setting->wanted;
	const char *quote = strchr(value, ' ') ? "'" : "";
	enum rule rule = setting->kind->rule;

	/* An empty filter reads "none", and is written as 0. */
	if (rule == FILTER && !strcmp(value, "none"))
		value = "0";
	/* No tracer is replaced while a trace_pipe is open. */
	snprintf(text, size, "to set it back: echo %s%s%s%s> %s%s", quote,
		 value, quote, value[0] ? " " : "", setting->path,
		 rule == TRACER ? ", before the start" : "");
}

/* What is wrong, and what to do. A reader may have stopped the trace. */
static void describe(const struct settings *settings,
		     const struct setting *setting, const char *found,
		     char *text, size_t size)
{
	const struct setting_kind *kind = setting->kind;
	const char *file = settings->trace_file;
	bool may_be_stopped = kind->rule == RECORDING && file[0];
	char first[3 * SETTINGS_PATH] = "", remedy[2 * SETTINGS_PATH];

	describe_remedy(setting, remedy, sizeof(remedy));
	if (may_be_stopped && settings->reader[0])
		snprintf(remedy, sizeof(remedy), "%s has %s open, which stops "
			 "it; end that", settings->reader, file);
	else if (may_be_stopped)
		snprintf(first, sizeof(first), "if a process has %s open, end "
			 "it (fuser %s shows it); else, ", file, file);
	snprintf(text, size, "is %s: %s, and %s; %s%s",
		 found[0] ? found : "empty", kind->effect,
		 outcomes[kind->outcome].now, first, remedy);
}

/*
 * The kernel enables the event of the global trace when the first program is
 * loaded, and a moment after that (Linux 6.19).
 */
static bool is_too_early(const struct settings *settings,
			 const struct setting_kind *kind)
{
	return settings->is_global && !settings->looked_us &&
	       kind->place == EVENT && kind->rule == ON;
}

enum setting_verdict settings_ask(const struct settings *settings, size_t i,
				  char *text, size_t size)
{
	const struct setting *setting = &settings->list[i];
	bool is_open = setting->fd >= 0;
	char found[SETTINGS_TEXT];

	if ((!is_open && kinds[i].place >= TRACE && setting->error == ENOENT) ||
	    is_too_early(settings, &kinds[i]))
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

/*
 * A probe that is made while all are disarmed is marked as disabled, and arming
 * them all passes over it (enable_kprobe(), arm_all_kprobes() in
 * kernel/kprobes.c).
 */
static void notice_change(const struct settings *settings,
			  struct setting *setting, const char *text,
			  uint64_t now_us)
{
	setting->is_changed = true;
	setting->since_us = now_us;
	setting->is_lasting = setting->kind->place == DEBUGFS &&
			      !settings->looked_us;
	report_warning("%s %s%s", setting->path, text,
		       setting->is_lasting ? ", and start again" : "");
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
}

static unsigned look_at(struct settings *settings, size_t i, uint64_t now_us)
{
	struct setting *setting = &settings->list[i];
	bool was_changed = setting->is_changed, is_changed;
	char text[1024];
	enum setting_verdict verdict = settings_ask(settings, i, text,
						    sizeof(text));

	if (verdict != SETTING_RIGHT && verdict != SETTING_CHANGED)
		return 0;
	is_changed = verdict == SETTING_CHANGED;
	if (is_changed && !was_changed)
		notice_change(settings, setting, text, now_us);
	else if (was_changed && !is_changed)
		notice_return(setting, now_us);
	if (kinds[i].outcome == WRONG_TIMES && was_changed != is_changed)
		return SETTINGS_LOSE_LINES | SETTINGS_CLOCK;
	if (kinds[i].outcome == LOST && (was_changed || is_changed))
		return SETTINGS_LOSE_LINES;
	return 0;
}

unsigned settings_look(struct settings *settings, uint64_t now_us)
{
	unsigned result = 0;

	for (size_t i = 0; i < SETTINGS_COUNT; i++)
		result |= look_at(settings, i, now_us);
	settings->looked_us = now_us;
	/* That was at the start. */
	settings->reader[0] = '\0';
	return result;
}

void settings_end(const struct settings *settings)
{
	for (size_t i = 0; i < SETTINGS_COUNT; i++) {
		const struct setting *setting = &settings->list[i];
		uint64_t us = setting->changed_us;

		if (setting->is_changed)
			us += settings->looked_us - setting->since_us;
		if (us || setting->is_changed)
			report_note("%s was changed for about %" PRIu64 " s "
				    "of this run; %s", setting->path,
				    (us + SECOND_US - 1) / SECOND_US,
				    outcomes[kinds[i].outcome].then);
	}
}
