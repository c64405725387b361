/*
 * trace_instance.h - the trace_pipe that our lines come from.
 *
 * If the kernel has the event bpf_trace/bpf_trace_printk (Linux 5.9 and newer)
 * this is a private tracefs instance, with its own ring buffer and options and
 * a filter on our tag. Else it is the global trace_pipe, which one reader at a
 * time can have.
 */
#pragma once

#include <stdbool.h>

struct tracefs;

/* Below a trace's directory: the event of our lines, from Linux 5.9 on. */
#define TRACE_INSTANCE_EVENT "events/bpf_trace/bpf_trace_printk"

struct trace_instance {
	int pipe_fd;		/* the trace_pipe, non-blocking; -1: closed */
	int instances_fd;	/* what the instance is in; -1: no instance */
	int free_fd;		/* while open, SIGKILL frees the buffer */
	int size_fd;		/* the pipe's buffer_size_kb, to be read */
	bool is_private;	/* an instance was made, and is to go */
	char name[64];		/* its directory's, below instances_fd */
	char path[384];		/* of the directory that the pipe is in */
	char filter[128];	/* of the instance's event */
};

/* An instance that was never created; it may be destroyed. */
#define TRACE_INSTANCE_NONE { .pipe_fd = -1, .instances_fd = -1, \
	.free_fd = -1, .size_fd = -1 }

/*
 * Does this kernel have the event? A user who may create instances may be
 * unable to read the top-level events directory (mode 0750 on Linux 5.10), so
 * an event that can't be looked for is taken to be there.
 */
bool trace_instance_is_possible(const struct tracefs *tracefs);

/*
 * Open a pipe for the lines that begin with tag. The instance is named after
 * the tag. Instances that earlier runs left behind are removed first; those of
 * running copies refuse it (EBUSY). With has_frame an instance's lines say when
 * they were printed, and take longer to read.
 *
 * Returns 0, or -1 after a report. Destroy the struct in either case.
 */
int trace_instance_create(struct trace_instance *instance,
			  const struct tracefs *tracefs, const char *tag,
			  bool global_pipe, bool has_frame);

/*
 * Close the pipe and remove the instance, if we made one, without opening a
 * file. If it can't be removed, a warning names it.
 */
void trace_instance_destroy(struct trace_instance *instance);
