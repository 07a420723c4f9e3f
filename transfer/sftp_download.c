/*
 * Download: many READ requests in flight, delivered in order.
 *
 * The requests form a ring in file order.  A server may answer out of order
 * (the bytes then wait in the ring) and with fewer bytes than asked (the rest
 * is asked again under the same id, which is free once it was answered).  Only
 * an answer of EOF ends a file; the size is a hint and a check.
 */
#include "sftp_file.h"

#include "../src/base/clock.h"
#include "sftp_window.h"

struct piece {
	unsigned char	*data;	/* bytes that came out of order, or NULL */
	uint64_t	 off;
	uint32_t	 want, got;
	bool		 live;	/* a request is in flight */
};

struct download {
	struct sftp		*s;
	const struct sftp_handle *handle;
	const struct xfer_sink	*sink;
	const struct sftp_told	*told;
	struct sftp_window	 win;
	struct piece		*pieces;
	uint32_t		 head, tail; /* ids of the ring; head is next */
	uint64_t		 size;	/* as the server said */
	uint64_t		 next;	/* first byte not asked for */
	uint64_t		 end;	/* where EOF was seen; UINT64_MAX */
	uint64_t		 done;	/* bytes delivered */
	unsigned		 live;
	bool			 stopped; /* only drain what is in flight */
	struct err		 why;	/* of stopped */
};

static int
issue(struct download *d, uint32_t id, struct err *e)
{
	struct piece *p = &d->pieces[id % SFTP_SLOTS];
	uint64_t off = p->off + p->got;
	struct sftp_request req = {
		.type = SFTP_READ, .nstr = 1, .nnum = 3,
		.str = { { d->handle->id, d->handle->n } },
		.num = { (uint32_t)(off >> 32), (uint32_t)off,
		    p->want - p->got },
	};

	if (sftp_add_request(&d->s->out, id, &req, e) == -1)
		return -1;
	sftp_window_sent(&d->win, id, p->want - p->got);
	p->live = true;
	d->live++;
	return 0;
}

/*
 * Whether the ring may grow.  Bytes that wait in it for an earlier piece count
 * too, or a server that holds one answer back could fill our memory.
 */
static bool
ring_room(const struct download *d)
{
	if (d->head == d->tail)
		return true;
	return d->tail - d->head < SFTP_SLOTS && d->next -
	    d->pieces[d->head % SFTP_SLOTS].off < SFTP_WINDOW_MAX;
}

/*
 * Ask for more.  Past the size only one request goes out at a time, to meet
 * the EOF.
 */
static int
issue_more(struct download *d, struct err *e)
{
	uint32_t want = d->s->read_size;
	struct piece *p;

	while (!d->stopped && d->end == UINT64_MAX &&
	    (d->next <= d->size || d->live == 0) &&
	    ring_room(d) && sftp_window_room(&d->win, want)) {
		p = &d->pieces[d->tail % SFTP_SLOTS];
		p->off = d->next;
		p->want = want;
		p->got = 0;
		if (issue(d, d->tail, e) == -1)
			return -1;
		d->s->next_id = ++d->tail;
		d->next += want;
	}
	return 0;
}

static void
stop(struct download *d, const struct err *why)
{
	if (!d->stopped)
		d->why = *why;
	d->stopped = true;
}

/* Hand n bytes to the sink, unless an error stopped the transfer. */
static void
deliver(struct download *d, const void *p, size_t n)
{
	struct err e;

	if (d->stopped || n == 0)
		return;
	err_clear(&e);
	if (n > d->sink->max - d->done) {
		err_set(&e, ERR_LIMIT, "the file is larger than the %llu "
		    "bytes expected", (unsigned long long)d->sink->max);
		stop(d, &e);
		return;
	}
	if (d->sink->write(d->sink->arg, p, n, &e) == -1) {
		stop(d, &e);
		return;
	}
	d->done += n;
	d->told->f(d->told->arg, d->done,
	    d->size == UINT64_MAX ? d->done : d->size);
}

/* Deliver what is complete at the front of the ring. */
static void
deliver_front(struct download *d)
{
	struct piece *p;

	for (; d->head != d->tail; d->head++) {
		p = &d->pieces[d->head % SFTP_SLOTS];
		if (p->live)
			return;
		if (p->off < d->end && p->got != 0)
			deliver(d, p->data, p->got);
		free(p->data);
		p->data = NULL;
	}
}

