#!/bin/bash
# memory: of the processes that stay, after so many connects; of the kernel for
# them (maps, programs, buffers); and of the largest process at its peak, which may
# be a compiler's.
# shellcheck source=tests/bench/common.bash
. /mnt/bench/common.bash

count=$(short_or 1000 10000)

# kernel_kb: all memory that is neither free, nor a process's, nor a cache. What is
# free on a processor's own list, "free" does not count.
kernel_kb()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	# It adds up what each processor has counted for itself.
	cat /proc/sys/vm/stat_refresh || true
	awk '/^MemTotal:/ { kb = $2 }
		/^(MemFree|Buffers|Cached|AnonPages|SReclaimable):/ { kb -= $2 }
		$1 == "count:" { kb -= 4 * $2 }
		END { print kb }' /proc/meminfo /proc/zoneinfo
}

# What the start alone took, the kernel may keep: so it is what the end gives back.
once()
{
	local kernel

	start "$1"
	storm 1 "$count" >/dev/null
	quiet "$1"
	# shellcheck disable=SC2046 # three numbers
	record_memory "$count" "$1" $(settled "$(reported "$1" pid)")
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
