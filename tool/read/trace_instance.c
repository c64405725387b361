/*
 * trace_instance.c - makes and removes one directory below instances/, or opens
 * the global trace_pipe. It changes no setting of the global trace.
 */
#include "read/trace_instance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/trace_line.h"
#include "system/fd.h"
#include "system/host.h"
#include "system/report.h"
#include "system/run_name.h"
#include "system/tracefs.h"

/*
 * The ring buffer of a CPU, unless all together would then exceed the total.
 * mkdir first takes 1.4 MB for each CPU (trace_buf_size in
 * kernel/trace/trace.c).
 */
#define BUFFER_CPU_KB 2048L
#define BUFFER_CPU_MIN_KB 64L
#define BUFFER_TOTAL_KB (64 * 1024L)

static long buffer_kb(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	long size = BUFFER_TOTAL_KB / (cpus > 0 ? cpus : 1);

	if (size > BUFFER_CPU_KB)
		return BUFFER_CPU_KB;
	return size < BUFFER_CPU_MIN_KB ? BUFFER_CPU_MIN_KB : size;
}

/*
 * An instance is born with the options of the global trace (trace_array_create
 * in kernel/trace/trace.c), so set each one that changes what a line looks like
 * or what is recorded. A kernel may lack some of them.
 *
 * The kernel formats a line when it is read, which takes longer than all that
 * we do with it: 0.7 us with the whole frame, 0.6 without irq-info, 0.4 without
 * context-info (Linux 6.18).
 */
static void set_options(int dir_fd, bool has_frame)
{
	char size[32];
	const struct {
		const char *file, *value;
	} settings[] = {
		{ "options/disable_on_free", "1" },
		{ "options/irq-info", "0" },
		{ "options/overwrite", "1" },
		{ "options/raw", "0" },
		{ "options/hex", "0" },
		{ "options/bin", "0" },
		{ "options/fields", "0" },
		{ "options/block", "0" },
		{ "options/latency-format", "0" },
		{ "options/pause-on-trace", "0" },
		{ "trace_clock", "mono" },
		{ "tracing_on", "1" },
		{ "options/context-info", has_frame ? "1" : "0" },
		/*
		 * The global buffer has 7 kB for a CPU until tracing is first
		 * used. Before Linux 6.7 resizing ours sets the one flag that
		 * it has grown (ring_buffer_expanded in kernel/trace/trace.c),
		 * so it never would. Touching an event first makes it grow.
		 */
		{ TRACE_INSTANCE_EVENT "/enable", "0" },
		{ "buffer_size_kb", size },
	};

	snprintf(size, sizeof(size), "%ld", buffer_kb());
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		(void)tracefs_write(dir_fd, settings[i].file,
				    settings[i].value);
}

