/*
 * The byte channel over libssh2: connect, trust, log in, move bytes.
 *
 * Everything is non-blocking, so that deadlines and stops are ours.  Hard is
 * the pump: libssh2 has one half-sent packet per session, and both writing and
 * reading send packets (reading sends window adjustments).  Whoever was cut
 * short owns the session until he has finished: a read while a write is half
 * done fails as "unable to send ... deferring" with the code of a dead socket.
 * So each direction answers "not now" while the other is the owner.
 *
 * Memory that libssh2 gives back is zeroed, because copies of passwords and
 * keys pass through it.
 */
#include "ssh_internal.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libssh2.h>

#include "../src/base/buf.h"
#include "../src/base/clock.h"
#include "../src/base/log.h"
#include "../src/base/stop.h"
#include "hostkey.h"
#include "sftp_internal.h"
#include "xfer_internal.h"

#define RECEIVE_WINDOW	(8u << 20)	/* bytes; downloads at distance */
#define RECEIVE_PACKET	32768		/* bytes; OpenSSH's own maximum */
#define AGENT_KEYS	4	/* tried; sshd counts each, six by default */
#define GOODBYE_MS	1000
#define FREE_TRIES	100
#define SHA2_SINCE	0x010b00	/* libssh2 with rsa-sha2 and GCM */

enum owner { OWNER_NONE, OWNER_WRITER, OWNER_READER };

struct ssh2 {
	struct xfer	*x;
	int		 fd;
	LIBSSH2_SESSION	*session;
	LIBSSH2_CHANNEL	*channel;
	enum owner	 owner;
	int64_t		 until;	/* monotonic ms, while connecting */
	struct hostkey_list *known;
	char		*known_path;
	const char	*user;
	char		*methods;	/* of login, as the server lists */
	struct buf	 refused;	/* what the server said no to */
	bool		 answered;	/* the password, in a dialogue */
	bool		 puzzled;	/* by another question */
};

static LIBSSH2_ALLOC_FUNC(wiping_alloc)
{
	(void)abstract;
	return malloc(count);
}

static LIBSSH2_FREE_FUNC(wiping_free)
{
	(void)abstract;
	if (ptr != NULL)
		explicit_bzero(ptr, malloc_usable_size(ptr));
	free(ptr);
}

static LIBSSH2_REALLOC_FUNC(wiping_realloc)
{
	size_t old = ptr == NULL ? 0 : malloc_usable_size(ptr);
	void *p = malloc(count);

	if (p == NULL)
		return NULL;
	if (old != 0)
		memcpy(p, ptr, old < count ? old : count);
	wiping_free(ptr, abstract);
	return p;
}

static int
wait_socket(struct ssh2 *c, short events, int64_t ms, struct err *e)
{
	struct pollfd p[2] = { { c->fd, events, 0 }, { stop_fd(), POLLIN, 0 } };

	if (ms > 60000)
		ms = 60000;
	if (ms > 0 && poll(p, 2, (int)ms) == -1 && errno != EINTR)
		return err_sys(e, ERR_INTERNAL, errno, "poll");
	return stop_check(e);
}

