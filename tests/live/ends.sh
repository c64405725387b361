#!/bin/bash
# ends: whichever way it ends, it ends soon, with the right status, and nothing
# of it stays in the kernel.
# suites: bullseye trixie sid
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

quiet() {
	empty "$1: nothing on stderr" "$1.err"
}

remember_kernel

# Signals.
for name in int term hup quit; do
	start_tool $name
done
for name in int term hup quit; do
	wait_ready $name
done
storm 1 3 >/dev/null
for name in int term hup quit; do
	wait_for_rows $name 3
	stop $name ${name^^}
	same "$name: rows" 3 "$(rows $name)"
	quiet $name
done
kernel_unchanged "SIGINT, SIGTERM, SIGHUP, SIGQUIT"

# A reader that goes away: at the header, and when rows come; a device that is
# full; a reader that stays and reads no more, and then a signal.
mkfifo slow.pipe
exec 7<>slow.pipe
start_tool early
launch head1 bash -c 'set -o pipefail; tcpv4connect | head -n 1 >head1.out'
launch head3 bash -c 'set -o pipefail; tcpv4connect | head -n 3 >head3.out'
launch slow tcpv4connect >slow.pipe
: >full.out
launch full tcpv4connect >/dev/full

wait_until 60 is_compiling early || die "early starts its compiler" early.err
stop early
if grep -q . early.out; then
	say "this machine is too quick for Ctrl-C while it compiles"
fi
quiet early

wait_until 120 is_over head1 || fail "it ends when its reader is gone"
ended head1
same "head -n 1: the header" "$header" "$(cat head1.out)"
quiet head1

wait_until 120 is_over full || fail "it ends when stdout is full"
ended full 1
one_line_error full 'cannot write to stdout: No space left on device'

# shellcheck disable=SC2317 # wait_until calls it
connect_until_over() {
	storm 1 1 >/dev/null
	is_over head3
}
wait_until 120 connect_until_over || fail "it ends when the reader of its rows is gone"
ended head3
same "head -n 3: the header and two rows" 3 "$(wc -l <head3.out)"
quiet head3

# Its pipe holds 64 kB, and it holds as much itself: some 2200 rows.
IFS= read -r -t 120 line <&7 || true
same "slow: the header" "$header" "$line"
storm 8 400 >/dev/null
stop slow TERM
dd iflag=nonblock bs=1M count=1 status=none <&7 >slow.rows
has "rows that were not taken are counted" ' lost: [0-9]+ not shown before the run ended$' slow.err
read_account slow
same "slow: whole rows in the pipe" "$account_rows" "$(wc -l <slow.rows)"
same "slow: rows and losses" "$account_connects" \
	$((account_rows + account_lost))
check "slow: and the whole storm is among them" [ "$account_connects" -ge 3200 ]
exec 7<&-
kernel_unchanged "closed, full and stuck readers"
end
