/*
 * An SFTP session: requests out, replies in, one error for each way to fail.
 *
 * Both directions go through one buffer each.  Bytes once handed to the
 * channel's write stay at the head of s->out until they are taken, as the
 * channel demands; new requests are only ever appended.  Whatever goes wrong
 * below the level of STATUS leaves the stream out of step, so the session is
 * marked broken and every later call fails at once.
 */
#include "sftp_session.h"

#include <inttypes.h>

#include "../src/base/clock.h"
#include "../src/base/log.h"
#include "../src/base/stop.h"
#include "said.h"

#define READ_CHUNK	(64u << 10)	/* bytes asked of the channel at once */
#define BUF_SLACK	(64u << 10)
#define OUT_MAX		(2 * SFTP_PACKET_MAX + BUF_SLACK)
#define IN_MAX		(2 * SFTP_PACKET_MAX + READ_CHUNK + BUF_SLACK)
#define SIZE_FLOOR	(32u << 10)	/* data bytes every server must take */
#define SIZE_BEST	(64u << 10)	/* larger ones gained nothing */

static const struct sftp_request limits_request = {
	.type = SFTP_EXTENDED, .nstr = 1,
	.str = { { "limits@openssh.com", sizeof("limits@openssh.com") - 1 } },
};

/* Forget the first *at bytes of b once they are worth the move. */
static void
compact(struct buf *b, size_t *at)
{
	if (*at == b->len)
		buf_clear(b);
	else if (*at >= b->len / 2)
		memmove(b->data, b->data + *at, b->len -= *at);
	else
		return;
	*at = 0;
}

/* Give the channel what it takes: bytes moved, or -1. */
static ssize_t
flush(struct sftp *s, struct err *e)
{
	size_t moved = 0;
	ssize_t n;

	while (s->out_at < s->out.len) {
		n = s->ch.ops->write(s->ch.arg, s->out.data + s->out_at,
		    s->out.len - s->out_at, e);
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		s->out_at += (size_t)n;
		moved += (size_t)n;
	}
	compact(&s->out, &s->out_at);
	return (ssize_t)moved;
}

static ssize_t
fill(struct sftp *s, struct err *e)
{
	ssize_t n;

	compact(&s->in, &s->in_at);
	if (buf_reserve(&s->in, READ_CHUNK, e) == -1)
		return -1;
	n = s->ch.ops->read(s->ch.arg, s->in.data + s->in.len, READ_CHUNK, e);
	if (n > 0)
		s->in.len += (size_t)n;
	return n;
}

static int64_t
left(struct sftp *s, int64_t limit_ms, struct err *e)
{
	int64_t now = clock_mono(s->clock), until = s->moved + limit_ms;

	if (now >= s->total_at)
		return err_set(e, ERR_TIMEOUT, "the transfer did not end in "
		    "%" PRId64 ".%" PRId64 " s", s->times.total_ms / 1000,
		    s->times.total_ms % 1000 / 100);
	if (now >= until)
		return err_set(e, ERR_TIMEOUT, "the server did not move a "
		    "byte for %" PRId64 ".%" PRId64 " s", limit_ms / 1000,
		    limit_ms % 1000 / 100);
	if (until > s->total_at)
		until = s->total_at;
	return until - now;
}

int64_t
sftp_left(struct sftp *s, int64_t limit_ms, struct err *e)
{
	int64_t ms = left(s, limit_ms, e);

	if (ms == -1)
		s->broken = true;
	return ms;
}

int
sftp_move(struct sftp *s, struct err *e)
{
	ssize_t in, out;

	if (stop_check(e) == -1 || (out = flush(s, e)) == -1 ||
	    (in = fill(s, e)) == -1) {
		s->broken = true;
		return -1;
	}
	if (in == 0 && out == 0)
		return 0;
	s->moved = clock_mono(s->clock);
	return 1;
}

