/*
 * The byte channel over libssh2.
 *
 * Everything is non-blocking, so that deadlines and stops are ours.  Hard is
 * the pump: libssh2 has one half-sent packet per session, and both writing and
 * reading send packets (reading sends window adjustments).  Whoever was cut
 * short owns the session until he has finished: a read while a write is half
 * done fails as "unable to send ... deferring" with the code of a dead socket.
 * So each direction answers "not now" while the other is the owner.
 */
#include "ssh_internal.h"

#include <poll.h>
#include <sys/ioctl.h>

#include <linux/sockios.h>

#include "../src/base/clock.h"
#include "hostkey.h"
#include "sftp_more.h"
#include "ssh2_internal.h"
#include "xfer_internal.h"

#define RECEIVE_WINDOW	(8u << 20)	/* bytes; downloads at distance */
#define RECEIVE_PACKET	32768		/* bytes; OpenSSH's own maximum */
#define GOODBYE_MS	1000
#define KEEPALIVE_MS	15000

static int
open_channel(struct ssh2 *c, struct err *e)
{
	int r;

	while ((c->channel = libssh2_channel_open_ex(c->session, "session",
	    7, RECEIVE_WINDOW, RECEIVE_PACKET, NULL, 0)) == NULL) {
		r = libssh2_session_last_errno(c->session);
		if (r != LIBSSH2_ERROR_EAGAIN)
			return ssh2_error(c, ERR_UNAVAILABLE, r, "opening a "
			    "channel", e);
		if (ssh2_await(c, "opening a channel", e) == -1)
			return -1;
	}
	while ((r = libssh2_channel_handle_extended_data2(c->channel,
	    LIBSSH2_CHANNEL_EXTENDED_DATA_IGNORE)) == LIBSSH2_ERROR_EAGAIN)
		if (ssh2_await(c, "opening a channel", e) == -1)
			return -1;
	while ((r = libssh2_channel_subsystem(c->channel, "sftp")) ==
	    LIBSSH2_ERROR_EAGAIN)
		if (ssh2_await(c, "starting SFTP", e) == -1)
			return -1;
	if (r == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED)
		return err_set(e, ERR_UNSUPPORTED, "the login worked, but "
		    "the server offers no SFTP to %s", c->user);
	return r == 0 ? 0 : ssh2_error(c, ERR_PROTOCOL, r, "starting SFTP", e);
}

static ssize_t
ssh2_write(void *arg, const void *p, size_t n, struct err *e)
{
	struct ssh2 *c = arg;
	ssize_t r;

	if (c->owner == OWNER_READER)
		return 0;
	r = libssh2_channel_write(c->channel, p, n);
	if (r > 0) {
		c->owner = OWNER_NONE;
		return r;
	}
	if (r == 0 || r == LIBSSH2_ERROR_EAGAIN) {
		/* Inbound only: the server's window is used up. */
		c->owner = (ssh2_directions(c) & POLLOUT) != 0 ?
		    OWNER_WRITER : OWNER_NONE;
		return 0;
	}
	if (r == LIBSSH2_ERROR_BAD_USE) {
		/* An answer that libssh2 gave by itself is half sent. */
		c->owner = OWNER_READER;
		return 0;
	}
	return err_set(e, ERR_BROKEN, "the connection broke while sending: "
	    "%s (libssh2 %zd)", ssh2_last_error(c), r);
}

static ssize_t
ssh2_read(void *arg, void *p, size_t n, struct err *e)
{
	struct ssh2 *c = arg;
	ssize_t r;

	if (c->owner == OWNER_WRITER)
		return 0;
	r = libssh2_channel_read(c->channel, p, n);
	if (r > 0) {
		c->owner = OWNER_NONE;
		return r;
	}
	if (r == LIBSSH2_ERROR_EAGAIN) {
		c->owner = (ssh2_directions(c) & POLLOUT) != 0 ?
		    OWNER_READER : OWNER_NONE;
		return 0;
	}
	if (r == 0 && !libssh2_channel_eof(c->channel))
		return 0;
	if (r == 0)
		return err_set(e, ERR_BROKEN, "the server's SFTP program "
		    "ended");
	return err_set(e, ERR_BROKEN, "the connection broke while waiting "
	    "for an answer: %s (libssh2 %zd)", ssh2_last_error(c), r);
}

/* Without an owner a full window is all that can hold writing up. */
static int
ssh2_poll(void *arg, bool writing, short *events)
{
	struct ssh2 *c = arg;

	(void)writing;
	*events = c->owner == OWNER_NONE ? POLLIN : POLLOUT;
	return c->fd;
}

