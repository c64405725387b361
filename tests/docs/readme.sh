#!/bin/bash
# readme.sh PROGRAM: the READMEs and CONTRIBUTING.md name files, commands, options
# and tests that exist. README.md is short and has what ls tool/ shows;
# tool/README.md has every file of it, once.
set -euo pipefail
# shellcheck source=tests/docs/common.bash
. "$(dirname "$0")/common.bash"
begin "$@"

# section TITLE: up to the next one.
section()
{
	awk -v title="## $1" '/^## /{ on = $0 == title; next } on' "$readme"
}

# README.md has what is on top of tool/, and tool/README.md every file.
check_every_file()
{
	section 'How it works' >"$scratch/section"
	(cd "$top/tool" && printf '%s\n' *.c && printf '%s\n' */) | sort \
		>"$scratch/files"
	grep '^    ' "$scratch/section" | tr -cs 'A-Za-z0-9_./' '\n' |
		grep -xE '[a-z0-9_]+(\.c|/)' | sort >"$scratch/drawn"
	same "How it works does not have what ls tool/ shows" \
		"$scratch/files" "$scratch/drawn"
	(cd "$top/tool" && find . -name '*.c' -printf '%f\n') | sort \
		>"$scratch/files"
	# shellcheck disable=SC2016 # no command
	sed -nE 's/^\* `([a-z0-9_]+\.c)`: .*/\1/p' "$top/tool/README.md" | sort \
		>"$scratch/told"
	same "tool/README.md does not have each file of tool/ once" \
		"$scratch/files" "$scratch/told"
}

# check_commands FILE
check_commands()
{
	local command

	while read -r command; do
		[ -x "$top/$command" ] ||
			fail "${1#"$top"/}: $command can't be run"
	done < <(sed -nE 's/^    (sudo )?(\.\/[^ ]+).*/\2/p' "$1")
}

check_first_commands()
{
	local command

	for command in examples/quickstart tests/run; do
		grep -qx "    sudo ./$command" "$readme" ||
			fail "README.md does not give the command $command"
	done
}

# is_test NAME: named as tests/CMakeLists.txt names them.
is_test()
{
	local label=${1%%-*} rest=${1#*-} tests=$top/tests suites

	if [ "$label" = live ]; then
		suites=$(sed -n 's/^# suites: //p' "$tests/live/${rest#*-}.sh")
		[[ " ${suites:-${rest%%-*}} " = *" ${rest%%-*} "* ]]
		return
	fi
	[ -n "$(find "$tests/$label" \
		-name "test_$rest.c" -o -name "$rest.sh")" ]
}

# tests_named FILE: each test in backquotes.
tests_named()
{
	# shellcheck disable=SC2016 # no command
	grep -oP '`\K(unit|cli|docs|fuzz|lint|arch|native|live|packages)-[\w-]+(?=`)' \
		"$1" || true
}

check_tests()
{
	local name

	while read -r name; do
		is_test "$name" || fail "${1#"$top"/} names a test $name"
	done < <(tests_named "$1")
}

# A README is read in ten minutes or not at all.
check_length()
{
	[ "$(wc -c <"$readme")" -le 10000 ] ||
		fail "README.md has more than 10,000 bytes"
	long_sentences "$readme" >"$scratch/long"
	[ ! -s "$scratch/long" ] || {
		fail "README.md has sentences of more than 30 words"
		cat "$scratch/long"
	}
}

# long_sentences FILE: those of more than 30 words, outside of code and tables.
long_sentences()
{
	grep -vE '^(    |\||#|!)' "$1" | tr '\n' ' ' |
		sed -E 's/  +/\n/g; s/[.?!]([)*]*) /.\1\n/g' | awk 'NF > 30'
}

# check_anchors FILE: links to a heading, here or in another file of the tree.
check_anchors()
{
	local file anchor

	while IFS='#' read -r file anchor; do
		file=${file:+${1%/*}/$file}
		sed -n 's/^##* //p' "${file:-$1}" | tr 'A-Z ' 'a-z-' |
			tr -cd 'a-z0-9_\n-' | grep -qxFe "$anchor" ||
			fail "${1#"$top"/}: no heading #$anchor"
	done < <(grep -oP '\]\(\K[^):]*#[^)]+(?=\))' "$1")
}

# Options of our scripts, and of cmake.
more_options()
{
	local script

	for script in examples/quickstart tests/run tests/bench/run \
		tests/walkthrough tests/coverage; do
		grep '^#' "$top/$script" | grep -oE -- '--[a-z][a-z-]+'
	done
	printf '%s\n' --build --install --prefix --output-on-failure
}

check_every_file
check_first_commands
check_length
check_rows "$readme"
for file in "$readme" "$top/CONTRIBUTING.md" "$top"/tests/{,bench/}README.md \
	"$top/tool/README.md"; do
	check_links "$file"
	check_anchors "$file"
	check_commands "$file"
	check_paths "$file"
	check_long_options "$file" "$(more_options | paste -sd '|')"
	check_tests "$file"
done
[ "$(tests_named "$top/tests/README.md" | wc -l)" -gt 20 ] ||
	fail "tests/README.md does not say which test shows what"
end
