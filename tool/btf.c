/*
 * btf.c - reads just so much of BTF as it takes to find a structure and its
 * members (Documentation/bpf/btf.rst in the kernel's source). The file comes
 * from the kernel, and still every index is checked.
 */
#include "btf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BTF_FILE "/sys/kernel/btf/vmlinux"
/* What linux/btf.h of Debian 11 does not know yet. */
#define KIND_OF(info) ((info) >> 24 & 0x1f)
#define KIND_FLOAT 16
#define KIND_DECL_TAG 17
#define KIND_TYPE_TAG 18
#define KIND_ENUM64 19

struct btf {
	char *data;
	size_t size;
	const char *types, *types_end;
	const char *strings;
	size_t strings_size;
};

static const char *name_at(const struct btf *btf, uint32_t offset)
{
	if (offset >= btf->strings_size)
		return "";
	return btf->strings + offset;
}

/* How many bytes follow a type's first twelve; SIZE_MAX: no such kind. */
static size_t tail_size(const struct btf_type *type)
{
	size_t count = BTF_INFO_VLEN(type->info);

	switch (KIND_OF(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case KIND_DECL_TAG:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return count * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return count * 2 * sizeof(uint32_t);
	case BTF_KIND_DATASEC:
	case KIND_ENUM64:
		return count * 3 * sizeof(uint32_t);
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case KIND_FLOAT:
	case KIND_TYPE_TAG:
		return 0;
	}
	return SIZE_MAX;
}

/* The type behind at, or the first one; NULL at the end. */
static const struct btf_type *next_type(const struct btf *btf,
					const struct btf_type *type)
{
	const char *at = btf->types;
	size_t tail;

	if (type)
		at = (const char *)(type + 1) + tail_size(type);
	if ((size_t)(btf->types_end - at) < sizeof(*type))
		return NULL;
	tail = tail_size((const struct btf_type *)at);
	if (tail > (size_t)(btf->types_end - at) - sizeof(*type))
		return NULL;
	return (const struct btf_type *)at;
}

static bool is_structure(const struct btf_type *type)
{
	return KIND_OF(type->info) == BTF_KIND_STRUCT ||
	       KIND_OF(type->info) == BTF_KIND_UNION;
}

static const struct btf_type *type_by_id(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = NULL;

	while (id-- && (type = next_type(btf, type)))
		;
	return type;
}

/* NOLINTNEXTLINE(misc-no-recursion): to the depth that the caller gives. */
static bool find_member(const struct btf *btf, const struct btf_type *type,
			const char *name, int depth, uint32_t *bits)
{
	const struct btf_member *members = (const void *)(type + 1);
	uint32_t start = *bits;

	for (size_t i = 0; i < BTF_INFO_VLEN(type->info); i++) {
		const char *own = name_at(btf, members[i].name_off);
		const struct btf_type *inner;

		*bits = start + BTF_MEMBER_BIT_OFFSET(members[i].offset);
		if (!strcmp(own, name))
			return true;
		if (*own || !depth)
			continue;
		inner = type_by_id(btf, members[i].type);
		if (inner && is_structure(inner) &&
		    find_member(btf, inner, name, depth - 1, bits))
			return true;
	}
	return false;
}

static int read_file(struct btf *btf)
{
	int fd = open(BTF_FILE, O_RDONLY | O_CLOEXEC);
	struct stat about;
	ssize_t count = 0;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &about) && (btf->data = malloc(about.st_size))) {
		while (btf->size < (size_t)about.st_size &&
		       (count = read(fd, btf->data + btf->size,
				     about.st_size - btf->size)) > 0)
			btf->size += count;
	}
	close(fd);
	return btf->data && count >= 0 ? 0 : -1;
}

static int find_sections(struct btf *btf)
{
	struct btf_header header;
	size_t left;

	errno = ENOENT;
	if (btf->size < sizeof(header))
		return -1;
	memcpy(&header, btf->data, sizeof(header));
	if (header.magic != BTF_MAGIC || header.hdr_len > btf->size)
		return -1;
	left = btf->size - header.hdr_len;
	if (header.type_off > left || header.type_len > left - header.type_off ||
	    header.str_off > left || header.str_len > left - header.str_off ||
	    !header.str_len)
		return -1;
	btf->types = btf->data + header.hdr_len + header.type_off;
	btf->types_end = btf->types + header.type_len;
	btf->strings = btf->data + header.hdr_len + header.str_off;
	btf->strings_size = header.str_len;
	return btf->strings[btf->strings_size - 1] ? -1 : 0;
}

int btf_member_offset(const char *name, const char *member, uint32_t *offset)
{
	const struct btf_type *type = NULL;
	struct btf btf = { .data = NULL };
	uint32_t bits = 0;
	int result = -1;

	if (read_file(&btf) || find_sections(&btf)) {
		free(btf.data);
		return -1;
	}
	while (result && (type = next_type(&btf, type))) {
		bits = 0;
		if (is_structure(type) &&
		    !strcmp(name_at(&btf, type->name_off), name) &&
		    find_member(&btf, type, member, 2, &bits))
			result = 0;
	}
	free(btf.data);
	*offset = bits / 8;
	errno = ENOENT;
	return result;
}
