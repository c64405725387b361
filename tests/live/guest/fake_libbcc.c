/*
 * fake_libbcc.c - the real libbcc, but one call fails: which one is in
 * $FAKE_LIBBCC. Built in the guest, as libbcc.so.0, and found through
 * LD_LIBRARY_PATH.
 *
 *   cut      of a program only the first instruction is loaded, which the
 *            kernel refuses
 *   crash    the compiler crashes
 *
 * With -DOLD it lacks a function that every libbcc since 0.5 has.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* libbcc's headers have the prototypes. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

static void *real;
static const char *failing;

__attribute__((constructor)) static void open_real(void)
{
	failing = getenv("FAKE_LIBBCC");
	failing = strdup(failing ? failing : "");
	real = dlopen(REAL_LIBBCC, RTLD_LAZY | RTLD_LOCAL);
}

static bool fails(const char *what)
{
	return !strcmp(failing, what);
}

void *bpf_module_create_c_from_string(const char *text, unsigned flags,
				      const char *cflags[], int ncflags,
				      bool allow_rlimit, const char *dev_name)
{
	void *(*call)(const char *, unsigned, const char **, int, bool,
		      const char *);

	if (fails("crash"))
		raise(SIGSEGV);
	*(void **)&call = dlsym(real, __func__);
	return call(text, flags, cflags, ncflags, allow_rlimit, dev_name);
}

void *bpf_function_start(void *module, const char *name)
{
	void *(*call)(void *, const char *);

	*(void **)&call = dlsym(real, __func__);
	return call(module, name);
}

size_t bpf_function_size(void *module, const char *name)
{
	size_t (*call)(void *, const char *);

	*(void **)&call = dlsym(real, __func__);
	return call(module, name);
}

int bpf_table_fd(void *module, const char *name)
{
	int (*call)(void *, const char *);

	*(void **)&call = dlsym(real, __func__);
	return call(module, name);
}

#ifndef OLD
/* NOLINTNEXTLINE(readability-function-size): the parameters are libbcc's. */
int bcc_func_load(void *module, int type, const char *name, const void *insns,
		  int length, const char *license, unsigned version,
		  int log_level, char *log, unsigned log_size,
		  const char *dev_name, int attach_type)
{
	int (*call)(void *, int, const char *, const void *, int, const char *,
		    unsigned, int, char *, unsigned, const char *, int);

	*(void **)&call = dlsym(real, __func__);
	return call(module, type, name, insns, fails("cut") ? 8 : length,
		    license, version, log_level, log, log_size, dev_name,
		    attach_type);
}
#endif
