#!/bin/bash
# cppcheck.sh: cppcheck, but for what it has to say on
#
# missingIncludeSystem: it is not given the system's headers.
# unusedStructMember: some are there for the kernel, or for their alignment.
# variableScope: variables are declared where a function begins.
# shellcheck source=tests/lint/common.bash
. "$(dirname "$0")/common.bash"
need cppcheck
cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --platform=unix64 \
	--enable=warning,style,performance,portability \
	--suppress=missingIncludeSystem --suppress=unusedStructMember \
	--suppress=variableScope \
	-j "$(nproc)" -D_GNU_SOURCE -Itool tool tests
