#!/bin/bash
# columns.sh WARNING...: no line of C is over 80 columns, tabs being eight wide,
# but for lines of one string alone; no line ends with a blank.
# shellcheck source=tests/lint/common.bash
. "$(dirname "$0")/common.bash"

failed=0
while read -r file; do
	expand "$file" | awk -v file="$file" '
		/[ \t]$/ { print file ":" NR ": a blank at the end"; bad = 1 }
		length > 80 && !/^[ {]*"[^"]*"?,?$/ {
			print file ":" NR ": " length " columns"
			bad = 1
		}
		END { exit bad }' || failed=1
done < <(files '*.[ch]')
exit $failed
