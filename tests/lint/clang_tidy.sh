#!/bin/bash
# clang_tidy.sh WARNING...: clang-tidy, as .clang-tidy and tests/.clang-tidy say.
# shellcheck source=tests/lint/common.bash
. "$(dirname "$0")/common.bash"
need clang-tidy
# To stderr it counts what it has found in headers that are not ours.
files '*.c' | for_each 4 clang-tidy --quiet "${flags[@]/#/--extra-arg=}" 2>/dev/null
