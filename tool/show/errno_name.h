/*
 * errno_name.h - error numbers as the names that manual pages use.
 */
#ifndef ERRNO_NAME_H
#define ERRNO_NAME_H

/*
 * "ENETUNREACH" for the number that this machine gives that name; NULL where
 * it has none. (glibc's strerrorname_np is younger than Debian 11.)
 */
const char *errno_name(int error);

#endif
