#!/bin/bash
# storm: 24 processes make 400 connects each at the same time; how many of these
# are rows.
# shellcheck source=tests/bench/common.bash
. /mnt/bench/common.bash

# Three of one start, since starting takes long; each has a name of its own, for
# some write their rows when they end. Never fewer than five in all.
storms=$(short_or 1 3)
[ "$rounds" = 1 ] || rounds=2
for ((i = 1; i <= storms; i++)); do
	cp "$(command -v storm)" "storm$i"
done

once()
{
	local i

	start "$1"
	for ((i = 1; i <= storms; i++)); do
		"./storm$i" 24 400 >/dev/null
		quiet "$1"
	done
	stop "$1"
	for ((i = 1; i <= storms; i++)); do
		record rows_of_9600 - "$1" "$(rows_of "$1" "storm$i")"
	done
}

for ((round = 1; round <= rounds; round++)); do
	for competitor in $(competitors); do
		once "$competitor"
	done
done
end
