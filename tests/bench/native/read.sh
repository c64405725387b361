#!/bin/bash
# read: processor time for each event, from the pipe to a file; and what `cat` of
# the same pipe takes, which is the kernel's share and can't be saved.
# shellcheck source=tests/bench/native/common.bash
. /mnt/bench/native/common.bash

for ((round = 1; round <= rounds; round++)); do
	for name in "${readers[@]}"; do
		read_once "$name" "$(short_or 100000 1000000)" read_cpu_ns
	done
done
end
