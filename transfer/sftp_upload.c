/*
 * Upload: many WRITE requests in flight, each at its own offset.
 *
 * Requests are remembered by id, because nothing obliges a server to answer
 * in order.  A refusal arrives up to a window after the bytes it is about: from
 * then on nothing new is asked, all that is in flight is awaited, and the
 * lowest refused offset is reported, since what lies behind it proves nothing.
 */
#include "sftp_internal.h"

#include "../src/base/clock.h"
#include "sftp_window.h"

#define OUT_GOAL	(256u << 10)	/* bytes ready for the channel */

struct slot {
	uint64_t off;
	uint32_t id, len;
	bool	 live;
};

struct upload {
	struct sftp		*s;
	const struct sftp_handle *handle;
	const struct xfer_source *src;
	const struct sftp_told	*told;
	struct sftp_refusal	*refusal;
	struct sftp_window	 win;
	struct slot		*slots;
	uint64_t		 next, acked;	/* bytes */
	unsigned		 live;
	struct err		 source_error;
};

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
issue(struct upload *u, uint32_t len, struct err *e)
{
	struct buf *out = &u->s->out;
	size_t before = out->len;
	uint32_t id = u->s->next_id;
	struct sftp_request req = {
		.type = SFTP_WRITE, .nstr = 1, .nnum = 3, .payload = len,
		.str = { { u->handle->id, u->handle->n } },
		.num = { (uint32_t)(u->next >> 32), (uint32_t)u->next, len },
	};

	if (sftp_add_request(out, id, &req, e) == -1 ||
	    buf_reserve(out, len, e) == -1 ||
	    read_source(u->src, out->data + out->len, len, u->next,
	    e) == -1) {
		out->len = before;
		return -1;
	}
	out->len += len;
	u->s->next_id++;
	u->slots[id % SFTP_SLOTS] = (struct slot){ u->next, id, len, true };
	sftp_window_sent(&u->win, id, len);
	u->live++;
	u->next += len;
	return 0;
}

static bool
may_issue(const struct upload *u)
{
	return u->next < u->src->size && u->refusal->code == SFTP_OK &&
	    u->source_error.code == ERR_NONE;
}

/* Fill the out buffer as far as window and slots allow. */
static void
issue_more(struct upload *u)
{
	struct sftp *s = u->s;
	uint64_t left;
	uint32_t len;

	while (may_issue(u) && s->out.len - s->out_at < OUT_GOAL) {
		left = u->src->size - u->next;
		len = left < s->write_size ? (uint32_t)left : s->write_size;
		if (u->slots[s->next_id % SFTP_SLOTS].live ||
		    !sftp_window_room(&u->win, len))
			break;
		if (issue(u, len, &u->source_error) == -1)
			break;
	}
}

static void
note_refusal(struct sftp_refusal *r, const struct sftp_status *st,
    uint64_t off)
{
	if (r->code != SFTP_OK && r->off <= off)
		return;
	r->code = st->code;
	r->off = off;
	sftp_escape(st->text, r->text, sizeof(r->text));
}

/* One reply: it must be the STATUS of a WRITE in flight. */
static int
take_reply(struct upload *u, struct sftp_reply *r, struct err *e)
{
	struct slot *sl = &u->slots[r->id % SFTP_SLOTS];
	struct sftp_status st;

	if (r->type != SFTP_STATUS || !sl->live || sl->id != r->id ||
	    sftp_take_status(&r->body, &st) == -1)
		return sftp_odd(u->s, "write the file", r, e);
	sl->live = false;
	u->live--;
	sftp_window_done(&u->win, sl->id, sl->len);
	if (st.code != SFTP_OK) {
		note_refusal(u->refusal, &st, sl->off);
		return 0;
	}
	u->acked += sl->len;
	u->told->f(u->told->arg, u->acked, u->src->size);
	return 0;
}

static int
pump(struct upload *u, struct err *e)
{
	struct sftp *s = u->s;
	struct sftp_reply r;
	int64_t limit;
	int got;

	for (;;) {
		issue_more(u);
		if (u->live == 0)
			return 0;
		limit = may_issue(u) || s->out.len != 0 ?
		    s->times.stall_ms : s->times.final_ms;
		if (sftp_turn(s, limit, e) == -1)
			return -1;
		if (s->out.len != 0)
			u->win.blocked = true;
		while ((got = sftp_next(s, &r, e)) == 1)
			if (take_reply(u, &r, e) == -1)
				return -1;
		if (got == -1)
			return -1;
	}
}

static int
report(const struct sftp_refusal *r, struct err *e)
{
	struct sftp_status st = { r->code, sftp_str(r->text) };
	char what[64];

	snprintf(what, sizeof(what), "write the bytes from offset %llu on",
	    (unsigned long long)r->off);
	return sftp_refused(what, &st, e);
}

int
sftp_upload(struct sftp *s, const struct sftp_handle *handle,
    const struct xfer_source *src, const struct sftp_told *told,
    struct sftp_refusal *refusal, struct err *e)
{
	struct upload u = {
		.s = s, .handle = handle, .src = src, .told = told,
		.refusal = refusal,
	};
	int r;

	memset(refusal, 0, sizeof(*refusal));
	err_clear(&u.source_error);
	sftp_window_init(&u.win);
	u.slots = calloc(SFTP_SLOTS, sizeof(*u.slots));
	if (u.slots == NULL)
		return err_nomem(e);
	s->moved = clock_mono_ms();
	r = pump(&u, e);
	free(u.slots);
	if (r == -1)
		return err_wrap(e, "after %llu of %llu bytes",
		    (unsigned long long)u.acked,
		    (unsigned long long)src->size);
	if (u.source_error.code != ERR_NONE) {
		*e = u.source_error;
		return -1;
	}
	if (refusal->code != SFTP_OK)
		return report(refusal, e);
	return 0;
}
