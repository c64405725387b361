#!/bin/bash
# s390x.sh PROGRAM: on a big-endian processor, too, the parsers read and the table
# shows what they should: the whole program is built for s390x, and the unit
# tests, those of the BPF text and the saved traces run under qemu-user.
#
# Debian has the compiler and the C library for that, but not cmocka: that is
# fetched for s390x with apt lists of its own, so that this machine's settings
# stay as they are, and kept.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/lib/host.sh
. "$here/../lib/host.sh"

build=$TEST_TOOLS/s390x
store=$cache/s390x
{ mkdir -p "$store" && [ -w "$store" ]; } 2>/dev/null || store=$build-cmocka

skip()
{
	echo "skipped: $*"
	exit 77
}

# s390x_apt COMMAND...: apt-get, as on an s390x that has nothing yet.
s390x_apt()
{
	apt-get -qq -o "Dir::State=$store/apt" -o "Dir::Cache=$store/apt" \
		-o Dir::State::status=/dev/null -o APT::Sandbox::User=root \
		-o APT::Architecture=s390x -o APT::Architectures=s390x "$@"
}

fetch_cmocka()
{
	rm -rf "$store/apt" "$store/new"
	mkdir -p "$store/apt/lists/partial" "$store/apt/archives/partial" \
		"$store/new"
	# Other sources of this machine may have nothing for s390x.
	s390x_apt update || true
	(cd "$store/new" && s390x_apt download libcmocka-dev libcmocka0) ||
		return 1
	for package in "$store/new"/*.deb; do
		dpkg -x "$package" "$store/new"
	done
	rm -rf "$store/apt" "$store/cmocka"
	mv "$store/new" "$store/cmocka"
}

get_cmocka()
{
	local library=$store/cmocka/usr/lib/s390x-linux-gnu/libcmocka.so.0

	[ ! -e "$library" ] || return 0
	fetch_cmocka >"$store/log" 2>&1 || true
	[ -e "$library" ] || {
		cat "$store/log"
		skip "cmocka for s390x cannot be had (no network?)"
	}
}

build()
{
	local found=$store/cmocka/usr/lib/s390x-linux-gnu/pkgconfig

	export PKG_CONFIG_LIBDIR=$found PKG_CONFIG_SYSROOT_DIR=$store/cmocka
	# Neither sanitizers nor valgrind run under qemu-user.
	cmake -S "$source_directory" -B "$build" -DBUILD_TESTING=ON \
		"-DCMAKE_TOOLCHAIN_FILE=$here/s390x.cmake" \
		-DHAVE_SANITIZERS=OFF -DVALGRIND=
	cmake --build "$build" -- -j2
}

# The emulator in front of the program, as one program.
write_wrapper()
{
	printf '#!/bin/sh\nexec qemu-s390x -L /usr/s390x-linux-gnu "%s" "$@"\n' \
		"$build/tests/replay" >"$build/replay"
	chmod +x "$build/replay"
}

if ! have s390x-linux-gnu-gcc || [ ! -e /usr/s390x-linux-gnu/include/stdio.h ]
then
	skip "no compiler for s390x" \
		"(Debian: gcc-s390x-linux-gnu, libc6-dev-s390x-cross)"
fi
have qemu-s390x || skip "no qemu-s390x (Debian: qemu-user)"
have pkg-config || skip "no pkg-config"
mkdir -p "$store"
get_cmocka
build >"$build.log" 2>&1 || {
	cat "$build.log"
	echo "FAIL: it does not build for s390x"
	exit 1
}
! grep -i 'warning:' "$build.log" || {
	echo "FAIL: the compiler for s390x warns"
	exit 1
}
# Packet sockets and their filters are the host's, not the emulated processor's.
(cd "$build" && ctest --output-on-failure -R '^(unit-.*|arch-text)$' \
	-E 'sanitized|valgrind|dns_live')
write_wrapper
"$here/../golden/run.sh" "$build/replay"
