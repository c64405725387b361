/* errno_name.h - error numbers as the names that manual pages use. */
#pragma once

/*
 * "ENETUNREACH" for the number that has that name on this machine, else the
 * number; as the put_ functions of escape.h do. (glibc's strerrorname_np is
 * younger than Debian 11.)
 */
char *put_errno(char *at, int error);
