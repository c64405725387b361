#!/bin/bash
# completion.sh PROGRAM: bash, zsh and fish, asked in a terminal as a person would,
# complete the options of the help text, no others, and values of the right kind.
set -euo pipefail
# shellcheck source=tests/docs/common.bash
. "$(dirname "$0")/common.bash"
begin "$@"
need python3 python3

completions=$(dirname "${TEST_TOOLS:?}")
missing=()

for shell in bash zsh fish; do
	if ! command -v "$shell" >/dev/null; then
		missing+=("$shell")
		continue
	fi
	# zsh takes it for a function of the file's name.
	case $shell in
	bash) file=$scratch/completion.bash ;;
	zsh) file=$scratch/_tcpv4connect ;;
	fish) file=$scratch/completion.fish ;;
	esac
	cp "$completions/completion.$shell" "$file"
	/usr/bin/env python3 "$(dirname "$0")/completion.py" "$shell" \
		"$file" "$help" || fail "$shell"
done
if [ "$failed" = 0 ] && [ ${#missing[@]} -gt 0 ]; then
	echo "skipped: no ${missing[*]}"
	exit 77
fi
end
