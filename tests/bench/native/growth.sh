#!/bin/bash
# growth: more events, and more copies at once, whose instances all look at each
# line that is written.
# shellcheck source=tests/bench/native/common.bash
. /mnt/bench/native/common.bash

copies_case()
{
	local i rss=0 one pids=()

	for ((i = 0; i < $1; i++)); do
		start_program
		pids+=("$reader")
	done
	feed 100000
	record write_ns_by_copies "$1" tcpv4connect "$written_ns"
	for one in "${pids[@]}"; do
		read -r i _ < <(memory "$one")
		rss=$((rss + i))
	done
	record rss_kb_of_all_copies "$1" tcpv4connect "$rss"
	kill -TERM "${pids[@]}"
	wait "${pids[@]}" || die "a copy failed"
}

for ((round = 1; round <= rounds; round++)); do
	for count in 1000 10000 100000 $(short_or '' 1000000); do
		for name in "${readers[@]}"; do
			read_once "$name" "$count" read_cpu_ns_by_events
		done
	done
	for count in 1 $(short_or 3 '2 5 10'); do
		copies_case "$count"
	done
done
end
