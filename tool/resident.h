/*
 * resident.h - less memory for the process that stays.
 *
 * What the start has run (option parsing, formatting, dynamic linking) stays in
 * memory otherwise, some 1 MB of the C library most of all: the kernel maps 64 kB
 * around each page that is touched (fault_around_bytes, mm/memory.c, Linux 3.15 to
 * 7.2), and whole folios where the file is cached in large ones.
 */
#ifndef RESIDENT_H
#define RESIDENT_H

/*
 * Unmap all pages of code, the program's and its libraries'. Those that are run
 * again come back from the page cache. Data is not touched. Errors are ignored.
 */
void resident_release_code(void);

#endif