int
sftp_move_wait(struct sftp *s, int64_t limit_ms, struct err *e)
{
	int64_t ms;
	int r;

	if ((r = sftp_move(s, e)) != 0)
		return r == 1 ? 0 : -1;
	if ((ms = sftp_left(s, limit_ms, e)) == -1)
		return -1;
	if (s->ch.ops->wait(s->ch.arg, s->out_at < s->out.len, ms, e) == 0)
		return 0;
	s->broken = true;
	return -1;
}

/* min(wanted, allowed), where 0 means that the server does not say. */
static uint32_t
clamp_size(uint64_t allowed)
{
	if (allowed == 0)
		return SIZE_FLOOR;
	return allowed < SIZE_BEST ? (uint32_t)allowed : SIZE_BEST;
}

static void
note_sizes(const struct sftp *s)
{
	log_say(s->log, LOG_DEBUG, "bytes in a packet",
	    LFS("server", s->where), LFI("write_bytes", s->write_size),
	    LFI("read_bytes", s->read_size));
}

/*
 * The largest packets are learnt, never guessed: an unusual size once damaged
 * files on a server that did not expect it.
 */
static int
take_limits(struct sftp *s, struct sftp_reply *r, struct err *e)
{
	uint64_t packet, rd, wr, handles;

	s->asks_limits = false;
	if (r->type != SFTP_EXTENDED_REPLY)
		return 0;
	if (sftp_take_u64(&r->body, &packet) == -1 ||
	    sftp_take_u64(&r->body, &rd) == -1 ||
	    sftp_take_u64(&r->body, &wr) == -1)
		return sftp_odd(s, "read the server's limits", r, e);
	s->handles = sftp_take_u64(&r->body, &handles) == 0 ? handles : 0;
	s->read_size = clamp_size(rd);
	s->write_size = clamp_size(wr);
	note_sizes(s);
	return 0;
}

/*
 * The answer about limits is nobody's: it is taken in when it comes.
 */
int
sftp_next(struct sftp *s, struct sftp_reply *out, struct err *e)
{
	size_t used;
	int r;

	while ((r = sftp_split(s->in.data + s->in_at, s->in.len - s->in_at,
	    out, &used, e)) == 1) {
		s->in_at += used;
		if (!s->asks_limits || out->id != s->limits_id)
			return 1;
		if (take_limits(s, out, e) == -1)
			return -1;
	}
	if (r == -1)
		s->broken = true;
	return r;
}

int
sftp_know_limits(struct sftp *s, struct err *e)
{
	struct sftp_reply r;
	int got;

	s->moved = clock_mono(s->clock);
	while (s->asks_limits) {
		if ((got = sftp_next(s, &r, e)) == 1)
			return sftp_odd(s, "tell its limits", &r, e);
		if (got == -1 || (s->asks_limits &&
		    sftp_move_wait(s, s->times.reply_ms, e) == -1))
			return -1;
	}
	return 0;
}

int
sftp_odd(struct sftp *s, const char *what, const struct sftp_reply *r,
    struct err *e)
{
	s->broken = true;
	return err_set(e, ERR_PROTOCOL, "asked to %s, the server answered "
	    "with packet type %u, id %lu, %zu bytes, which makes no sense "
	    "here", what, r->type, (unsigned long)r->id, r->body.n);
}

static int
lost(struct err *e)
{
	return err_set(e, ERR_BROKEN, "the SFTP connection was lost earlier");
}

/* Send one request and wait for a packet, whatever it is. */
static int
exchange(struct sftp *s, uint32_t id, const struct sftp_request *req,
    int64_t limit_ms, struct sftp_reply *out, struct err *e)
{
	int64_t asked = clock_mono(s->clock), took;
	int r;

	if (s->broken)
		return lost(e);
	if (sftp_add_request(&s->out, id, req, e) == -1)
		return -1;
	s->moved = asked;
	while ((r = sftp_next(s, out, e)) == 0)
		if (sftp_move_wait(s, limit_ms, e) == -1)
			return -1;
	took = clock_mono(s->clock) - asked;
	if (s->rtt_ms == -1 || took < s->rtt_ms)
		s->rtt_ms = took;
	return r == 1 ? 0 : -1;
}

