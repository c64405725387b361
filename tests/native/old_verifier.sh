#!/bin/bash
# old_verifier.sh PROGRAM: the verifiers of Linux 4.4 to 5.4 accept PROGRAM's
# BPF text, with any options, as the libbcc of each Debian release compiles it.
#
# No distribution we can boot has those kernels, so old_verifier/verifier.py
# stands in for them. This test first proves verifier.py: on a few instructions
# for each rule, and on old_verifier/refused.text, for which verdicts of real
# kernels are on record. Then it checks PROGRAM's text with every combination
# of -p, -P, -u, -x and -c, with one value and with 64, and that of --original.
#
# One binary, built in the oldest root, compiles the texts in each root
# (tests/root makes them). That needs root; the first proof does not.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/lib/host.sh
. "$here/../lib/host.sh"
# shellcheck source=tests/native/common.bash
. "$here/common.bash"

roots=$cache/roots

# Texts -----------------------------------------------------------------------

# refused FORM COUNT ONLY_FAILED FILTER
refused()
{
	{
		printf '#define COUNT %s\n#define ONLY_FAILED %s\n' "$2" "$3"
		printf '#define FILTER %s\n' "$4"
		cat "$here/old_verifier/refused.text"
	} >"$scratch/refused/$1"
}

write_refused()
{
	local filters='if (tgid != 4711) { return 0; }'

	filters+=' if ((u32)bpf_get_current_uid_gid() != 33) { return 0; }'
	filters+=' { u16 dport = from_be16(asked_address(ctx).port);'
	filters+=' if (dport != 80) { return 0; } }'
	mkdir "$scratch/refused"
	refused default 0 0 ''
	refused filters 0 0 "$filters"
	refused x 0 1 ''
	refused c 1 0 ''
	refused c-x 1 1 ''
}

# text NAME OPTION...: PROGRAM's text for a kernel before 5.5, which has only
# bpf_probe_read (4).
text()
{
	"$program" --ebpf "${@:2}" |
		sed 's/^\(#define READ_KERNEL\) .*/\1 4/' >"$scratch/texts/$1"
}

# The values are far apart, so that the compiler cannot test for a range.
write_texts()
{
	local values pids ports pid port user failed count

	mkdir "$scratch/texts"
	for values in 1 64; do
		pids=$(seq -s , 33000007 33000000 2147483647 |
			cut -d , -f "-$values")
		ports=$(seq -s , 1003 1000 64999 | cut -d , -f "-$values")
		for pid in '' "-p $pids"; do
			for port in '' "-P $ports"; do
				for user in '' '-u 4294967294'; do
					for failed in '' -x; do
						for count in '' -c; do
							combination
						done
					done
				done
			done
		done
	done
	text --cgroupmap --cgroupmap /map
	text --mntnsmap --mntnsmap /map
	text --original --original
	text "--original -p" --original -p 33000007
}

# combination: writes one text, named after its options: "-p 64 -u".
combination()
{
	local options name

	read -ra options <<<"$pid $port $user $failed $count"
	name=$(sed "s/\(-[pP]\) [0-9,]*/\1 $values/g; s/\(-u\) [0-9]*/\1/" \
		<<<"${options[*]}")
	[ -e "$scratch/texts/${name:-none}" ] ||
		text "${name:-none}" "${options[@]}"
}

# Compiling -------------------------------------------------------------------

# compile SUITE TOOLS TEXTS: runs in a mount namespace of its own. The root has to be
# a mount point for the program to show libbcc a short /proc/kallsyms, which makes
# it three times as quick.
compile()
{
	local root=$roots/$1

	mount --bind "$root" "$root"
	mount -t proc proc "$root/proc"
	mount -t tmpfs tests "$root/tmp"
	mount --bind "$2" "$root/build"
	mount --bind "$3" "$root/src"
	chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		find /src -type f -exec /build/instructions {} +
	touch "$3/compiled"
}

# compile_in SUITE TOOLS: fills $scratch/SUITE.
compile_in()
{
	mkdir "$scratch/$1"
	cp -r "$scratch/refused" "$scratch/texts" "$scratch/$1"
	in_mount_namespace "$roots/$1" "$here/old_verifier.sh" --compile \
		"$1" "$2" "$scratch/$1" >"$scratch/$1.log" 2>&1
}

compile_all()
{
	local suite tools

	tools=$(build_in_root "$1" "$roots/$1" instructions)/tests
	for suite; do
		compile_in "$suite" "$tools" &
	done
	wait
	for suite; do
		[ -e "$scratch/$suite/compiled" ] ||
			fail "$suite: $(cat "$scratch/$suite.log")"
	done
}

main()
{
	local suite found=()

	have python3 || skip "no python3"
	python3 -B "$here/old_verifier/test_verifier.py" || fail "verifier.py"
	need_root
	for suite in "${suites[@]}"; do
		if [ -e "$roots/$suite/.recipe" ]; then
			found+=("$suite")
		else
			echo "skipping $suite: no root of it" \
				"(tests/root $suite makes one)"
		fi
	done
	[ ${#found[@]} -gt 0 ] || skip "no root of any release"
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	write_refused
	write_texts
	compile_all "${found[@]}"
	python3 -B "$here/old_verifier/report.py" "${found[@]/#/$scratch/}"
}

if [ "${1:-}" = --compile ]; then
	compile "${@:2}"
else
	program=$1
	main
fi
