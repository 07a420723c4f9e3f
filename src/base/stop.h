/*
 * Being asked to stop.  Signals set a flag and make a descriptor readable;
 * loops look at the flag or poll the descriptor and end in order.  This is
 * the one place with process-wide state, because signals are process-wide.
 */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include <stdbool.h>

struct err;

/*
 * stop_install(): catch SIGINT, SIGTERM and SIGHUP, ignore SIGPIPE, and SIGXFSZ
 * so that a limit on the size of files is an error like a full disk.  A second
 * signal of the same kind ends the process at once.  SIGINT and SIGHUP stay
 * ignored if they are (nohup, a shell's "&").  A child after fork calls it
 * again, to have a descriptor of its own; a stop from before then still counts.
 */
void	stop_install(void);

/*
 * stop_signal(): the signal that asked us to stop, or 0.
 */
int	stop_signal(void);

/*
 * stop_fd(): a descriptor that is readable once a stop was requested; -1
 * before stop_install.
 */
int	stop_fd(void);

/*
 * stop_check(e): 0, or -1 with ERR_STOPPED when a stop was requested.
 */
int	stop_check(struct err *);

/*
 * stop_take(): take a requested stop back, so that what must not be left
 * behind can still be tidied up; the signal, or 0.  One more of its kind ends
 * the process all the same.
 */
int	stop_take(void);

/*
 * stop_put(sig): ask to stop again after stop_take; 0 is harmless.
 */
void	stop_put(int);

/*
 * stop_hold(said): what begins now is better ended than broken off: until
 * stop_let_go a first signal does not count yet, but is told with said, a text
 * that stays, on standard error; NULL: it is not.  A second one breaks off.
 */
void	stop_hold(const char *);

/*
 * stop_let_go(): a signal that came since stop_hold counts now.
 */
void	stop_let_go(void);

#endif
