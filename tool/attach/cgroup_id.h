/*
 * cgroup_id.h - a cgroup's id, as bpf_get_current_cgroup_id() has it.
 */
#ifndef CGROUP_ID_H
#define CGROUP_ID_H

/*
 * Warn, in one line, where the map has a key that is the inode number of a
 * cgroup and no cgroup's id: before Linux 5.5 these are two numbers, and such
 * a map matches nothing. path is the map's, for the message.
 */
void cgroup_id_check(int map_fd, const char *path);

#endif
