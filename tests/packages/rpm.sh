#!/bin/bash
# rpm.sh: what is in the RPM, what rpmlint has to say about it, and that rpm
# installs it and removes it again.
# shellcheck source=tests/packages/common.bash
. "$(dirname "$0")/common.bash"

# What Fedora wants of every package.
# shellcheck disable=SC2317 # check_files calls it
expected()
{
	echo /usr/share/licenses/tcpv4connect/LICENSE
}

query()
{
	rpm --dbpath "$scratch/db" --query --package "$@" "$package" 2>/dev/null
}

# into_root: installed below $scratch/root; only what it depends on is not there.
into_root()
{
	rpm --root "$scratch/root" --dbpath /db --nodeps "$@"
}

need_root
need rpm rpmlint readelf
need_package '*.rpm'
make_scratch
mkdir "$scratch/root"
# rpm adds the names that debuggers find a program by.
query --queryformat '[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILENAMES}\n]' |
	grep -v ' /usr/lib/\.build-id' >"$scratch/list"
check_files "$scratch/list" "$made/installed"
query --requires >"$scratch/requires"
check "it requires the library" grep -qxF 'libbcc.so.0()(64bit)' "$scratch/requires"
check "it requires libc" grep -q '^libc\.so\.6(' "$scratch/requires"
check "no libc newer than RHEL 8's" \
	none 'GLIBC_2\.(29|[3-9][0-9])' "$scratch/requires"
check "it requires nothing else" \
	none -v '^(libbcc|libc|libdl|libresolv)\.so|^(rpmlib|rtld)\(' "$scratch/requires"
query --scripts >"$scratch/scripts"
check "it has no scripts" test ! -s "$scratch/scripts"
same "what else it tells of itself" - <(query --queryformat \
	'%{NAME} %{VERSION}-%{RELEASE} %{ARCH} %{LICENSE}\n') <<-END
	tcpv4connect $(version)-1 $(uname -m) Apache-2.0
END
check "the installed files are right" into_root --install "$package"
check "its files are as they were packed" into_root --verify tcpv4connect
check_binary "$scratch/root/usr/sbin/tcpv4connect"
works "$scratch/root/usr/sbin/tcpv4connect"
into_root --erase tcpv4connect
find "$scratch/root" -name '*tcpv4connect*' >"$scratch/left"
check "removed, it leaves nothing" none . "$scratch/left"
check "rpmlint has nothing to say" \
	rpmlint --strict --config "$here/rpmlint.toml" "$package"
end
