/*
 * btf.h - the offset of a member in a structure of the running kernel.
 */
#pragma once

#include <stdint.h>

/*
 * The byte offset of member in struct name, from /sys/kernel/btf/vmlinux;
 * members of unnamed structures within count as its own. Returns 0, or -1 with
 * errno: ENOENT if the kernel brings no BTF or has no such member.
 */
int btf_member_offset(const char *name, const char *member, uint32_t *offset);
