/*
 * Logging in with the keys of the user's SSH agent (draft-miller-ssh-agent).
 *
 * libssh2 has a client of its own for that, which waits for ever for an agent
 * that stands still; this one ends at the deadline of the login.  A message
 * is a length, a type and a body, and each has one answer.
 */
#include "ssh2_internal.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sftp_packet.h"
#include "ssh_internal.h"
#include "xfer_internal.h"

#define KEYS_MAX	4	/* tried; sshd counts each, six by default */
#define MESSAGE_MAX	(256u << 10)	/* bytes, as of OpenSSH's agent */
#define HEAD		4u		/* bytes of the length */
#define TYPE_MAX	40		/* bytes of a key's type, and NUL */
#define DOING		"asking the SSH agent"

enum { ASK_KEYS = 11, KEYS = 12, ASK_SIGNATURE = 13, SIGNATURE = 14 };
enum { RSA_SHA2_256 = 2, RSA_SHA2_512 = 4 };

struct agent {
	struct ssh2	*c;
	int		 fd;
	struct buf	 out, in;
	struct sftp_bytes key;	/* that is tried */
	struct err	 err;	/* of the signature; ERR_NONE: refused */
};

static int
put_u32(struct buf *b, size_t n, struct err *e)
{
	unsigned char p[4] = { (unsigned char)(n >> 24),
	    (unsigned char)(n >> 16), (unsigned char)(n >> 8),
	    (unsigned char)n };

	return buf_add(b, p, sizeof(p), e);
}

static int
put_str(struct buf *b, struct sftp_bytes s, struct err *e)
{
	return put_u32(b, s.n, e) == -1 ? -1 : buf_add(b, s.p, s.n, e);
}

/* Whether there is such an agent: 0, 1, or -1 with e set. */
static int
reach(struct agent *a, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("SSH_AUTH_SOCK");

	if (path == NULL || strlen(path) >= sizeof(to.sun_path))
		return 1;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (a->fd == -1)
		return err_sys(e, ERR_INTERNAL, errno, "a socket for the SSH "
		    "agent");
	return connect(a->fd, (struct sockaddr *)&to, sizeof(to)) == 0 ? 0 :
	    1;
}

static int
send_all(struct agent *a, struct err *e)
{
	size_t at = 0;
	ssize_t n;

	while (at < a->out.len) {
		n = send(a->fd, a->out.data + at, a->out.len - at,
		    MSG_NOSIGNAL);
		if (n > 0)
			at += (size_t)n;
		else if (n == -1 && errno != EAGAIN && errno != EINTR)
			return 1;
		else if (ssh2_await_fd(a->c, a->fd, POLLOUT, DOING, e) == -1)
			return -1;
	}
	return 0;
}

/* Wait until n bytes of the answer are there. */
static int
receive(struct agent *a, size_t n, struct err *e)
{
	ssize_t got;

	if (buf_reserve(&a->in, n, e) == -1)
		return -1;
	while (a->in.len < n) {
		got = recv(a->fd, a->in.data + a->in.len, n - a->in.len, 0);
		if (got > 0)
			a->in.len += (size_t)got;
		else if (got == 0 || (errno != EAGAIN && errno != EINTR))
			return 1;
		else if (ssh2_await_fd(a->c, a->fd, POLLIN, DOING, e) == -1)
			return -1;
	}
	return 0;
}

/*
 * Send what a->out has, and take the body of an answer of that type, which
 * stays in a->in.  0, 1 when the agent does not do it, -1 with e set.
 */
static int
ask(struct agent *a, uint8_t type, struct sftp_bytes *answer, struct err *e)
{
	struct sftp_bytes head;
	uint32_t n;
	int r;

	buf_clear(&a->in);
	if ((r = send_all(a, e)) != 0 || (r = receive(a, HEAD, e)) != 0)
		return r;
	head = (struct sftp_bytes){ a->in.data, HEAD };
	if (sftp_take_u32(&head, &n) == -1 || n == 0 || n > MESSAGE_MAX)
		return 1;
	if ((r = receive(a, HEAD + n, e)) != 0)
		return r;
	answer->p = a->in.data + HEAD + 1;
	answer->n = n - 1;
	return (uint8_t)a->in.data[HEAD] == type ? 0 : 1;
}

static int
ask_keys(struct agent *a, struct sftp_bytes *list, uint32_t *n,
    struct err *e)
{
	static const unsigned char question[] = { 0, 0, 0, 1, ASK_KEYS };
	int r;

	buf_clear(&a->out);
	if (buf_add(&a->out, question, sizeof(question), e) == -1)
		return -1;
	if ((r = ask(a, KEYS, list, e)) != 0)
		return r;
	return sftp_take_u32(list, n) == -1 ? 1 : 0;
}

/*
 * How an RSA key shall sign: the name of the algorithm is in the bytes to be
 * signed (RFC 4252 section 7), behind the session, a type, the user, the
 * service, the method and a truth value.
 */
