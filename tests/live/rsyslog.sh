#!/bin/bash
# rsyslog: examples/fleet's two configurations, with Debian's rsyslog at both ends.
# Each row comes to the central host's file, once it is there; its connects to that
# host are rows as well, and make no others.
# suites: trixie
# fleet: bookworm
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

rows=/var/log/tcpv4connect/vm.json
words=/var/log/tcpv4connect/vm.log

# The central host has another name, and its rsyslog another directory.
start_central() {
	launch central unshare --uts sh -c \
		'busybox hostname central; exec rsyslogd -n -f /root/central.conf -i /root/central.pid'
	wait_until 60 is_listening || die "the receiver listens" central.err
}

# shellcheck disable=SC2317 # wait_until calls it
is_listening() {
	ss -Hltn 'sport = 2514' | grep -q .
}

kill_central() {
	kill -KILL "${pid_of[central]}"
	wait "${pid_of[central]}" 2>/dev/null || true
}

# rows_to PORT: those that have come, each counted once. (Where an answer was lost
# the sender sends again.)
rows_to() {
	grep "\"dport\":$1," $rows 2>/dev/null | sort -u | wc -l
}

# shellcheck disable=SC2317 # wait_until calls it
came() {
	[ "$(rows_to "$1")" -ge "$2" ]
}

# all_came WHAT PORT COUNT
all_came() {
	check "$1" wait_until 120 came "$2" "$3"
	same "$1, and no more" "$3" "$(rows_to "$2")"
}

# shellcheck disable=SC2317 # wait_until calls it
is_ready() {
	journalctl -q -t tcpv4connect -o cat | grep -q ' maxactive '
}

mkdir central.d
printf '%s\n' 'global(workDirectory="/root")' \
	'include(file="/root/central.d/*.conf")' >central.conf
fleet_commands rsyslog >commands
same "the page gives two commands for each end" 4 "$(wc -l <commands)"
cd /mnt/fleet
eval "$(sed -n '1s|/etc/rsyslog|/root/central|p' /root/commands)"
eval "$(sed -n '3s/logs.example.net/127.0.0.1/p' /root/commands)"
cd /root
sed -i 's/\(resumeInterval=\)"10"/\1"2"/' /etc/rsyslog.d/tcpv4connect.conf
for conf in central.conf /etc/rsyslog.conf; do
	rsyslogd -N1 -f $conf >said 2>&1 || fail "rsyslogd takes $conf"
	empty "rsyslogd has nothing to say of $conf" \
		<(grep -v -e 'version .* config validation run' -e 'End of config' said)
done
cp /mnt/fleet/tcpv4connect.service /etc/systemd/system/
systemctl daemon-reload
start_central
eval "$(sed -n 4p commands)"
systemctl start tcpv4connect
wait_until 120 is_ready || die "the service is ready"
storm 1 10 127.0.0.1 7001 >/dev/null
all_came "ten rows" 7001 10
same "each is an object with the sender's name before the keys of a row" \
	"10 vm host,ts,pid,tid,uid,comm,saddr,lport,daddr,dport,error,query" \
	"$(grep '"dport":7001,' $rows | python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin]
print(len(rows), *{row["host"] for row in rows}, *{",".join(row) for row in rows})')"

# The sender's own connects are rows, one each time that it connects.
own=$(journalctl -q -t tcpv4connect -o cat | grep -c '"dport":2514,' || true)
storm 1 50 127.0.0.1 7002 >/dev/null
all_came "fifty rows" 7002 50
same "rows that travel make no others" "$own" \
	"$(journalctl -q -t tcpv4connect -o cat | grep -c '"dport":2514,' || true)"

# The central host goes away in the middle.
storm 2 500 127.0.0.1 7003 >/dev/null &
wait_until 30 came 7003 1 || fail "the first rows come"
kill_central
wait $!
storm 1 10 127.0.0.1 7004 >/dev/null
start_central
all_came "a thousand rows around its end" 7003 1000
all_came "ten rows from the time when it was not there" 7004 10

systemctl stop tcpv4connect
check "what the program says at the end comes, too" wait_until 60 \
	grep -q ' tcpv4connect: .* 0 lost$' $words
empty "no row is in /var/log/syslog" <(grep -s '{"ts":' /var/log/syslog || true)
end
