/*
 * run_name.c - tells names of ours from names that look like them.
 */
#include "system/run_name.h"

#include <stddef.h>
#include <string.h>

#define DIGITS 8

const char *run_name_rest(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncmp(name, prefix, length) ||
	    strspn(name + length, "0123456789abcdef") < DIGITS)
		return NULL;
	return name + length + DIGITS;
}
