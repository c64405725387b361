/*
 * btf.c - reads as much of BTF as it takes to find a structure and its members
 * (Documentation/bpf/btf.rst in the kernel's source). The file comes from the
 * kernel, and still every index is checked.
 */
#include "attach/btf.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BTF_FILE "/sys/kernel/btf/vmlinux"

/*
 * The format, include/uapi/linux/btf.h of Linux 4.20 to 7.2, which older
 * systems' headers lack.
 */
#define MAGIC 0xeb9f
#define COUNT_OF(info) ((info) & 0xffff)
#define KIND_OF(info) ((info) >> 24 & 0x1f)
#define BIT_OFFSET(offset) ((offset) & 0xffffff)

#define KIND_STRUCT 4
#define KIND_UNION 5
#define KINDS 20

/*
 * How many words of four bytes follow a type's first three, by its kind: some,
 * and some for each of its COUNT_OF(info).
 */
static const struct {
	unsigned char once, each;
} words_after[KINDS] = {
	[1] = { 1, 0 },			/* BTF_KIND_INT */
	[3] = { 3, 0 },			/* ARRAY */
	[KIND_STRUCT] = { 0, 3 },
	[KIND_UNION] = { 0, 3 },
	[6] = { 0, 2 },			/* ENUM */
	[13] = { 0, 2 },		/* FUNC_PROTO */
	[14] = { 1, 0 },		/* VAR */
	[15] = { 0, 3 },		/* DATASEC */
	[17] = { 1, 0 },		/* DECL_TAG */
	[19] = { 0, 3 },		/* ENUM64 */
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

/* How many bytes it has; SIZE_MAX: its kind is not known. */
static size_t type_size(const struct btf_type *type)
{
	unsigned kind = KIND_OF(type->info);

	if (kind == 0 || kind >= KINDS)
		return SIZE_MAX;
	return sizeof(*type) + sizeof(uint32_t) *
	       (words_after[kind].once +
		words_after[kind].each * COUNT_OF(type->info));
}

/* The type after this one, or the first one; NULL at the end. */
static const struct btf_type *next_type(const struct btf *btf,
					const struct btf_type *type)
{
	const char *at = type ? (const char *)type + type_size(type) :
			 btf->types;
	size_t left = btf->types_end - at;

	type = (const struct btf_type *)at;
	return left < sizeof(*type) || left < type_size(type) ? NULL : type;
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
	FILE *file = fopen(BTF_FILE, "re");
	struct stat about;

	if (!file)
		return -1;
	if (!fstat(fileno(file), &about))
		btf->data = malloc(about.st_size);
	if (btf->data)
		btf->size = fread(btf->data, 1, about.st_size, file);
	fclose(file);
	return btf->data ? 0 : -1;
}

static bool is_within(size_t size, uint32_t offset, uint32_t length)
{
	return offset <= size && length <= size - offset;
}

static int find_sections(struct btf *btf)
{
	const char *sections = btf->data;
	struct btf_header header;
	size_t size = btf->size;

	errno = ENOENT;
	if (size < sizeof(header))
		return -1;
	memcpy(&header, btf->data, sizeof(header));
	if (header.magic != MAGIC || header.header_length > size)
		return -1;
	sections += header.header_length;
	size -= header.header_length;
	if (!is_within(size, header.type_offset, header.type_length) ||
	    !is_within(size, header.string_offset, header.string_length) ||
	    !header.string_length)
		return -1;
	btf->types = sections + header.type_offset;
	btf->types_end = btf->types + header.type_length;
	btf->strings = sections + header.string_offset;
	btf->strings_size = header.string_length;
	return btf->strings[btf->strings_size - 1] ? -1 : 0;
}

int btf_member_offset(const char *name, const char *member, uint32_t *offset)
{
	const struct btf_type *type = NULL;
	struct btf btf = { .data = NULL };
	bool found = false;
	uint32_t bits;

	if (read_file(&btf) || find_sections(&btf)) {
		free(btf.data);
		return -1;
	}
	while (!found && (type = next_type(&btf, type))) {
		bits = 0;
		found = is_structure(type) &&
			!strcmp(name_at(&btf, type->name), name) &&
			find_member(&btf, type, member, 2, &bits);
	}
	free(btf.data);
	errno = ENOENT;
	*offset = found ? bits / 8 : 0;
	return found ? 0 : -1;
}
