/*
 * Further connections to the server of an upload.
 *
 * Each is made by a thread of its own, which ends as soon as the SFTP session
 * is up and touches nothing of the others'.  They may begin while the first
 * connection still logs in, for a key exchange takes several round trips: but
 * only after its host key was trusted, no key but that one will do for them,
 * and they log in only after the first one has, so that a wrong password or
 * key is tried once.
 */
#include "sftp_more.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../src/base/clock.h"
#include "../src/base/log.h"
#include "ssh_internal.h"
#include "xfer_internal.h"

#define DIAL_MS		10000	/* for a connection we can do without */
#define LOOK_MS		50	/* between looks whether it is needed */
#define STACK		(512u << 10)	/* bytes, of a thread */

/* Make a descriptor of an eventfd readable. */
static void
ring(int fd)
{
	const uint64_t one = 1;

	while (write(fd, &one, sizeof(one)) == -1 && errno == EINTR)
		continue;
}

/* Only the very key that the first connection trusted. */
static int
same_key(void *arg, const char *host, const char *type, const char *print)
{
	(void)host;
	(void)type;
	return strcmp(arg, print) == 0 ? 0 : -1;
}

static int
dial(struct sftp_extra *p, struct err *e)
{
	struct sftp_channel ch;

	if (p->dial(&p->x, &ch, e) == -1)
		return -1;
	if (sftp_start(&p->s, &ch, e) == 0)
		return 0;
	p->s.broken = true;
	sftp_end(&p->s);
	return -1;
}

static void *
dial_main(void *arg)
{
	struct sftp_extra *p = arg;

	atomic_store(&p->state, dial(p, &p->err) == 0 ? EXTRA_UP :
	    EXTRA_REFUSED);
	ring(p->news);
	return NULL;
}

static void
start_one(struct sftp_more *m, struct sftp_extra *p, const struct xfer *x,
    const pthread_attr_t *attr)
{
	int rc;

	p->x = *x;
	p->x.priv = NULL;
	p->x.more = NULL;
	p->x.turn = &m->turn;
	p->x.target.ask_host_key = same_key;
	p->x.target.ask_arg = p->x.host_print;
	if (p->x.times.connect_ms > DIAL_MS)
		p->x.times.connect_ms = DIAL_MS;
	p->dial = m->dial;
	p->news = m->news;
	p->s.where = m->where;
	p->s.log = x->log;
	p->s.times = p->x.times;
	p->s.clock = p->x.clock;
	atomic_init(&p->state, EXTRA_DIALLING);
	err_clear(&p->err);
	rc = pthread_create(&p->thread, attr, dial_main, p);
	p->started = rc == 0;
	if (rc != 0) {
		err_sys(&p->err, ERR_INTERNAL, rc, "start a thread");
		atomic_store(&p->state, EXTRA_REFUSED);
	}
}

/* Fewer threads than wished for are no reason to fail. */
static void
start_all(struct sftp_more *m, const struct xfer *x, int n)
{
	pthread_attr_t attr;

	if (pthread_attr_init(&attr) != 0)
		return;
	(void)pthread_attr_setstacksize(&attr, STACK);
	for (; m->n < n; m->n++)
		start_one(m, &m->extra[m->n], x, &attr);
	pthread_attr_destroy(&attr);
}

void
sftp_more_start(struct xfer *x, int n, sftp_dial dial_f, bool may_log_in)
{
	struct sftp_more *m;

	m = calloc(1, sizeof(*m) + (size_t)n * sizeof(m->extra[0]));
	if (m == NULL)
		return;
	m->dial = dial_f;
	atomic_init(&m->turn.open, may_log_in);
	atomic_init(&m->turn.over, false);
	m->turn.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	m->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	xfer_where(x, m->where, sizeof(m->where));
	x->more = m;
	if (m->turn.fd != -1 && m->news != -1)
		start_all(m, x, n);
}

void
sftp_more_early(struct xfer *x, int64_t rtt_ms)
{
	int n;

	if (x->turn != NULL || x->more != NULL || x->one_stream ||
	    x->target.coming == 0)
		return;
	n = sftp_streams(x->target.streams, rtt_ms, x->target.coming);
	if (n > 1)
		sftp_more_start(x, n - 1, sftp_channel_open, false);
}

void
sftp_more_let_in(struct xfer *x)
{
	if (x->more == NULL || x->more->turn.fd == -1)
		return;
	atomic_store(&x->more->turn.open, true);
	ring(x->more->turn.fd);
}

int
sftp_turn_await(const struct sftp_turn *t, struct err *e)
{
	while (t != NULL && !atomic_load(&t->open)) {
		if (sftp_turn_over(t, e) == -1 ||
		    tcp_wait(t->fd, POLLIN, INT32_MAX, e) == -1)
			return -1;
	}
	return 0;
}

int64_t
sftp_turn_ms(const struct sftp_turn *t, int64_t ms)
{
	return t != NULL && ms > LOOK_MS ? LOOK_MS : ms;
}

int64_t
sftp_more_left(const struct xfer *x, int64_t until, const char *doing,
    struct err *e)
{
	int64_t left = until - clock_mono(x->clock);

	if (sftp_turn_over(x->turn, e) == -1)
		return -1;
	if (left <= 0)
		return err_set(e, ERR_TIMEOUT, "%s took longer than "
		    "%lld.%lld s", doing,
		    (long long)(x->times.connect_ms / 1000),
		    (long long)(x->times.connect_ms % 1000 / 100));
	return sftp_turn_ms(x->turn, left);
}

int
sftp_turn_over(const struct sftp_turn *t, struct err *e)
{
	if (t == NULL || !atomic_load(&t->over))
		return 0;
	return err_set(e, ERR_STOPPED, "not needed any more");
}

void
sftp_more_end(struct xfer *x)
{
	struct sftp_more *m = x->more;
	struct sftp_extra *p;

	if (m == NULL)
		return;
	x->more = NULL;
	atomic_store(&m->turn.over, true);
	if (m->turn.fd != -1)
		ring(m->turn.fd);
	for (p = m->extra; p < m->extra + m->n; p++) {
		if (p->started)
			pthread_join(p->thread, NULL);
		if (atomic_load(&p->state) == EXTRA_REFUSED &&
		    p->err.code != ERR_STOPPED) {
			log_say(x->log, LOG_INFO, "no further connection for "
			    "this upload", LFS("server", p->s.where),
			    LFF("reason", p->err.msg));
			x->one_stream = true;
		}
		sftp_writer_release(&p->w);
		/*
		 * Its file is closed, or of no use, so nobody waits for
		 * an answer: a broken session ends without a farewell.
		 */
		p->s.broken = true;
		sftp_end(&p->s);
	}
	if (m->turn.fd != -1)
		close(m->turn.fd);
	if (m->news != -1)
		close(m->news);
	free(m);
}
