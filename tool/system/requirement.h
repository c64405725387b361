/*
 * requirement.h - what tracing takes of a host: the one list that a start and
 * --check ask.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The kernel's function that is traced. */
#define REQUIREMENT_TRACED "tcp_v4_connect"

struct tracefs;

/* In the order in which a start asks. */
enum requirement {
	REQUIREMENT_CAPABILITIES,
	REQUIREMENT_LOCKDOWN,	/* which hides tracefs as well */
	REQUIREMENT_TRACEFS,	/* asking opens it */
	REQUIREMENT_KPROBES,
	/* Slow, so a start asks for it only if attaching fails. */
	REQUIREMENT_FUNCTION,
};

/* Its name in the lines of --check. */
const char *requirement_name(enum requirement which);

/*
 * Is it met? In text: what is so; or the reason why not, and what to do.
 * tracefs needs no opening for those before REQUIREMENT_KPROBES.
 */
bool requirement_is_met(enum requirement which, struct tracefs *tracefs,
			char *text, size_t size);

/*
 * Ask for all but the slow one. Returns 0 with tracefs open, or -1 after a
 * report of the first that is not met.
 */
int requirement_meet(struct tracefs *tracefs);