static short
directions(struct ssh2 *c)
{
	int d = libssh2_session_block_directions(c->session);
	short events = 0;

	if ((d & LIBSSH2_SESSION_BLOCK_INBOUND) != 0)
		events |= POLLIN;
	if ((d & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0)
		events |= POLLOUT;
	return events != 0 ? events : POLLIN;
}

/* While connecting: wait until libssh2 can go on. */
static int
await(struct ssh2 *c, const char *doing, struct err *e)
{
	int64_t left = c->until - clock_mono_ms();

	if (left <= 0)
		return err_set(e, ERR_TIMEOUT, "%s took longer than %lld s",
		    doing, (long long)(c->x->times.connect_ms / 1000));
	return wait_socket(c, directions(c), left, e);
}

static const char *
last_error(struct ssh2 *c)
{
	char *text;

	libssh2_session_last_error(c->session, &text, NULL, 0);
	return text;
}

static bool
socket_died(int rc)
{
	return rc == LIBSSH2_ERROR_SOCKET_SEND ||
	    rc == LIBSSH2_ERROR_SOCKET_RECV ||
	    rc == LIBSSH2_ERROR_SOCKET_DISCONNECT;
}

/* An error of libssh2 for which there is nothing better to say. */
static int
ssh_error(struct ssh2 *c, enum err_code code, int rc, const char *doing,
    struct err *e)
{
	if (rc == LIBSSH2_ERROR_ALLOC)
		return err_nomem(e);
	if (socket_died(rc))
		err_set(e, ERR_CONNECT, "the server ended the connection "
		    "during %s (%s)", doing, last_error(c));
	else
		err_set(e, code, "%s failed: %s (libssh2 %d)", doing,
		    last_error(c), rc);
	e->sys = rc;
	return -1;
}

static void
drop_session(struct ssh2 *c)
{
	int i;

	if (c->fd != -1)
		shutdown(c->fd, SHUT_RDWR);
	for (i = 0; c->session != NULL && i < FREE_TRIES &&
	    libssh2_session_free(c->session) == LIBSSH2_ERROR_EAGAIN; i++)
		continue;
	if (c->fd != -1)
		close(c->fd);
	c->session = NULL;
	c->channel = NULL;
	c->fd = -1;
}

/* --- trust ---------------------------------------------------------- */

static unsigned
alg_rank(const struct ssh2 *c, const char *alg)
{
	return (hostkey_knows(c->known, alg) ? 0 : HOSTKEY_OTHER + 1) +
	    (unsigned)hostkey_family(alg);
}

/*
 * Ask for the known types of key first, then the best ones; or only for one
 * family.  1 when there is none of it.
 */
static int
prefer_host_keys(struct ssh2 *c, int only, struct err *e)
{
	const char **algs = NULL;
	struct buf list;
	unsigned rank;
	int i, n, r = -1;

	n = libssh2_session_supported_algs(c->session,
	    LIBSSH2_METHOD_HOSTKEY, &algs);
	if (n <= 0)
		return ssh_error(c, ERR_INTERNAL, n, "asking the SSH library "
		    "for its algorithms", e);
	buf_init(&list, 4096);
	for (rank = 0; rank < 2 * (HOSTKEY_OTHER + 1); rank++)
		for (i = 0; i < n; i++)
			if (alg_rank(c, algs[i]) == rank && (only == -1 ||
			    only == (int)hostkey_family(algs[i])) &&
			    buf_addf(&list, e, "%s%s", list.len ? "," : "",
			    algs[i]) == -1)
				goto done;
	if (list.len == 0)
		r = 1;
	else if ((r = libssh2_session_method_pref(c->session,
	    LIBSSH2_METHOD_HOSTKEY, list.data)) != 0)
		r = ssh_error(c, ERR_INTERNAL, r, "choosing host keys", e);
done:
	buf_release(&list);
	libssh2_free(c->session, algs);
	return r;
}

/*
 * SHA-512 before SHA-256: an eighth faster without SHA instructions.  A
 * failure leaves the library's own order, which is no worse than slower.
 */
static void
prefer_mac(struct ssh2 *c, int method)
{
	static const char best[] = "hmac-sha2-512";
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

/* What a failed key exchange most likely means. */
static int
handshake_error(struct ssh2 *c, int rc, struct err *e)
{
	if (rc == LIBSSH2_ERROR_BANNER_RECV ||
	    rc == LIBSSH2_ERROR_BANNER_SEND)
		return err_set(e, ERR_CONNECT, "no SSH greeting came; the "
		    "server is overloaded, or this is not its SSH port");
	if (rc != LIBSSH2_ERROR_KEX_FAILURE)
		return ssh_error(c, ERR_PROTOCOL, rc, "the key exchange", e);
	if (libssh2_version(SHA2_SINCE) != NULL)
		err_set(e, ERR_PROTOCOL, "no common way to encrypt was found "
		    "with the server (%s)", last_error(c));
	else
		err_set(e, ERR_PROTOCOL, "no common way to encrypt was found "
		    "with the server (%s): this SSH library, libssh2 %s, "
		    "needs an ed25519 or ECDSA host key, an aes-ctr cipher "
		    "and hmac-sha2 over there, and knows neither rsa-sha2 "
		    "nor AES-GCM", last_error(c), libssh2_version(0));
	e->sys = rc;
	return -1;
}

/* A new connection up to the exchanged keys; 1 when only left no choice. */
static int
handshake(struct ssh2 *c, int only, struct err *e)
{
	const struct xfer *x = c->x;
	int r;

	drop_session(c);
	c->fd = tcp_dial(x->url.host, x->url.port, c->until,
	    x->times.final_ms, e);
	if (c->fd == -1)
		return -1;
	c->session = libssh2_session_init_ex(wiping_alloc, wiping_free,
	    wiping_realloc, c);
	if (c->session == NULL)
		return err_nomem(e);
	libssh2_session_set_blocking(c->session, 0);
	if ((r = prefer_host_keys(c, only, e)) != 0)
		return r;
	prefer_mac(c, LIBSSH2_METHOD_MAC_CS);
	prefer_mac(c, LIBSSH2_METHOD_MAC_SC);
	while ((r = libssh2_session_handshake(c->session, c->fd)) ==
	    LIBSSH2_ERROR_EAGAIN)
		if (await(c, "the key exchange", e) == -1)
			return -1;
	return r == 0 ? 0 : handshake_error(c, r, e);
}

static enum xfer_hostkey
judge(struct ssh2 *c, enum hostkey_family *family, struct err *e)
{
	const struct xfer_target *t = &c->x->target;
	const struct hostkey_rules rules = {
		.host = c->x->url.host, .port = c->x->url.port,
		.pins = t->host_keys, .known = c->known,
		.known_path = c->known_path,
		.ask = t->ask_host_key, .ask_arg = t->ask_arg,
	};
	int64_t before = clock_mono_ms();
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
	/* A person's time to think is not the server's. */
	c->until += clock_mono_ms() - before;
	return verdict;
}

/*
 * The pinned key may be of another type than the one the server prefers.
 * Before it is called changed, each other type is asked for.
 */
static int
try_other_types(struct ssh2 *c, enum hostkey_family shown, struct err *e)
{
	enum hostkey_family f;
	struct err other;
	int i, r;

	for (i = HOSTKEY_ED25519; i <= HOSTKEY_RSA; i++) {
		if (i == (int)shown)
			continue;
		err_clear(&other);
		r = handshake(c, i, &other);
		if (r == 0 && judge(c, &f, &other) == XFER_KEY_MATCH) {
			err_clear(e);
			return 0;
		}
		if (other.code == ERR_STOPPED || other.code == ERR_TIMEOUT)
			break;
	}
	return -1;
}

static int
connect_trusted(struct ssh2 *c, struct err *e)
{
	const char *const *pins = c->x->target.host_keys;
	enum hostkey_family family;
	enum xfer_hostkey verdict;

	if (handshake(c, -1, e) != 0)
		return -1;
	verdict = judge(c, &family, e);
	if (verdict == XFER_KEY_MATCH)
		return 0;
	if (verdict == XFER_KEY_CHANGED && pins != NULL && *pins != NULL)
		return try_other_types(c, family, e);
	return -1;
}

/* The user's known_hosts, unless pins make it pointless. */
static int
load_known(struct ssh2 *c, struct err *e)
{
	const struct xfer_target *t = &c->x->target;
	const char *home = getenv("HOME");
	const struct passwd *pw;
	int n;

	if (t->host_keys != NULL && *t->host_keys != NULL)
		return hostkey_pins_check(t->host_keys, e);
	if (home == NULL && (pw = getpwuid(geteuid())) != NULL)
		home = pw->pw_dir;
	if (t->known_hosts != NULL)
		n = asprintf(&c->known_path, "%s", t->known_hosts);
	else
		n = asprintf(&c->known_path, "%s/.ssh/known_hosts",
		    home == NULL ? "" : home);
	if (n == -1) {
		c->known_path = NULL;
		return err_nomem(e);
	}
	return hostkey_load(c->known_path, c->x->url.host, c->x->url.port,
	    &c->known, e);
}

/* --- login ---------------------------------------------------------- */

/* Whether the server's comma-separated list has this method. */
static bool
offers(const struct ssh2 *c, const char *method)
{
	const char *p = c->methods;
	size_t n = strlen(method);

	while (p != NULL) {
		if (strncmp(p, method, n) == 0 &&
		    (p[n] == ',' || p[n] == '\0'))
			return true;
		if ((p = strchr(p, ',')) != NULL)
			p++;
	}
	return false;
}

/* Note a refusal and go on with the next method. */
static int
say_refused(struct ssh2 *c, struct err *e, const char *what, const char *why)
{
	if (buf_addf(&c->refused, e, "%s%s%s", c->refused.len ? ", " : "",
	    what, why) == -1)
		return -1;
	return 1;
}

static int
login_key(struct ssh2 *c, struct err *e)
{
	const struct xfer_target *t = &c->x->target;
	const char *path = t->identity_file;
	struct sshkey key;
	int r;

	if (sshkey_peek(path, &key, c->x->log, e) == -1)
		return -1;
	if (key.encrypted && t->passphrase == NULL)
		return err_set(e, ERR_SECRET, "key file %s needs a "
		    "passphrase, and none is configured", path);
	while ((r = libssh2_userauth_publickey_fromfile_ex(c->session,
	    c->user, (unsigned)strlen(c->user), NULL, path,
	    secret_bytes(t->passphrase))) == LIBSSH2_ERROR_EAGAIN)
		if (await(c, "the login", e) == -1)
			return -1;
	if (r == 0)
		return 0;
	if (r == LIBSSH2_ERROR_FILE)
		return err_set(e, ERR_SECRET, "key file %s cannot be used%s "
		    "(%s)", path, key.encrypted ? "; the passphrase may be "
		    "wrong" : "", last_error(c));
	if (socket_died(r))
		return ssh_error(c, ERR_LOGIN, r, "the login", e);
	if (strcmp(key.type, "ssh-rsa") == 0 &&
	    libssh2_version(SHA2_SINCE) == NULL)
		return say_refused(c, e, path, " (an RSA key, which libssh2 "
		    "1.10 can only use with SHA-1, as most servers no longer "
		    "allow: use an ed25519 key)");
	return say_refused(c, e, path, "");
}

static int
agent_keys(struct ssh2 *c, LIBSSH2_AGENT *agent, struct err *e)
{
	struct libssh2_agent_publickey *key, *before = NULL;
	int i, r;

	for (i = 0; i < AGENT_KEYS && libssh2_agent_get_identity(agent, &key,
	    before) == 0; i++, before = key) {
		while ((r = libssh2_agent_userauth(agent, c->user, key)) ==
		    LIBSSH2_ERROR_EAGAIN)
			if (await(c, "the login by agent", e) == -1)
				return -1;
		if (r == 0)
			return 0;
		if (socket_died(r))
			return ssh_error(c, ERR_LOGIN, r, "the login by "
			    "agent", e);
	}
	return say_refused(c, e, "the keys of the SSH agent",
	    i == 0 ? " (it has none)" : "");
}

static int
login_agent(struct ssh2 *c, struct err *e)
{
	LIBSSH2_AGENT *agent;
	int r;

	if ((agent = libssh2_agent_init(c->session)) == NULL)
		return err_nomem(e);
	if (libssh2_agent_connect(agent) != 0 ||
	    libssh2_agent_list_identities(agent) != 0)
		r = say_refused(c, e, "the SSH agent (it does not answer)",
		    "");
	else
		r = agent_keys(c, agent, e);
	libssh2_agent_disconnect(agent);
	libssh2_agent_free(agent);
	return r;
}

static int
login_password(struct ssh2 *c, struct err *e)
{
	const struct secret *pw = c->x->target.password;
	int r;

	while ((r = libssh2_userauth_password_ex(c->session, c->user,
	    (unsigned)strlen(c->user), secret_bytes(pw),
	    (unsigned)secret_len(pw), NULL)) == LIBSSH2_ERROR_EAGAIN)
		if (await(c, "the login", e) == -1)
			return -1;
	if (r == 0)
		return 0;
	if (r == LIBSSH2_ERROR_PASSWORD_EXPIRED)
		return err_set(e, ERR_LOGIN, "the password of %s has expired "
		    "and must be changed", c->user);
	if (socket_died(r))
		return ssh_error(c, ERR_LOGIN, r, "the login", e);
	return say_refused(c, e, "the password", "");
}

/* Give the password once, to a question that hides what is typed. */
static LIBSSH2_USERAUTH_KBDINT_RESPONSE_FUNC(answer_questions)
{
	struct ssh2 *c = *abstract;
	const struct secret *pw = c->x->target.password;
	int i;

	(void)name;
	(void)name_len;
	(void)instruction;
	(void)instruction_len;
	for (i = 0; i < num_prompts; i++) {
		responses[i].text = NULL;
		responses[i].length = 0;
		if (prompts[i].echo != 0 || c->answered) {
			c->puzzled = true;
			continue;
		}
		responses[i].text = malloc(secret_len(pw) + 1);
		if (responses[i].text == NULL)
			continue;
		memcpy(responses[i].text, secret_bytes(pw), secret_len(pw));
		responses[i].length = (unsigned)secret_len(pw);
		c->answered = true;
	}
}

static int
login_dialogue(struct ssh2 *c, struct err *e)
{
	int r;

	while ((r = libssh2_userauth_keyboard_interactive_ex(c->session,
	    c->user, (unsigned)strlen(c->user), answer_questions)) ==
	    LIBSSH2_ERROR_EAGAIN)
		if (await(c, "the login", e) == -1)
			return -1;
	if (r == 0)
		return 0;
	if (socket_died(r))
		return ssh_error(c, ERR_LOGIN, r, "the login", e);
	return say_refused(c, e, "the password in a dialogue", c->puzzled ?
	    " (the server also asked for something else)" : "");
}

/* The server's list of methods; NULL and 0 when none is needed. */
static int
ask_methods(struct ssh2 *c, struct err *e)
{
	int r;

	while ((c->methods = libssh2_userauth_list(c->session, c->user,
	    (unsigned)strlen(c->user))) == NULL) {
		if (libssh2_userauth_authenticated(c->session))
			return 0;
		r = libssh2_session_last_errno(c->session);
		if (r != LIBSSH2_ERROR_EAGAIN)
			return ssh_error(c, ERR_LOGIN, r, "the login", e);
		if (await(c, "the login", e) == -1)
			return -1;
	}
	return 0;
}

/* One method: 0 logged in, 1 go on, -1 give up. */
struct method {
	const char	*name;
	bool		 configured;
	int		(*try)(struct ssh2 *, struct err *);
};

static int
try_methods(struct ssh2 *c, const struct method *m, size_t n, struct err *e)
{
	bool any = false;
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		if (!m[i].configured || !offers(c, m[i].name))
			continue;
		any = true;
		if ((r = m[i].try(c, e)) != 1)
			return r;
	}
	if (!any)
		return err_set(e, ERR_LOGIN, "nothing configured fits: the "
		    "server lets %s in by %s only", c->user, c->methods);
	return err_set(e, ERR_LOGIN, "the server refused %s for user %s; it "
	    "allows %s", c->refused.data, c->user, c->methods);
}

static int
login(struct ssh2 *c, struct err *e)
{
	const struct xfer_target *t = &c->x->target;
	const struct method methods[] = {
		{ "publickey", t->identity_file != NULL, login_key },
		{ "publickey", t->identity_file == NULL &&
		    getenv("SSH_AUTH_SOCK") != NULL, login_agent },
		{ "password", t->password != NULL, login_password },
		{ "keyboard-interactive", t->password != NULL,
		    login_dialogue },
	};

	c->user = t->user != NULL ? t->user : c->x->url.user;
	if (c->user == NULL)
		return err_set(e, ERR_CONFIG, "no user name is given; write "
		    "sftp://USER@%s", c->x->url.host);
	if (ask_methods(c, e) == -1)
		return -1;
	if (c->methods == NULL)
		return 0;
	return try_methods(c, methods,
	    sizeof(methods) / sizeof(methods[0]), e);
}

/* --- channel -------------------------------------------------------- */

static int
open_channel(struct ssh2 *c, struct err *e)
{
	int r;

	while ((c->channel = libssh2_channel_open_ex(c->session, "session",
	    7, RECEIVE_WINDOW, RECEIVE_PACKET, NULL, 0)) == NULL) {
		r = libssh2_session_last_errno(c->session);
		if (r != LIBSSH2_ERROR_EAGAIN)
			return ssh_error(c, ERR_UNAVAILABLE, r, "opening a "
			    "channel", e);
		if (await(c, "opening a channel", e) == -1)
			return -1;
	}
	while ((r = libssh2_channel_handle_extended_data2(c->channel,
	    LIBSSH2_CHANNEL_EXTENDED_DATA_IGNORE)) == LIBSSH2_ERROR_EAGAIN)
		if (await(c, "opening a channel", e) == -1)
			return -1;
	while ((r = libssh2_channel_subsystem(c->channel, "sftp")) ==
	    LIBSSH2_ERROR_EAGAIN)
		if (await(c, "starting SFTP", e) == -1)
			return -1;
	if (r == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED)
		return err_set(e, ERR_UNSUPPORTED, "the login worked, but "
		    "the server offers no SFTP to %s", c->user);
	return r == 0 ? 0 : ssh_error(c, ERR_PROTOCOL, r, "starting SFTP", e);
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
		c->owner = (directions(c) & POLLOUT) != 0 ?
		    OWNER_WRITER : OWNER_NONE;
		return 0;
	}
	if (r == LIBSSH2_ERROR_BAD_USE) {
		/* An answer that libssh2 gave by itself is half sent. */
		c->owner = OWNER_READER;
		return 0;
	}
	return err_set(e, ERR_BROKEN, "the connection broke while sending: "
	    "%s (libssh2 %zd)", last_error(c), r);
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
		c->owner = (directions(c) & POLLOUT) != 0 ?
		    OWNER_READER : OWNER_NONE;
		return 0;
	}
	if (r == 0 && !libssh2_channel_eof(c->channel))
		return 0;
	if (r == 0)
		return err_set(e, ERR_BROKEN, "the server's SFTP program "
		    "ended");
	return err_set(e, ERR_BROKEN, "the connection broke while waiting "
	    "for an answer: %s (libssh2 %zd)", last_error(c), r);
}

