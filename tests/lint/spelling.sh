#!/bin/bash
# spelling.sh: codespell finds no misspelled word in prose, comments and messages,
# and no British one: the project writes American English. tests/lint/words has
# what it takes for a mistake and is none, in lower case. Pronouns that hide who is
# meant are kept below ten: a reader, another tracer, the user.
# shellcheck source=tests/lint/common.bash
. "$(dirname "$0")/common.bash"
need codespell
found=$(mktemp)
trap 'rm -f "$found"' EXIT

# Prose, source and scripts; not what tests feed to the program.
texts()
{
	find . -type d \( -name 'build*' -o -name .git -o -name corpus \
		-o -path ./tests/data -o -path ./tests/native/old_verifier \) \
		-prune -o -type f ! -name LICENSE ! -name '*.svg' ! -name words \
		-printf '%P\n' | LC_ALL=C sort
}

vague='whoever|whom|somebody|nobody|anybody'
texts | xargs grep -nwiE "$vague" >"$found" || true
[ "$(wc -l <"$found")" -lt 10 ] || {
	cat "$found"
	exit 1
}
texts | xargs codespell --builtin clear,rare,en-GB_to_en-US \
	--ignore-words tests/lint/words
