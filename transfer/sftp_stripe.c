/*
 * Upload over several connections.
 *
 * One SSH channel carries at most the server's window, 2 MiB with OpenSSH, in
 * a round trip, whatever the line could do.  So a large file on a long line
 * goes over more connections, each of which writes its ranges of the same file
 * at explicit offsets.
 *
 * The first connection begins at once; the others are made by threads of
 * their own and join in when they are ready.  A thread touches nothing of the
 * others': all bytes are moved by the caller's thread, in one loop.  What
 * happens when a stream fails is simple on purpose: the upload has failed.
 */
#include "sftp_internal.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>

#include "../src/base/clock.h"
#include "../src/base/log.h"
#include "../src/base/stop.h"
#include "xfer_internal.h"

#define STREAMS_MAX	16
#define STREAMS_AUTO	4
#define SHARE		(1u << 20)	/* bytes a stream takes on at a time */
#define AUTO_RTT_MS	15	/* below, encrypting is the limit */
#define AUTO_SOME	(24u << 20)	/* bytes; two streams */
#define AUTO_ALL	(64u << 20)	/* bytes; all of them */
#define DIAL_MS		10000	/* for a connection we can do without */
#define LOOK_MS		20	/* pause between looks for a new one */
#define STACK		(512u << 10)	/* bytes, of a thread */

enum { DIALLING, READY, REFUSED, JOINED };

struct stripe {
	struct xfer		 x;	/* a copy, to connect with */
	struct sftp		 s;
	struct sftp_handle	 handle;
	struct sftp_writer	 w;
	const struct sftp_striped *st;
	pthread_t		 thread;
	atomic_int		 state;
	struct err		 err;	/* of REFUSED */
	bool			 started;
};

struct striped {
	const struct sftp_striped *st;
	struct sftp_feed	*feed;
	struct sftp_writer	 first;
	struct stripe		*more;
	int			 n;	/* of more */
	atomic_bool		 cancel;
};

