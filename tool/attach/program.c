/*
 * program.c - replaces a word in the BPF program's source, as the original
 * did, and knows nothing of what compiles it.
 */
#include "attach/program.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/embedded.h"
#include "attach/filter.h"
#include "system/report.h"

static bool is_word_character(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The first place at or after from where word stands as a whole word. */
static const char *find_word(const char *source, const char *from,
			     const char *word)
{
	size_t length = strlen(word);
	const char *at;

	for (at = strstr(from, word); at; at = strstr(at + 1, word)) {
		if (at > source && is_word_character(at[-1]))
			continue;
		if (!is_word_character(at[length]))
			return at;
	}
	return NULL;
}

char *program_replace(const char *source, const char *word,
		      const char *replacement)
{
	const char *at = find_word(source, source, word);
	char *text;

	if (!at || find_word(source, at + 1, word)) {
		errno = EINVAL;
		return NULL;
	}
	if (asprintf(&text, "%.*s%s%s", (int)(at - source), source,
		     replacement, at + strlen(word)) < 0) {
		errno = ENOMEM;
		return NULL;
	}
	return text;
}

#define WIDTH	  80
#define TAB_WIDTH 8

/*
 * The variable's definition, then "if (dport != 80 && dport != 443)", behind a
 * tab, on as many lines of 80 columns as that takes. An empty list asks for
 * nothing.
 */
static void put_list(FILE *out, const char *definition, const char *name,
		     const struct filter_list *list)
{
	char test[64];
	int column;

	if (!list->count)
		return;
	fputs(definition, out);
	column = TAB_WIDTH + fprintf(out, "if (");
	for (size_t i = 0; i < list->count; i++) {
		bool is_last = i + 1 == list->count;
		int length = snprintf(test, sizeof(test), "%s != %" PRIu32 "%s",
				      name, list->values[i],
				      is_last ? ")" : " &&");

		if (i && column + 1 + length > WIDTH) {
			fputs("\n\t   ", out);
			column = TAB_WIDTH + 3;
		}
		column += length + fprintf(out, "%s", i ? " " : "");
		fputs(test, out);
	}
	fputs("\n\t\treturn 0;\n\t", out);
}

/* Inside a PID namespace, its numbers. */
static void put_pids(FILE *out, const struct filter_list *pids,
		     const struct program_host *host)
{
	char definition[96] =
		"u32 pid = bpf_get_current_pid_tgid() >> 32;\n\t";

	if (host->pid_ns_inode)
		snprintf(definition, sizeof(definition),
			 "u32 pid = namespace_tgid(%" PRIu64 ", %" PRIu64
			 ");\n\t", host->pid_ns_device, host->pid_ns_inode);
	put_list(out, definition, "pid", pids);
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
	put_pids(out, &filter->pids, host);
	put_list(out, "u32 uid = bpf_get_current_uid_gid();\n\t", "uid",
		 &filter->uids);
	put_list(out, "u16 dport = asked_port(ctx);\n\t", "dport",
		 &filter->ports);
	if (filter->cgroup_map)
		fprintf(out, "u64 cgroup = get_current_cgroup_id();\n"
			"\tif (!is_in_map(%d, cgroup))\n\t\treturn 0;\n\t",
			host->cgroup_map_fd);
	if (filter->mntns_map)
		fprintf(out, "u64 mount_ns = mount_namespace(%" PRIu32
			", %" PRIu32 ", %" PRIu32 ");\n"
			"\tif (!is_in_map(%d, mount_ns))\n\t\treturn 0;\n\t",
			host->task_nsproxy, host->nsproxy_mnt_ns,
			host->mnt_ns_inum, host->mntns_map_fd);
}

/* What FILTER becomes; an empty string where everything is wanted. */
static char *filter_text(const struct filter *filter,
			 const struct program_host *host, bool is_original)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	/* The text of 2015 has the thread's id in pid. */
	if (is_original)
		put_list(out, "", "pid", &filter->pids);
	else
		put_filters(out, filter, host);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	/* What is to come after it brings a line of its own. */
	if (size)
		text[size - strlen("\n\t")] = '\0';
	return text;
}

/* Frees defines and tests; each may be NULL, for want of memory. */
static char *whole_text(char *defines, const char *source, char *tests,
			const struct program_host *host)
{
	char *body = NULL, *text = NULL;

	if (defines && tests)
		body = program_replace(source, "FILTER", tests);
	if (body && asprintf(&text, "%s#define READ_KERNEL %d\n%s", defines,
			     host->read_kernel, body) < 0)
		text = NULL;
	free(defines);
	free(tests);
	free(body);
	if (!text)
		report_error("cannot write the BPF program: %s",
			     strerror(errno));
	return text;
}

char *program_text(const struct filter *filter, bool count, bool details,
		   const char *tag, const struct program_host *host)
{
	char *defines;

	if (asprintf(&defines, "#define TAG \"%s\"\n#define COUNT %d\n"
		     "#define ONLY_FAILED %d\n#define DETAILS %d\n", tag,
		     count, filter->failed, details) < 0)
		defines = NULL;
	return whole_text(defines, embedded_program,
			  filter_text(filter, host, false), host);
}

char *program_original(const struct filter *filter,
		       const struct program_host *host)
{
	return whole_text(strdup(""), embedded_original,
			  filter_text(filter, host, true), host);
}
