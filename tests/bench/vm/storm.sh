#!/bin/bash
# storm: 24 processes make 400 connects each at the same time; how many of these
# are rows.
# shellcheck source=tests/bench/common.bash
. /mnt/bench/common.bash

# Five of one start, since starting takes long; each has a name of its own, for
# some write their rows when they end.
storms=$(short_or 1 5)
for ((i = 1; i <= storms; i++)); do
	cp "$(command -v storm)" "storm$i"
done

once()
{
	start "$1"
	for ((i = 1; i <= storms; i++)); do
		"./storm$i" 24 400 >/dev/null
		quiet "$1"
	done
	stop "$1"
	for ((round = 1; round <= storms; round++)); do
		record rows_of_9600 - "$1" "$(rows_of "$1" "storm$round")"
	done
}

for competitor in $(competitors); do
	once "$competitor"
done
end
