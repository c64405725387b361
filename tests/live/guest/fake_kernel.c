/*
 * fake_kernel.c - the real kernel, but one of the calls that attach a probe
 * fails: which one is in $FAKE_KERNEL. Built in the guest, for LD_PRELOAD.
 *
 *   entry    the entry probe has no perf event: ENOSPC
 *   return   the return probe, which comes first, has none
 *   late     the entry probe has one, but it takes no program
 *   listed   what the kernel says of a function on its blacklist
 *   missing  what it says of a function that it has not
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

long syscall(long number, ...);
int ioctl(int fd, unsigned long request, ...);

static int opened;	/* perf events that have been asked for */

static bool fails(const char *what)
{
	const char *failing = getenv("FAKE_KERNEL");

	return failing && !strcmp(failing, what);
}

/* What perf_event_open() is to fail with; 0: with nothing. */
static int event_error(void)
{
	opened++;
	if (fails("return") || (fails("entry") && opened > 1))
		return ENOSPC;
	if (fails("listed"))
		return EINVAL;
	return fails("missing") ? ENOENT : 0;
}

long syscall(long number, ...)
{
	long (*call)(long, long, long, long, long, long, long);
	long arguments[6];
	va_list list;
	int error;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	error = number == __NR_perf_event_open ? event_error() : 0;
	if (error) {
		errno = error;
		return -1;
	}
	*(void **)&call = dlsym(RTLD_NEXT, __func__);
	return call(number, arguments[0], arguments[1], arguments[2],
		    arguments[3], arguments[4], arguments[5]);
}

int ioctl(int fd, unsigned long request, ...)
{
	int (*call)(int, unsigned long, long);
	long argument;
	va_list list;

	va_start(list, request);
	argument = va_arg(list, long);
	va_end(list);
	if (request == PERF_EVENT_IOC_SET_BPF && opened > 1 && fails("late")) {
		errno = ENOSPC;
		return -1;
	}
	*(void **)&call = dlsym(RTLD_NEXT, __func__);
	return call(fd, request, argument);
}
