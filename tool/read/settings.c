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
	SWITCH,			/* 0, or anything else */
	RECORDING,		/* the same, and readers may have stopped it */
	TEXT,			/* this */
	FILTER,			/* the filter that we wrote, or none */
	CLOCK,			/* the clock of the start */
	CPUS,			/* a mask with every CPU in it */
	TRACER,			/* none that prints lines in its own way */
};

/* What another value does to connects, and what settings_look() returns. */
enum outcome {
	UNSEEN = 0,
	LOST = SETTINGS_LOSE_LINES,
	WRONG_TIMES = SETTINGS_LOSE_LINES | SETTINGS_CLOCK,
};

static const struct {
	const char *now, *then;
} outcomes[] = {
	[UNSEEN] = { "connects are neither seen nor counted",
		     "connects in that time were neither seen nor counted" },
	[LOST] = { "what is lost is counted", "what was lost then is counted" },
	[WRONG_TIMES] = { "rows have wrong times",
			  "rows of that time have wrong times" },
};

/*
 * kernel/kprobes.c (kprobe_all_disarmed, kprobe_ftrace_disabled),
 * kernel/trace/trace.c, trace_events.c and trace_output.c, Linux 4.4 to 7.1.
 * Two options are for the global trace before it had the event
 * (__trace_printk() in kernel/trace/trace_printk.c).
 */
static const struct {
	const char *name;	/* and path below the place */
	enum place place;
	enum rule rule;
	const char *wanted;
	enum outcome outcome;
	const char *effect;	/* of another value */
} kinds[] = {
	{ "kernel.ftrace_enabled", PROC_SYS, SWITCH, "1", UNSEEN,
	  "no probe fires" },
	{ "kprobes/enabled", DEBUGFS, SWITCH, "1", UNSEEN, "no probe fires" },
	{ "tracing_on", TRACE, RECORDING, "1", LOST, "nothing is recorded" },
	{ "enable", EVENT, SWITCH, "1", LOST, "our lines are not recorded" },
	{ "filter", EVENT, FILTER, "none", LOST,
	  "not all of our lines are recorded" },
	{ "set_event_pid", WITH_EVENT, TEXT, "", LOST,
	  "nothing is recorded of other processes" },
	{ "set_event_notrace_pid", WITH_EVENT, TEXT, "", LOST,
	  "nothing is recorded of these processes" },
	{ "tracing_cpumask", TRACE, CPUS, "the mask of all CPUs", LOST,
	  "nothing is recorded on other CPUs" },
	{ "options/raw", TRACE, SWITCH, "0", LOST, "lines can't be read" },
	{ "options/hex", TRACE, SWITCH, "0", LOST, "lines can't be read" },
	{ "options/bin", TRACE, SWITCH, "0", LOST, "lines can't be read" },
	/* Linux 7.2 replaces bytes and adds a dump; 6.18 does not. */
	{ "options/fields", TRACE, SWITCH, "0", LOST,
	  "newer kernels write lines that can't be read" },
	{ "options/pause-on-trace", TRACE, SWITCH, "0", LOST,
	  "nothing is recorded while a process has the file trace open" },
	{ "options/printk-msg-only", WITHOUT_EVENT, SWITCH, "0", LOST,
	  "lines can't be read" },
	{ "options/trace_printk", WITHOUT_EVENT, SWITCH, "1", LOST,
	  "nothing is recorded" },
	{ "current_tracer", GLOBAL, TRACER, "nop", LOST,
	  "lines can't be read" },
	{ "trace_clock", TRACE, CLOCK, "mono", WRONG_TIMES,
	  "the buffer was cleared" },
};

_Static_assert(sizeof(kinds) / sizeof(*kinds) == SETTINGS_COUNT, "all of them");

