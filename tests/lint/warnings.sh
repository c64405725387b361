#!/bin/bash
# warnings.sh WARNING...: gcc and clang compile every file, a header alone as
# well, without a warning.
# shellcheck source=tests/lint/common.bash
. "$(dirname "$0")/common.bash"
need gcc
need clang

# compile COMPILER: optimized, for gcc sees more then.
compile()
{
	local command=("$1" -Werror -O2 "${flags[@]}" -c -o /dev/null)

	files '*.c' | for_each 1 "${command[@]}"
	files '*.h' | for_each 1 "${command[@]}" -x c /dev/null -include
}

compile gcc
compile clang
