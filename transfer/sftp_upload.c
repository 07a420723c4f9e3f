/*
 * Upload: many WRITE requests in flight, each at its own offset.
 *
 * Requests are remembered by id, because nothing obliges a server to answer
 * in order.  A refusal arrives up to a window after the bytes it is about: from
 * then on nothing new is asked, all that is in flight is awaited, and the
 * lowest refused offset is reported, since what lies behind it proves nothing.
 */
#include "sftp_upload.h"

#include "../src/base/clock.h"

#define OUT_GOAL	(256u << 10)	/* bytes ready for the channel */
#define SHARE_MIN	(64u << 10)	/* bytes; a large packet's */
#define SHARE_MAX	(1u << 20)
#define SHARES		4	/* that a stream is to take yet */

/* All n bytes at off into p; a source that ends early is an error. */
static int
read_source(const struct xfer_source *src, void *p, size_t n, uint64_t off,
    struct err *e)
{
	size_t have = 0;
	ssize_t r;

	while (have < n) {
		r = src->pread(src->arg, (char *)p + have, n - have,
		    off + have, e);
		if (r == -1)
			return -1;
		if (r == 0)
			return err_set(e, ERR_IO, "the file to send ended "
			    "at byte %llu of %llu; was it changed meanwhile?",
			    (unsigned long long)(off + have),
			    (unsigned long long)src->size);
		have += (size_t)r;
	}
	return 0;
}

/* Append one WRITE for the next len bytes; on failure nothing is appended. */
static int
issue(struct sftp_writer *w, uint32_t len, struct err *e)
{
	struct buf *out = &w->s->out;
	size_t before = out->len;
	uint32_t id = w->s->next_id;
	struct sftp_request req = {
		.type = SFTP_WRITE, .nstr = 1, .nnum = 3, .payload = len,
		.str = { { w->handle.id, w->handle.n } },
		.num = { (uint32_t)(w->at >> 32), (uint32_t)w->at, len },
	};

	if (sftp_add_request(out, id, &req, e) == -1 ||
	    buf_reserve(out, len, e) == -1 ||
	    read_source(w->feed->src, out->data + out->len, len, w->at,
	    e) == -1) {
		out->len = before;
		return -1;
	}
	out->len += len;
	w->s->next_id++;
	w->slots[id % SFTP_SLOTS] = (struct sftp_slot){ w->at, id, len, true };
	sftp_window_sent(&w->win, id, len);
	w->live++;
	w->at += len;
	return 0;
}

/*
 * Bytes that a stream takes on at a time: near the end less and less, so that
 * all streams end together.
 */
static uint64_t
share_of(const struct sftp_feed *f, uint64_t left)
{
	uint64_t share = left / f->streams / SHARES;

	if (share > SHARE_MAX)
		share = SHARE_MAX;
	share -= share % SHARE_MIN;
	if (share == 0)
		share = SHARE_MIN;
	return share < left ? share : left;
}

/* Bytes that a stream may take on now. */
static uint64_t
on_offer(const struct sftp_writer *w)
{
	const struct sftp_feed *f = w->feed;

	if (f->next < f->hold)
		return f->streams == 1 ? f->hold - f->next :
		    share_of(f, f->hold - f->next);
	return f->acked < f->hold || (f->last != NULL && f->last != w) ? 0 :
	    f->src->size - f->next;
}

static bool
may_issue(const struct sftp_writer *w)
{
	return w->feed->refusal->code == SFTP_OK &&
	    w->feed->failed.code == ERR_NONE &&
	    (w->at < w->end || on_offer(w) != 0);
}

void
sftp_writer_issue(struct sftp_writer *w)
{
	struct sftp *s = w->s;
	uint64_t left;
	uint32_t len;

	while (may_issue(w) && s->out.len - s->out_at < OUT_GOAL) {
		if (w->at == w->end) {
			left = on_offer(w);
			w->at = w->feed->next;
			w->end = w->feed->next += left;
		}
		left = w->end - w->at;
		len = left < s->write_size ? (uint32_t)left : s->write_size;
		if (w->slots[s->next_id % SFTP_SLOTS].live ||
		    !sftp_window_room(&w->win, len))
			break;
		if (issue(w, len, &w->feed->failed) == -1)
			break;
	}
}