const char *settings_name(size_t i)
{
	return kinds[i].name;
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

/* The first line, without its newline. Returns 0, or -1 with errno. */
static int read_text(const struct settings *settings, size_t i, char *text,
		     size_t size)
{
	ssize_t length = pread(settings->list[i].fd, text, size - 1, 0);
	const char *word;

	if (length < 0)
		return -1;
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	/* "local global [mono]" */
	if (kinds[i].rule == CLOCK && (word = strchr(text, '['))) {
		memmove(text, word + 1, strlen(word));
		text[strcspn(text, "]")] = '\0';
	}
	return 0;
}

static bool is_right(const struct settings *settings, size_t i,
		     const char *text)
{
	const char *wanted = settings->list[i].wanted;

	switch (kinds[i].rule) {
	case SWITCH:
	case RECORDING:
		return (text[0] == '0') == (wanted[0] == '0');
	case CPUS:
		return count_cpus(text) >= settings->cpus;
	case TRACER:
		/* These print each line themselves (struct tracer). */
		return strcmp(text, "blk") && strcmp(text, "function_graph") &&
		       strcmp(text, "mmiotrace");
	case TEXT:
	case FILTER:
	case CLOCK:
		break;
	}
	return !strcmp(text, wanted);
}

/* top is the directory that it is below; "": it does not matter. */
static void open_one(struct settings *settings, size_t i, const char *top,
		     const char *filter)
{
	struct setting *setting = &settings->list[i];
	const char *wanted = kinds[i].wanted;
	enum rule rule = kinds[i].rule;
	char text[SETTINGS_TEXT];

	setting->fd = -ENOENT;
	if (!top[0])
		return;
	snprintf(setting->path, SETTINGS_PATH, "%s/%s", top, kinds[i].name);
	/* sysctl(8) writes a dot for it. */
	if (kinds[i].place == PROC_SYS)
		*strrchr(setting->path, '.') = '/';
	setting->fd = open(setting->path, O_RDONLY | O_CLOEXEC);
	if (setting->fd < 0 || read_text(settings, i, text, sizeof(text))) {
		fd_close(&setting->fd);
		setting->fd = -errno;
		return;
	}
	if (rule == FILTER && filter[0])
		wanted = filter;
	if ((rule == CLOCK && !filter[0]) ||
	    (rule == CPUS && is_right(settings, i, text)))
		wanted = text;
	snprintf(setting->wanted, SETTINGS_TEXT, "%s", wanted);
}

/*
 * Opening the file trace stops the recording up to Linux 5.7. tracing_on then
 * reads 0 and can't be set. Newer kernels have an option for that
 * (__tracing_open() in kernel/trace/trace.c).
 */
static void find_reader(struct settings *settings, const char *trace)
{
	char path[SETTINGS_PATH], holder[64];

	snprintf(path, sizeof(path), "%s/options/pause-on-trace", trace);
	if (!trace[0] || tracefs_has(AT_FDCWD, path))
		return;
	snprintf(path, sizeof(path), "%s/trace", trace);
	snprintf(settings->if_reader, sizeof(settings->if_reader),
		 "if a process has %s open, end it (fuser %s shows it); else, ",
		 path, path);
	if (host_file_holder(AT_FDCWD, path, holder, sizeof(holder)))
		snprintf(settings->reader, sizeof(settings->reader),
			 "%s has %s open, which stops it; end that", holder,
			 path);
}

void settings_open(struct settings *settings, const char *trace,
		   const char *filter, const char *proc_sys,
		   const char *debugfs)
{
	char event[SETTINGS_PATH], mount[SETTINGS_PATH] = "";
	const char *tops[] = {
		[PROC_SYS] = proc_sys ? proc_sys : "/proc/sys",
		[DEBUGFS] = debugfs ? debugfs : mount,
		[TRACE] = trace, [EVENT] = "", [WITH_EVENT] = "",
		[WITHOUT_EVENT] = trace, [GLOBAL] = filter[0] ? "" : trace,
	};

	snprintf(event, sizeof(event), "%s/" TRACE_INSTANCE_EVENT, trace);
	if (tracefs_has(AT_FDCWD, event)) {
		tops[EVENT] = event;
		tops[WITH_EVENT] = trace;
		tops[WITHOUT_EVENT] = "";
	}
	(void)tracefs_find_mount("debugfs", mount, sizeof(mount));
	*settings = (struct settings)SETTINGS_NONE;
	settings->cpus = sysconf(_SC_NPROCESSORS_ONLN);
	for (size_t i = 0; i < SETTINGS_COUNT; i++)
		open_one(settings, i, tops[kinds[i].place], filter);
	find_reader(settings, trace);
}

void settings_close(struct settings *settings)
{
	for (size_t i = 0; i < SETTINGS_COUNT; i++)
		fd_close(&settings->list[i].fd);
}

/* What is wrong, and what to do. A reader may have stopped the trace. */
static void describe(const struct settings *settings, size_t i,
		     const char *found, char *text, size_t size)
{
	const struct setting *setting = &settings->list[i];
	const char *value = setting->wanted;
	const char *quote = strchr(value, ' ') ? "'" : "";
	enum rule rule = kinds[i].rule;

	snprintf(text, size, "is %s: %s, and %s; ", found, kinds[i].effect,
		 outcomes[kinds[i].outcome].now);
	size -= strlen(text);
	text += strlen(text);
	if (rule == RECORDING && settings->reader[0]) {
		snprintf(text, size, "%s", settings->reader);
		return;
	}
	/* An empty filter reads "none", and is written as 0. */
	if (!strcmp(value, "none"))
		value = "0";
	/* No tracer is replaced while a trace_pipe is open. */
	snprintf(text, size, "%sto set it back: echo %s%s%s%s> %s%s",
		 rule == RECORDING ? settings->if_reader : "", quote, value,
		 quote, value[0] ? " " : "", setting->path,
		 rule == TRACER ? ", before the start" : "");
}

enum setting_verdict settings_ask(const struct settings *settings, size_t i,
				  char *text, size_t size)
{
	enum place place = kinds[i].place;
	int fd = settings->list[i].fd;
	bool is_wrong;
	char found[SETTINGS_TEXT];

	if (fd == -ENOENT && place >= TRACE)
		return SETTING_ABSENT;
	/*
	 * The kernel enables the event of the global trace when the first
	 * program is loaded, and a moment after that (Linux 6.19).
	 */
	if (!settings->looked_us && place == EVENT && kinds[i].rule == SWITCH)
		return SETTING_ABSENT;
	if (fd < 0 || read_text(settings, i, found, sizeof(found))) {
		snprintf(text, size, "can't be read here (%s)",
			 strerror(fd < 0 ? -fd : errno));
		return SETTING_UNREADABLE;
	}
	is_wrong = !is_right(settings, i, found);
	if (!found[0])
		strcpy(found, "empty");
	if (is_wrong)
		describe(settings, i, found, text, size);
	else
		snprintf(text, size, "%s", found);
	return is_wrong ? SETTING_CHANGED : SETTING_RIGHT;
}

/*
 * A probe that is made while all are disarmed is marked as disabled, and arming
 * them all passes over it (enable_kprobe(), arm_all_kprobes() in
 * kernel/kprobes.c).
 */
static void notice(struct settings *settings, size_t i, bool is_changed,
		   const char *text)
{
	struct setting *setting = &settings->list[i];

	setting->is_changed = is_changed;
	if (is_changed) {
		setting->is_lasting = kinds[i].place == DEBUGFS &&
				      !settings->looked_us;
		report_warning("%s %s%s", setting->path, text,
			       setting->is_lasting ? ", and start again" : "");
	} else if (setting->is_lasting) {
		report_warning("%s is set back, but our probes were made "
			       "before that and may stay off; start again",
			       setting->path);
	} else {
		report_note("%s is set back; tracing goes on", setting->path);
	}
}

static unsigned look_at(struct settings *settings, size_t i, uint64_t now_us)
{
	struct setting *setting = &settings->list[i];
	bool was_changed = setting->is_changed, is_changed;
	char text[1024];
	enum setting_verdict verdict = settings_ask(settings, i, text,
						    sizeof(text));

	if (was_changed)
		setting->changed_us += now_us - settings->looked_us;
	if (verdict != SETTING_RIGHT && verdict != SETTING_CHANGED)
		return 0;
	is_changed = verdict == SETTING_CHANGED;
	if (was_changed != is_changed)
		notice(settings, i, is_changed, text);
	else if (!is_changed || kinds[i].outcome == WRONG_TIMES)
		return 0;
	return kinds[i].outcome;
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

		if (setting->is_changed || setting->changed_us)
			report_note("%s was changed for about %" PRIu64 " s "
				    "of this run; %s", setting->path,
				    (setting->changed_us + SECOND_US - 1) /
				    SECOND_US, outcomes[kinds[i].outcome].then);
	}
}
