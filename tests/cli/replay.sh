#!/bin/bash
# replay.sh PROGRAM: -r, through the program: each saved trace gives the rows that
# the parsers give (tests/golden), -p, -P, -x and --max-events take theirs out of
# them, and what can't be read is told. Needs no root.
set -euo pipefail
program=$(realpath -- "$1")
cd "$(dirname "$0")/../data"
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# same WHAT EXPECTED: $work/out is EXPECTED.
same()
{
	cmp -s "$2" "$work/out" && return 0
	echo "FAIL $1"
	diff -a "$2" "$work/out" | head || true
	failed=1
}

run()
{
	"$program" "$@" >"$work/out" 2>"$work/err"
}

# picked WHAT AWK-CONDITION FILE OPTION...: the rows of FILE of which it is true.
picked()
{
	awk "NR == 1 || $2" "$3.out" >"$work/expected"
	run -r "$work/$3.trace" "${@:4}"
	same "$1" "$work/expected"
}

# refused WHAT MESSAGE OPTION...
refused()
{
	local status=0

	run "${@:3}" || status=$?
	if [ $status != 1 ] || ! grep -qE "$2" "$work/err"; then
		echo "FAIL $1: status $status"
		cat "$work/err"
		failed=1
	fi
}

# A last line without its end counts as cut off.
for trace in *.trace; do
	name=${trace%.trace}
	awk 1 "$trace" >"$work/$trace"
	trace=$work/$trace
	run -r "$trace"
	same "$name" "$name.out"
	run -t -r - <"$trace"
	same "$name -t, from stdin" "$name.t.out"
done
# shellcheck disable=SC2016 # awk's
picked "-p" '$1 == 700' mixed -p 700
# shellcheck disable=SC2016 # awk's
picked "-P" '$NF == 443 || $NF == 53' mixed -P 53,443
picked "--max-events" 'NR <= 3' mixed --max-events 2

# Lost, damaged and overlong lines are told, and -v tells the rest.
run -v -r "$work/mixed.trace"
if [ "$(grep -cE '4000000766 lines were lost|19 lines .* damaged|3 lines .* too long|44 connects, 44 of them shown' "$work/err")" != 4 ]; then
	echo "FAIL the account of mixed.trace"
	cat "$work/err"
	failed=1
fi

# Of the six in 6.1.trace one failed, and one may have.
run -x -r 6.1.trace
if [ "$(wc -l <"$work/out")" != 3 ] || ! grep -q ENETUNREACH "$work/out"; then
	echo "FAIL -x: those that may have failed"
	cat "$work/out"
	failed=1
fi
# A line without DETAILS has no more than a row shows by itself.
run -U -L -x -r short.trace
if ! grep -qxE -e '- +33469 +curl +127\.0\.0\.1 +- +127\.0\.0\.1 +80 +-' \
	"$work/out"; then
	echo "FAIL without DETAILS: columns"
	cat "$work/out"
	failed=1
fi
run -j -r short.trace
if ! grep -q '"pid":33469,"tid":null,"uid":null,.*"lport":null,.*"error":null' \
	"$work/out"; then
	echo "FAIL without DETAILS: JSON"
	cat "$work/out"
	failed=1
fi
run --raw -r 6.1.trace
if [ "$(grep -c ' bpf_trace_printk: tcpv4connect:' "$work/out")" != 6 ]; then
	echo "FAIL --raw: six lines of the trace"
	failed=1
fi

# Files after each other: the time of day is that of each one's own first line.
export TZ=UTC
times_of()
{
	run -T -t -r -
	awk 'NR > 1 { print $1, $2 }' "$work/out" | paste -sd ' ' >"$work/times"
	mv "$work/times" "$work/out"
}
times_of <two-files.trace
echo '08:28:20 0.000 08:28:21 1.500 09:29:20 60.000 09:29:21 61.250' \
	>"$work/expected"
same "two files: times" "$work/expected"
# The next boot's clock begins anew.
{
	cat two-files.trace
	echo '# tcpv4connect: time of day = trace time + 1763903600000000 us'
	sed -n 's/ 100\.000000/   7.000000/p; s/ 101\.500000/   8.500000/p' \
		two-files.trace
} | times_of
echo '08:28:20 0.000 08:28:21 1.500 09:29:20 60.000 09:29:21 61.250' \
	'13:13:27 99907.000 13:13:28 99908.500' >"$work/expected"
same "three files, and a boot between: times" "$work/expected"
# The first one was cut off, so the second one's first line is behind a piece.
{
	head -c 300 two-files.trace
	sed -n '6,$p' two-files.trace
} | times_of
echo '08:28:20 0.000 09:29:20 60.000 09:29:21 61.250' >"$work/expected"
same "a file that was cut off, and another: times" "$work/expected"
if ! grep -q ': 1 lines of stdin are cut off or damaged$' "$work/err"; then
	echo "FAIL a file that was cut off, and another: it is not told"
	failed=1
fi
run -v -r - <two-files.trace
if ! grep -q ' 10 lines: 4 connects, 4 of them shown, 4 other lines$' \
	"$work/err"; then
	echo "FAIL two files: the account: $(<"$work/err")"
	failed=1
fi
unset TZ

refused "no such file" '^tcpv4connect: cannot open .*No such' -r "$work/none"
refused "a directory" '^tcpv4connect: cannot open .*directory' -r "$work"
if [ -w /dev/full ]; then
	if "$program" -r mixed.trace >/dev/full 2>"$work/err"; then
		echo "FAIL a full stdout is an error"
		failed=1
	fi
fi
exit $failed
