#!/bin/bash
# memory: of the processes that stay, once tracing, and after so many connects;
# and of the largest process at its peak, which may be a compiler's.
# shellcheck source=tests/bench/common.bash
. /mnt/bench/common.bash

# measure COMPETITOR CONNECTS
measure()
{
	# shellcheck disable=SC2046 # three numbers
	record_memory "$2" "$1" $(settled "$(reported "$1" pid)")
}

once()
{
	local done=0 count

	start "$1"
	measure "$1" 0
	for count in 1000 $(short_or '' 10000); do
		storm 1 $((count - done)) >/dev/null
		done=$count
		quiet "$1"
		measure "$1" "$count"
	done
	stop "$1"
	record peak_kb - "$1" "$(reported "$1" peak_kb)"
}

for ((round = 1; round <= rounds; round++)); do
	for competitor in $(competitors); do
		once "$competitor"
	done
done
end
