/*
 * Upload over several connections.
 *
 * One SSH channel carries at most the server's window, 2 MiB with OpenSSH, in
 * a round trip, whatever the line could do.  So a large file on a long line
 * goes over more connections, each of which writes its ranges of the same file
 * at explicit offsets.
 *
 * The first connection begins at once; the others (sftp_more.c) join in when
 * they are ready.  All bytes are moved by the caller's thread, in one loop.
 * What happens when a stream fails is simple on purpose: the upload has
 * failed.  One that cannot join is no failure.
 */
#include "sftp_upload.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "../src/base/clock.h"
#include "../src/base/log.h"
#include "../src/base/stop.h"
#include "sftp_more.h"
#include "xfer_internal.h"

#define STREAMS_MAX	16
#define STREAMS_AUTO	6
#define AUTO_RTT_MS	15	/* below, encrypting is the limit */
#define AUTO_SOME	(24u << 20)	/* bytes; two streams */
#define AUTO_MORE	(64u << 20)	/* bytes; four */
#define AUTO_ALL	(128u << 20)	/* bytes; all of them */

struct striped {
	const struct sftp_striped *st;
	struct sftp_feed	*feed;
	struct sftp_writer	 first;
	struct sftp_extra	*more;
	int			 n;	/* of more */
	int			 joined; /* of them */
	int			 news;	/* rung when one of them is up */
	bool			 closing; /* asked the others to close */
};

int
sftp_streams(int asked, int64_t rtt_ms, uint64_t size)
{
	if (asked > 0)
		return asked < STREAMS_MAX ? asked : STREAMS_MAX;
	if (rtt_ms < AUTO_RTT_MS || size < AUTO_SOME)
		return 1;
	return size < AUTO_MORE ? 2 : size < AUTO_ALL ? 4 : STREAMS_AUTO;
}

static struct sftp_writer *
stream(struct striped *u, int i)
{
	if (i == 0)
		return &u->first;
	return atomic_load(&u->more[i - 1].state) == EXTRA_JOINED ?
	    &u->more[i - 1].w : NULL;
}

/* One that was asked may have answered. */
static int
join(struct striped *u, struct sftp_extra *p)
{
	struct sftp_reply r;
	int got;

	if (sftp_move(&p->s, &p->err) == -1)
		return -1;
	if ((got = sftp_next(&p->s, &r, &p->err)) != 1)
		return got;
	if (r.id != p->id)
		return sftp_odd(&p->s, "open the file", &r, &p->err);
	if (sftp_take_open(&p->s, SFTP_F_WRITE, &r, &p->handle,
	    &p->err) == -1 || sftp_writer_init(&p->w, &p->s, &p->handle,
	    u->feed, &p->err) == -1)
		return -1;
	u->joined++;
	atomic_store(&p->state, EXTRA_JOINED);
	return 0;
}

