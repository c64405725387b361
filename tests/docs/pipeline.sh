#!/bin/bash
# pipeline.sh PROGRAM: examples/pipeline.svg is what becomes of pipeline.dot beside
# it: the same boxes, arrows and words (releases of graphviz place them in places
# of their own); and the files and folders in it are ours.
set -euo pipefail
# shellcheck source=tests/docs/common.bash
. "$(dirname "$0")/common.bash"
begin "$@"
source=$top/examples/pipeline.dot
drawing=$top/examples/pipeline.svg

# content FILE: the names of boxes and arrows, and the words, each a line.
content()
{
	grep -oP '<title>\K[^<]*' "$1" | sed 's/&#45;/-/g' | sort
	grep -oP '<text[^>]*>\K[^<]*' "$1" | sed 's/&#160;/ /g' |
		tr -s ' ' '\n' | grep . | sort
}

check_names()
{
	local name count=0

	while read -r name; do
		count=$((count + 1))
		[ -n "$(find "$top/tool" "$top/bpf_text" -name "$name")" ] ||
			fail "the drawing has a file $name, which is not there"
	done < <(grep -oE '\b[a-z0-9_]+\.[ch]\b' "$source" | sort -u)
	[ "$count" -gt 5 ] || fail "the drawing has no files"
	for name in attach read show dns; do
		grep -q "<b>$name/</b>" "$source" ||
			fail "the drawing does not show the folder $name/"
		[ -d "$top/tool/$name" ] || fail "there is no tool/$name/"
	done
}

check_drawing()
{
	local command

	command=$(sed -nE 's/^ \*\t(dot .*)/\1/p' "$source")
	[ "$command" = "dot -Tsvg -o examples/pipeline.svg examples/pipeline.dot" ] ||
		fail "${source##*/} does not say how the drawing is made"
	(cd "$top" && ${command/examples\/pipeline.svg/"$scratch/drawing"})
	content "$drawing" >"$scratch/found"
	content "$scratch/drawing" >"$scratch/wanted"
	same "the drawing is not what its source makes; $command" \
		"$scratch/wanted" "$scratch/found"
}

check_names
if ! command -v dot >/dev/null; then
	[ "$failed" = 0 ] || end
	echo "skipped: no dot (Debian: graphviz)"
	exit 77
fi
check_drawing
end
