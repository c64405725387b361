#!/bin/bash
# example.sh PROGRAM: the example file shows every option, its rows are rows, and
# it ends with what -h prints.
set -euo pipefail
# shellcheck source=tests/docs/common.bash
. "$(dirname "$0")/common.bash"
begin "$@"

check_usage()
{
	sed -n '/^# tcpv4connect -h$/,$p' "$example" | sed 1d >"$scratch/shown"
	same "the file does not end with what -h prints" "$help" \
		"$scratch/shown"
}

# On a line with a prompt, under one of its names.
check_every_option()
{
	local entry name names shown

	while read -r entry; do
		shown=
		names=$(grep -oE -- '(^| )--?[a-z][a-z-]*' <<<"$entry")
		for name in $names; do
			grep -qE "^[#\$] .*tcpv4connect.* $name\\b" "$example" &&
				shown=1
		done
		[ -n "$shown" ] || fail "the file does not show $entry at work"
	done < <(help_entries)
}

check_usage
check_every_option
check_rows "$example"
check_paths "$example"
check_long_options "$example"
end