int
sftp_call(struct sftp *s, const struct sftp_request *req, int64_t limit_ms,
    struct sftp_reply *out, struct err *e)
{
	uint32_t id = s->next_id++;

	if (exchange(s, id, req, limit_ms, out, e) == -1)
		return -1;
	if (out->id != id)
		return sftp_odd(s, "match an answer with its question", out,
		    e);
	return 0;
}

int
sftp_call_status(struct sftp *s, const struct sftp_request *req,
    int64_t limit_ms, const char *what, struct err *e)
{
	struct sftp_status st;
	struct sftp_reply r;

	if (sftp_call(s, req, limit_ms, &r, e) == -1)
		return err_wrap(e, "%s", what);
	if (r.type != SFTP_STATUS || sftp_take_status(&r.body, &st) == -1)
		return sftp_odd(s, what, &r, e);
	if (st.code != SFTP_OK)
		return sftp_refused(what, &st, e);
	return 0;
}

/* Which question a reply belongs to, or NULL. */
static struct sftp_ask *
asked(struct sftp_ask *ask, unsigned n, uint32_t id)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (!ask[i].answered && ask[i].id == id)
			return &ask[i];
	return NULL;
}

static int
send_all(struct sftp *s, struct sftp_ask *ask, unsigned n, struct err *e)
{
	unsigned i;

	if (s->broken)
		return lost(e);
	for (i = 0; i < n; i++) {
		ask[i].id = s->next_id++;
		ask[i].answered = false;
		err_clear(&ask[i].why);
		if (sftp_add_request(&s->out, ask[i].id, &ask[i].req,
		    e) == -1)
			return -1;
	}
	s->moved = clock_mono(s->clock);
	return 0;
}

int
sftp_call_all(struct sftp *s, struct sftp_ask *ask, unsigned n,
    int64_t limit_ms, struct err *e)
{
	struct sftp_status st;
	struct sftp_reply r;
	struct sftp_ask *a;
	unsigned open = n;
	int got;

	if (send_all(s, ask, n, e) == -1)
		return -1;
	while (open > 0) {
		if ((got = sftp_next(s, &r, e)) == 0)
			got = sftp_move_wait(s, limit_ms, e) == -1 ? -1 : 0;
		if (got == -1)
			return err_wrap(e, "%s", ask[n - open].what);
		if (got == 0)
			continue;
		if ((a = asked(ask, n, r.id)) == NULL ||
		    r.type != SFTP_STATUS ||
		    sftp_take_status(&r.body, &st) == -1)
			return sftp_odd(s, ask[n - open].what, &r, e);
		a->answered = true;
		open--;
		if (st.code != SFTP_OK)
			(void)sftp_refused(a->what, &st, &a->why);
	}
	return 0;
}

void
sftp_escape(struct sftp_bytes from, char *out, size_t n)
{
	size_t most = from.n < n ? from.n : n, over;
	struct err ignored;
	struct buf text;

	out[0] = '\0';
	buf_init(&text, 4 * n + sizeof("..."));
	err_clear(&ignored);
	/* As many as fit; each takes one byte to four. */
	while (most > 0) {
		buf_clear(&text);
		if (buf_escape(&text, from.p, from.n, most, &ignored) == -1)
			break;
		if (text.len < n) {
			snprintf(out, n, "%s", text.data);
			break;
		}
		over = (text.len - n) / 4 + 1;
		most = over < most ? most - over : 0;
	}
	buf_release(&text);
}

/* FAILURE says nothing, and few servers use another; their words do. */
static enum err_code
failure_error(const char *text)
{
	if (said(text, SAID_FULL))
		return ERR_REMOTE_FULL;
	if (said(text, SAID_FOLDER) || said(text, SAID_TAKEN))
		return ERR_EXISTS;
	if (said(text, SAID_DENIED))
		return ERR_DENIED;
	return ERR_UNAVAILABLE;	/* trying later may help */
}

