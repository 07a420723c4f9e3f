/*
 * Being asked to stop: signal handlers, the flag and the descriptor.
 *
 * The handler may run between any two instructions: it touches lock-free
 * atomics only and calls nothing but write(2), which is async-signal-safe
 * (signal-safety(7)).  An eventfd stays readable until it is read, which only
 * stop_take does, so every poll sees the stop, however late it looks.  A child
 * after fork shares it with its parent: only the process that made it may
 * write to it, or stopping a child would wake the parent for ever.
 */
#include "stop.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "err.h"

/* Process-wide, as signals are. */
static atomic_int stop_flag;
static atomic_int stop_event = -1;
static atomic_int stop_owner;	/* process that made stop_event */
static atomic_uint stop_seen;	/* bits of signals that counted */
static atomic_int stop_held;	/* the first one is only put down ... */
static atomic_int stop_later;	/* ... here */
static _Atomic(const char *) stop_said;	/* what is written then; or NULL */

static void
wake(void)
{
	const uint64_t one = 1;
	int fd;

	fd = atomic_load(&stop_event);
	if (fd == -1 || atomic_load(&stop_owner) != (int)getpid())
		return;
	if (write(fd, &one, sizeof(one)) == -1) {
		/* Full means readable, which is all that is wanted. */
	}
}

static void
ask_to_stop(int sig)
{
	int expected = 0;

	atomic_fetch_or(&stop_seen, 1u << sig);
	atomic_compare_exchange_strong(&stop_flag, &expected, sig);
	wake();
}

/* Whether it was put down for later, as what is under way is waited for. */
static bool
put_down(int sig)
{
	const char *said = atomic_load(&stop_said);
	int expected = 0;

	if (atomic_load(&stop_held) == 0 ||
	    !atomic_compare_exchange_strong(&stop_later, &expected, sig))
		return false;
	if (said != NULL && write(STDERR_FILENO, said, strlen(said)) == -1) {
		/* There is nobody to be told. */
	}
	return true;
}

static void
on_signal(int sig)
{
	struct sigaction sa;
	int saved = errno;

	if (put_down(sig))
		;
	else if ((atomic_load(&stop_seen) & 1u << sig) == 0)
		ask_to_stop(sig);
	else {	/* the second of its kind ends us, once we return */
		memset(&sa, 0, sizeof(sa));
		sa.sa_handler = SIG_DFL;
		sigaction(sig, &sa, NULL);
		raise(sig);
	}
	errno = saved;
}

/*
 * A descriptor of this process.  A signal may come at any point of it: the
 * flag is looked at last.
 */
static void
event_make(void)
{
	int old;

	old = atomic_load(&stop_event);
	if (old != -1 && atomic_load(&stop_owner) == (int)getpid())
		return;
	atomic_store(&stop_event, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	atomic_store(&stop_owner, (int)getpid());
	if (old != -1)
		close(old);
	if (atomic_load(&stop_flag) != 0)
		wake();
}

void
stop_install(void)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction old, sa;
	size_t i;

	event_make();
	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGXFSZ, &sa, NULL);
	atomic_store(&stop_seen, 0);
	sa.sa_handler = on_signal;
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		/* nohup, and a shell's "&", ignore it on purpose. */
		if (caught[i] != SIGTERM &&
		    sigaction(caught[i], NULL, &old) == 0 &&
		    old.sa_handler == SIG_IGN)
			continue;
		sigaction(caught[i], &sa, NULL);
	}
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

int
stop_take(void)
{
	uint64_t drained;
	int sig;

	sig = atomic_exchange(&stop_flag, 0);
	if (sig != 0 && read(stop_fd(), &drained, sizeof(drained)) == -1) {
		/* Nothing in it: all the better. */
	}
	if (stop_signal() != 0)	/* another one, just now */
		wake();
	return sig;
}

void
stop_put(int sig)
{
	if (sig != 0)
		ask_to_stop(sig);
}

void
stop_hold(const char *said)
{
	atomic_store(&stop_said, said);
	atomic_store(&stop_held, 1);
}

void
stop_let_go(void)
{
	atomic_store(&stop_held, 0);
	stop_put(atomic_exchange(&stop_later, 0));
}
