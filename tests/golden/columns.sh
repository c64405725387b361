#!/bin/sh
#
# columns.sh - columns and JSON agree with what Python makes of the same events.
#
#   columns.sh REPLAY_BINARY

if [ $# -ne 1 ]; then
	echo "usage: columns.sh REPLAY_BINARY" >&2
	exit 2
fi
if ! command -v python3 >/dev/null; then
	echo "skipped: no python3"
	exit 77
fi
exec python3 -B "$(dirname "$0")/columns.py" check "$1"
