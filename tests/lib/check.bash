# shellcheck shell=bash
# check.bash - what the cases of tests/live and the tests of packages share.
# Sourced by those who have ok WHAT and fail WHAT.

# check WHAT COMMAND...: COMMAND succeeds.
check()
{
	local what=$1

	shift
	if "$@"; then
		ok "$what"
	else
		fail "$what (it failed: $*)"
	fi
}
