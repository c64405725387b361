#!/bin/bash
# build.sh: makes both packages in a root of the oldest release, with the
# commands that README.md gives, and keeps them in $TEST_TOOLS/packages for the
# other tests. The umask in there lets no other user read anything.
# shellcheck source=tests/packages/common.bash
. "$(dirname "$0")/common.bash"

# commands: the indented lines of README.md's section Install, but for those that
# install something.
commands()
{
	awk '/^## /{ on = $0 == "## Install" }
		on && sub(/^    /, "") && !/^sudo /' "$source_directory/README.md"
}

# Runs in a mount namespace of its own.
build_packages()
{
	root=$1
	mount --bind "$made/source" "$root/src"
	mount -t proc proc "$root/proc"
	mount -t tmpfs tmpfs "$root/tmp"
	in_root sh -euc 'umask 077; cd /src; . ./commands
		DESTDIR=/src/installed cmake --install /src/build-package --prefix /usr'
}

need_root
[ -z "${TCPV4CONNECT_SKIP_LIVE:-}" ] || skip "$TCPV4CONNECT_SKIP_LIVE"
root=$("$source_directory/tests/root" --with cpack "${suites[0]}") ||
	skip "no root of ${suites[0]} to build in"
if [ "${1:-}" = --apart ]; then
	build_packages "$root"
	exit
fi
rm -rf "$made"
mkdir -p "$made/source"
cp -r "$source_directory"/{CMakeLists.txt,LICENSE,README.md} \
	"$source_directory"/{tool,bpf_text,man,examples} "$made/source"
commands >"$made/source/commands"
for kind in DEB RPM; do
	grep -qx "cpack -G $kind" "$made/source/commands" || {
		echo "FAIL: README.md does not say how a $kind is made"
		exit 1
	}
done
in_mount_namespace "$root" "$0" --apart >"$made/log" 2>&1 || {
	cat "$made/log"
	exit 1
}
cp "$made"/source/build-package/*.deb "$made"/source/build-package/*.rpm "$made"
(cd "$made/source/installed" && find . -type f -printf '/%P\n') >"$made/installed"
echo /src/ >"$made/built_in"
rm -rf "$made/source"
cd "$made"
ls -l -- *.deb *.rpm