static uint32_t
flags_of(struct sftp_bytes data)
{
	struct sftp_bytes skip, alg;
	int i;

	if (sftp_take_str(&data, &skip) == -1 || data.n == 0)
		return 0;
	data.p = (const char *)data.p + 1;
	data.n--;
	for (i = 0; i < 3; i++)
		if (sftp_take_str(&data, &skip) == -1)
			return 0;
	if (data.n == 0)
		return 0;
	data.p = (const char *)data.p + 1;
	data.n--;
	if (sftp_take_str(&data, &alg) == -1 || alg.n != 12)
		return 0;
	return memcmp(alg.p, "rsa-sha2-256", 12) == 0 ? RSA_SHA2_256 :
	    memcmp(alg.p, "rsa-sha2-512", 12) == 0 ? RSA_SHA2_512 : 0;
}

static int
ask_signature(struct agent *a, struct sftp_bytes data,
    struct sftp_bytes *sig, struct err *e)
{
	static const char type = ASK_SIGNATURE;
	struct sftp_bytes answer, alg;
	int r;

	buf_clear(&a->out);
	if (put_u32(&a->out, 1 + 3 * HEAD + a->key.n + data.n, e) == -1 ||
	    buf_add(&a->out, &type, 1, e) == -1 ||
	    put_str(&a->out, a->key, e) == -1 ||
	    put_str(&a->out, data, e) == -1 ||
	    put_u32(&a->out, flags_of(data), e) == -1)
		return -1;
	if ((r = ask(a, SIGNATURE, &answer, e)) != 0)
		return r;
	return sftp_take_str(&answer, &answer) == -1 ||
	    sftp_take_str(&answer, &alg) == -1 ||
	    sftp_take_str(&answer, sig) == -1;
}

/* The library takes the signature in memory of its own kind. */
static LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(sign)
{
	struct sftp_bytes got, what = { data, data_len };
	struct agent *a = *abstract;
	void *ring = &a->c->memory;

	(void)session;
	if (ask_signature(a, what, &got, &a->err) != 0)
		return -1;
	if ((*sig = ssh_alloc(got.n + 1, &ring)) == NULL)
		return err_nomem(&a->err);
	memcpy(*sig, got.p, got.n);
	*sig_len = got.n;
	return 0;
}

/* 0 logged in, 1 refused, -1. */
static int
try_key(struct agent *a, struct err *e)
{
	struct ssh2 *c = a->c;
	void *arg = a;
	int r;

	while ((r = libssh2_userauth_publickey(c->session, c->user, a->key.p,
	    a->key.n, sign, &arg)) == LIBSSH2_ERROR_EAGAIN)
		if (ssh2_await(c, "the login by agent", e) == -1)
			return -1;
	if (a->err.code != ERR_NONE) {
		*e = a->err;
		return -1;
	}
	if (ssh2_socket_died(r))
		return ssh2_error(c, ERR_LOGIN, r, "the login by agent", e);
	return r == 0 ? 0 : 1;
}

/* Whether libssh2 can log in with a key of this type. */
static bool
type_of(struct sftp_bytes key, char out[TYPE_MAX])
{
	static const char *const types[] = {
		"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
		"ecdsa-sha2-nistp521", "ssh-rsa",
	};
	struct sftp_bytes type;
	size_t i;

	if (sftp_take_str(&key, &type) == -1 || type.n >= TYPE_MAX)
		return false;
	memcpy(out, type.p, type.n);
	out[type.n] = '\0';
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i], out) == 0)
			return true;
	return false;
}

/* In the order of the agent; what is left to ssh is noted. */
static int
try_keys(struct agent *a, struct sftp_bytes list, uint32_t n, struct err *e)
{
	char type[TYPE_MAX], tried[TYPE_MAX] = "ssh-ed25519";
	struct sftp_bytes comment;
	uint32_t i;
	int r, tries = 0;

	for (i = 0; i < n; i++) {
		if (sftp_take_str(&list, &a->key) == -1 ||
		    sftp_take_str(&list, &comment) == -1)
			break;
		if (tries == KEYS_MAX || !type_of(a->key, type)) {
			a->c->x->ssh_beyond = true;
			continue;
		}
		tries++;
		if ((r = try_key(a, e)) != 1)
			return r;
		if (strcmp(type, "ssh-rsa") == 0)
			memcpy(tried, type, sizeof(tried));
	}
	return n == 0 ? ssh2_say_refused(a->c, e, "the keys of the SSH agent",
	    " (it has none)") : ssh2_say_key_refused(a->c, e,
	    "the keys of the SSH agent", tried);
}

int
ssh2_login_agent(struct ssh2 *c, struct err *e)
{
	struct agent a = { .c = c, .fd = -1 };
	struct sftp_bytes list;
	struct buf keys;
	uint32_t n;
	int r;

	err_clear(&a.err);
	buf_init(&a.out, MESSAGE_MAX + 2 * HEAD);
	buf_init(&a.in, MESSAGE_MAX + 2 * HEAD);
	buf_init(&keys, MESSAGE_MAX);
	if ((r = reach(&a, e)) == 0 && (r = ask_keys(&a, &list, &n, e)) == 0) {
		/* The place where it lies is needed for signatures. */
		if ((r = buf_add(&keys, list.p, list.n, e)) == 0)
			r = try_keys(&a, (struct sftp_bytes){ keys.data,
			    keys.len }, n, e);
	} else if (r == 1) {
		r = ssh2_say_refused(c, e, "the SSH agent (it does not "
		    "answer)", "");
	}
	if (a.fd != -1)
		close(a.fd);
	buf_release(&keys);
	buf_release(&a.in);
	buf_release(&a.out);
	return r;
}
