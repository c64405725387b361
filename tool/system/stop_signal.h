/*
 * stop_signal.h - the signals that end the run, as a readable descriptor.
 */
#ifndef STOP_SIGNAL_H
#define STOP_SIGNAL_H

/*
 * From now on every signal that would end the process, but SIGKILL and those
 * of a crash, makes the descriptor readable and does nothing else. SIGPIPE
 * and SIGXFSZ do nothing at all. SIGHUP, SIGINT and SIGQUIT stay ignored if
 * they were when the process was started.
 *
 * Returns the descriptor, which the caller closes, or -1 after a report.
 */
int stop_signal_open(void);

#endif
