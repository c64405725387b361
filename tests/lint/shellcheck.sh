#!/bin/bash
# Runs shellcheck over whatever says in its first line that it is a script.
# shellcheck source=tests/lint/common.bash
. "$(dirname "$0")/common.bash"
need shellcheck

scripts()
{
	find . -type d \( -name 'build*' -o -name .git \) -prune -o \
		-type f -printf '%P\n' | LC_ALL=C sort |
		xargs awk 'FNR == 1 && /^#!.*(\/bash|\/sh)( |$)|^# shellcheck/ {
			print FILENAME
		} { nextfile }'
}

scripts | for_each 4 shellcheck --external-sources
