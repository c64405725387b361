/*
 * report.h - one line on stderr, in one write, for whoever runs the program.
 *
 * Every line begins "tcpv4connect: " and is "cannot <verb> <object>:
 * <reason>", followed by what to do where something can be done. Control
 * characters and bytes that are no ASCII are escaped: the text may hold
 * names and messages that others have chosen.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stddef.h>

/* Report a failure. Always returns -1, so that callers can return it. */
int report_error(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Say something that is no trouble: what was done, the account at the end. */
void report_note(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Report something that does not end the run. */
void report_warning(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/*
 * Write many lines that another program printed (a compiler's messages),
 * each one escaped as above and indented by two blanks.
 */
void report_lines(const char *text, size_t length);

#endif
