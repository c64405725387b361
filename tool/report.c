/*
 * report.c - lines for stderr, each built whole and written at once.
 *
 * It keeps nothing between calls, takes no memory and does not go through
 * stdio, so that lines of several processes do not mix and a child that is
 * about to end loses none. Where stderr takes nothing, nobody can be told.
 */
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* PIPE_BUF of Linux: a pipe takes that much in one piece. */
#define LINE_SIZE 4096

#define CUT_MARK "..."

struct line {
	size_t length;
	bool cut;
	char text[LINE_SIZE];
};

static void line_add(struct line *line, const char *text, size_t length)
{
	/* The mark and the newline always find room. */
	size_t limit = sizeof(line->text) - sizeof(CUT_MARK);

	if (line->cut || length > limit - line->length) {
		line->cut = true;
		return;
	}
	memcpy(line->text + line->length, text, length);
	line->length += length;
}

static void line_add_escaped(struct line *line, const char *text,
			     size_t length)
{
	char escape[8];
	size_t i;

	for (i = 0; i < length && !line->cut; i++) {
		unsigned char byte = text[i];

		if (byte >= ' ' && byte < 0x7f) {
			line_add(line, text + i, 1);
			continue;
		}
		if (byte == '\n')
			strcpy(escape, "\\n");
		else if (byte == '\t')
			strcpy(escape, "\\t");
		else
			snprintf(escape, sizeof(escape), "\\x%02x", byte);
		line_add(line, escape, strlen(escape));
	}
}

static void line_write(struct line *line)
{
	const char *rest = line->text;
	ssize_t written;

	if (line->cut) {
		memcpy(line->text + line->length, CUT_MARK,
		       strlen(CUT_MARK));
		line->length += strlen(CUT_MARK);
	}
	line->text[line->length++] = '\n';

	while (line->length > 0) {
		written = write(STDERR_FILENO, rest, line->length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			break;
		rest += written;
		line->length -= written;
	}
}

static void report(const char *prefix, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

static void report(const char *prefix, const char *format, va_list arguments)
{
	struct line line = { .length = 0 };
	char text[LINE_SIZE] = "";
	int saved = errno;

	if (vsnprintf(text, sizeof(text), format, arguments) < 0)
		snprintf(text, sizeof(text), "%s", format);
	line_add(&line, prefix, strlen(prefix));
	line_add_escaped(&line, text, strlen(text));
	line_write(&line);
	errno = saved;
}

int report_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report("tcpv4connect: ", format, arguments);
	va_end(arguments);
	return -1;
}

void report_note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report("tcpv4connect: ", format, arguments);
	va_end(arguments);
}

void report_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report("tcpv4connect: warning: ", format, arguments);
	va_end(arguments);
}

void report_lines(const char *text, size_t length)
{
	int saved = errno;

	while (length > 0) {
		struct line line = { .length = 0 };
		const char *newline = memchr(text, '\n', length);
		size_t own = newline ? (size_t)(newline - text) : length;

		line_add(&line, "  ", 2);
		line_add_escaped(&line, text, own);
		line_write(&line);

		own += newline != NULL;
		text += own;
		length -= own;
	}
	errno = saved;
}
