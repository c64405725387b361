/*
 * program.c - replaces words in the BPF program's source, as the original
 * did, and knows nothing of what compiles it.
 */
#include "program.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "options.h"
#include "report.h"

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

#define LINE "\n\t"	/* between two tests */

/* "if (tgid != 181 && tgid != 182) { return 0; }" */
static void put_list(FILE *out, const char *name,
		     const struct options_list *list)
{
	const char *before = "if (";

	for (size_t i = 0; i < list->count; i++) {
		fprintf(out, "%s%s != %" PRIu32, before, name,
			list->values[i]);
		before = " && ";
	}
	fputs(") { return 0; }", out);
}

/* The map is known by its descriptor: its path is never pasted. */
static void put_lookup(FILE *out, int map_fd)
{
	fprintf(out, "if (!bpf_map_lookup_elem((void *)bpf_pseudo_fd(1, %d), "
		"&key)) { return 0; } }", map_fd);
}

static void put_cgroup(FILE *out, const struct program_host *host)
{
	fputs("{ u64 key = bpf_get_current_cgroup_id(); ", out);
	put_lookup(out, host->cgroup_map_fd);
}

/* The number of the mount namespace, as /proc/<pid>/ns/mnt shows it. */
static void put_mount_ns(FILE *out, const struct program_host *host)
{
	const uint32_t steps[] = { host->task_nsproxy, host->nsproxy_mnt_ns };

	fputs("{ u64 at = bpf_get_current_task(), key; u32 inum = 0; ", out);
	for (size_t i = 0; i < 2; i++)
		fprintf(out, "bpf_probe_read_kernel(&at, sizeof(at), "
			"(void *)(at + %" PRIu32 ")); ", steps[i]);
	fprintf(out, "bpf_probe_read_kernel(&inum, sizeof(inum), "
		"(void *)(at + %" PRIu32 ")); key = inum; ",
		host->mnt_ns_inum);
	put_lookup(out, host->mntns_map_fd);
}

static void put_filters(FILE *out, const struct options *options,
			const struct program_host *host)
{
	const char *between = "";

	if (options->pids.count) {
		put_list(out, "tgid", &options->pids);
		between = LINE;
	}
	if (options->has_uid) {
		fprintf(out, "%sif ((u32)bpf_get_current_uid_gid() != %" PRIu32
			") { return 0; }", between, options->uid);
		between = LINE;
	}
	if (options->ports.count) {
		fprintf(out, "%s{ u16 dport = from_be16(asked_address(ctx)"
			".port); ", between);
		put_list(out, "dport", &options->ports);
		fputs(" }", out);
		between = LINE;
	}
	if (options->cgroup_map) {
		fputs(between, out);
		put_cgroup(out, host);
		between = LINE;
	}
	if (options->mntns_map) {
		fputs(between, out);
		put_mount_ns(out, host);
	}
}

/* What FILTER becomes; an empty string where everything is wanted. */
static char *filter_text(const struct options *options,
			 const struct program_host *host)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	put_filters(out, options, host);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

char *program_text(const struct options *options, const char *tag,
		   const struct program_host *host)
{
	char *filter = filter_text(options, host), *text = NULL, *next;
	const struct {
		const char *word, *replacement;
	} words[] = {
		{ "FILTER", filter },
		{ "TAG", tag },
		{ "COUNT", options->count ? "1" : "0" },
		{ "FAILED", options->failed ? "1" : "0" },
	};

	for (size_t i = 0; filter && i < sizeof(words) / sizeof(*words); i++) {
		next = program_replace(text ? text : embedded_program,
				       words[i].word, words[i].replacement);
		free(text);
		text = next;
		if (!text)
			break;
	}
	free(filter);
	if (!text)
		report_error("cannot write the BPF program: %s",
			     strerror(errno));
	return text;
}