static enum err_code
code_error(uint32_t code, const char *text)
{
	switch (code) {
	case SFTP_NO_SUCH_FILE:
	case SFTP_NO_SUCH_PATH:
		return ERR_NOTFOUND;
	case SFTP_DENIED:
	case SFTP_WRITE_PROTECT:
		return ERR_DENIED;
	case SFTP_NO_CONNECTION:
	case SFTP_CONNECTION_LOST:
		return ERR_BROKEN;
	case SFTP_UNSUPPORTED:
		return ERR_UNSUPPORTED;
	case SFTP_EXISTS:
		return ERR_EXISTS;
	case SFTP_NO_SPACE:
	case SFTP_QUOTA:
		return ERR_REMOTE_FULL;
	case SFTP_OK:
	case SFTP_EOF:
	case SFTP_BAD_MESSAGE:
		return ERR_PROTOCOL;
	default:
		return failure_error(text);
	}
}

int
sftp_refused(const char *what, const struct sftp_status *st, struct err *e)
{
	char text[600];

	sftp_escape(st->text, text, sizeof(text));
	err_set(e, code_error(st->code, text),
	    "asked to %s, the server says %s (%lu)%s%s", what,
	    sftp_code_name(st->code), (unsigned long)st->code,
	    text[0] == '\0' ? "" : ": ", text);
	e->remote = (long)st->code;
	return -1;
}

/* What came instead of VERSION, most likely words of a login script. */
static int
not_sftp(const struct sftp *s, struct err *e)
{
	struct sftp_bytes first = { s->in.data + s->in_at,
	    s->in.len - s->in_at };
	char text[160];

	sftp_escape(first, text, sizeof(text));
	return err_set(e, ERR_PROTOCOL, "the server does not speak SFTP but "
	    "began with \"%s\"; a login script over there that prints "
	    "something is the usual cause", text);
}

static int
hello(struct sftp *s, struct err *e)
{
	static const struct sftp_request init = { .type = SFTP_INIT };
	struct sftp_reply r;

	if (exchange(s, 3, &init, s->times.reply_ms, &r, e) == -1)
		return e->code == ERR_PROTOCOL ? not_sftp(s, e) : -1;
	if (r.type != SFTP_VERSION)
		return sftp_odd(s, "begin an SFTP session", &r, e);
	if (r.id < 3) {
		s->broken = true;
		return err_set(e, ERR_UNSUPPORTED, "the server speaks SFTP "
		    "version %lu; version 3 is needed",
		    (unsigned long)r.id);
	}
	if (sftp_take_extensions(&r.body, &s->ext) == -1)
		return sftp_odd(s, "read the server's extensions", &r, e);
	return 0;
}

/* Goes out with the first request there is; nobody waits for the answer. */
static int
ask_limits(struct sftp *s, struct err *e)
{
	s->read_size = s->write_size = SIZE_FLOOR;
	s->asks_limits = (s->ext & SFTP_EXT_LIMITS) != 0;
	if (!s->asks_limits) {
		note_sizes(s);
		return 0;
	}
	s->limits_id = s->next_id++;
	return sftp_add_request(&s->out, s->limits_id, &limits_request, e);
}

int
sftp_start(struct sftp *s, const struct sftp_channel *ch, struct err *e)
{
	s->ch = *ch;
	s->in_at = s->out_at = 0;
	s->total_at = INT64_MAX;
	s->rtt_ms = -1;
	s->handles = 0;
	s->broken = s->asks_limits = false;
	buf_init(&s->in, IN_MAX);
	buf_init(&s->out, OUT_MAX);
	if (hello(s, e) == -1 || ask_limits(s, e) == -1)
		return -1;
	log_say(s->log, LOG_DEBUG, "SFTP session begun",
	    LFS("server", s->where), LFI("extensions", s->ext),
	    LFMS("round_trip", s->rtt_ms));
	return 0;
}

void
sftp_end(struct sftp *s)
{
	if (s->ch.ops == NULL)
		return;
	s->ch.ops->close(s->ch.arg, !s->broken);
	s->ch.ops = NULL;
	buf_release(&s->in);
	buf_release(&s->out);
}
