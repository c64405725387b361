/*
 * replay.h - connects from a saved trace: what -w wrote, or what `cat
 * trace_pipe` showed of this program or of the original. It needs no root,
 * no libbcc and no kernel that can be probed.
 */
#pragma once

#include <stdbool.h>

struct options;
struct rows;

/*
 * Show what options->read_file holds ("-": stdin) and -p, -P, -u and -x want,
 * until it ends, enough has been shown, or the output of rows ends it. Warns of
 * lines that were lost or cut off; -v counts the lines of each kind. Returns 0,
 * or -1 after a report.
 */
int replay_run(const struct options *options, struct rows *rows);
