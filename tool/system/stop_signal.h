/*
 * stop_signal.h - the signals that end the run, as a readable descriptor.
 */
#pragma once

/*
 * From now on every signal that would end the process, but SIGKILL and those of
 * a crash, only makes the descriptor readable. SIGPIPE and SIGXFSZ do nothing.
 * SIGHUP, SIGINT and SIGQUIT stay ignored if they were at the start.
 *
 * Returns the descriptor, which the caller closes, or -1 after a report.
 */
int stop_signal_open(void);