static int
ssh2_wait(void *arg, bool writing, int64_t ms, struct err *e)
{
	struct ssh2 *c = arg;

	/* Without an owner a full window is all that can hold writing up. */
	(void)writing;
	return wait_socket(c, c->owner == OWNER_NONE ? POLLIN : POLLOUT, ms,
	    e);
}

static void
free_all(struct ssh2 *c)
{
	drop_session(c);
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
	c->until = clock_mono_ms() + GOODBYE_MS;
	if (polite && c->owner == OWNER_NONE)
		while (libssh2_session_disconnect(c->session, "bye") ==
		    LIBSSH2_ERROR_EAGAIN)
			if (await(c, "saying goodbye", &ignored) == -1)
				break;
	free_all(c);
}

static void
note_banner(struct ssh2 *c)
{
	const char *text = libssh2_session_banner_get(c->session);
	struct xfer *x = c->x;
	struct err ignored;
	struct buf b;

	x->banner[0] = '\0';
	buf_init(&b, 1024);
	err_clear(&ignored);
	if (text != NULL && buf_escape(&b, text, strlen(text), 120,
	    &ignored) == 0)
		snprintf(x->banner, sizeof(x->banner), "%s", b.data);
	buf_release(&b);
}

int
ssh2_channel_open(struct xfer *x, struct sftp_channel *out, struct err *e)
{
	static const struct sftp_channel_ops ops = {
		ssh2_write, ssh2_read, ssh2_wait, ssh2_close,
	};
	struct ssh2 *c;

	if (libssh2_init(0) != 0)
		return err_set(e, ERR_INTERNAL, "libssh2 does not start");
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return err_nomem(e);
	c->x = x;
	c->fd = -1;
	c->until = clock_mono_ms() + x->times.connect_ms;
	buf_init(&c->refused, 2048);
	if (load_known(c, e) == -1 || connect_trusted(c, e) == -1)
		goto fail;
	note_banner(c);
	if (login(c, e) == -1 || open_channel(c, e) == -1)
		goto fail;
	out->ops = &ops;
	out->arg = c;
	return 0;
fail:
	free_all(c);
	return -1;
}
