#!/bin/bash
#
# replay_files.sh PROGRAM - files for -r that are no whole traces: cut off
# anywhere, not text, endless, not files at all. And names, given by users, that
# a terminal would obey. Needs neither root nor libbcc.

set -u

if [ $# -ne 1 ] || [ ! -x "$1" ]; then
	echo "usage: ${0##*/} PROGRAM" >&2
	exit 2
fi
real=$(realpath -- "$1")
data=$(cd "$(dirname "$0")/../data" && pwd -P)
scratch=$(mktemp -d) || exit 1
cd "$scratch" || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0
passed=0

ln -s "$real" tcpv4connect
program=./tcpv4connect
header='PID    COMM         SADDR            DADDR            DPORT'

# verdict WHAT COMMAND...: COMMAND succeeds.
verdict()
{
	local what=$1

	shift
	if "$@"; then
		passed=$((passed + 1))
		echo "ok   $what"
		return 0
	fi
	failed=$((failed + 1))
	echo "FAIL $what"
	head -n 20 out | sed 's/^/    stdout: /' | cat -v
	head -n 20 err | sed 's/^/    stderr: /' | cat -v
	return 1
}

# run WORD...: leaves $status and the files out and err.
run()
{
	"$program" "$@" </dev/null >out 2>err
	status=$?
}

# gives STATUS STDOUT STDERR: what run has left, byte for byte.
gives()
{
	[ "$status" = "$1" ] && printf '%s' "$2" | cmp -s - out &&
		printf '%s' "$3" | cmp -s - err
}

# wait_until COMMAND...: false where that takes longer than a minute.
wait_until()
{
	local tries=600

	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

# Cut off anywhere ------------------------------------------------------------

# check_cut LENGTH: rows of the lines that are whole, and a word about a piece.
check_cut()
{
	local rows word=''

	head -c "$1" whole >piece
	rows=$(head -n "$(wc -l <piece)" piece |
		grep -cE 'tcpv4connect:[0-9a-f]{8} |: : ')
	[ -z "$(tail -c 1 piece | tr -d '\n')" ] ||
		word=$'tcpv4connect: warning: 1 lines of piece are cut off or damaged\n'
	run -r piece
	gives 0 "$(head -n $((rows + 1)) whole.out)"$'\n' "$word"
}

cut_anywhere()
{
	local length

	for ((length = 0; length <= $(wc -c <whole); length++)); do
		check_cut $length || {
			verdict "$1, the first $length bytes" false
			return
		}
	done
	verdict "$1, cut off anywhere" true
}

{
	echo '# tcpv4connect: time of day = trace time + 1763800000000000 us'
	head -n 2 "$data/5.10.trace"
} >whole
run -r whole
cp out whole.out
verdict "a whole file" gives 0 "$(<whole.out)"$'\n' ''
cut_anywhere "what -w wrote"

cat >whole <<'T'
            curl-1469  [001] d... 85.871000: : 100007f 100007f 80
           <...>-40001 [000] d... 86.000000: : f02000a 8080808 5353
T
run -r whole
cp out whole.out
cut_anywhere "what the original left"

# What is no trace ------------------------------------------------------------

run -v -r "$real"
verdict "a program is no trace" [ "$(<out)" = "$header" ]
verdict "its bytes are not on the terminal" \
	[ -z "$(LC_ALL=C tr -d '\n -~' <err)" ]
run -r .
verdict "a directory" gives 1 '' \
	$'tcpv4connect: cannot open .: Is a directory\n'
run -r /dev/null
verdict "nothing at all" gives 0 "$header"$'\n' ''

# A name with a newline breaks the kernel's line in two.
printf '%s\n' '           a' \
	'b-1342  [000] d... 5.000001: bpf_trace_printk: tcpv4connect:5eed5eed 7f0000017f000001 c0de005000000000 00002476 00002476 00000 a?b' \
	>newline
run --raw -r newline
verdict "a name with a newline" gives 0 "$header
1342   a?b          127.0.0.1        127.0.0.1        80  
$(tail -n 1 newline)
" ''
printf '%s' $'\e[31mx\x9b-1342  [000] d... 5.000001: bpf_trace_printk: ' \
	'tcpv4connect:5eed5eed 7f0000017f000001 c0de005000000000 ' \
	$'00002476 00002476 00000 \e[31mx\x9b\x7f\xc2\x9b\n' >escapes
run --raw -r escapes
verdict "a name with escape sequences" gives 0 "$header
1342   \\x1b[31mx    127.0.0.1        127.0.0.1        80  
\\x1b[31mx\\x9b-1342  [000] d... 5.000001: bpf_trace_printk: tcpv4connect:5eed5eed 7f0000017f000001 c0de005000000000 00002476 00002476 00000 \\x1b[31mx\\x9b\\x7f\\xc2\\x9b
" ''
# The rest of the line from right to left, a line of its own, a tag; and a letter.
letter=$'\xc3\xa9'
printf '%s\n' \
	$'a\xe2\x80\xaeb\xe2\x80\xa8\xf3\xa0\x81\x81\xc3\xa9-1342  [000] d... 5.000001: bpf_trace_printk: tcpv4connect:5eed5eed 7f0000017f000001 c0de005000000000 00002476 00002476 00000 a\xe2\x80\xaeb\xe2\x81\xa9' \
	>reordering
run --raw -r reordering
verdict "a name that reorders its line" gives 0 "$header
1342   a\\xe2\\x80    127.0.0.1        127.0.0.1        80  
a\\xe2\\x80\\xaeb\\xe2\\x80\\xa8\\xf3\\xa0\\x81\\x81$letter-1342  [000] d... 5.000001: bpf_trace_printk: tcpv4connect:5eed5eed 7f0000017f000001 c0de005000000000 00002476 00002476 00000 a\\xe2\\x80\\xaeb\\xe2\\x81\\xa9
" ''

# Without an end --------------------------------------------------------------

has_read()
{
	local words

	words=$(grep rchar "/proc/$pid/io" 2>/dev/null) || return 1
	[ "${words#rchar: }" -gt 500000000 ]
}

has_header()
{
	[ -s out ]
}

# interrupted: $pid ends by Ctrl-C, as it should.
interrupted()
{
	kill -INT "$pid"
	wait "$pid"
	status=$?
}

endless()
{
	local memory

	rm -f out
	set -m
	"$program" -r /dev/zero >out 2>err &
	pid=$!
	set +m
	verdict "/dev/zero is read on and on" wait_until has_read
	memory=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status")
	verdict "and takes no memory ($memory kB)" [ "$memory" -lt 200000 ]
	interrupted
	verdict "and is ended by Ctrl-C" gives 0 "$header"$'\n' \
		$'tcpv4connect: warning: 1 lines of /dev/zero are too long\n'
}

# It never gets a writer.
silent_fifo()
{
	mkfifo fifo
	rm -f out
	set -m
	"$program" -r fifo >out 2>err &
	pid=$!
	set +m
	wait_until has_header
	interrupted
	verdict "a FIFO without a writer ends by Ctrl-C" \
		gives 0 "$header"$'\n' ''
}

pieces()
{
	{
		head -c 100 newline
		sleep 0.3
		tail -c +101 newline
	} >fifo &
	run -r fifo
	wait
	verdict "a FIFO, in pieces" [ "$(wc -l <out)" = 2 ]
	rm fifo
}

if [ -r /proc/self/io ]; then
	endless
fi
silent_fifo
pieces

# What -w can't write to ------------------------------------------------------

# on_terminal WORD...: run, with a terminal for stdout.
on_terminal()
{
	python3 - "$program" "$@" 2>err >out <<'P'
import pty, subprocess, sys
ours, theirs = pty.openpty()
sys.exit(subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL,
                        stdout=theirs).returncode)
P
	status=$?
}

terminal="it is a terminal, which would obey what is in them; --raw shows them escaped"
if python3 -c '' 2>/dev/null; then
	on_terminal -w -
	verdict "-w - to a terminal" gives 1 '' \
		"tcpv4connect: cannot write trace lines to stdout: $terminal"$'\n'
	on_terminal -w /dev/stdout
	verdict "-w of a terminal" gives 1 '' \
		"tcpv4connect: cannot write trace lines to /dev/stdout: $terminal"$'\n'
fi

# SIGINT is waited for, and does not end it by itself. (The shell blocks it, too,
# between fork and exec.)
# shellcheck disable=SC2317 # wait_until calls it
blocks_interrupt()
{
	[ "$(<"/proc/$pid/comm")" = tcpv4connect ] &&
		[ $((0x$(awk '/^SigBlk/ { print $2 }' "/proc/$pid/status") & 2)) = 2 ]
}

# Without a reader, nothing is begun; Ctrl-C ends the wait.
unread_fifo()
{
	mkfifo fifo
	set -m
	"$program" -w fifo >out 2>err &
	pid=$!
	set +m
	wait_until blocks_interrupt
	interrupted
	verdict "-w of a FIFO without a reader ends by Ctrl-C" gives 1 '' \
		$'tcpv4connect: cannot create fifo: No such device or address\n'
	rm fifo
}

unread_fifo

# Names for a terminal --------------------------------------------------------

hostile=$'no\e[31m\nsuch\xff'
run -r "$hostile"
verdict "-r of a hostile name" gives 1 '' \
	$'tcpv4connect: cannot open no\\x1b[31m\\nsuch\\xff: No such file or directory\n'
run -w "$hostile/x"
verdict "-w of a hostile name" gives 1 '' \
	$'tcpv4connect: cannot create no\\x1b[31m\\nsuch\\xff/x: No such file or directory\n'
for option in cgroupmap mntnsmap; do
	run --$option "$hostile"
	verdict "--$option of a hostile name" [ "$status" = 1 ]
	verdict "its bytes are not on the terminal" \
		[ -z "$(LC_ALL=C tr -d '\n -~' <err)" ]
done
head -c -1 newline >"$hostile"
run -r "$hostile"
verdict "a warning about a hostile name" gives 0 "$header"$'\n' \
	$'tcpv4connect: warning: 1 lines of no\\x1b[31m\\nsuch\\xff are cut off or damaged\n'
ln -s "$real" $'a\e[31m\n'
program=$'./a\e[31m\n'
run foo
verdict "a hostile name of the program" \
	[ "$(tail -n 1 err)" = 'a\x1b[31m\n: error: unrecognized arguments: foo' ]
verdict "its bytes are not on the terminal" \
	[ -z "$(LC_ALL=C tr -d '\n -~' <err)" ]
program=./tcpv4connect

# The environment changes nothing but the time zone.
run -T -r whole
cp out plain
for setting in TZ=$'\e[31m' TZ=/dev/zero LC_ALL=tr_TR.UTF-8 COLUMNS=1 \
	POSIXLY_CORRECT=1 GETOPT_COMPATIBLE=1; do
	env -- "$setting" "$program" -T -r whole >out 2>err
	verdict "with ${setting@Q}" cmp -s plain out
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
