#!/bin/bash
# pid_namespace: inside a PID namespace of its own -p means the PIDs that are seen
# there. Rows show the host's, and a line says so.
# suites: bookworm
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

# Two processes wait, and then connect; the tool traces the first of them by the
# number that it has in there.
# shellcheck disable=SC2016 # the inner bash expands it
inside='
	wait_and() { until [ -e go ]; do sleep 0.2; done; exec attempt "$@"; }
	wait_and 127.0.4.1 91 >chosen.said &
	chosen=$!
	wait_and 127.0.4.2 91 >other.said &
	echo "$chosen" >chosen.pid
	exec tcpv4connect -p "$chosen"'

remember_kernel
: >inside.out
launch inside unshare --pid --fork --kill-child --mount-proc \
	bash -euc "$inside" >inside.out
wait_until 120 has_header inside || die "a header" inside.err
touch go
wait_for_rows inside 1
wait_until 60 test -s other.said || die "the other process connects"
# A process of the host with the same number, whatever it is, made none of it.
same "one row, of the process that was meant" 127.0.4.1 \
	"$(awk 'NR > 1 { print $4 }' inside.out)"
check "its PID is the host's" [ "$(awk 'NR > 1 { print $1 }' inside.out)" != \
	"$(cat chosen.pid)" ]
has "a line says what -p takes" \
	"^tcpv4connect: -p takes the PIDs of this PID namespace; " inside.err
kill "$(pgrep -x tcpv4connect)"
ended inside 0
kernel_unchanged "tracing in a PID namespace"
end
