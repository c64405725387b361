#!/bin/bash
# cases.sh - what the machine of tests/live/run runs: the scripts in /mnt/cases, one
# after the other, each with an empty /root, up to one that fails. Each that has
# passed is removed there, and /mnt/began names the last that has begun.

# At its first connect a kernel patches its own code (net_get_random_once() in
# secure_ipv4_port_ephemeral(), net/core/secure_seq.c, Linux 5.10 to 7.2), and an
# emulated processor that runs just there while another one patches may die of it.
# So this one is made before there are others.
(: </dev/tcp/127.0.0.1/1) 2>/dev/null

cp /mnt/tcpv4connect /usr/local/sbin/
mkfifo /run/pause
# For tests/live/run, which can't see otherwise whether time goes on in here, and for
# pause() in guest.sh.
while sleep 1; do
	echo beat >/mnt/beat
	echo 1<>/run/pause
done &
for case in /mnt/cases/*; do
	rm -rf /root/*
	echo "# case ${case##*/}"
	echo "${case##*/}" >/mnt/began
	bash "$case"
	status=$?
	# Before 5.2 bash aborts where the time of a read (in pause) is over just as it
	# ends, which says nothing about the case: see boot.sh.
	if [ $status = 134 ]; then
		: >/mnt/emulation_failed
		exit 125
	fi
	[ $status = 0 ] || exit $status
	rm "$case"
done
