# Write a C file that holds other files, byte for byte, as strings.
#
#   cmake -DROOT=<bpf_text> -DOUT=<file.c> -P embed.cmake
#
# The BPF program becomes embedded_program, that of 2015 embedded_original, every
# directory and every file from include/ on an entry of embedded_headers;
# tool/attach/embedded.h declares them.

function(c_string path name)
  file(READ "${path}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(................................................................................)"
    "\\1\n\t" bytes "${bytes}")
  file(APPEND "${OUT}.new" "static const char ${name}[] = {\n\t${bytes}0\n};\n\n")
endfunction()

file(WRITE "${OUT}.new" "/* Made by bpf_text/embed.cmake: change the files below bpf_text/. */\n#include \"attach/embedded.h\"\n\n")
c_string("${ROOT}/tcp_v4_connect.c" program)
file(APPEND "${OUT}.new" "const char *const embedded_program = program;\n\n")
c_string("${ROOT}/original.c" original)
file(APPEND "${OUT}.new" "const char *const embedded_original = original;\n\n")

file(GLOB_RECURSE headers LIST_DIRECTORIES TRUE RELATIVE "${ROOT}"
  "${ROOT}/include/*")
list(APPEND headers include)
list(SORT headers)
set(table "")
foreach(header IN LISTS headers)
  if(IS_DIRECTORY "${ROOT}/${header}")
    set(name NULL)
  else()
    string(MAKE_C_IDENTIFIER "${header}" name)
    c_string("${ROOT}/${header}" "${name}")
  endif()
  string(APPEND table "\t{ \"${header}\", ${name} },\n")
endforeach()
file(APPEND "${OUT}.new" "const struct embedded_file embedded_headers[] = {\n${table}\t{ NULL, NULL },\n};\n")
file(RENAME "${OUT}.new" "${OUT}")
