#!/bin/bash
# service: examples/fleet/tcpv4connect.service under systemd. Each connect is an
# object in the journal, however many there are; what it may do is bounded; it
# comes back where it is killed, not for ever where it can't run, and leaves
# nothing behind.
# suites: bullseye
# fleet: bookworm
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

name=tcpv4connect
unit=/etc/systemd/system/$name.service
drop_in=$unit.d/test.conf

# said: what the program has said and printed, since the machine came up.
said() {
	journalctl -q -t $name -o cat --no-pager
}

objects() {
	said | grep '^{' || true
}

# objects_to PORT
objects_to() {
	objects | grep -c "\"dport\":$1," || true
}

# has_objects PORT COUNT
# shellcheck disable=SC2317 # wait_until calls it
has_objects() {
	[ "$(objects_to "$1")" -ge "$2" ]
}

# starts: how often it has said that its probes are in place.
# shellcheck disable=SC2317 # has_started calls it
starts() {
	said | grep -c '^tcpv4connect: libbcc .* maxactive ' || true
}

# shellcheck disable=SC2317 # wait_until calls it
has_started() {
	[ "$(starts)" -ge "$1" ]
}

# wait_started COUNT: this one has, counted from the first.
wait_started() {
	wait_until 120 has_started "$1" && return 0
	journalctl -q --no-pager -n 40 >journal
	die "the service is ready for the ${1}th time" journal
}

property() {
	systemctl show -P "$1" $name
}

# shellcheck disable=SC2317 # wait_until calls it
is_state() {
	[ "$(property ActiveState)" = "$1" ]
}

# connects PORT COUNT
connects() {
	for ((i = 0; i < $2; i++)); do
		(: </dev/tcp/127.0.0.1/"$1") 2>/dev/null || true
	done
}

# with LINE...: another setting, for what comes now.
with() {
	mkdir -p $unit.d
	printf '%s\n' '[Service]' "$@" >$drop_in
	systemctl daemon-reload
}

instances() {
	find $tracing/instances -mindepth 1 -maxdepth 1 | wc -l
}

# What is in it, as systemd sees it ---------------------------------------------

cp /mnt/fleet/$name.service $unit
systemd-analyze verify --man=no --recursive-errors=no $unit >verify.txt 2>&1 ||
	fail "systemd-analyze verify"
empty "systemd-analyze verify has nothing to say" verify.txt
check "systemd-analyze security: an exposure of 1.9 at most" \
	systemd-analyze security --no-pager --offline=true --threshold=19 $unit \
	>security.txt
say "$(tail -n 1 security.txt)"
sed -i /ProtectSystem/d $unit
check "systemd-analyze security: and more where a line is taken out" \
	bash -c "! systemd-analyze security --offline=true --threshold=19 $unit" \
	>/dev/null
cp /mnt/fleet/$name.service $unit

# It runs ---------------------------------------------------------------------

# Here the journal drops lines early, if it may.
mkdir -p /etc/systemd/journald.conf.d
printf '%s\n' '[Journal]' RateLimitIntervalSec=30s RateLimitBurst=50 \
	>/etc/systemd/journald.conf.d/test.conf
systemctl restart systemd-journald
remember_kernel
busybox umount $tracing
fleet_commands systemd >commands
cd /mnt/fleet
check "it starts as the page says, and without tracefs" bash -euc "$(cat /root/commands)"
cd /root
wait_started 1
pid=$(property MainPID)
connects 7001 1
check "a connect is an object in the journal" wait_until 60 has_objects 7001 1
objects >objects.txt
same "it says who, and where to" "bash 127.0.0.1 127.0.0.1 7001" \
	"$(python3 -c '
import json, sys
for line in sys.stdin:
    row = json.loads(line)
    if row["dport"] == 7001:
        print(row["comm"], row["saddr"], row["daddr"], row["dport"])' <objects.txt)"
storm 2 200 >/dev/null
check "400 more, of which the journal keeps each" wait_until 60 has_objects 9 400
same "and none twice" 400 "$(objects_to 9)"

kept=0000000000000000
! kernel_before 5.19 || kept=0000008000000000
same "what is left of its privileges" \
	"0000000000000000 $kept $kept 0000000000000000 1 2 " \
	"$(awk '/^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|Seccomp):/ {
		printf "%s ", $2 }' "/proc/$pid/status")"
same "what could ever come back: BPF, PERFMON, SYS_ADMIN" 000000c000200000 \
	"$(awk '/^CapBnd:/ { print $2 }' "/proc/$pid/status")"
said >said.txt
has "it has as many returns under way as asked for" ' maxactive 4096; ' said.txt
has "it may take its processor for itself" \
	'Max realtime priority +1 ' "/proc/$pid/limits"
same "its network is another one" differs \
	"$([ /proc/1/ns/net -ef "/proc/$pid/ns/net" ] || echo differs)"

# What may happen to it ---------------------------------------------------------

systemctl kill -s KILL --kill-whom=main $name
wait_started 2
connects 7002 1
check "killed, it is started again, and sees the next connect" \
	wait_until 60 has_objects 7002 1
same "what it had to leave is gone" \
	"$(has_printk_event && echo 1 || echo 0)" "$(instances)"
same "the old process is, too" 1 "$(pgrep -c -x $name)"

systemctl restart systemd-journald
connects 7003 3
check "the journal is started again: nothing is lost" \
	wait_until 60 has_objects 7003 3
systemctl kill -s KILL systemd-journald
connects 7004 3
check "it is killed: nothing is lost" wait_until 60 has_objects 7004 3

systemctl stop $name
is_state inactive || fail "it stops"
said >said.txt
has "at the end it has counted" '^tcpv4connect: .* connects, .* 0 lost$' said.txt
kernel_unchanged "stopped"

# Where it can't run ----------------------------------------------------------

library=$(realpath /usr/lib/*/libbcc.so.0)
with RestartSec=100ms "InaccessiblePaths=$library"
systemctl start $name
check "without libbcc, it is given up" wait_until 60 is_state failed
same "after five tries" 5 \
	"$(said | grep -c '^tcpv4connect: cannot load libbcc')"
same "with a line each, and no other" 5 \
	"$(said | sed '1,/ connects, /d' | grep -c .)"
kernel_unchanged "given up"
end
