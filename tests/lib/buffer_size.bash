# shellcheck shell=bash disable=SC2154
# buffer_size.bash - for comparisons of a trace's settings before and after.
# Sourced by scripts that set $tracing.

# buffer_size: the size of the global ring buffer. A kernel makes it small, and
# expands it for good when tracing is first used, to 1408 kB a CPU or what that is
# rounded up to. That happens once in a machine's life, and is no change.
buffer_size()
{
	local size

	read -r size <"$tracing/buffer_size_kb"
	[[ $size != *expanded* ]] || size=${size//[!0-9 ]/} size=${size##* }
	((size < 1408 || size > 1416)) || size="1408, rounded up"
	echo "buffer_size_kb $size"
}
