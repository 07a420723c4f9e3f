/*
 * An SSH connection to a server that is the right one.
 *
 * Hard is the host key: the library lets a server show only one, of a type
 * that both sides like, and a pin does not tell its type.  So the types that
 * are known are asked for first, and a key that is not among the pins is
 * called changed only after every other type was asked for.
 */
#include "ssh2_internal.h"

#include <poll.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "../src/base/clock.h"
#include "hostkey.h"
#include "sftp_more.h"
#include "ssh_internal.h"
#include "xfer_internal.h"

#define FREE_TRIES	100

/* The library hands a session's ring back as it was given, as struct ssh2. */
_Static_assert(offsetof(struct ssh2, memory) == 0, "memory comes first");

short
ssh2_directions(struct ssh2 *c)
{
	int d = libssh2_session_block_directions(c->session);
	short events = 0;

	if ((d & LIBSSH2_SESSION_BLOCK_INBOUND) != 0)
		events |= POLLIN;
	if ((d & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0)
		events |= POLLOUT;
	return events != 0 ? events : POLLIN;
}

int
ssh2_await_fd(struct ssh2 *c, int fd, short events, const char *doing,
    struct err *e)
{
	int64_t left = sftp_more_left(c->x, c->until, doing, e);

	if (left == -1)
		return -1;
	tcp_ack_now(c->fd);
	return tcp_wait(fd, events, left, e) == -1 ? -1 : 0;
}

int
ssh2_await(struct ssh2 *c, const char *doing, struct err *e)
{
	return ssh2_await_fd(c, c->fd, ssh2_directions(c), doing, e);
}

const char *
ssh2_last_error(struct ssh2 *c)
{
	char *text;

	libssh2_session_last_error(c->session, &text, NULL, 0);
	return text;
}

bool
ssh2_socket_died(int rc)
{
	return rc == LIBSSH2_ERROR_SOCKET_SEND ||
	    rc == LIBSSH2_ERROR_SOCKET_RECV ||
	    rc == LIBSSH2_ERROR_SOCKET_DISCONNECT;
}

/* An error of libssh2 for which there is nothing better to say. */
int
ssh2_error(struct ssh2 *c, enum err_code code, int rc, const char *doing,
    struct err *e)
{
	if (rc == LIBSSH2_ERROR_ALLOC)
		return err_nomem(e);
	if (ssh2_socket_died(rc))
		err_set(e, ERR_CONNECT, "the server ended the connection "
		    "during %s (%s)", doing, ssh2_last_error(c));
	else
		err_set(e, code, "%s failed: %s (libssh2 %d)", doing,
		    ssh2_last_error(c), rc);
	e->sys = rc;
	return -1;
}

void
ssh2_drop(struct ssh2 *c)
{
	int i;

	if (c->fd != -1)
		shutdown(c->fd, SHUT_RDWR);
	for (i = 0; c->session != NULL && i < FREE_TRIES &&
	    libssh2_session_free(c->session) == LIBSSH2_ERROR_EAGAIN; i++)
		continue;
	ssh_free_rest(&c->memory);
	if (c->fd != -1)
		close(c->fd);
	c->session = NULL;
	c->channel = NULL;
	c->fd = -1;
}

/* Choose what kinds of host key to ask for; 1 when only left no choice. */
static int
prefer_host_keys(struct ssh2 *c, int only, struct err *e)
{
	const char **algs = NULL;
	struct buf list;
	int n, r;

	n = libssh2_session_supported_algs(c->session,
	    LIBSSH2_METHOD_HOSTKEY, &algs);
	if (n <= 0)
		return ssh2_error(c, ERR_INTERNAL, n, "asking the SSH library "
		    "for its algorithms", e);
	buf_init(&list, 4096);
	r = hostkey_order(c->known, algs, n, only, &list, e);
	if (r == 0 && list.len == 0)
		r = 1;
	if (r == 0 && (r = libssh2_session_method_pref(c->session,
	    LIBSSH2_METHOD_HOSTKEY, list.data)) != 0)
		r = ssh2_error(c, ERR_INTERNAL, r, "choosing host keys", e);
	buf_release(&list);
	libssh2_free(c->session, algs);
	return r;
}

/* Whether the processor has instructions for SHA-256. */
static bool
has_sha256(void)
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 &&
	    (b & 1u << 29) != 0;
#elif defined(__aarch64__)
	return (getauxval(AT_HWCAP) & 1ul << 6) != 0;
#else
	return false;
#endif
}

