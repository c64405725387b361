#!/bin/bash
# memory: of the processes that stay, once tracing, and after so many connects;
# of the kernel for them (maps, programs, buffers); and of the largest process at
# its peak, which may be a compiler's.
# shellcheck source=tests/bench/common.bash
. /mnt/bench/common.bash

# measure COMPETITOR CONNECTS
measure()
{
	# shellcheck disable=SC2046 # three numbers
	record_memory "$2" "$1" $(settled "$(reported "$1" pid)")
}

# kernel_kb: all memory that is neither free, nor a process's, nor a cache.
kernel_kb()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	# It adds up what each processor has counted for itself.
	cat /proc/sys/vm/stat_refresh
	awk '/^MemTotal:/ { kb = $2 }
		/^(MemFree|Buffers|Cached|AnonPages|SReclaimable):/ { kb -= $2 }
		END { print kb }' /proc/meminfo
}

# What the start alone took, the kernel may keep: so it is what the end gives back.
once()
{
	local done=0 count kernel

	start "$1"
	measure "$1" 0
	for count in 1000 $(short_or '' 10000); do
		storm 1 $((count - done)) >/dev/null
		done=$count
		quiet "$1"
		measure "$1" "$count"
	done
	kernel=$(kernel_kb)
	stop "$1"
	sleep 2
	record kernel_kb - "$1" $((kernel - $(kernel_kb)))
	record peak_kb - "$1" "$(reported "$1" peak_kb)"
}

for ((round = 1; round <= $(short_or 1 3); round++)); do
	for competitor in $(competitors); do
		once "$competitor"
	done
done
end
