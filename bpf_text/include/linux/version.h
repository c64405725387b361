/*
 * The program names no kernel version: the one of the running kernel is
 * given to the kernel when the program is loaded.
 */
#ifndef LINUX_VERSION_CODE
#define LINUX_VERSION_CODE 0
#endif
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))
