# Read by cpack once it knows which kind of package it makes: writes changelogs,
# and has finish.cmake run after all else has been installed.

if(NOT CPACK_GENERATOR MATCHES "^(DEB|RPM)$")
  return()
endif()
list(GET CPACK_INSTALL_CMAKE_PROJECTS 0 build)
list(APPEND CPACK_INSTALL_CMAKE_PROJECTS
  ${build} ${CPACK_PACKAGE_NAME} ${CPACK_GENERATOR} /)

# The man page has the date of the version.
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/../../man/man8/tcpv4connect.8 title
  REGEX "^\\.TH ")
string(REGEX MATCH "[0-9]+-[0-9]+-[0-9]+" released "${title}")

# date_as(VARIABLE FORMAT)
function(date_as variable format)
  execute_process(
    COMMAND env LC_ALL=C date --utc --date=${released} +${format}
    OUTPUT_VARIABLE text OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

date_as(date "%a, %d %b %Y %T %z")
file(WRITE ${build}/changelog
"${CPACK_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * Version ${CPACK_PACKAGE_VERSION}.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
date_as(date "%a %b %d %Y")
set(CPACK_RPM_CHANGELOG_FILE ${build}/rpm-changelog)
file(WRITE ${CPACK_RPM_CHANGELOG_FILE}
"* ${date} ${CPACK_PACKAGE_CONTACT} - ${CPACK_PACKAGE_VERSION}-1
- Version ${CPACK_PACKAGE_VERSION}.
")
