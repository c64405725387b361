#!/bin/bash
# original.sh PROGRAM: what --original makes of the global pipe's lines, and what
# it leaves there. unprobed is the program without its probes; generator prints.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/native/common.bash
. "$here/common.bash"

need_root
in_tracefs "$here/original.sh" "$@"
[ -x "$TEST_TOOLS/unprobed" ] || skip "no unprobed in $TEST_TOOLS"
tracing_lock
scratch=$(mktemp -d)
pid=
raw=$(<"$tracing/options/raw")
trap at_exit EXIT
cd "$scratch"

at_exit()
{
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	echo "$raw" >"$tracing/options/raw"
	rm -rf "$scratch"
}

# A test that was killed may have left it set, and then no line can be read.
echo 0 >"$tracing/options/raw"

send()
{
	"$TEST_TOOLS/generator" --text "$1" "$2" >/dev/null
}

# same WHAT EXPECTED FOUND
same()
{
	[ "$2" = "$3" ] || fail "$1: expected \"$2\", found \"$3\""
	echo "ok: $1"
}

has_header()
{
	grep -q DPORT "$1.out"
}

has_lines()
{
	[ "$(wc -l <"$1.out")" -ge "$2" ]
}

# start NAME OPTION...
start()
{
	local name=$1

	shift
	"$TEST_TOOLS/unprobed" --original "$@" >"$name.out" 2>"$name.err" 9>&- &
	pid=$!
	wait_until 20 has_header "$name" || fail "$name: $(cat "$name.err")"
}

# stop SIGNAL: sets rc, and tenths of a second.
stop()
{
	local began=${EPOCHREALTIME/./}

	rc=0
	kill "-$1" "$pid"
	wait "$pid" 2>/dev/null || rc=$?
	pid=
	tenths=$(((${EPOCHREALTIME/./} - began) / 100000))
}

# The kernel enables the event for the first program that may print.
send "before the first" 1
before=$(settings)

start rows -t
send "100007f 200007f 80" 2
send "tcpv4connect:01234567 7f0000017f000001 c0de005000000000 00002476 00002476 00000 curl" 1
send "100007f 200007f 70000" 1
send "0 0 0" 1
wait_until 20 has_lines rows 4 || fail "rows: $(cat rows.out)"
# The kernel may have forgotten the name.
same "its rows" "TIME(s)  PID    COMM         SADDR            DADDR            DPORT
0.000 NAME 127.0.0.1 127.0.0.2 80  
NAME 127.0.0.1 127.0.0.2 80  
NAME 0.0.0.0 0.0.0.0 0   " "$(sed -E '2s/ +[0-9]+ +(generator|<\.{3}>) +([^ ]+) +([^ ]+) +/ NAME \2 \3 /
	3,$s/^[0-9.]+ +[0-9]+ +(generator|<\.{3}>) +([^ ]+) +([^ ]+) +/NAME \2 \3 /' rows.out)"
same "a second reader is refused" 1 "$("$TEST_TOOLS/unprobed" --original 2>&1 |
	grep -c 'trace_pipe: in use by PID' || true)"
# What was printed before a stop is shown, and not left to the next reader.
send "100007f 200007f 81" 10000
stop TERM
same "it ends" 0 "$rc"
[ "$tenths" -lt 30 ] || fail "it took $tenths tenths of a second to end"
same "the rows of before its end" 10000 "$(grep -c ' 81  $' rows.out)"
same "what it says on stderr" "1 warning" \
	"$(wc -l <rows.err) $(grep -o warning rows.err)"

start next
stop HUP
same "no line is left to the next one" 1 "$(wc -l <next.out)"
start killed
stop KILL
same "the settings of the trace are as before" "$before" "$(settings)"