/* Bytes of one piece: straight to the sink, or kept until their turn. */
static int
take_data(struct download *d, uint32_t id, const struct sftp_bytes *b,
    struct err *e)
{
	struct piece *p = &d->pieces[id % SFTP_SLOTS];

	if (d->stopped || p->off >= d->end)
		return 0;
	if (id == d->head && p->got == 0 && b->n == p->want) {
		deliver(d, b->p, b->n);
		return 0;
	}
	if (p->data == NULL && (p->data = malloc(d->s->read_size)) == NULL)
		return err_nomem(e);
	memcpy(p->data + p->got, b->p, b->n);
	p->got += (uint32_t)b->n;
	return p->got < p->want ? issue(d, id, e) : 0;
}

static int
take_status(struct download *d, struct piece *p, struct sftp_reply *r,
    struct err *e)
{
	struct sftp_status st;
	struct err why;

	if (sftp_take_status(&r->body, &st) == -1 || st.code == SFTP_OK)
		return sftp_odd(d->s, "read the file", r, e);
	if (st.code == SFTP_EOF) {
		if (p->off + p->got < d->end)
			d->end = p->off + p->got;
		return 0;
	}
	err_clear(&why);
	sftp_refused("read the file", &st, &why);
	stop(d, &why);
	return 0;
}

static int
take_reply(struct download *d, struct sftp_reply *r, struct err *e)
{
	struct piece *p = &d->pieces[r->id % SFTP_SLOTS];
	struct sftp_bytes data;

	if (r->id - d->head >= d->tail - d->head || !p->live)
		return sftp_odd(d->s, "read the file", r, e);
	p->live = false;
	d->live--;
	sftp_window_done(&d->win, r->id, p->want - p->got);
	if (r->type == SFTP_STATUS)
		return take_status(d, p, r, e);
	if (r->type != SFTP_DATA || sftp_take_str(&r->body, &data) == -1 ||
	    data.n == 0 || data.n > p->want - p->got)
		return sftp_odd(d->s, "read the file", r, e);
	return take_data(d, r->id, &data, e);
}

static int
pump(struct download *d, struct err *e)
{
	struct sftp *s = d->s;
	struct sftp_reply r;
	int got;

	for (;;) {
		if (issue_more(d, e) == -1)
			return -1;
		if (d->live == 0)
			return 0;
		if (sftp_move_wait(s, s->times.stall_ms, e) == -1)
			return -1;
		if (s->out.len != 0)
			d->win.blocked = true;
		while ((got = sftp_next(s, &r, e)) == 1) {
			if (take_reply(d, &r, e) == -1)
				return -1;
			deliver_front(d);
		}
		if (got == -1)
			return -1;
	}
}

/* What a drained transfer amounts to. */
static int
verdict(struct download *d, struct err *e)
{
	if (d->stopped) {
		*e = d->why;
		return -1;
	}
	if (d->size != UINT64_MAX && d->done < d->size)
		return err_set(e, ERR_PROTOCOL, "the server gave the file "
		    "%llu bytes but ended it after %llu",
		    (unsigned long long)d->size,
		    (unsigned long long)d->done);
	return 0;
}

int
sftp_download(struct sftp *s, const struct sftp_handle *handle,
    uint64_t size, const struct xfer_sink *sink,
    const struct sftp_told *told, struct err *e)
{
	struct download d = {
		.s = s, .handle = handle, .sink = sink, .told = told,
		.size = size, .end = UINT64_MAX,
		.head = s->next_id, .tail = s->next_id,
	};
	size_t i;
	int r;

	if (size != UINT64_MAX && size > sink->max)
		return err_set(e, ERR_LIMIT, "the file has %llu bytes; at "
		    "most %llu are expected", (unsigned long long)size,
		    (unsigned long long)sink->max);
	if (sftp_know_limits(s, e) == -1)
		return -1;
	err_clear(&d.why);
	sftp_window_init(&d.win);
	d.pieces = calloc(SFTP_SLOTS, sizeof(*d.pieces));
	if (d.pieces == NULL)
		return err_nomem(e);
	s->moved = clock_mono(s->clock);
	r = pump(&d, e);
	for (i = 0; i < SFTP_SLOTS; i++)
		free(d.pieces[i].data);
	free(d.pieces);
	if (r == -1) {
		s->broken = true;
		return err_wrap(e, "after %llu bytes",
		    (unsigned long long)d.done);
	}
	return verdict(&d, e);
}
