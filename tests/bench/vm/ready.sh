#!/bin/bash
# ready: from exec to the probes being in the kernel's list, and what the whole
# short run took.
# shellcheck source=tests/bench/common.bash
. /mnt/bench/common.bash

once()
{
	start "$1"
	stop "$1"
	check_probes "$1"
	[ "$round" -gt 0 ] || return 0
	record ready_s - "$1" "$(reported "$1" ready_s)"
	record start_and_stop_cpu_s - "$1" "$(reported "$1" cpu_s)"
	record peak_kb - "$1" "$(reported "$1" peak_kb)"
}

# Round 0 brings the files into memory, and is not counted.
for ((round = $(short_or 1 0); round <= rounds; round++)); do
	for competitor in $(competitors); do
		once "$competitor"
	done
done
end