/*
 * Show firewalls that the connection is in use.  The library forgets a
 * keepalive that it could send only half of, so none is sent before all bytes
 * have left; the few of it then fit.  No answer is wanted, for the library
 * would keep each of them for ever.
 */
static void
keep_alive(struct ssh2 *c)
{
	int next, unsent = 0;

	if (c->owner == OWNER_NONE &&
	    ioctl(c->fd, SIOCOUTQ, &unsent) == 0 && unsent == 0)
		(void)libssh2_keepalive_send(c->session, &next);
}

static int
ssh2_wait(void *arg, bool writing, int64_t ms, struct err *e)
{
	struct ssh2 *c = arg;
	short events;
	int fd = ssh2_poll(arg, writing, &events), r;

	if (sftp_turn_over(c->x->turn, e) == -1)
		return -1;
	ms = sftp_turn_ms(c->x->turn, ms);
	r = tcp_wait(fd, events, ms < KEEPALIVE_MS ? ms : KEEPALIVE_MS, e);
	if (r == 0)
		keep_alive(c);
	return r == -1 ? -1 : 0;
}

static void
free_all(struct ssh2 *c)
{
	ssh2_drop(c);
	hostkey_free(c->known);
	free(c->known_path);
	buf_release(&c->refused);
	free(c);
}

static void
ssh2_close(void *arg, bool polite)
{
	struct ssh2 *c = arg;
	struct err ignored;

	err_clear(&ignored);
	c->until = clock_mono(c->x->clock) + GOODBYE_MS;
	if (polite && c->owner == OWNER_NONE)
		while (libssh2_session_disconnect(c->session, "bye") ==
		    LIBSSH2_ERROR_EAGAIN)
			if (ssh2_await(c, "saying goodbye", &ignored) == -1)
				break;
	free_all(c);
}

/* Who the server is, and what both sides agreed on. */
static void
note_facts(struct ssh2 *c)
{
	const char *text = libssh2_session_banner_get(c->session);
	struct xfer_facts *f = &c->x->facts;
	const struct {
		int	 method;
		char	*out;
		size_t	 n;
	} wanted[] = {
		{ LIBSSH2_METHOD_KEX, f->kex, sizeof(f->kex) },
		{ LIBSSH2_METHOD_HOSTKEY, f->key_alg, sizeof(f->key_alg) },
		{ LIBSSH2_METHOD_CRYPT_CS, f->cipher, sizeof(f->cipher) },
		{ LIBSSH2_METHOD_MAC_CS, f->mac, sizeof(f->mac) },
	};
	char shown[1024];
	const char *name;
	size_t i;

	sftp_escape(sftp_str(text == NULL ? "" : text), shown,
	    sizeof(shown));
	snprintf(c->x->banner, sizeof(c->x->banner), "%.*s",
	    (int)sizeof(c->x->banner) - 1, shown);
	snprintf(f->channel, sizeof(f->channel), "libssh2 %s",
	    libssh2_version(0));
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		name = libssh2_session_methods(c->session, wanted[i].method);
		snprintf(wanted[i].out, wanted[i].n, "%s", name != NULL ?
		    name : "");
	}
}

int
ssh2_channel_open(struct xfer *x, struct sftp_channel *out, struct err *e)
{
	static const struct sftp_channel_ops ops = {
		ssh2_write, ssh2_read, ssh2_wait, ssh2_close, ssh2_poll,
	};
	struct ssh2 *c;
	int64_t before;

	/* A further connection's thread must not count the library's users. */
	if (x->turn == NULL && libssh2_init(0) != 0)
		return err_set(e, ERR_INTERNAL, "libssh2 does not start");
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return err_nomem(e);
	c->x = x;
	c->user = x->target.user;
	c->fd = -1;
	c->until = clock_mono(c->x->clock) + x->times.connect_ms;
	buf_init(&c->refused, 2048);
	if (ssh2_connect(c, e) == -1)
		goto fail;
	note_facts(c);
	sftp_more_early(x, tcp_rtt_ms(c->fd));
	before = clock_mono(c->x->clock);
	if (sftp_turn_await(x->turn, e) == -1)
		goto fail;
	/* What the first connection needs to log in is not taken off. */
	c->until += clock_mono(c->x->clock) - before;
	if (ssh2_login(c, e) == -1)
		goto fail;
	sftp_more_let_in(x);
	if (open_channel(c, e) == -1)
		goto fail;
	libssh2_keepalive_config(c->session, 0, KEEPALIVE_MS / 1000);
	out->ops = &ops;
	out->arg = c;
	return 0;
fail:
	free_all(c);
	return -1;
}
