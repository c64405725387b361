# Run by cpack after all that "cmake --install" installs stands in a directory of
# its own: makes of it what distributions want of a package. The component is the
# kind of package, and CMakeLists.txt has set build, the build directory.

set(root "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")
set(packages ${CMAKE_CURRENT_LIST_DIR})

# run(COMMAND...): or no package.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "this failed (${status}): ${ARGV}")
  endif()
endfunction()

if(CMAKE_INSTALL_COMPONENT STREQUAL DEB)
  set(documents ${root}/share/doc/tcpv4connect)
  file(COPY ${packages}/copyright ${build}/changelog
    DESTINATION ${documents})
  run(gzip -9nf ${documents}/changelog)
  # Debian's zsh looks for other packages' completions here.
  if(EXISTS ${root}/share/zsh/site-functions)
    file(RENAME ${root}/share/zsh/site-functions
      ${root}/share/zsh/vendor-completions)
  endif()
else()
  file(COPY ${packages}/../../LICENSE
    DESTINATION ${root}/share/licenses/tcpv4connect)
endif()

file(GLOB pages ${root}/share/man/man*/*.[1-9])
run(gzip -9nf ${pages})
# Whatever the umask was.
run(chmod -R u=rwX,go=rX ${root})
