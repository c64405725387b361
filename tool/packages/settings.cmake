# What "cpack -G DEB" and "cpack -G RPM" are told: the packages' names, what they
# depend on, and what they have beyond what "cmake --install" installs
# (finish.cmake). Included by CMakeLists.txt.

set(packages ${CMAKE_CURRENT_LIST_DIR})

# Who makes a package for others gives an address of their own here, which is
# where reports go.
set(CPACK_PACKAGE_CONTACT
  "The tcpv4connect project <tcpv4connect@tcpv4connect.invalid>"
  CACHE STRING "maintainer of the packages: Name <address>")
set(CPACK_PACKAGE_VENDOR "The tcpv4connect project")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY
  "show TCP IPv4 connection attempts as they are made")
set(CPACK_PACKAGE_DESCRIPTION_FILE ${packages}/description)
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
  WORLD_READ WORLD_EXECUTE)

# libbcc is loaded by name when the program runs, so nothing in the binary tells
# of it. libbcc 0.5 is the oldest that will do.
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libbpfcc (>= 0.5)")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

# The library by its own name, as rpm writes it, whatever its package is called.
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_SUMMARY
  "Show TCP IPv4 connection attempts as they are made")
set(CPACK_RPM_PACKAGE_LICENSE Apache-2.0)
set(CPACK_RPM_PACKAGE_GROUP Applications/System)
set(CPACK_RPM_PACKAGE_REQUIRES "libbcc.so.0")
if(CMAKE_SIZEOF_VOID_P EQUAL 8)
  string(APPEND CPACK_RPM_PACKAGE_REQUIRES "()(64bit)")
endif()
set(CPACK_RPM_USER_BINARY_SPECFILE ${packages}/tcpv4connect.spec.in)
set(CPACK_RPM_USER_FILELIST
  "%license /usr/share/licenses/tcpv4connect/LICENSE")
# Other packages' directories.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
  /usr/sbin /usr/share/licenses /usr/share/man /usr/share/man/man7
  /usr/share/man/man8)

# Two components that only cpack asks for, beside all that is installed.
foreach(kind DEB RPM)
  install(CODE "set(build \"${CMAKE_BINARY_DIR}\")"
    COMPONENT ${kind} EXCLUDE_FROM_ALL)
  install(SCRIPT ${packages}/finish.cmake
    COMPONENT ${kind} EXCLUDE_FROM_ALL)
endforeach()
set(CPACK_PROJECT_CONFIG_FILE ${packages}/generator.cmake)
include(CPack)
