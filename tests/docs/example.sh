#!/bin/bash
# example.sh PROGRAM: the example file shows every option, its rows are rows, its
# objects have the keys that the program's have, and it ends with what -h prints.
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
		names=$(grep -oE -- '(^| )--?[a-zA-Z][a-z-]*' <<<"$entry")
		for name in $names; do
			grep -qE "^[#\$] .*tcpv4connect.* $name\\b" "$example" &&
				shown=1
		done
		[ -n "$shown" ] || fail "the file does not show $entry at work"
	done < <(help_entries)
}

# Lines that begin an object, as -j prints them.
check_objects()
{
	local line keys

	keys=$(json_keys | paste -sd ' ')
	grep -q '^{"' "$example" || fail "the file shows no object"
	while IFS= read -r line; do
		[ "$(grep -oP '(?<=[{,]")[a-z]+(?=":)' <<<"$line" |
			paste -sd ' ')" = "$keys" ] ||
			fail "not the keys that -j gives: $line"
	done < <(grep '^{"' "$example")
}

# The program says the same of what is shown as saved.
check_trace()
{
	sed -n '/^[#$] cat connects.trace$/,/^$/p' "$example" |
		sed '1d; /^$/d' >"$scratch/trace"
	sed -n '/^\$ tcpv4connect -r connects.trace -T -U -L$/,/^$/p' "$example" |
		sed '1d; /^$/d' >"$scratch/wanted"
	if [ ! -s "$scratch/trace" ] || [ ! -s "$scratch/wanted" ]; then
		fail "the file shows no saved trace that is read again"
	fi
	TZ=UTC "$scratch/tcpv4connect" -r "$scratch/trace" -T -U -L \
		>"$scratch/found"
	same "-r shows another thing" "$scratch/wanted" "$scratch/found"
}

check_version()
{
	sed -n '/^[#$] tcpv4connect -V$/{n;p}' "$example" >"$scratch/wanted"
	"$scratch/tcpv4connect" -V >"$scratch/found"
	same "-V shows another version" "$scratch/wanted" "$scratch/found"
}

check_usage
check_version
check_every_option
check_objects
check_trace
check_rows "$example"
check_paths "$example"
check_long_options "$example"
end