/* One reply: it must be the STATUS of a WRITE in flight. */
static int
take_reply(struct sftp_writer *w, struct sftp_reply *r, struct err *e)
{
	struct sftp_slot *sl = &w->slots[r->id % SFTP_SLOTS];
	struct sftp_feed *f = w->feed;
	struct sftp_refusal *first = f->refusal;
	struct sftp_status st;

	if (r->type != SFTP_STATUS || !sl->live || sl->id != r->id ||
	    sftp_take_status(&r->body, &st) == -1)
		return sftp_odd(w->s, "write the file", r, e);
	sl->live = false;
	w->live--;
	sftp_window_done(&w->win, sl->id, sl->len);
	if (st.code != SFTP_OK) {
		if (first->code != SFTP_OK && first->off <= sl->off)
			return 0;
		first->code = st.code;
		first->off = sl->off;
		sftp_escape(st.text, first->text, sizeof(first->text));
		return 0;
	}
	f->acked += sl->len;
	f->told->f(f->told->arg, f->acked, f->src->size);
	return 0;
}

int
sftp_writer_replies(struct sftp_writer *w, struct err *e)
{
	struct sftp_reply r;
	int got;

	if (w->s->out.len != 0)
		w->win.blocked = true;
	while ((got = sftp_next(w->s, &r, e)) == 1)
		if (take_reply(w, &r, e) == -1)
			return -1;
	return got;
}

int64_t
sftp_writer_limit(const struct sftp_writer *w)
{
	return may_issue(w) || w->s->out.len != 0 ? w->s->times.stall_ms :
	    w->s->times.final_ms;
}

int
sftp_writer_init(struct sftp_writer *w, struct sftp *s,
    const struct sftp_handle *handle, struct sftp_feed *feed, struct err *e)
{
	memset(w, 0, sizeof(*w));
	w->s = s;
	w->handle = *handle;
	w->feed = feed;
	sftp_window_init(&w->win);
	w->slots = calloc(SFTP_SLOTS, sizeof(*w->slots));
	if (w->slots == NULL)
		return err_nomem(e);
	s->moved = clock_mono(s->clock);
	return 0;
}

void
sftp_writer_release(struct sftp_writer *w)
{
	free(w->slots);
	w->slots = NULL;
}

void
sftp_feed_init(struct sftp_feed *f, const struct xfer_source *src,
    uint64_t from, const struct sftp_told *told, struct sftp_refusal *refusal)
{
	memset(f, 0, sizeof(*f));
	memset(refusal, 0, sizeof(*refusal));
	err_clear(&f->failed);
	f->src = src;
	f->told = told;
	f->refusal = refusal;
	f->next = f->acked = from;
	f->hold = src->size;
	f->streams = 1;
}

int
sftp_feed_verdict(const struct sftp_feed *f, struct err *e)
{
	struct sftp_status st = { f->refusal->code,
	    sftp_str(f->refusal->text) };
	char what[64];

	if (f->failed.code != ERR_NONE) {
		*e = f->failed;
		return -1;
	}
	if (st.code == SFTP_OK)
		return 0;
	snprintf(what, sizeof(what), "write the bytes from offset %llu on",
	    (unsigned long long)f->refusal->off);
	return sftp_refused(what, &st, e);
}

static int
pump(struct sftp_writer *w, struct err *e)
{
	for (;;) {
		sftp_writer_issue(w);
		if (w->live == 0)
			return 0;
		if (sftp_move_wait(w->s, sftp_writer_limit(w), e) == -1 ||
		    sftp_writer_replies(w, e) == -1)
			return -1;
	}
}

int
sftp_upload(struct sftp *s, const struct sftp_handle *handle,
    struct sftp_feed *f, struct err *e)
{
	struct sftp_writer w;
	int r;

	if (sftp_know_limits(s, e) == -1 ||
	    sftp_writer_init(&w, s, handle, f, e) == -1)
		return -1;
	r = pump(&w, e);
	sftp_writer_release(&w);
	if (r == -1)
		return err_wrap(e, "after %llu of %llu bytes",
		    (unsigned long long)f->acked,
		    (unsigned long long)f->src->size);
	return sftp_feed_verdict(f, e);
}
