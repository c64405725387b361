#!/bin/bash
# memory: of the process that stays, after so many events.
# shellcheck source=tests/bench/native/common.bash
. /mnt/bench/native/common.bash

for ((round = 1; round <= rounds; round++)); do
	for count in $(short_or 10000 1000000); do
		start_program
		feed "$count"
		# shellcheck disable=SC2046 # three numbers
		record_memory "$count" tcpv4connect $(memory "$reader")
		stop_reader
		check_output "$count" tcpv4connect
	done
done
rm -f program.out
end
