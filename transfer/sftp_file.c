/*
 * Files that are open over there: opening, flushing, closing.
 */
#include "sftp_file.h"

#include "../src/base/clock.h"
#include "../src/base/log.h"

static struct sftp_request
open_request(const char *path, uint32_t flags)
{
	return (struct sftp_request){
		.type = SFTP_OPEN, .nstr = 1, .nnum = 2,
		.str = { sftp_str(path) }, .num = { flags, 0 },
	};
}

static const char *
open_what(uint32_t flags)
{
	return (flags & SFTP_F_WRITE) != 0 ? "create the file" :
	    "open the file";
}

int
sftp_ask_open(struct sftp *s, const char *path, uint32_t flags, uint32_t *id,
    struct err *e)
{
	struct sftp_request req = open_request(path, flags);

	*id = s->next_id++;
	s->moved = clock_mono(s->clock);
	return sftp_add_request(&s->out, *id, &req, e);
}

int
sftp_take_open(struct sftp *s, uint32_t flags, struct sftp_reply *r,
    struct sftp_handle *h, struct err *e)
{
	const char *what = open_what(flags);
	struct sftp_status st;
	struct sftp_bytes id;

	if (r->type == SFTP_STATUS && sftp_take_status(&r->body, &st) == 0 &&
	    st.code != SFTP_OK)
		return sftp_refused(what, &st, e);
	if (r->type != SFTP_HANDLE || sftp_take_str(&r->body, &id) == -1 ||
	    id.n > sizeof(h->id))
		return sftp_odd(s, what, r, e);
	memcpy(h->id, id.p, id.n);
	h->n = id.n;
	return 0;
}

int
sftp_open_file(struct sftp *s, const char *path, uint32_t flags,
    struct sftp_handle *h, struct err *e)
{
	struct sftp_request req = open_request(path, flags);
	struct sftp_reply r;

	if (sftp_call(s, &req, s->times.reply_ms, &r, e) == -1)
		return err_wrap(e, "%s", open_what(flags));
	return sftp_take_open(s, flags, &r, h, e);
}

int
sftp_close_file(struct sftp *s, const struct sftp_handle *h, struct err *e)
{
	struct sftp_request req = {
		.type = SFTP_CLOSE, .nstr = 1, .str = { { h->id, h->n } },
	};

	return sftp_call_status(s, &req, s->times.final_ms,
	    "close the file", e);
}

/* The flush was refused: 0 when that is no reason not to deliver. */
static int
judge_sync(struct sftp *s, const struct err *why, struct err *e)
{
	if (why->code == ERR_NONE)
		return 0;
	if (why->code != ERR_UNSUPPORTED && why->code != ERR_DENIED) {
		*e = *why;
		return -1;
	}
	/* Switched off by the server's owner. */
	log_say(s->log, LOG_INFO, "the server does not flush on request",
	    LFS("server", s->where), LFF("reason", why->msg));
	s->ext &= ~(unsigned)SFTP_EXT_FSYNC;
	return 0;
}

/* Both requests leave together: a round trip less. */
int
sftp_sync_close(struct sftp *s, const struct sftp_handle *h, struct err *e)
{
	struct sftp_ask ask[2] = {
		{ .what = "flush the file to disk", .req = {
		    .type = SFTP_EXTENDED, .nstr = 2,
		    .str = { sftp_str("fsync@openssh.com"),
			{ h->id, h->n } } } },
		{ .what = "close the file", .req = {
		    .type = SFTP_CLOSE, .nstr = 1,
		    .str = { { h->id, h->n } } } },
	};

	if ((s->ext & SFTP_EXT_FSYNC) == 0)
		return sftp_close_file(s, h, e);
	if (sftp_call_all(s, ask, 2, s->times.final_ms, e) == -1 ||
	    judge_sync(s, &ask[0].why, e) == -1)
		return -1;
	if (ask[1].why.code == ERR_NONE)
		return 0;
	*e = ask[1].why;
	return -1;
}
