/*
 * btf.c - reads as much of BTF as it takes to find a structure and its members
 * (Documentation/bpf/btf.rst in the kernel's source). The file comes from the
 * kernel, and still every index is checked.
 */
#include "attach/btf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "system/tracefs.h"

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
	char *data;		/* the file, and a NUL behind it; owned */
	uint64_t end;		/* these are offsets into it */
	uint64_t types, types_end, strings;
};

static const char *name_at(const struct btf *btf, uint32_t offset)
{
	uint64_t at = btf->strings + offset;

	return at < btf->end ? btf->data + at : "";
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
			 btf->data + btf->types;
	size_t left = btf->data + btf->types_end - at;

	type = (const struct btf_type *)at;
	return left < sizeof(*type) || left < type_size(type) ? NULL : type;
}

static const struct btf_type *type_by_id(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = NULL;

	while (id-- && (type = next_type(btf, type)))
		;
	return type;
}

/* The bits before the member, or -1 if type is no structure with such a one. */
/* NOLINTNEXTLINE(misc-no-recursion): to the depth that the caller gives. */
static int64_t find_member(const struct btf *btf, const struct btf_type *type,
			   const char *name, int depth)
{
	const struct btf_member *member = (const void *)(type + 1);
	const struct btf_type *inner;
	int64_t within;

	if (KIND_OF(type->info) != KIND_STRUCT &&
	    KIND_OF(type->info) != KIND_UNION)
		return -1;
	for (size_t i = 0; i < COUNT_OF(type->info); i++, member++) {
		const char *own = name_at(btf, member->name);

		if (!strcmp(own, name))
			return BIT_OFFSET(member->offset);
		inner = *own || !depth ? NULL : type_by_id(btf, member->type);
		within = inner ? find_member(btf, inner, name, depth - 1) : -1;
		if (within >= 0)
			return BIT_OFFSET(member->offset) + within;
	}
	return -1;
}

static int read_file(struct btf *btf)
{
	struct btf_header header;
	struct stat about;
	ssize_t size = -1;

	if (!stat(BTF_FILE, &about))
		btf->data = malloc(about.st_size + 1);
	if (btf->data)
		size = tracefs_read(AT_FDCWD, BTF_FILE, btf->data,
				    about.st_size + 1);
	if (size < 0)
		return -1;
	errno = ENOENT;
	if (size < (ssize_t)sizeof(header))
		return -1;
	memcpy(&header, btf->data, sizeof(header));
	btf->end = size;
	btf->types = (uint64_t)header.header_length + header.type_offset;
	btf->types_end = btf->types + header.type_length;
	btf->strings = (uint64_t)header.header_length + header.string_offset;
	return header.magic == MAGIC && btf->types_end <= btf->end ? 0 : -1;
}

int btf_member_offset(const char *name, const char *member, uint32_t *offset)
{
	const struct btf_type *type = NULL;
	struct btf btf = { .data = NULL };
	int64_t bits = -1;

	if (!read_file(&btf))
		while (bits < 0 && (type = next_type(&btf, type)))
			if (!strcmp(name_at(&btf, type->name), name))
				bits = find_member(&btf, type, member, 2);
	free(btf.data);
	if (bits < 0)
		return -1;
	*offset = bits / 8;
	return 0;
}
