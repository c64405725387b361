#!/bin/bash
# storm: 24 processes make 400 connects each at the same time; how many of these
# are rows.
# shellcheck source=tests/bench/common.bash
. /mnt/bench/common.bash

once()
{
	start "$1"
	storm 24 400 >/dev/null
	quiet "$1"
	stop "$1"
	record rows_of_9600 - "$1" "$(rows_of "$1" storm)"
}

for ((round = 1; round <= rounds; round++)); do
	for competitor in $(competitors); do
		once "$competitor"
	done
done
end
