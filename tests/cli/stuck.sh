#!/bin/bash
# stuck.sh PROGRAM: a terminal or a pipe that takes nothing holds up no end, and
# a limit of a file's size is an error like another. Needs no root: -r.
set -euo pipefail
program=$1
command -v python3 >/dev/null || {
	echo "skipped: no python3"
	exit 77
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail()
{
	echo "FAIL: $*"
	exit 1
}

for _ in {1..300}; do
	cat data/6.18.trace
done >"$scratch/trace"

# stuck KIND SIGNAL: stdout is a terminal whose other side is not read, a
# terminal that is halted by Ctrl-S, or a socket; SIGNAL ends it with status 0.
cat >"$scratch/stuck.py" <<'END'
import os, pty, signal, socket, subprocess, sys, time

program, trace, kind, name = sys.argv[1:]
other, stdout = pty.openpty()
if kind == "socket":
    a, b = socket.socketpair()
    other, stdout = a.fileno(), b.fileno()
if kind == "ctrl-s":
    os.write(other, b"\x13")
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
tool = subprocess.Popen([program, "-r", trace], stdout=stdout)


def ticks():
    """Of processor time; and whether it sleeps."""
    with open("/proc/%d/stat" % tool.pid) as file:
        words = file.read().rsplit(")", 1)[1].split()
    return words[0], words[11], words[12]


# Until it stands still. It would end if nothing held it up.
before, since = None, time.monotonic()
while time.monotonic() - since < 0.5:
    now = ticks()
    if now != before or now[0] != "S":
        before, since = now, time.monotonic()
    time.sleep(0.05)
if tool.poll() is not None:
    sys.exit("it did not wait")
tool.send_signal(getattr(signal, name))
try:
    status = tool.wait(20)
except subprocess.TimeoutExpired:
    tool.kill()
    sys.exit("it does not end")
if status:
    sys.exit("it ended with %d" % status)
END

stuck()
{
	python3 "$scratch/stuck.py" "$program" "$scratch/trace" "$@" ||
		fail "stuck: $*"
}

# A pipe: whole rows that it took are shown, the others are counted.
mkfifo "$scratch/fifo"
exec 7<>"$scratch/fifo"
for option in -v --raw -j; do
	timeout 2 "$program" -v "$option" -r "$scratch/trace" \
		>"$scratch/fifo" 2>"$scratch/err" || [ $? = 124 ] ||
		fail "stuck: a pipe, $option"
	timeout 1 cat <&7 >"$scratch/taken" || true
	rows=$(head -n "$(wc -l <"$scratch/taken")" "$scratch/taken" |
		grep -cE '^([0-9]|\{"ts":.*\}$)')
	read -r lost < <(sed -n 's/.*: \([0-9]*\) rows were not taken by stdout$/\1/p' \
		"$scratch/err") || fail "stuck: a pipe, $option: nothing is lost"
	read -r events shown < <(sed -n 's/.*: \([0-9]*\) connects, \([0-9]*\) of them shown,.*/\1 \2/p' \
		"$scratch/err") || fail "stuck: a pipe, $option: no account"
	if [ "$rows" != "$shown" ] || [ $((shown + lost)) != "$events" ]; then
		fail "stuck: a pipe, $option: $rows: $(<"$scratch/err")"
	fi
done

stuck terminal SIGINT
stuck terminal SIGTERM
stuck ctrl-s SIGINT
stuck ctrl-s SIGUSR1
stuck socket SIGQUIT

# bash would get SIGXFSZ itself, for what it writes there.
status=0
prlimit --fsize=20000 "$program" -r "$scratch/trace" \
	>"$scratch/rows" 2>"$scratch/err" || status=$?
[ "$status" = 1 ] || fail "above the limit of a file's size: $status"
[ "$(<"$scratch/err")" = \
	"tcpv4connect: cannot write to stdout: File too large" ] ||
	fail "above the limit of a file's size: $(<"$scratch/err")"
[ "$(wc -c <"$scratch/rows")" = 20000 ] || fail "the file has not its size"
echo "all as it should be"