int
sftp_streams(int asked, int64_t rtt_ms, uint64_t size)
{
	if (asked > 0)
		return asked < STREAMS_MAX ? asked : STREAMS_MAX;
	if (rtt_ms < AUTO_RTT_MS || size < AUTO_SOME)
		return 1;
	return size < AUTO_ALL ? 2 : STREAMS_AUTO;
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
dial(struct stripe *p, struct err *e)
{
	struct sftp_channel ch;

	if (p->st->dial(&p->x, &ch, e) == -1)
		return -1;
	if (sftp_start(&p->s, &ch, e) == -1 ||
	    sftp_open_file(&p->s, p->st->path, SFTP_F_WRITE, &p->handle,
	    e) == -1) {
		p->s.broken = true;
		sftp_end(&p->s);
		return -1;
	}
	return 0;
}

static void *
dial_main(void *arg)
{
	struct stripe *p = arg;

	atomic_store(&p->state, dial(p, &p->err) == 0 ? READY : REFUSED);
	return NULL;
}

static void
start_one(struct striped *u, struct stripe *p, const pthread_attr_t *attr)
{
	p->st = u->st;
	p->x = *u->st->x;
	p->x.priv = NULL;
	p->x.cancel = &u->cancel;
	p->x.target.ask_host_key = same_key;
	p->x.target.ask_arg = u->st->x->host_print;
	if (p->x.times.connect_ms > DIAL_MS)
		p->x.times.connect_ms = DIAL_MS;
	p->s.where = u->st->s->where;
	p->s.log = u->st->s->log;
	p->s.times = p->x.times;
	atomic_init(&p->state, DIALLING);
	err_clear(&p->err);
	p->started = pthread_create(&p->thread, attr, dial_main, p) == 0;
	if (!p->started)
		atomic_store(&p->state, REFUSED);
}

/* Fewer threads than wished for are no reason to fail. */
static void
start_all(struct striped *u)
{
	pthread_attr_t attr;
	int i;

	u->more = calloc((size_t)u->st->streams - 1, sizeof(*u->more));
	if (u->more == NULL || pthread_attr_init(&attr) != 0)
		return;
	(void)pthread_attr_setstacksize(&attr, STACK);
	u->n = u->st->streams - 1;
	for (i = 0; i < u->n; i++)
		start_one(u, &u->more[i], &attr);
	pthread_attr_destroy(&attr);
}

/* Take in the connections that have come up; how many may still come. */
static int
join_ready(struct striped *u, struct err *e)
{
	struct stripe *p;
	int i, state, coming = 0;

	for (i = 0; i < u->n; i++) {
		p = &u->more[i];
		state = atomic_load(&p->state);
		coming += state == DIALLING;
		if (state != READY)
			continue;
		p->s.total_at = u->st->s->total_at;
		if (sftp_writer_init(&p->w, &p->s, &p->handle, u->feed,
		    e) == -1)
			return -1;
		atomic_store(&p->state, JOINED);
	}
	return coming;
}

/* Let one stream do what it can: 1 when bytes moved, 0, or -1. */
static int
step(struct sftp_writer *w, struct err *e)
{
	int r;

	sftp_writer_issue(w);
	if (w->live == 0)
		return 0;
	if ((r = sftp_move(w->s, e)) == -1 ||
	    sftp_writer_replies(w, e) == -1)
		return -1;
	return r;
}

static struct sftp_writer *
stream(struct striped *u, int i)
{
	if (i == 0)
		return &u->first;
	return atomic_load(&u->more[i - 1].state) == JOINED ?
	    &u->more[i - 1].w : NULL;
}

/* Wait until one of the streams can go on, or for a new one. */
static int
wait_any(struct striped *u, bool coming, struct err *e)
{
	struct pollfd p[STREAMS_MAX + 1];
	int64_t ms = coming ? LOOK_MS : INT64_MAX, left;
	struct sftp_writer *w;
	nfds_t n = 0;
	int i;

	for (i = 0; i <= u->n; i++) {
		if ((w = stream(u, i)) == NULL || w->live == 0)
			continue;
		left = sftp_left(w->s, sftp_writer_limit(w), e);
		if (left == -1)
			return -1;
		if (left < ms)
			ms = left;
		p[n].fd = w->s->ch.ops->poll(w->s->ch.arg,
		    w->s->out_at < w->s->out.len, &p[n].events);
		n++;
	}
	p[n].fd = stop_fd();
	p[n++].events = POLLIN;
	if (poll(p, n, ms > INT32_MAX ? INT32_MAX : (int)ms) == -1 &&
	    errno != EINTR)
		return err_sys(e, ERR_INTERNAL, errno, "poll");
	return stop_check(e);
}

static int
pump(struct striped *u, struct err *e)
{
	struct sftp_writer *w;
	int coming, i, moved, r;
	unsigned live;

	for (;;) {
		if ((coming = join_ready(u, e)) == -1)
			return -1;
		moved = 0;
		live = 0;
		for (i = 0; i <= u->n; i++) {
			if ((w = stream(u, i)) == NULL)
				continue;
			if ((r = step(w, e)) == -1)
				return -1;
			moved |= r;
			live += w->live;
		}
		/* A reply may have set bytes free that were held back. */
		if (live == 0 && moved == 0)
			return 0;
		if (moved == 0 && wait_any(u, coming != 0, e) == -1)
			return -1;
	}
}

/* Await what the first connection has in flight, so that it stays usable. */
static void
drain_first(struct striped *u, const struct err *why)
{
	struct sftp_writer *w = &u->first;
	struct err ignored;

	err_clear(&ignored);
	u->feed->failed = *why;
	while (!w->s->broken && w->live != 0)
		if (sftp_turn(w->s, sftp_writer_limit(w), &ignored) == -1 ||
		    sftp_writer_replies(w, &ignored) == -1)
			w->s->broken = true;
}

/* Ask for all files to be closed, then wait for the answers. */
static int
close_files(struct striped *u, struct err *e)
{
	struct sftp_request req = { .type = SFTP_CLOSE, .nstr = 1 };
	struct sftp_status st;
	struct sftp_reply r;
	struct stripe *p;
	int got, i;

	for (i = 0; i < u->n; i++) {
		p = &u->more[i];
		if (stream(u, i + 1) == NULL)
			continue;
		req.str[0] = (struct sftp_bytes){ p->handle.id, p->handle.n };
		if (sftp_add_request(&p->s.out, p->s.next_id, &req, e) == -1 ||
		    sftp_move(&p->s, e) == -1)
			return -1;
	}
	for (i = 0; i < u->n; i++) {
		p = &u->more[i];
		if (stream(u, i + 1) == NULL)
			continue;
		while ((got = sftp_next(&p->s, &r, e)) == 0)
			if (sftp_turn(&p->s, p->s.times.final_ms, e) == -1)
				return -1;
		if (got == -1)
			return -1;
		if (r.type != SFTP_STATUS ||
		    sftp_take_status(&r.body, &st) == -1)
			return sftp_odd(&p->s, "close the file", &r, e);
		if (st.code != SFTP_OK)
			return sftp_refused("close the file", &st, e);
	}
	return 0;
}

static void
end_all(struct striped *u)
{
	struct xfer *x = u->st->x;
	struct stripe *p;
	int i, joined = 0;

	atomic_store(&u->cancel, true);
	for (i = 0; i < u->n; i++) {
		p = &u->more[i];
		if (p->started)
			pthread_join(p->thread, NULL);
		joined += atomic_load(&p->state) == JOINED;
		if (atomic_load(&p->state) == REFUSED &&
		    p->err.code != ERR_STOPPED) {
			log_say(x->log, LOG_INFO, "no further connection for "
			    "this upload", LFS("server", u->st->s->where),
			    LFF("reason", p->err.msg));
			x->one_stream = true;
		}
		sftp_writer_release(&p->w);
		/* Its file is closed: nothing is lost by being curt. */
		p->s.broken = true;
		sftp_end(&p->s);
	}
	log_say(x->log, LOG_DEBUG, "upload over several connections",
	    LFI("joined", 1 + joined));
	free(u->more);
}

/*
 * The last packet is held back: see struct sftp_feed.
 */
int
sftp_upload_striped(const struct sftp_striped *st,
    const struct sftp_handle *handle, struct sftp_feed *f, struct err *e)
{
	struct striped u = { .st = st, .feed = f };
	uint64_t todo = f->src->size - f->next;
	int r;

	f->hold -= todo < st->s->write_size ? todo : st->s->write_size;
	f->share = SHARE;
	atomic_init(&u.cancel, false);
	if (sftp_writer_init(&u.first, st->s, handle, f, e) == -1)
		return -1;
	start_all(&u);
	if ((r = pump(&u, e)) == -1) {
		st->x->one_stream = true;
		drain_first(&u, e);
		err_wrap(e, "over %d connections, after %llu of %llu bytes",
		    st->streams, (unsigned long long)f->acked,
		    (unsigned long long)f->src->size);
	} else if ((r = sftp_feed_verdict(f, e)) == 0) {
		r = close_files(&u, e);
	}
	end_all(&u);
	sftp_writer_release(&u.first);
	return r;
}