/* Have those that have come up open the file, and take them in. */
static void
join_ready(struct striped *u)
{
	struct sftp_extra *p;

	for (p = u->more; p < u->more + u->n; p++) {
		if (atomic_load(&p->state) == EXTRA_UP) {
			p->s.total_at = u->st->s->total_at;
			atomic_store(&p->state, sftp_ask_open(&p->s,
			    u->st->path, SFTP_F_WRITE, &p->id, &p->err) == 0 ?
			    EXTRA_ASKED : EXTRA_REFUSED);
		}
		if (atomic_load(&p->state) == EXTRA_ASKED &&
		    join(u, p) == -1)
			atomic_store(&p->state, EXTRA_REFUSED);
	}
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

/* Wait for s: one more in p, and *ms cut down to what it has left. */
static int
watch(struct sftp *s, int64_t limit, struct pollfd *p, int64_t *ms,
    struct err *e)
{
	int64_t left = sftp_left(s, limit, e);

	if (left == -1)
		return -1;
	if (left < *ms)
		*ms = left;
	p->fd = s->ch.ops->poll(s->ch.arg, s->out_at < s->out.len,
	    &p->events);
	return 0;
}

/* One that does not open the file in time is done without. */
static bool
watch_asked(struct sftp_extra *p, struct pollfd *fd, int64_t *ms)
{
	if (atomic_load(&p->state) != EXTRA_ASKED)
		return false;
	if (watch(&p->s, p->s.times.reply_ms, fd, ms, &p->err) == 0)
		return true;
	atomic_store(&p->state, EXTRA_REFUSED);
	return false;
}

/* Wait until one of the streams can go on, or for a new one. */
static int
wait_any(struct striped *u, struct err *e)
{
	struct pollfd p[STREAMS_MAX + 2];
	struct sftp_writer *w;
	int64_t ms = INT64_MAX;
	uint64_t rung;
	nfds_t n = 2;
	int i;

	p[0] = (struct pollfd){ stop_fd(), POLLIN, 0 };
	p[1] = (struct pollfd){ u->news, POLLIN, 0 };
	for (i = 0; i <= u->n; i++) {
		w = stream(u, i);
		if (w == NULL || w->live == 0) {
			n += i > 0 && watch_asked(&u->more[i - 1], &p[n],
			    &ms);
			continue;
		}
		if (watch(w->s, sftp_writer_limit(w), &p[n++], &ms, e) == -1)
			return -1;
	}
	if (poll(p, n, ms > INT32_MAX ? INT32_MAX : (int)ms) == -1 &&
	    errno != EINTR)
		return err_sys(e, ERR_INTERNAL, errno, "poll");
	if (p[1].revents != 0 && read(u->news, &rung, sizeof(rung)) == -1 &&
	    errno != EAGAIN && errno != EINTR)
		return err_sys(e, ERR_INTERNAL, errno, "eventfd");
	return stop_check(e);
}

/*
 * All that the further streams wrote is acknowledged: have them close, while
 * the first one writes what was held back.
 */
static int
ask_close(struct striped *u, struct err *e)
{
	struct sftp_request req = { .type = SFTP_CLOSE, .nstr = 1 };
	struct sftp_extra *p;

	u->closing = true;
	for (p = u->more; p < u->more + u->n; p++) {
		if (atomic_load(&p->state) != EXTRA_JOINED)
			continue;
		p->id = p->s.next_id++;
		p->s.moved = clock_mono(p->s.clock);
		req.str[0] = (struct sftp_bytes){ p->handle.id, p->handle.n };
		if (sftp_add_request(&p->s.out, p->id, &req, e) == -1 ||
		    sftp_move(&p->s, e) == -1)
			return -1;
		atomic_store(&p->state, EXTRA_CLOSING);
	}
	return 0;
}

static int
pump(struct striped *u, struct err *e)
{
	struct sftp_writer *w;
	int i, moved, r;
	unsigned live;

	for (;;) {
		if (!u->closing)
			join_ready(u);
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
		if (!u->closing && u->feed->acked >= u->feed->hold &&
		    ask_close(u, e) == -1)
			return -1;
		/* A reply may have set bytes free that were held back. */
		if (live == 0 && moved == 0)
			return 0;
		if (moved == 0 && wait_any(u, e) == -1)
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
		if (sftp_move_wait(w->s, sftp_writer_limit(w),
		    &ignored) == -1 || sftp_writer_replies(w, &ignored) == -1)
			w->s->broken = true;
}

/* Whether all files could be closed. */
static int
await_close(struct striped *u, struct err *e)
{
	struct sftp_status st;
	struct sftp_extra *p;
	struct sftp_reply r;
	int got;

	for (p = u->more; p < u->more + u->n; p++) {
		if (atomic_load(&p->state) != EXTRA_CLOSING)
			continue;
		while ((got = sftp_next(&p->s, &r, e)) == 0)
			if (sftp_move_wait(&p->s, p->s.times.final_ms,
			    e) == -1)
				return -1;
		if (got == -1)
			return -1;
		if (r.type != SFTP_STATUS || r.id != p->id ||
		    sftp_take_status(&r.body, &st) == -1)
			return sftp_odd(&p->s, "close the file", &r, e);
		if (st.code != SFTP_OK)
			return sftp_refused("close the file", &st, e);
	}
	return 0;
}

/* Take over the connections that were begun early, or begin. */
static void
take_more(struct striped *u)
{
	struct xfer *x = u->st->x;

	if (x->more == NULL)
		sftp_more_start(x, u->st->streams - 1, u->st->dial, true);
	u->news = -1;
	if (x->more == NULL)
		return;
	u->more = x->more->extra;
	u->n = x->more->n;
	u->news = x->more->news;
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

	if (sftp_know_limits(st->s, e) == -1)
		return -1;
	f->hold -= todo < st->s->write_size ? todo : st->s->write_size;
	f->last = &u.first;
	f->streams = (unsigned)st->streams;
	if (sftp_writer_init(&u.first, st->s, handle, f, e) == -1)
		return -1;
	take_more(&u);
	if ((r = pump(&u, e)) == -1) {
		st->x->one_stream = true;
		drain_first(&u, e);
		err_wrap(e, "over %d connections, after %llu of %llu bytes",
		    1 + u.joined, (unsigned long long)f->acked,
		    (unsigned long long)f->src->size);
	} else if ((r = sftp_feed_verdict(f, e)) == 0) {
		r = await_close(&u, e);
	}
	log_say(st->x->log, LOG_DEBUG, "upload over several connections",
	    LFI("joined", 1 + u.joined));
	sftp_more_end(st->x);
	sftp_writer_release(&u.first);
	return r;
}
