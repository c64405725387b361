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

/* One write a line: the kernel takes each write for itself. */
static int remove_event(const struct tracefs *tracefs, const char *event)
{
	int fd = openat(tracefs->dir_fd, "kprobe_events",
			O_WRONLY | O_APPEND | O_CLOEXEC);
	char line[160];
	int length, result = -1;

	if (fd < 0)
		return -1;
	length = snprintf(line, sizeof(line), "-:%s\n", event);
	if (length < (int)sizeof(line) && write(fd, line, length) == length)
		result = 0;
	close(fd);
	return result;
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

int kprobe_events_remove(const struct tracefs *tracefs, const char *prefix)
{
	int fd = openat(tracefs->dir_fd, "kprobe_events",
			O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *text = NULL, *line, *rest;
	size_t size = 0;
	int left = 0;

	if (!file) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	/* The whole list first: it changes under us as we remove. */
	if (getdelim(&text, &size, '\0', file) > 0) {
		for (line = strtok_r(text, "\n", &rest); line;
		     line = strtok_r(NULL, "\n", &rest)) {
			const char *event = event_in_line(line, prefix);

			if (event && remove_event(tracefs, event))
				left++;
		}
	}
	free(text);
	fclose(file);
	return left;
}
