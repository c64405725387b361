/*
 * libbcc.c - dlopen of libbcc.so.0. Where libbcc's headers are there when
 * this is built, the compiler holds our prototypes against theirs.
 */
#include "libbcc.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#ifdef HAVE_LIBBCC_HEADERS
#include <bcc/bcc_common.h>
#include <bcc/libbpf.h>
#include <bcc/bcc_version.h>

#define SAME(theirs, ours) \
	_Static_assert(__builtin_types_compatible_p(__typeof__(theirs), ours), \
		       #theirs " is not what libbcc's headers say")
SAME(bpf_module_create_c_from_string, libbcc_module_create);
SAME(bpf_function_start, libbcc_function_start);
SAME(bpf_function_size, libbcc_function_size);
SAME(bpf_table_fd, libbcc_table_fd);
SAME(bpf_attach_kprobe, libbcc_attach_kprobe);
#ifdef LIBBCC_VERSION_GEQ
#if LIBBCC_VERSION_GEQ(0, 25, 0)
SAME(bcc_func_load, libbcc_func_load);
#endif
#endif
#endif

/* /usr/lib/x86_64-linux-gnu/libbcc.so.0.26.0 says 0.26.0 */
static void find_version(struct libbcc *libbcc)
{
	Dl_info info;
	char *path, *name;

	if (!dladdr((void *)libbcc->module_create, &info))
		return;
	path = realpath(info.dli_fname, NULL);
	name = path ? strstr(path, "libbcc.so.") : NULL;
	if (name)
		snprintf(libbcc->version, sizeof(libbcc->version), "%s",
			 name + strlen("libbcc.so."));
	free(path);
}

const char *libbcc_open(struct libbcc *libbcc)
{
	memset(libbcc, 0, sizeof(*libbcc));
	libbcc->handle = dlopen("libbcc.so.0", RTLD_LAZY | RTLD_LOCAL);
	if (!libbcc->handle)
		return dlerror();

#define FIND(member, symbol) \
	*(void **)&libbcc->member = dlsym(libbcc->handle, symbol)
	FIND(module_create, "bpf_module_create_c_from_string");
	FIND(function_start, "bpf_function_start");
	FIND(function_size, "bpf_function_size");
	FIND(func_load, "bcc_func_load");
	FIND(table_fd, "bpf_table_fd");
	FIND(attach_kprobe, "bpf_attach_kprobe");
#undef FIND
	if (!libbcc->module_create || !libbcc->function_start ||
	    !libbcc->function_size || !libbcc->table_fd ||
	    !libbcc->attach_kprobe)
		return "libbcc.so.0 lacks functions that every libbcc has";
	if (!libbcc->func_load)
		return "this libbcc is older than 0.9 (2019), the oldest that "
		       "can be used";
	find_version(libbcc);
	return NULL;
}