/*
 * SHA-256 first where the processor helps with it, for it then is twice as
 * fast as SHA-512; without, SHA-512 is faster by an eighth.  A failure leaves
 * the library's own order, which is no worse than slower.
 */
static void
prefer_mac(struct ssh2 *c, int method)
{
	const char *best = has_sha256() ? "hmac-sha2-256" : "hmac-sha2-512";
	const char **algs = NULL;
	struct err ignored;
	struct buf list;
	int i, n;

	err_clear(&ignored);
	n = libssh2_session_supported_algs(c->session, method, &algs);
	if (n <= 0)
		return;
	buf_init(&list, 4096);
	for (i = 0; i < n; i++)
		if (strcmp(algs[i], best) == 0)
			(void)buf_adds(&list, best, &ignored);
	for (i = 0; list.len != 0 && i < n; i++)
		if (strcmp(algs[i], best) != 0)
			(void)buf_addf(&list, &ignored, ",%s", algs[i]);
	if (list.len != 0 && ignored.code == ERR_NONE)
		(void)libssh2_session_method_pref(c->session, method,
		    list.data);
	buf_release(&list);
	libssh2_free(c->session, algs);
}

/* The other side has left, whatever the library calls it. */
static bool
has_left(const struct ssh2 *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	char byte;

	return poll(&p, 1, 0) == 1 && ((p.revents & (POLLHUP | POLLERR)) != 0 ||
	    recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0);
}

/* What a failed key exchange most likely means. */
static int
handshake_error(struct ssh2 *c, int rc, struct err *e)
{
	const char *advice = c->x->target.ssh != XFER_SSH_LIBSSH2 ? "" :
	    "; set ssh: openssh for this endpoint";

	if (rc == LIBSSH2_ERROR_BANNER_RECV ||
	    rc == LIBSSH2_ERROR_BANNER_SEND)
		return err_set(e, ERR_CONNECT, "no SSH greeting came; the "
		    "server is overloaded, or this is not its SSH port");
	if (rc != LIBSSH2_ERROR_KEX_FAILURE && rc != LIBSSH2_ERROR_ALLOC &&
	    has_left(c))
		rc = LIBSSH2_ERROR_SOCKET_DISCONNECT;
	if (rc != LIBSSH2_ERROR_KEX_FAILURE)
		return ssh2_error(c, ERR_PROTOCOL, rc, "the key exchange", e);
	c->x->ssh_beyond = true;
	if (libssh2_version(SSH2_SHA2_SINCE) != NULL)
		err_set(e, ERR_PROTOCOL, "no common way to encrypt was found "
		    "with the server (%s)%s", ssh2_last_error(c), advice);
	else
		err_set(e, ERR_PROTOCOL, "no common way to encrypt was found "
		    "with the server (%s): this SSH library, libssh2 %s, "
		    "needs an ed25519 or ECDSA host key, an aes-ctr cipher "
		    "and hmac-sha2 over there, and knows neither rsa-sha2 "
		    "nor AES-GCM%s", ssh2_last_error(c), libssh2_version(0),
		    advice);
	e->sys = rc;
	return -1;
}

