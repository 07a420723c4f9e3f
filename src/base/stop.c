/*
 * Being asked to stop: signal handlers, the flag and the descriptor.
 *
 * The handler may run between any two instructions: it touches lock-free
 * atomics only and calls nothing but write(2), which is async-signal-safe
 * (signal-safety(7)).  An eventfd stays readable until it is read, and nobody
 * reads it, so every poll sees the stop, however late it looks.
 */
#include "stop.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "err.h"

/* Process-wide, as signals are. */
static atomic_int stop_flag;
static atomic_int stop_event = -1;

static void
on_signal(int sig)
{
	const uint64_t one = 1;
	int expected = 0, fd, saved;

	saved = errno;
	atomic_compare_exchange_strong(&stop_flag, &expected, sig);
	fd = atomic_load(&stop_event);
	if (fd != -1 && write(fd, &one, sizeof(one)) == -1) {
		/* Full means readable, which is all that is wanted. */
	}
	errno = saved;
}

void
stop_install(void)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa;
	size_t i;

	if (atomic_load(&stop_event) == -1)
		atomic_store(&stop_event,
		    eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	/* The kernel puts the default back: the second signal ends us. */
	sa.sa_flags = (int)SA_RESETHAND;
	sa.sa_handler = on_signal;
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		sigaction(caught[i], &sa, NULL);
}

int
stop_signal(void)
{
	return atomic_load(&stop_flag);
}

int
stop_fd(void)
{
	return atomic_load(&stop_event);
}

int
stop_check(struct err *e)
{
	int sig;

	sig = stop_signal();
	if (sig == 0)
		return 0;
	err_set(e, ERR_STOPPED, "stopped by signal %d (%s)", sig,
	    sigdescr_np(sig) != NULL ? sigdescr_np(sig) : "unknown");
	e->sys = sig;
	return -1;
}
