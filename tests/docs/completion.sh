#!/bin/bash
# completion.sh PROGRAM: bash, zsh and fish, asked in a terminal as a person would,
# complete the options of the help text, no others, and values of the right kind;
# zsh and fish show the texts that the help has.
set -euo pipefail
# shellcheck source=tests/docs/common.bash
. "$(dirname "$0")/common.bash"
begin "$@"
need python3 python3

scripts=$top/tool/packages/completion
missing=()

for file in tcpv4connect.bash _tcpv4connect tcpv4connect.fish; do
	shell=${file#*.}
	[ "$file" != _tcpv4connect ] || shell=zsh
	if ! command -v "$shell" >/dev/null; then
		missing+=("$shell")
		continue
	fi
	/usr/bin/env python3 "$(dirname "$0")/completion.py" "$shell" \
		"$scripts/$file" "$help" || fail "$shell"
done
if [ "$failed" = 0 ] && [ ${#missing[@]} -gt 0 ]; then
	echo "skipped: no ${missing[*]}"
	exit 77
fi
end
