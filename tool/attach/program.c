/*
 * program.c - replaces a line in the BPF program's source, as the original did
 * a word, and knows nothing of what compiles it.
 */
#include "attach/program.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/embedded.h"
#include "attach/filter.h"
#include "system/report.h"

/* Once in each source. */
#define FILTER_LINE "\tFILTER\n"

/*
 * The variable's definition and, behind a tab, "if (dport != 80 &&", a value a
 * line. An empty list asks for nothing.
 */
static void put_list(FILE *out, const char *definition, const char *name,
		     const struct filter_list *list)
{
	if (!list->count)
		return;
	fprintf(out, "%s\tif (", definition);
	for (size_t i = 0; i < list->count; i++)
		fprintf(out, "%s%s != %" PRIu32, i ? " &&\n\t    " : "", name,
			list->values[i]);
	fputs(")\n\t\treturn 0;\n", out);
}

/*
 * Each list tests the result of a call of its own, also where the text has that
 * value already. Behind "if (x == 5)" the verifier of Linux 4.4 knows x, and
 * walks on with each x that it knows until the register is used again: with
 * lists of 64 and 64, that is more than it is willing to walk.
 *
 * A map is known by its descriptor: its path is never pasted.
 */
static void put_filters(FILE *out, const struct filter *filter,
			const struct program_host *host)
{
	char pid[96] = "\tu32 pid = bpf_get_current_pid_tgid() >> 32;\n";

	/* Inside a PID namespace, its numbers. */
	if (host->pid_ns_inode)
		snprintf(pid, sizeof(pid), "\tu32 pid = namespace_tgid(%" PRIu64
			 ", %" PRIu64 ");\n", host->pid_ns_device,
			 host->pid_ns_inode);
	put_list(out, pid, "pid", &filter->pids);
	put_list(out, "\tu32 uid = bpf_get_current_uid_gid();\n", "uid",
		 &filter->uids);
	put_list(out, "\tu16 dport = asked_port(ctx);\n", "dport",
		 &filter->ports);
	if (filter->cgroup_map)
		fprintf(out, "\tu64 cgroup = get_current_cgroup_id();\n"
			"\tif (!is_in_map(%d, cgroup))\n\t\treturn 0;\n",
			host->cgroup_map_fd);
	if (filter->mntns_map)
		fprintf(out, "\tu64 mount_ns = mount_namespace(%" PRIu32
			", %" PRIu32 ", %" PRIu32 ");\n"
			"\tif (!is_in_map(%d, mount_ns))\n\t\treturn 0;\n",
			host->task_nsproxy, host->nsproxy_mnt_ns,
			host->mnt_ns_inum, host->mntns_map_fd);
}

char *program_text(const struct filter *filter, bool count, bool details,
		   const char *tag, const struct program_host *host)
{
	const char *source = tag ? embedded_program : embedded_original;
	const char *line = strstr(source, FILTER_LINE);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool is_whole = false;

	if (out) {
		if (tag)
			fprintf(out, "#define TAG \"%s\"\n#define COUNT %d\n"
				"#define ONLY_FAILED %d\n#define DETAILS %d\n",
				tag, count, filter->failed, details);
		fprintf(out, "#define READ_KERNEL %d\n%.*s",
			host->read_kernel, (int)(line - source), source);
		/* The text of 2015 has the thread's id in pid. */
		if (tag)
			put_filters(out, filter, host);
		else
			put_list(out, "", "pid", &filter->pids);
		is_whole = fputs(line + strlen(FILTER_LINE), out) >= 0;
		is_whole &= !fclose(out);
	}
	if (is_whole)
		return text;
	report_error("cannot write the BPF program: %s", strerror(errno));
	free(text);
	return NULL;
}
