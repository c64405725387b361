/*
 * kprobe_events.c - reads kprobe_events line by line and writes "-:" lines.
 * It never truncates the file, which would take everybody's probes away.
 */
#include "kprobe_events.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tracefs.h"

static int open_list(const struct tracefs *tracefs, int flags)
{
	return openat(tracefs->dir_fd, "kprobe_events", flags | O_CLOEXEC);
}

/* One write a line: the kernel takes each write for itself. */
static int remove_event(int fd, const char *event)
{
	char line[160];
	int length = snprintf(line, sizeof(line), "-:%s\n", event);

	return length < (int)sizeof(line) &&
	       write(fd, line, length) == length ? 0 : -1;
}

/*
 * A line is "r4096:kprobes/NAME tcp_v4_connect". The event, "kprobes/NAME",
 * where NAME begins with prefix; the line is cut up for it.
 */
static const char *event_in_line(char *line, const char *prefix)
{
	static const char group[] = "kprobes/";
	char *event = strchr(line, ':');

	if (!event || strncmp(++event, group, strlen(group)) ||
	    strncmp(event + strlen(group), prefix, strlen(prefix)))
		return NULL;
	event[strcspn(event, " \n")] = '\0';
	return event;
}

/* The whole list: it changes under us as we remove. NULL: there is none. */
static char *read_list(const struct tracefs *tracefs)
{
	int fd = open_list(tracefs, O_RDONLY);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *text = NULL;
	size_t size = 0;

	if (!file) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if (getdelim(&text, &size, '\0', file) <= 0) {
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

/* The next one in what is left of the list, which is cut up for it. */
static const char *next_event(char **rest, const char *prefix)
{
	const char *event;
	char *line;

	while (*rest && (line = strsep(rest, "\n"))) {
		event = event_in_line(line, prefix);
		if (event)
			return event;
	}
	return NULL;
}

int kprobe_events_remove(const struct tracefs *tracefs, const char *prefix)
{
	char *text = read_list(tracefs), *rest = text;
	int fd = -1, left = 0;
	const char *event;

	while ((event = next_event(&rest, prefix))) {
		if (fd < 0)
			fd = open_list(tracefs, O_WRONLY | O_APPEND);
		if (remove_event(fd, event))
			left++;
	}
	if (fd >= 0)
		close(fd);
	free(text);
	return left;
}

void kprobe_events_hold(struct kprobe_events *events,
			const struct tracefs *tracefs, const char *prefix)
{
	char *text = read_list(tracefs), *rest = text;
	const size_t room = sizeof(events->names) / sizeof(*events->names);
	const char *event;

	*events = (struct kprobe_events)KPROBE_EVENTS_NONE;
	while (events->count < room && (event = next_event(&rest, prefix)))
		snprintf(events->names[events->count++],
			 sizeof(*events->names), "%s", event);
	if (events->count)
		events->fd = open_list(tracefs, O_WRONLY | O_APPEND);
	free(text);
}

int kprobe_events_release(struct kprobe_events *events)
{
	int left = 0;

	for (size_t i = 0; i < events->count; i++)
		if (remove_event(events->fd, events->names[i]))
			left++;
	if (events->fd >= 0)
		close(events->fd);
	*events = (struct kprobe_events)KPROBE_EVENTS_NONE;
	return left;
}
