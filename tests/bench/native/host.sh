#!/bin/bash
# host: how much of this host's processor a reader takes while so many lines a
# second are written.
# shellcheck source=tests/bench/native/common.bash
. /mnt/bench/native/common.bash

# at_rate READER RATE
at_rate()
{
	local seconds before

	seconds=$(short_or 1 10)
	start_reader "$1"
	before=$(cpu_ns "$reader")
	taskset -c "$writer_cpu" generator --rate "$2" "$tag" \
		$(($2 * seconds)) >/dev/null
	wait_until 20 read_events $(($2 * seconds)) ||
		die "$1 read $(statistic 'read events') of $(($2 * seconds))"
	record reader_percent "$2" "$1" "$(awk -v s="$seconds" \
		-v ns=$(($(cpu_ns "$reader") - before)) \
		'BEGIN { print ns / s / 1e7 }')"
	stop_reader
}

round=1
for rate in $(short_or 1000 '100 1000 10000'); do
	for name in cat tcpv4connect; do
		at_rate "$name" "$rate"
	done
done
rm -f program.out
end
