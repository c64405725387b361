/*
 * old_libbcc.c - the real libbcc with the functions, and the numbers of
 * arguments, of an older one: -DMINOR=5 is libbcc 0.5.0. Built in the guest, as
 * libbcc.so.0.5.0, and found through LD_LIBRARY_PATH.
 *
 *   0.5   looks for headers below /lib/modules, whatever the environment says
 *   0.6   bpf_prog_load, and four arguments to compile
 *   0.9   bcc_func_load with ten, and five to compile
 *   0.11  eleven, and six
 *
 * What an old library would not have read is not forwarded.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* libbcc's headers have the prototypes. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

/* For bpf_prog_load(), which is not told. */
static void *last_module;

static void *symbol(const char *name)
{
	return dlsym(dlopen(REAL_LIBBCC, RTLD_LAZY | RTLD_LOCAL), name);
}

static void *create(const char *text, unsigned flags, const char *cflags[],
		    int ncflags, bool allow_rlimit)
{
	void *(*call)(const char *, unsigned, const char **, int, bool,
		      const char *);

	if (MINOR < 6)
		unsetenv("BCC_KERNEL_SOURCE");
	*(void **)&call = symbol("bpf_module_create_c_from_string");
	last_module = call(text, flags, cflags, ncflags, allow_rlimit, NULL);
	return last_module;
}

#if MINOR < 9
void *bpf_module_create_c_from_string(const char *text, unsigned flags,
				      const char *cflags[], int ncflags)
{
	return create(text, flags, cflags, ncflags, true);
}
#elif MINOR < 11
void *bpf_module_create_c_from_string(const char *text, unsigned flags,
				      const char *cflags[], int ncflags,
				      bool allow_rlimit)
{
	return create(text, flags, cflags, ncflags, allow_rlimit);
}
#else
void *bpf_module_create_c_from_string(const char *text, unsigned flags,
				      const char *cflags[], int ncflags,
				      bool allow_rlimit, const char *dev_name)
{
	return dev_name ? NULL : create(text, flags, cflags, ncflags,
					allow_rlimit);
}
#endif

void *bpf_function_start(void *module, const char *name)
{
	void *(*call)(void *, const char *);

	*(void **)&call = symbol(__func__);
	return call(module, name);
}

size_t bpf_function_size(void *module, const char *name)
{
	size_t (*call)(void *, const char *);

	*(void **)&call = symbol(__func__);
	return call(module, name);
}

int bpf_table_fd(void *module, const char *name)
{
	int (*call)(void *, const char *);

	*(void **)&call = symbol(__func__);
	return call(module, name);
}

static int load(void *module, int type, const char *name, const void *insns,
		int length, const char *license, unsigned version)
{
	int (*call)(void *, int, const char *, const void *, int, const char *,
		    unsigned, int, char *, unsigned, const char *, int);

	*(void **)&call = symbol("bcc_func_load");
	return call(module, type, name, insns, length, license, version, 0,
		    NULL, 0, NULL, -1);
}

#if MINOR < 9
/* NOLINTNEXTLINE(readability-function-size): the parameters are libbcc's. */
int bpf_prog_load(int type, const char *name, const void *insns, int length,
		  const char *license, unsigned version, int log_level,
		  char *log, unsigned log_size)
{
	(void)log_level; (void)log; (void)log_size;
	return load(last_module, type, name, insns, length, license, version);
}
#elif MINOR < 11
/* NOLINTNEXTLINE(readability-function-size): the parameters are libbcc's. */
int bcc_func_load(void *module, int type, const char *name, const void *insns,
		  int length, const char *license, unsigned version,
		  int log_level, char *log, unsigned log_size)
{
	(void)log_level; (void)log; (void)log_size;
	return load(module, type, name, insns, length, license, version);
}
#else
/* NOLINTNEXTLINE(readability-function-size): the parameters are libbcc's. */
int bcc_func_load(void *module, int type, const char *name, const void *insns,
		  int length, const char *license, unsigned version,
		  int log_level, char *log, unsigned log_size,
		  const char *dev_name)
{
	(void)log_level; (void)log; (void)log_size;
	return dev_name ? -1 : load(module, type, name, insns, length, license,
				    version);
}
#endif
