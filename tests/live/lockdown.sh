#!/bin/bash
# lockdown: a kernel that is locked down for confidentiality forbids tracing, and
# the one line that says so names the reason.
# boot: lockdown=confidentiality lsm=lockdown
# suites: bookworm
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

busybox mount -t securityfs securityfs /sys/kernel/security
has "this kernel is locked down" '\[confidentiality\]' \
	/sys/kernel/security/lockdown
processes() {
	pgrep -l tcpv4connect || true
}
start_tool refused
wait_until 120 is_over refused || fail "it gives up"
ended refused 1
one_line_error refused 'cannot .*: the kernel is locked down \(confidentiality\)'
start_tool examined --check
wait_until 120 is_over examined || fail "--check gives up"
ended examined 1
has "--check says so too" \
	'^FAIL  lockdown +the kernel is locked down \(confidentiality\)' examined.out
empty "no process is left" <(processes)
same "no instance is left" "" \
	"$(find "$tracing" -name 'tcpv4connect*' 2>/dev/null)"
end
