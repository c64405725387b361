#!/bin/bash
# bpf_text.sh PROGRAM: the BPF program, as PROGRAM --ebpf prints it, compiles for
# every processor that it is meant for, and reads the registers that are a
# call's arguments and result there.
#
# libbcc compiles for the machine that it runs on only, so this is clang alone,
# with libbcc_text.h for what libbcc adds.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
top=$here/../..

for tool in clang llvm-objdump; do
	command -v "$tool" >/dev/null || {
		echo "skipped: no $tool (Debian: clang, llvm)"
		exit 77
	}
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# loads BIG: of the disassembly of one function, where in the registers it reads
# whole words; of half a word, the word.
loads()
{
	awk -v big="$1" '
	BEGIN { holds["r1"] = 1 }
	{ to = $2 }
	$2 == "call" { for (i = 1; i < 6; i++) delete holds["r" i]; next }
	$3 != "=" { next }
	match($0, /\*\(u(32|64) \*\)\(r[0-9]+ \+ [0-9]+\)$/) {
		split(substr($0, RSTART), part, /[ ()+*]+/)
		if (part[3] in holds)
			print part[4] - (big && part[2] == "u32" ? 4 : 0)
		delete holds[to]
		next
	}
	$4 in holds && NF == 4 { holds[to] = 1; next }
	{ delete holds[to] }' | sort -nu | paste -sd ' '
}

# disassembly FUNCTION: its instructions alone, as "number: rX = ...".
disassembly()
{
	llvm-objdump -d --no-show-raw-insn "$scratch/text.o" |
		awk -v name="<$1>:" '
		/^[0-9a-f]+ <trace_/ { inside = $2 == name }
		inside && $1 ~ /^[0-9]+:$/'
}

# check PROCESSOR TARGET ARGUMENTS RESULT [OPTION...]: offsets in struct pt_regs.
check()
{
	local processor=$1 target=$2 arguments=$3 result=$4 big='' found

	shift 4
	[ "$target" != bpfeb ] || big=1
	"$program" --ebpf "$@" >"$scratch/text.c"
	clang -target "$target" -O2 -nostdinc -fno-builtin -Wall -Wextra \
		-Werror -Wno-unused "-D__${processor}__" -I "$top/bpf_text/include" \
		-I "$here" -include libbcc_text.h \
		-c "$scratch/text.c" -o "$scratch/text.o"
	found="$(disassembly trace_connect_entry | loads "$big"), $(
		disassembly trace_connect_return | loads "$big")"
	[ "$found" = "$arguments, $result" ] || {
		echo "FAIL: for $processor it reads the registers at $found;" \
			"they are at $arguments, $result"
		exit 1
	}
	echo "$processor${*:+ $*}: arguments at $arguments, result at $result"
}

program=$1
for filter in '' '-p 181'; do
	# shellcheck disable=SC2086 # no word, or two
	{
		# arch/x86/include/asm/ptrace.h: dx, si, di; ax
		check x86_64 bpfel '96 104 112' 80 $filter
		# arch/arm64/include/uapi/asm/ptrace.h: regs[0] to regs[2]
		check aarch64 bpfel '0 8 16' 0 $filter
		# arch/s390/include/asm/ptrace.h: gprs[2] to gprs[4]
		check s390x bpfeb '40 48 56' 40 $filter
	}
done