/* A new connection up to the exchanged keys; 1 when only left no choice. */
static int
handshake(struct ssh2 *c, int only, struct err *e)
{
	const struct xfer *x = c->x;
	int r;

	ssh2_drop(c);
	c->fd = proxy_dial(x, c->until, e);
	if (c->fd == -1)
		return -1;
	c->x->met = true;
	c->session = libssh2_session_init_ex(ssh_alloc, ssh_free, ssh_realloc,
	    c);
	if (c->session == NULL)
		return err_nomem(e);
	libssh2_session_set_blocking(c->session, 0);
	if ((r = prefer_host_keys(c, only, e)) != 0)
		return r;
	prefer_mac(c, LIBSSH2_METHOD_MAC_CS);
	prefer_mac(c, LIBSSH2_METHOD_MAC_SC);
	while ((r = libssh2_session_handshake(c->session, c->fd)) ==
	    LIBSSH2_ERROR_EAGAIN)
		if (ssh2_await(c, libssh2_session_banner_get(c->session) ==
		    NULL ? "waiting for the SSH greeting" :
		    "the key exchange", e) == -1)
			return -1;
	return r == 0 ? 0 : handshake_error(c, r, e);
}

static enum xfer_hostkey
judge(struct ssh2 *c, enum hostkey_family *family, struct err *e)
{
	const struct hostkey_rules rules = hostkey_rules_for(c->x,
	    c->known_path, c->known);
	int64_t before = clock_mono(c->x->clock);
	enum xfer_hostkey verdict;
	const char *blob;
	size_t n;
	int type;

	blob = libssh2_session_hostkey(c->session, &n, &type);
	if (blob == NULL) {
		err_set(e, ERR_PROTOCOL, "the server showed no host key");
		return XFER_KEY_CHANGED;
	}
	*family = type == LIBSSH2_HOSTKEY_TYPE_ED25519 ? HOSTKEY_ED25519 :
	    type == LIBSSH2_HOSTKEY_TYPE_RSA ? HOSTKEY_RSA :
	    type == LIBSSH2_HOSTKEY_TYPE_DSS ? HOSTKEY_OTHER : HOSTKEY_ECDSA;
	verdict = hostkey_check(&rules, blob, n, e);
	if (verdict == XFER_KEY_MATCH)
		hostkey_print(blob, n, c->x->host_print);
	/* A person's time to think is not the server's. */
	c->until += clock_mono(c->x->clock) - before;
	return verdict;
}

/* Connect again and ask for host keys of one family only. */
static int
try_type(void *arg, int family, struct err *e)
{
	enum hostkey_family shown;

	return handshake(arg, family, e) == 0 &&
	    judge(arg, &shown, e) == XFER_KEY_MATCH ? 0 : -1;
}

/* This library knows keys, but no authorities that sign them. */
static int
load_known(struct ssh2 *c, struct err *e)
{
	if (hostkey_load_for(c->x, &c->known_path, &c->known, e) == -1)
		return -1;
	if (!hostkey_has_ca(c->known) || hostkey_has_plain(c->known))
		return 0;
	c->x->ssh_beyond = true;
	return err_set(e, ERR_HOSTKEY, "the host is known in %s by a "
	    "certificate authority, which only the ssh program understands; "
	    "set ssh: openssh for this endpoint", c->known_path);
}

int
ssh2_connect(struct ssh2 *c, struct err *e)
{
	enum hostkey_family family;
	enum xfer_hostkey verdict;

	if (load_known(c, e) == -1 || handshake(c, -1, e) != 0)
		return -1;
	verdict = judge(c, &family, e);
	if (verdict == XFER_KEY_MATCH)
		return 0;
	/* An RSA key, which this library cannot ask for, may be known. */
	if (verdict == XFER_KEY_CHANGED && family != HOSTKEY_RSA &&
	    hostkey_knows(c->known, "ssh-rsa") &&
	    libssh2_version(SSH2_SHA2_SINCE) == NULL)
		c->x->ssh_beyond = true;
	if (verdict == XFER_KEY_CHANGED &&
	    hostkey_other_types(c->x, (int)family, try_type, c, e) == 0)
		return 0;
	if (c->x->ssh_beyond && c->x->target.ssh == XFER_SSH_LIBSSH2)
		err_wrap(e, "libssh2 %s cannot ask for an RSA key; if that is "
		    "the right one, set ssh: openssh for this endpoint",
		    libssh2_version(0));
	return -1;
}
