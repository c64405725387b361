#!/bin/bash
# readme.sh PROGRAM: what README.md and CONTRIBUTING.md name is there: files,
# commands, options and tests; README's drawing has what ls tool/ shows, and
# tool/README.md every file, once.
set -euo pipefail
# shellcheck source=tests/docs/common.bash
. "$(dirname "$0")/common.bash"
begin "$@"

# section TITLE: up to the next one.
section()
{
	awk -v title="## $1" '/^## /{ on = $0 == title; next } on' "$readme"
}

# The drawing has what is on top of tool/, and tool/README.md every file.
check_every_file()
{
	section 'How it works' >"$scratch/section"
	(cd "$top/tool" && printf '%s\n' *.c && printf '%s\n' */) | sort \
		>"$scratch/files"
	grep '^    ' "$scratch/section" | tr -cs 'A-Za-z0-9_./' '\n' |
		grep -xE '[a-z0-9_]+(\.c|/)' | sort >"$scratch/drawn"
	same "the drawing does not have what ls tool/ shows" \
		"$scratch/files" "$scratch/drawn"
	(cd "$top/tool" && find . -name '*.c' -printf '%f\n') | sort \
		>"$scratch/files"
	# shellcheck disable=SC2016 # no command
	sed -nE 's/^\| `([a-z0-9_]+\.c)` \|.*/\1/p' "$top/tool/README.md" | sort \
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
	local label=${1%%-*} rest=${1#*-} tests=$top/tests

	case $label in
	golden) [ -e "$tests/golden/run.sh" ] ;;
	live) [ -e "$tests/live/${rest#*-}.sh" ] || [ -e "$tests/live/$rest.sh" ] ;;
	*)
		[ -n "$(find "$tests/$label" \
			-name "test_$rest.c" -o -name "$rest.sh")" ]
		;;
	esac
}

check_tests()
{
	local count=0 name

	# shellcheck disable=SC2016 # no command
	while read -r name; do
		count=$((count + 1))
		is_test "$name" || fail "README.md names a test $name"
	done < <(section 'What it does better than the original, and which test shows it' |
		grep -oP '`\K(unit|golden|cli|docs|native|live|arch)(-[\w-]+)?(?=`)')
	[ "$count" -gt 0 ] || fail "README.md names no test"
}

# Options of our scripts, and of cmake.
more_options()
{
	local script

	for script in examples/quickstart tests/run tests/bench/run \
		tests/walkthrough; do
		grep '^#' "$top/$script" | grep -oE -- '--[a-z][a-z-]+'
	done
	printf '%s\n' --build --install --prefix --output-on-failure
}

check_every_file
check_first_commands
check_tests
check_rows "$readme"
for file in "$readme" "$top/CONTRIBUTING.md"; do
	check_links "$file"
	check_commands "$file"
	check_paths "$file"
	check_long_options "$file" "$(more_options | paste -sd '|')"
done
end
