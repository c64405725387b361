/*
 * cgroup_id.c - walks the cgroup2 hierarchy and asks name_to_handle_at(2),
 * whose handle is the id on every kernel that has ids (cgroup_get_e_css(),
 * kernfs_encode_fh() in fs/kernfs/mount.c, Linux 4.18 to 7.2).
 */
#include "attach/cgroup_id.h"

#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "system/bpf_object.h"
#include "system/report.h"
#include "system/tracefs.h"

#define KEYS_MAX 1024

struct keys {
	uint64_t values[KEYS_MAX];
	bool is_id[KEYS_MAX];
	uint64_t id_of_inode[KEYS_MAX];	/* the id of the cgroup whose inode
					 * number the key is; 0: of none */
	int count;
};

static void read_keys(struct keys *keys, int map_fd)
{
	const uint64_t *last = NULL;

	while (keys->count < KEYS_MAX &&
	       !bpf_map_next_key(map_fd, last, &keys->values[keys->count]))
		last = &keys->values[keys->count++];
}

static bool find_id(const char *path, uint64_t *id)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(*id)];
	} name = { .handle = { .handle_bytes = sizeof(*id) } };
	int mount_id;

	if (name_to_handle_at(AT_FDCWD, path, &name.handle, &mount_id, 0))
		return false;
	memcpy(id, name.handle.f_handle, sizeof(*id));
	return true;
}

static void compare(struct keys *keys, uint64_t inode, uint64_t id)
{
	for (int i = 0; i < keys->count; i++) {
		keys->is_id[i] |= keys->values[i] == id;
		if (keys->values[i] == inode)
			keys->id_of_inode[i] = id;
	}
}

static void walk(struct keys *keys, char *top)
{
	char *paths[] = { top, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV,
			     NULL);
	const FTSENT *entry;
	uint64_t id;

	while (tree && (entry = fts_read(tree)))
		if (entry->fts_info == FTS_D && find_id(entry->fts_path, &id))
			compare(keys, entry->fts_statp->st_ino, id);
	if (tree)
		fts_close(tree);
}

void cgroup_id_check(int map_fd, const char *path)
{
	struct keys keys = { .count = 0 };
	char top[256];

	if (!tracefs_find_mount("cgroup2", 0, top, sizeof(top)))
		return;
	read_keys(&keys, map_fd);
	walk(&keys, top);
	for (int i = 0; i < keys.count; i++) {
		if (keys.is_id[i] || !keys.id_of_inode[i])
			continue;
		report_warning("the BPF map %s holds %" PRIu64 ", which is a "
			       "cgroup's inode number; before Linux 5.5 its id "
			       "is another: %" PRIu64, path, keys.values[i],
			       keys.id_of_inode[i]);
		return;
	}
}
