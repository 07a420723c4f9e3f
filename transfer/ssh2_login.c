/*
 * Logging in over SSH.
 *
 * What the server refuses is collected, so that one sentence can name all that
 * was tried; what is wrong on this side (a bad key file, a missing passphrase)
 * ends the login at once, with its own words.
 */
#include "ssh2_internal.h"

#include "ssh_internal.h"
#include "xfer_internal.h"

#define OLD_RSA		"libssh2 1.10 can only use with SHA-1, as most " \
			"servers no longer allow: use an ed25519 key"

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
int
ssh2_say_refused(struct ssh2 *c, struct err *e, const char *what,
    const char *why)
{
	if (buf_addf(&c->refused, e, "%s%s%s", c->refused.len ? ", " : "",
	    what, why) == -1)
		return -1;
	return 1;
}

/*
 * Likewise a key of this type, "" where its file does not tell: it may be one
 * that the ssh program can use better.
 */
int
ssh2_say_key_refused(struct ssh2 *c, struct err *e, const char *what,
    const char *type)
{
	if ((*type != '\0' && strcmp(type, "ssh-rsa") != 0) ||
	    libssh2_version(SSH2_SHA2_SINCE) != NULL)
		return ssh2_say_refused(c, e, what, "");
	c->x->ssh_beyond = true;
	return ssh2_say_refused(c, e, what, *type == '\0' ? " (perhaps an RSA "
	    "key, which " OLD_RSA ")" : " (an RSA key, which " OLD_RSA ")");
}

static int
login_key(struct ssh2 *c, struct err *e)
{
	const struct xfer_target *t = &c->x->target;
	const char *path = t->identity_file;
	struct sshkey key;
	int r;

	if (sshkey_check(t, &key, c->x->log, e) == -1)
		return -1;
	while ((r = libssh2_userauth_publickey_fromfile_ex(c->session,
	    c->user, (unsigned)strlen(c->user), NULL, path,
	    secret_bytes(t->passphrase))) == LIBSSH2_ERROR_EAGAIN)
		if (ssh2_await(c, "the login", e) == -1)
			return -1;
	if (r == 0)
		return 0;
	if (r == LIBSSH2_ERROR_FILE)
		return err_set(e, ERR_SECRET, "key file %s cannot be used%s "
		    "(%s)", path, key.encrypted ? "; the passphrase may be "
		    "wrong" : "", ssh2_last_error(c));
	if (ssh2_socket_died(r))
		return ssh2_error(c, ERR_LOGIN, r, "the login", e);
	return ssh2_say_key_refused(c, e, path, key.type);
}

static int
login_password(struct ssh2 *c, struct err *e)
{
	const struct secret *pw = c->x->target.password;
	int r;

	while ((r = libssh2_userauth_password_ex(c->session, c->user,
	    (unsigned)strlen(c->user), secret_bytes(pw),
	    (unsigned)secret_len(pw), NULL)) == LIBSSH2_ERROR_EAGAIN)
		if (ssh2_await(c, "the login", e) == -1)
			return -1;
	if (r == 0)
		return 0;
	if (r == LIBSSH2_ERROR_PASSWORD_EXPIRED)
		return err_set(e, ERR_LOGIN, "the password of %s has expired "
		    "and must be changed", c->user);
	if (ssh2_socket_died(r))
		return ssh2_error(c, ERR_LOGIN, r, "the login", e);
	return ssh2_say_refused(c, e, "the password", "");
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
		responses[i].text = ssh_alloc(secret_len(pw) + 1, abstract);
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
		if (ssh2_await(c, "the login", e) == -1)
			return -1;
	if (r == 0)
		return 0;
	if (ssh2_socket_died(r))
		return ssh2_error(c, ERR_LOGIN, r, "the login", e);
	return ssh2_say_refused(c, e, "the password in a dialogue", c->puzzled ?
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
			return ssh2_error(c, ERR_LOGIN, r, "the login", e);
		if (ssh2_await(c, "the login", e) == -1)
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
	bool any = false, gave = false;
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		if (!m[i].configured)
			continue;
		/*
		 * One that the server did not list at first may follow on
		 * another, where it wants two of them.
		 */
		if (!offers(c, m[i].name) && any && ask_methods(c, e) == -1)
			return -1;
		if (!offers(c, m[i].name))
			continue;
		/*
		 * A password that was refused is not given in a dialogue, too:
		 * that is one more wrong login.  Where it was taken, and the
		 * dialogue is what is wanted next, it is not offered any more.
		 */
		if (m[i].try == login_dialogue && gave) {
			if (ask_methods(c, e) == -1)
				return -1;
			if (offers(c, "password"))
				continue;
		}
		gave |= m[i].try == login_password;
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

int
ssh2_login(struct ssh2 *c, struct err *e)
{
	const struct xfer_target *t = &c->x->target;
	const struct method methods[] = {
		{ "publickey", t->identity_file != NULL, login_key },
		{ "publickey", t->identity_file == NULL &&
		    getenv("SSH_AUTH_SOCK") != NULL, ssh2_login_agent },
		{ "password", t->password != NULL, login_password },
		{ "keyboard-interactive", t->password != NULL,
		    login_dialogue },
	};

	if (ask_methods(c, e) == -1)
		return -1;
	if (c->methods == NULL)
		return 0;
	return try_methods(c, methods,
	    sizeof(methods) / sizeof(methods[0]), e);
}
