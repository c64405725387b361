/*
 * btf.c - reads just so much of BTF as it takes to find a structure and its
 * members (Documentation/bpf/btf.rst in the kernel's source). The file comes
 * from the kernel, and still every index is checked.
 */
#include "attach/btf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BTF_FILE "/sys/kernel/btf/vmlinux"

/*
 * The format, include/uapi/linux/btf.h of Linux 4.20 to 7.2, which older
 * systems' headers do not have, or not whole.
 */
#define MAGIC 0xeb9f
#define COUNT_OF(info) ((info) & 0xffff)
#define KIND_OF(info) ((info) >> 24 & 0x1f)
#define BIT_OFFSET(offset) ((offset) & 0xffffff)

enum kind {
	KIND_INT = 1, KIND_PTR, KIND_ARRAY, KIND_STRUCT, KIND_UNION, KIND_ENUM,
	KIND_FWD, KIND_TYPEDEF, KIND_VOLATILE, KIND_CONST, KIND_RESTRICT,
	KIND_FUNC, KIND_FUNC_PROTO, KIND_VAR, KIND_DATASEC, KIND_FLOAT,
	KIND_DECL_TAG, KIND_TYPE_TAG, KIND_ENUM64,
};

struct btf_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t header_length;
	uint32_t type_offset, type_length;	/* from the header's end */
	uint32_t string_offset, string_length;
};

struct btf_type {
	uint32_t name;		/* an offset into the strings */
	uint32_t info;
	uint32_t size_or_type;
};

struct btf_member {
	uint32_t name;
	uint32_t type;
	uint32_t offset;	/* in bits, and the size of a bit field */
};

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
	size_t count = COUNT_OF(type->info);

	switch (KIND_OF(type->info)) {
	case KIND_INT:
	case KIND_VAR:
	case KIND_DECL_TAG:
		return sizeof(uint32_t);
	case KIND_ARRAY:
		return 3 * sizeof(uint32_t);
	case KIND_STRUCT:
	case KIND_UNION:
		return count * sizeof(struct btf_member);
	case KIND_ENUM:
	case KIND_FUNC_PROTO:
		return count * 2 * sizeof(uint32_t);
	case KIND_DATASEC:
	case KIND_ENUM64:
		return count * 3 * sizeof(uint32_t);
	case KIND_PTR:
	case KIND_FWD:
	case KIND_TYPEDEF:
	case KIND_VOLATILE:
	case KIND_CONST:
	case KIND_RESTRICT:
	case KIND_FUNC:
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
	return KIND_OF(type->info) == KIND_STRUCT ||
	       KIND_OF(type->info) == KIND_UNION;
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

	for (size_t i = 0; i < COUNT_OF(type->info); i++) {
		const char *own = name_at(btf, members[i].name);
		const struct btf_type *inner;

		*bits = start + BIT_OFFSET(members[i].offset);
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
	if (header.magic != MAGIC || header.header_length > btf->size)
		return -1;
	left = btf->size - header.header_length;
	if (header.type_offset > left ||
	    header.type_length > left - header.type_offset ||
	    header.string_offset > left ||
	    header.string_length > left - header.string_offset ||
	    !header.string_length)
		return -1;
	btf->types = btf->data + header.header_length + header.type_offset;
	btf->types_end = btf->types + header.type_length;
	btf->strings = btf->data + header.header_length + header.string_offset;
	btf->strings_size = header.string_length;
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
		    !strcmp(name_at(&btf, type->name), name) &&
		    find_member(&btf, type, member, 2, &bits))
			result = 0;
	}
	free(btf.data);
	*offset = bits / 8;
	errno = ENOENT;
	return result;
}
