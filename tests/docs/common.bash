# shellcheck shell=bash
# What the documentation tests share; sourced, never run. The caller has set
# -euo pipefail and gives its own arguments to begin.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck disable=SC2034 # the callers use them
page=$top/man/man8/tcpv4connect.8
# shellcheck disable=SC2034
example=$top/examples/tcpv4connect_example.txt
# shellcheck disable=SC2034
readme=$top/README.md
export LC_ALL=C.UTF-8
failed=0

# begin PROGRAM: the help names the program after the file, so it gets a name
# that is known. Leaves $scratch, and $help with what -h prints.
begin()
{
	if [ $# != 1 ] || [ ! -x "$1" ]; then
		echo "usage: ${0##*/} PROGRAM" >&2
		exit 2
	fi
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	ln -s "$(realpath -- "$1")" "$scratch/tcpv4connect"
	help=$scratch/help
	"$scratch/tcpv4connect" -h >"$help"
}

fail()
{
	echo "FAIL: $*"
	failed=1
}

end()
{
	[ "$failed" = 0 ] && echo "all of it agrees"
	exit "$failed"
}

# need COMMAND PACKAGE: without the command the test is skipped.
need()
{
	command -v "$1" >/dev/null && return
	echo "skipped: no $1 (Debian: $2)"
	exit 77
}

# squeeze: the words of stdin on one line, whatever stood between them.
squeeze()
{
	tr -s ' \n' '  ' | sed 's/^ //; s/ $//'
}

# same WHAT WANTED FOUND: two files; shows where they differ.
same()
{
	diff -u --label wanted --label found "$2" "$3" || fail "$1"
}

# help_entries: each option as its line of the help begins, "-p PID, --pid PID".
help_entries()
{
	sed -nE 's/^  (-[^ ].*)$/\1/p' "$help" | sed -E 's/  +.*$//'
}

# long_options: each one's long name, "--pid".
long_options()
{
	help_entries | grep -oE -- '--[a-z][a-z0-9-]*'
}

# json_keys: those of an object that the program prints, in their order. A saved
# trace serves: reading one takes neither root nor libbcc.
json_keys()
{
	"$scratch/tcpv4connect" -j --max-events 1 \
		-r "$top/tests/data/5.10.trace" |
		grep -oP '(?<=[{,]")[a-z]+(?=":)'
}

# check_links FILE: those to other files, from where it stands.
check_links()
{
	local link

	while read -r link; do
		[ -e "${1%/*}/$link" ] || fail "${1#"$top"/}: a link leads to $link"
	done < <(grep -oP '(?<=\]\()[^)#:]+(?=\))' "$1")
}

# check_paths FILE: what it says of our tree is there.
check_paths()
{
	local path

	while read -r path; do
		path=${path%.}
		[ -e "$top/$path" ] ||
			fail "${1#"$top"/} speaks of $path, which is not there"
	done < <(grep -oP '(?<![\w/.-])(\./)?(tool|bpf_text|man|examples|tests|\.ci)/[\w./-]*' \
		"$1" | sort -u)
}

# check_long_options FILE [MORE]: no long option that the program does not have,
# but for those that the regular expression MORE matches.
check_long_options()
{
	local option

	while read -r option; do
		long_options | grep -qxFe "$option" && continue
		[[ $option =~ ^(${2:-})$ ]] ||
			fail "${1#"$top"/} speaks of $option, which is no option"
	done < <(sed 's/\\-/-/g' "$1" |
		grep -oP '(?<![\w-])--[a-z][a-z0-9-]*' | sort -u)
}

# Sample rows -----------------------------------------------------------------

# Each column, and what a value of it looks like.
declare -A column_values=(
	[TIME]='[0-2][0-9](:[0-5][0-9]){2}|-'
	["TIME(s)"]='[0-9]+\.[0-9]{3}'
	[UID]='[0-9]+'
	[PID]='[0-9]+'
	[COMM]='.{1,12}'
	[SADDR]='[0-9]{1,3}(\.[0-9]{1,3}){3}'
	[LPORT]='[0-9]{1,5}|-'
	[DADDR]='[0-9]{1,3}(\.[0-9]{1,3}){3}'
	[DPORT]='[0-9]{1,5}'
	[ERR]='E[A-Z0-9_]+|[0-9]+|-'
	[QUERY]='[^ ]+'
	[LADDR]='[0-9]{1,3}(\.[0-9]{1,3}){3}'
	[RADDR]='[0-9]{1,3}(\.[0-9]{1,3}){3}'
	[RPORT]='[0-9]{1,5}'
	[CONNECTS]='[0-9]+'
)
is_header='^(TIME +)?(TIME\(s\) +)?([A-Z]+ +)*PID +COMM +([A-Z]+ +)*DPORT'
is_header+='( +[A-Z]+)*$|^LADDR +RADDR +RPORT +CONNECTS *$'
# What --raw prints under a row.
is_raw='^ *[^ ].*-[0-9]+ .* [0-9]+\.[0-9]{6}: bpf_trace_printk: tcpv4connect:'

# check_row HEADER ROW: each value begins where its column does, and is one.
check_row()
{
	local header=$1 row=$2 name before value next

	while [ -n "$header" ]; do
		name=${header%% *}
		before=${#header}
		header=${header#"$name"}
		header=${header#"${header%%[! ]*}"}
		next=$((before - ${#header}))
		value=$row
		if [ -n "$header" ]; then
			value=${row:0:next}
			[[ $value = *" " ]] || return 1
		fi
		row=${row:${#value}}
		value=${value%"${value##*[! ]}"}
		[[ $value =~ ^(${column_values[$name]:-no such column})$ ]] ||
			return 1
	done
}

# check_rows FILE: the lines below each header, up to a line that ends them.
check_rows()
{
	local line header='' count=0

	while IFS= read -r line; do
		if [[ $line =~ $is_header ]]; then
			header=$line
		elif [[ $line =~ ^($|\^C$|\[\.\.\.\]$) ]]; then
			header=
		elif [ -n "$header" ] && [[ ! $line =~ $is_raw ]]; then
			count=$((count + 1))
			check_row "$header" "$line" ||
				fail "${1#"$top"/}: no row: $line"
		fi
	done < <(sed 's/^    //' "$1")
	[ "$count" -gt 0 ] || fail "${1#"$top"/} shows no rows"
}
