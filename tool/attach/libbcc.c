/*
 * libbcc.c - dlopen of libbcc.so.0. If libbcc's headers are there, the compiler
 * compares our prototypes with theirs.
 */
#include "attach/libbcc.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "system/host.h"

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
#ifdef LIBBCC_VERSION_GEQ
#if LIBBCC_VERSION_GEQ(0, 25, 0)
SAME(bcc_func_load, libbcc_func_load);
#endif
#endif
#endif

#define PROG_TYPE_KPROBE 2	/* BPF_PROG_TYPE_KPROBE, linux/bpf.h */

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
	void *handle = dlopen("libbcc.so.0", RTLD_LAZY | RTLD_LOCAL);

	memset(libbcc, 0, sizeof(*libbcc));
	if (!handle)
		return dlerror();

#define FIND(member, symbol) \
	*(void **)&libbcc->member = dlsym(handle, symbol)
	FIND(module_create, "bpf_module_create_c_from_string");
	FIND(function_start, "bpf_function_start");
	FIND(function_size, "bpf_function_size");
	FIND(func_load, "bcc_func_load");
	/* Newer libraries may export libbpf's function of that name. */
	if (!libbcc->func_load)
		FIND(prog_load, "bpf_prog_load");
	FIND(table_fd, "bpf_table_fd");
#undef FIND
	if (!libbcc->module_create || !libbcc->function_start ||
	    !libbcc->function_size || !libbcc->table_fd ||
	    (!libbcc->func_load && !libbcc->prog_load))
		return "libbcc.so.0 lacks functions that every libbcc since "
		       "0.5 has";
	find_version(libbcc);
	return NULL;
}

int libbcc_load(const struct libbcc *libbcc, void *module, const char *name)
{
	const void *start = libbcc->function_start(module, name);
	size_t size = libbcc->function_size(module, name);
	unsigned version = host_kernel_version();

	if (!start || !size) {
		errno = ENOENT;
		return -1;
	}
	if (!libbcc->func_load)
		return libbcc->prog_load(PROG_TYPE_KPROBE, name, start, size,
					 "GPL", version, 0, NULL, 0);
	/* -1: no attach type is asked for. */
	return libbcc->func_load(module, PROG_TYPE_KPROBE, name, start, size,
				 "GPL", version, 0, NULL, 0, NULL, -1);
}