static void open_pipe(struct trace_instance *instance, int dir_fd)
{
	instance->size_fd = openat(dir_fd, "buffer_size_kb",
				   O_RDONLY | O_CLOEXEC);
	instance->pipe_fd = openat(dir_fd, "trace_pipe",
				   O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

/*
 * Of a run that was killed, that is: the kernel refuses to remove an instance
 * whose trace_pipe is open. The lock covers the moment before it is.
 */
static void remove_stale(int instances_fd, const char *name)
{
	(void)unlinkat(instances_fd, name, AT_REMOVEDIR);
}

static int set_up(struct trace_instance *instance, int dir_fd, const char *tag,
		  bool has_frame)
{
	if (dir_fd >= 0) {
		/* Before anything else: SIGKILL can come at any time. */
		instance->free_fd = openat(dir_fd, "free_buffer",
					   O_WRONLY | O_CLOEXEC);
		/* The line format is settled when the pipe is opened. */
		set_options(dir_fd, has_frame);
		open_pipe(instance, dir_fd);
	}
	if (instance->pipe_fd < 0)
		return report_error("cannot open the trace_pipe of our trace "
				    "instance: %s", strerror(errno));
	/* Without the leading star it did not match on Linux 6.18. */
	snprintf(instance->filter, sizeof(instance->filter),
		 "bpf_string ~ \"*%s*\"", tag);
	if (tracefs_write(dir_fd, TRACE_INSTANCE_EVENT "/filter",
			  instance->filter) ||
	    tracefs_write(dir_fd, TRACE_INSTANCE_EVENT "/enable", "1"))
		return report_error("cannot enable " TRACE_INSTANCE_EVENT
				    " in our trace instance: %s",
				    strerror(errno));
	return 0;
}

static int create_private(struct trace_instance *instance, const char *tag,
			  bool has_frame)
{
	int dir_fd, result;

	if (mkdirat(instance->instances_fd, instance->name, 0700))
		return report_error("cannot create the trace instance %s: %s; "
				    "--global-pipe does without",
				    instance->path, strerror(errno));
	instance->is_private = true;
	dir_fd = openat(instance->instances_fd, instance->name,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	result = set_up(instance, dir_fd, tag, has_frame);
	fd_close(&dir_fd);
	return result;
}

static int open_private(struct trace_instance *instance,
			const struct tracefs *tracefs, const char *tag,
			bool has_frame)
{
	int lock_fd, result;

	instance->instances_fd = openat(tracefs->dir_fd, "instances",
					O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (instance->instances_fd < 0)
		return report_error("cannot open %s/instances: %s",
				    tracefs->path, strerror(errno));
	snprintf(instance->name, sizeof(instance->name), RUN_NAME_PREFIX "%s",
		 tag + strlen(TRACE_LINE_TAG_NAME));
	snprintf(instance->path, sizeof(instance->path), "%s/instances/%s",
		 tracefs->path, instance->name);
	lock_fd = tracefs_lock(tracefs);
	if (lock_fd >= 0)
		run_name_sweep(instance->instances_fd, remove_stale);
	result = create_private(instance, tag, has_frame);
	fd_close(&lock_fd);
	return result;
}

/*
 * A second reader is refused since Linux 6.5 (commit c2489bb7e6be, also in
 * many stable kernels); before, each reader takes lines from the others.
 */
static int open_global(struct trace_instance *instance,
		       const struct tracefs *tracefs)
{
	char holder[128];
	bool is_held;

	snprintf(instance->path, sizeof(instance->path), "%s", tracefs->path);
	open_pipe(instance, tracefs->dir_fd);
	if (instance->pipe_fd < 0 && errno != EBUSY)
		return report_error("cannot open %s/trace_pipe: %s",
				    tracefs->path, strerror(errno));
	is_held = host_file_holder(tracefs->dir_fd, "trace_pipe", holder,
				   sizeof(holder));
	if (instance->pipe_fd < 0)
		return report_error("cannot open %s/trace_pipe: in use by %s; "
				    "end that first", tracefs->path,
				    is_held ? holder : "another process");
	if (is_held)
		report_warning("%s reads %s/trace_pipe too, and takes a part "
			       "of our lines; end that first", holder,
			       tracefs->path);
	return 0;
}

bool trace_instance_is_possible(const struct tracefs *tracefs)
{
	return tracefs_has(tracefs->dir_fd, TRACE_INSTANCE_EVENT "/enable") ||
	       errno == EACCES;
}

int trace_instance_create(struct trace_instance *instance,
			  const struct tracefs *tracefs, const char *tag,
			  bool global_pipe, bool has_frame)
{
	*instance = (struct trace_instance)TRACE_INSTANCE_NONE;
	if (!global_pipe && trace_instance_is_possible(tracefs))
		return open_private(instance, tracefs, tag, has_frame);
	return open_global(instance, tracefs);
}

/* A process that looks into the directory holds it for a moment. */
static int remove_directory(const struct trace_instance *instance)
{
	int tries = 20, result;

	while ((result = unlinkat(instance->instances_fd, instance->name,
				  AT_REMOVEDIR)) &&
	       errno == EBUSY && --tries)
		usleep(50 * 1000);
	return result;
}

void trace_instance_destroy(struct trace_instance *instance)
{
	fd_close(&instance->pipe_fd);
	fd_close(&instance->size_fd);
	fd_close(&instance->free_fd);
	if (instance->is_private && remove_directory(instance) &&
	    errno != ENOENT)
		report_warning("cannot remove %s: %s; it is left behind, "
			       "switched off, and the next start removes it",
			       instance->path, strerror(errno));
	instance->is_private = false;
	fd_close(&instance->instances_fd);
}
