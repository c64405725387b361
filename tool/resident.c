/*
 * resident.c - gives back the pages of code that only the start needed.
 */
#include "resident.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static void release_segment(uintptr_t start, uintptr_t end)
{
	uintptr_t page = sysconf(_SC_PAGESIZE);

	start = start & -page;
	end = (end + page - 1) & -page;
	/* Nothing depends on it: what fails costs memory only. */
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): that is how it is told. */
	madvise((void *)start, end - start, MADV_DONTNEED);
}

static int release_object(struct dl_phdr_info *object, size_t size,
			  void *unused)
{
	(void)size;
	(void)unused;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t start = object->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD && segment->p_flags & PF_X &&
		    !(segment->p_flags & PF_W))
			release_segment(start, start + segment->p_filesz);
	}
	return 0;
}

void resident_release_code(void)
{
	dl_iterate_phdr(release_object, NULL);
}
