#!/bin/bash
# arrows.sh WARNING...: which folder of tool/ may include which, as
# tool/README.md says. So no folder includes the hall, and there is no circle.
# shellcheck source=tests/lint/common.bash
. "$(dirname "$0")/common.bash"

# What each folder may include, beside itself: a folder, or one header of it.
declare -A allowed=(
	[attach]='system'
	[read]='system'
	[show]='system dns read/connect_event.h'
	[dns]=''
	[system]=''
)
failed=0
count=0

# may FOLDER INCLUDED
may()
{
	local to

	for to in "$1" ${allowed[$1]}; do
		case $2 in
		"$to" | "$to"/*) return 0 ;;
		esac
	done
	return 1
}

for folder in "${!allowed[@]}"; do
	while IFS=: read -r file included; do
		count=$((count + 1))
		may "$folder" "$included" && continue
		echo "$file includes $included"
		failed=1
	done < <(grep -oP '^#include "\K[^"]+' "tool/$folder"/*.[ch])
done
[ "$count" -gt 50 ] || {
	echo "only $count includes were found in the folders of tool/"
	failed=1
}
exit $failed
