/*
 * stop_signal.h - the signals that end the run, as a readable descriptor.
 */
#ifndef STOP_SIGNAL_H
#define STOP_SIGNAL_H

/*
 * From now on SIGINT, SIGTERM, SIGQUIT and SIGHUP make the descriptor
 * readable and do nothing else, and SIGPIPE does nothing at all. A SIGHUP
 * that was ignored when we were started (nohup) stays ignored.
 *
 * Returns the descriptor, which the caller closes, or -1 after a report.
 */
int stop_signal_open(void);

#endif
