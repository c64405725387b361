#!/bin/sh
# valgrind.sh REPLAY VALGRIND...: replays every trace, once as a table and once as
# JSON, under valgrind, which has nothing to report. What is printed run.sh and
# columns.sh compare.
set -u
replay=$1
shift
cd "$(dirname "$0")/../data" || exit 1
for trace in *.trace; do
	"$@" "$replay" -tTULx "$trace" 4095 >/dev/null &&
	"$@" "$replay" -j "$trace" 7 >/dev/null && continue
	echo "FAIL $trace"
	exit 1
done
