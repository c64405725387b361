#!/bin/bash
# walkthrough.sh PROGRAM: what examples/walkthrough.md names is there; and the test
# that types its commands (live/guest/walkthrough.py) fails where it has to.
set -euo pipefail
# shellcheck source=tests/docs/common.bash
. "$(dirname "$0")/common.bash"
begin "$@"
need python3 python3
document=$top/examples/walkthrough.md

# Commands are to be typed; what is no block of them can't be.
check_blocks()
{
	grep '^```' "$document" | paste -d ' ' - - | sort -u >"$scratch/fences"
	# shellcheck disable=SC2016 # no command
	echo '```console ```' >"$scratch/wanted"
	same "there are blocks that no test types" "$scratch/wanted" \
		"$scratch/fences"
}

# walk STATUS WHAT: a document on stdin, typed here, ends with STATUS.
walk()
{
	local status=0

	{
		echo '```console'
		cat
		echo '```'
	} >"$scratch/document.md"
	(cd "$scratch" && timeout 60 \
		python3 "$top/tests/live/guest/walkthrough.py" document.md new.md) \
		>"$scratch/said" 2>&1 || status=$?
	[ "$status" = "$1" ] || {
		fail "a document $2: status $status, not $1"
		cat "$scratch/said"
	}
}

check_typing()
{
	walk 0 'that shows what is printed' <<-'END'
	# echo PID $$ and PID $$
	PID 7 and PID 7
	# sleep 100 & jobs -p | sed 's/^/PID /'
	[1] 8
	PID 8
	# cat <<'WORDS'
	> two
	> lines
	> WORDS
	two
	lines
	END
	walk 0 'with lines left out' <<-'END'
	# seq 9
	1
	[...]
	9
	END
	walk 1 'with a wrong line' <<-'END'
	# echo "PID $$ connects"
	PID 7 connect
	END
	walk 1 'with a line too many' <<-'END'
	# true
	1
	END
	walk 1 'with a line missing' <<-'END'
	# seq 2
	1
	END
	walk 1 'with one process for two' <<-'END'
	# echo PID $$; echo PID $PPID
	PID 7
	PID 7
	END
	walk 1 'with two processes for one' <<-'END'
	# echo PID $$; echo PID $$
	PID 7
	PID 8
	END
	walk 1 'with a command that is not there' <<-'END'
	# no-such-command
	END
	sed '1d; $d' "$scratch/new.md" >"$scratch/refreshed"
	walk 0 'with what was printed put into it' <"$scratch/refreshed"
}

check_links "$document"
check_blocks
check_typing
check_paths "$document"
check_long_options "$document" '--(kernel|shell|st(art|op)-address)'
end
