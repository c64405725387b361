#!/bin/bash
# man_page.sh PROGRAM: the man page renders without a warning and tells of the
# options, columns, JSON keys, checks and losses that the program has, of no
# others, and of which options exclude each other.
set -euo pipefail
# shellcheck source=tests/docs/common.bash
. "$(dirname "$0")/common.bash"
begin "$@"
need groff groff-base

# On lines so long that what belongs together stands on one.
groff -t -man -Tascii -P-cbou -rLL=300n "$page" >"$scratch/page"

# section NAME
section()
{
	sed -n "/^$1\$/,/^[A-Z]/{/^[A-Z]/d;p}" "$scratch/page"
}

# tagged NAME: the lines of a section that begin a paragraph with a tag, also
# right below a heading within the section.
tagged()
{
	section "$1" | awk '/^       [^ ]/ && !before { print substr($0, 8) }
		{ before = NF && !/^   [^ ]/ }'
}

# rows NAME: the first cell of each row in the tables of a section; a cell may
# name several things ("pid, tid").
rows()
{
	section "$1" | grep -oP '^ {7}\K[^ ,]+(, [^ ,]+)*(?=   )' |
		sed 's/, /\n/g'
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
		groff -t -man -ww "-T$device" -rLL=78n "$page" \
			2>"$scratch/said" >/dev/null ||
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

	for name in NAME SYNOPSIS DESCRIPTION REQUIREMENTS PRIVILEGES OPTIONS \
		COMBINATIONS EXAMPLES FIELDS JSON CHECK SETTINGS LOSSES \
		'EXIT STATUS' OVERHEAD FILES NOTES LIMITS 'SEE ALSO' AUTHOR; do
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

# In any order: the page has them in groups. A tag and its text share a line where
# the tag is short, so an entry of the help is looked for at the beginning; a tag
# without an entry is shown whole.
check_options()
{
	local tag entry found

	help_entries | sort >"$scratch/entries"
	while read -r tag; do
		found=$tag
		while read -r entry; do
			[[ "$tag " != "$entry "* ]] || found=$entry
		done <"$scratch/entries"
		echo "$found"
	done < <(tagged OPTIONS | grep '^-') | sort >"$scratch/options"
	same "OPTIONS are not those of -h" "$scratch/entries" "$scratch/options"
}

# first_words SECTION: of each tag.
first_words()
{
	tagged "$1" | sed 's/ .*//'
}

# combination TAG not|only: each option that its text in COMBINATIONS names, up
# to the first full stop, if that text begins "not with" or "only with".
combination()
{
	section COMBINATIONS | awk -v tag="$1" '/^       [^ ]/ { on = $1 == tag }
		on' | squeeze |
		sed -nE "s/^[^ ]+ $2 with /with /; T; s/[.]( .*)?\$//; p" |
		grep -oE -- '(^| )--?[a-zA-Z][a-z-]*' | tr -d ' '
}

# usual_name NAME: an option as the page speaks of it.
usual_name()
{
	help_entries | grep -E -- "--$1([ =[]|\$)" |
		sed -E 's/^(--?[a-zA-Z-]+).*/\1/'
}

# pairs_of TABLE: of options.c, sorted and each pair too.
pairs_of()
{
	local first second

	while read -r first second; do
		printf '%s\n' "$(usual_name "$first")" "$(usual_name "$second")" |
			sort | paste -sd ' '
	done < <(sed -n "/^} $1\[\] = {/,/^};/p; /^static .* $1\[\] = {/,/^};/p" \
		"$top/tool/options.c" |
		grep -oE '\{ "[a-z-]+", "[a-z-]+" \}' | tr -d '{},"') | sort
}

check_combinations()
{
	local tag other

	while read -r tag; do
		while read -r other; do
			printf '%s\n' "$tag" "$other" | sort | paste -sd ' '
		done < <(combination "$tag" not)
	done < <(first_words COMBINATIONS | grep '^-') | sort \
		>"$scratch/excluded"
	pairs_of conflicts >"$scratch/conflicts"
	[ -s "$scratch/conflicts" ] || fail "found no conflicts in tool/options.c"
	same "COMBINATIONS are not those that the program refuses" \
		"$scratch/conflicts" "$scratch/excluded"
	pairs_of needs >"$scratch/needs"
	printf '%s\n' --interval "$(combination --interval only)" | sort |
		paste -sd ' ' >"$scratch/needed"
	same "COMBINATIONS: which option needs another" "$scratch/needs" \
		"$scratch/needed"
}

# Columns: those of the widest header that a saved trace has, in their order,
# and what sums.c has in capital letters between quotes.
check_fields()
{
	{
		sed -n '/^-- TtULxd$/{n;p}' "$top/tests/data/5.10.columns"
		strings_of <"$top/tool/show/sums.c" | grep -xE '[A-Z]{2,}'
	} | tr -s ' ' '\n' >"$scratch/columns"
	rows FIELDS >"$scratch/fields"
	same "FIELDS are not the columns" "$scratch/columns" "$scratch/fields"
	strings_of <"$top/tool/show/table.c" | grep -oE '\b[A-Z]{2,}\b(\(s\))?' |
		sort -u >"$scratch/written"
	grep -vxFf "$scratch/fields" "$scratch/written" &&
		fail "FIELDS do not tell of each column in tool/show/table.c"
	return 0
}

check_json()
{
	json_keys >"$scratch/keys"
	rows JSON >"$scratch/told"
	same "JSON does not tell the keys that -j gives" "$scratch/keys" \
		"$scratch/told"
}

# setting_names: those of the list in settings.c, each a line.
setting_names()
{
	sed -n '/kinds\[\] = {/,/^};/s/^	{ "\([^"]*\)".*/\1/p' \
		"$top/tool/read/settings.c"
}

check_settings()
{
	setting_names >"$scratch/names"
	rows SETTINGS >"$scratch/told"
	same "SETTINGS are not those of tool/read/settings.c" "$scratch/names" \
		"$scratch/told"
}

# The names of what --check looks at, in check.c and requirement.c, in any order;
# the settings have a section of their own.
check_checks()
{
	local requirements=$top/tool/system/requirement name

	name=$(sed -nE 's/^#define REQUIREMENT_TRACED "(.*)"/\1/p' \
		"$requirements.h")
	{
		tr -d '\n\t' <"$top/tool/check.c" |
			grep -oP 'say\(&?check, [A-Z]+, ?\K"[^"]+"'
		sed -nE 's/^\t\[REQUIREMENT_.* \{ ("[^"]+"|REQUIREMENT_TRACED),.*/\1/p' \
			"$requirements.c"
	} | sed "s/^REQUIREMENT_TRACED\$/$name/" | tr -d '"' | sort -u |
		grep -vxFf <(setting_names) >"$scratch/checks"
	rows CHECK | sort >"$scratch/told"
	same "CHECK does not tell what --check looks at" "$scratch/checks" \
		"$scratch/told"
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
check_combinations
check_fields
check_json
check_checks
check_settings
check_losses
check_version
check_paths "$page"
check_long_options "$page"
end
