#!/bin/bash
# cpus: the additions to the ledger for a connect(), on one CPU, and on two at the
# same time; with one ledger for all, as the program has it, and one for each CPU.
# shellcheck source=tests/bench/common.bash
. /mnt/bench/common.bash

for ((round = 1; round <= rounds; round++)); do
	for ledger in shared own; do
		read -r one two < <(cpus $ledger)
		record ledger_ns 1 "$ledger ledger" "$one"
		record ledger_ns 2 "$ledger ledger" "$two"
	done
done
end
