#!/bin/bash
# spelling.sh: codespell finds no misspelled word in prose, comments and messages,
# and no British one: the project writes American English. tests/lint/words has
# what it takes for a mistake and is none, in lower case.
# shellcheck source=tests/lint/common.bash
. "$(dirname "$0")/common.bash"
need codespell

# Prose, source and scripts; not what tests feed to the program.
texts()
{
	find . -type d \( -name 'build*' -o -name .git -o -name corpus \
		-o -path ./tests/data -o -path ./tests/native/old_verifier \) \
		-prune -o -type f ! -name LICENSE ! -name '*.svg' ! -name words \
		-printf '%P\n' | LC_ALL=C sort
}

texts | xargs codespell --builtin clear,rare,en-GB_to_en-US \
	--ignore-words tests/lint/words
