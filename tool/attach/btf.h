/*
 * btf.h - where a member stands in a structure of the running kernel.
 */
#ifndef BTF_H
#define BTF_H

#include <stdint.h>

/*
 * The byte offset of member in struct name, as /sys/kernel/btf/vmlinux has
 * it; members of unnamed structures within count as its own. Returns 0, or
 * -1 with errno: ENOENT where the kernel brings no BTF or has no such member.
 */
int btf_member_offset(const char *name, const char *member,
		      uint32_t *offset);

#endif
