#!/bin/bash
# memory: of the process that stays, after so many events.
# shellcheck source=tests/bench/native/common.bash
. /mnt/bench/native/common.bash

# measure CASE
measure()
{
	local rss pss anon

	read -r rss pss anon < <(memory "$reader")
	record rss_kb "$1" tcpv4connect "$rss"
	record pss_kb "$1" tcpv4connect "$pss"
	record anonymous_kb "$1" tcpv4connect "$anon"
}

for ((round = 1; round <= rounds; round++)); do
	for count in 1000 10000 100000 $(short_or '' 1000000); do
		start_program
		feed "$count"
		measure "$count"
		stop_reader
		check_output "$count" tcpv4connect
	done
done
rm -f program.out
end
