#!/bin/bash
# cmake.sh: what builds the program (without tests) keeps to CMake 3.10, which
# Ubuntu 18.04 has; RHEL 8 and Debian 10 have newer ones. Such an old one is not to
# be had here, so this looks for what came later.
# shellcheck source=tests/lint/common.bash
. "$(dirname "$0")/common.bash"

# From CMake's release notes, 3.11 to 3.31: commands, modules and keywords.
newer='add_compile_definitions|add_link_options|target_link_options'
newer+='|target_link_directories|link_directories\(BEFORE|target_precompile_headers'
newer+='|cmake_path|cmake_language|include_guard|cmake_parse_implicit'
newer+='|FetchContent|CheckPIESupported|CheckLinkerFlag|CheckCompilerFlag'
newer+='|CheckSourceCompiles|CheckIPOSupported|list\((JOIN|SUBLIST|TRANSFORM|PREPEND'
newer+='|POP_)|string\((JOIN|REPEAT|HEX|JSON)|CONFIGURE_DEPENDS|file\((SIZE|READ_SYMLINK'
newer+='|CREATE_LINK|GET_RUNTIME|CONFIGURE|CHMOD|REAL_PATH|COPY_FILE|ARCHIVE)'
newer+='|JOB_POOL|CMAKE_PROJECT_INCLUDE_BEFORE|return\(PROPAGATE|block\('
files=(CMakeLists.txt bpf_text/embed.cmake tool/packages/settings.cmake)

status=0
grep -nE "$newer" "${files[@]}" && status=1
# An object library is linked by its objects alone.
grep -nE 'target_link_libraries\((core|[a-z]+ ([A-Z]+ )?core\b)' "${files[@]}" &&
	status=1
grep -qE '^cmake_minimum_required\(VERSION 3\.10\b' CMakeLists.txt || {
	echo "CMakeLists.txt asks for another CMake than 3.10"
	status=1
}
exit $status
