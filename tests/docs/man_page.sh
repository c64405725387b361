#!/bin/bash
# man_page.sh PROGRAM: the man page renders without a warning and tells of the
# options, columns and losses that the program has, and of no others.
set -euo pipefail
# shellcheck source=tests/docs/common.bash
. "$(dirname "$0")/common.bash"
begin "$@"

if ! command -v groff >/dev/null; then
	echo "skipped: no groff (Debian: groff-base)"
	exit 77
fi

# On lines so long that what belongs together stands on one.
groff -man -Tascii -P-cbou -rLL=300n "$page" >"$scratch/page"

# section NAME
section()
{
	sed -n "/^$1\$/,/^[A-Z]/{/^[A-Z]/d;p}" "$scratch/page"
}

# tagged NAME: the lines of a section that begin a paragraph with a tag.
tagged()
{
	section "$1" | awk '/^       [^ ]/ && !before { print substr($0, 8) }
		{ before = NF }'
}

# What the source files have between quotes, each string on one line.
strings_of()
{
	tr -d '\n\t' | sed 's/" *"//g' | grep -oE '"[^"]*"' | tr -d '"'
}

check_rendering()
{
	local device

	for device in ascii utf8; do
		groff -man -ww -z "-T$device" "$page" >"$scratch/said" 2>&1 ||
			fail "groff -T$device cannot render the page"
		[ ! -s "$scratch/said" ] ||
			fail "groff -T$device: $(cat "$scratch/said")"
	done
	if command -v mandoc >/dev/null; then
		mandoc -T lint -W warning "$page" || fail "mandoc -T lint"
	fi
}

check_sections()
{
	local name

	for name in NAME SYNOPSIS DESCRIPTION REQUIREMENTS OPTIONS EXAMPLES \
		FIELDS LOSSES 'EXIT STATUS' OVERHEAD FILES NOTES LIMITS \
		'SEE ALSO' AUTHOR; do
		[ -n "$(section "$name")" ] || fail "no section $name"
	done
}

check_synopsis()
{
	sed '/^$/,$d; s/^usage: //' "$help" | squeeze >"$scratch/usage"
	section SYNOPSIS | squeeze >"$scratch/synopsis"
	same "SYNOPSIS is not the usage of -h" "$scratch/usage" \
		"$scratch/synopsis"
}

# A tag and its text share a line where the tag is short, so that an entry of the
# help is looked for at the beginning; what has none is shown whole.
check_options()
{
	local tag entry found

	help_entries >"$scratch/entries"
	while read -r tag; do
		found=$tag
		while read -r entry; do
			[[ "$tag " != "$entry "* ]] || found=$entry
		done <"$scratch/entries"
		echo "$found"
	done < <(tagged OPTIONS | grep '^-') >"$scratch/options"
	same "OPTIONS are not those of -h" "$scratch/entries" "$scratch/options"
}

# Columns: those of the headers in the saved traces' tables, and what table.c
# has in capital letters between quotes.
check_fields()
{
	{
		head -qn 1 "$top"/tests/data/*.out | tr -s ' ' '\n'
		strings_of <"$top/tool/table.c" |
			grep -oE '\b[A-Z]{2,}\b(\(s\))?' || true
	} | grep . | sort -u >"$scratch/columns"
	tagged FIELDS | grep -oE '^[A-Z]{2,}(\(s\))?( |$)' | tr -d ' ' |
		sort -u >"$scratch/fields"
	same "FIELDS are not the columns" "$scratch/columns" "$scratch/fields"
}

check_losses()
{
	local cause

	section LOSSES | squeeze >"$scratch/losses"
	sed -n '/cause_texts\[.*{/,/^};/p; /^static .*\*cause_text(/,/^}/p' \
		"$top/tool/ledger.c" | strings_of >"$scratch/causes"
	[ -s "$scratch/causes" ] || fail "found no causes in tool/ledger.c"
	while read -r cause; do
		grep -qF "$cause" "$scratch/losses" ||
			fail "LOSSES says nothing of '$cause'"
	done <"$scratch/causes"
}

check_version()
{
	local version

	version=$(sed -n 's/^project(tcpv4connect VERSION \([0-9.]*\).*/\1/p' \
		"$top/CMakeLists.txt")
	grep -q "^\.TH .*\"tcpv4connect $version\"" "$page" ||
		fail "the page is not that of version $version"
}

check_rendering
check_sections
check_synopsis
check_options
check_fields
check_losses
check_version
check_paths "$page"
check_long_options "$page"
end
