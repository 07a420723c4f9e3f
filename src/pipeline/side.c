/* Connections to the two sides of an endpoint. */
#include "side.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../transfer/url.h"
#include "../config/set.h"
#include "ctx.h"

static int
side_secret(const struct secret_source *src, const char *key,
    const char *endpoint, struct secret **out, struct err *e)
{
	char what[200];

	if (!secret_given(src))
		return 0;
	snprintf(what, sizeof(what), "%s of endpoint %s", key, endpoint);
	*out = secret_read(src, what, e);
	return *out == NULL ? -1 : 0;
}

static int
side_upload(struct ctx *c, const struct set_endpoint *n, struct side *s,
    struct err *e)
{
	if (c->dry_run) {
		s->target.url = "null:";
		return 0;
	}
	if (side_secret(&n->upload_password, "upload_password", n->name,
	    &s->password, e) == -1 ||
	    side_secret(&n->bearer, "bearer", n->name, &s->bearer, e) == -1 ||
	    side_secret(&n->headers, "headers", n->name, &s->headers,
	    e) == -1)
		return -1;
	return side_secret(&n->passphrase, "passphrase", n->name,
	    &s->passphrase, e);
}

/* Who logs in where; to this machine nobody does. */
static int
side_login(struct ctx *c, const struct set_endpoint *n, struct side *s,
    struct err *e)
{
	struct xfer_target *t = &s->target;
	struct login *l = &s->login;
	struct xfer_url u;
	const char *user;
	int rc = xfer_url_parse(t->url, &u, e);

	if (rc == 0 && u.host != NULL && u.host[0] != '\0') {
		s->c = c;
		user = t->user != NULL ? t->user : u.user;
		/* Each such secret is somebody of its own. */
		if (user == NULL && (s->bearer != NULL || s->headers != NULL))
			user = n->name;
		snprintf(l->where, sizeof(l->where), "%s:%u", u.host,
		    (unsigned)u.port);
		snprintf(l->user, sizeof(l->user), "%s", user != NULL ? user :
		    "");
		l->secret[0] = s->password;
		l->secret[1] = s->passphrase;
		l->secret[2] = s->bearer;
		l->secret[3] = s->headers;
		l->secret[4] = s->proxy_password;
		l->text[0] = t->proxy.url;
		l->text[1] = t->proxy.user;
		l->identity = t->identity_file;
		rc = login_try(c, l, e);
	}
	xfer_url_release(&u);
	return rc;
}

/* Connect to s->target, which lacks what is not in the configuration. */
static int
side_connect(struct ctx *c, const struct set_endpoint *n, bool pull,
    struct side *s, struct err *e)
{
	struct xfer_target *t = &s->target;

	if (!c->dry_run && side_secret(&n->proxy_password, "proxy_password",
	    n->name, &s->proxy_password, e) == -1)
		return -1;
	if ((pull ? side_secret(&n->pull_password, "pull_password", n->name,
	    &s->password, e) : side_upload(c, n, s, e)) == -1)
		return -1;
	t->password = s->password;
	t->passphrase = s->passphrase;
	t->tls.passphrase = s->passphrase;
	t->bearer = s->bearer;
	t->headers = s->headers;
	t->proxy.password = s->proxy_password;
	t->tls.insecure = c->insecure_tls;
	t->ask_host_key = c->ui.ask_host_key;
	t->ask_arg = c->ui.arg;
	t->clock = c->clock;
	if (side_login(c, n, s, e) == -1)
		return -1;
	s->x = xfer_open(t, c->log, e);
	if (s->x == NULL && s->c != NULL && err_is(e, ERR_WRONG_LOGIN))
		login_refused(c, &s->login, e);
	else if (s->x == NULL && s->c != NULL)
		login_untried(c, &s->login);
	return s->x == NULL ? -1 : 0;
}

static void
side_begin(const struct set_endpoint *n, bool pull, struct side *s)
{
	memset(s, 0, sizeof(*s));
	if (pull)
		set_pull_target(n, &s->target);
	else
		s->target = n->upload;
}

int
side_open(struct ctx *c, const struct set_endpoint *n, bool pull,
    struct side *s, struct err *e)
{
	side_begin(n, pull, s);
	return side_connect(c, n, pull, s, e);
}

int
side_open_upload(struct ctx *c, const struct set_endpoint *n, int64_t bytes,
    struct side *s, struct err *e)
{
	side_begin(n, false, s);
	s->target.coming = bytes > 0 ? (uint64_t)bytes : 0;
	return side_connect(c, n, false, s, e);
}

int
side_open_probe(struct ctx *c, const struct set_endpoint *n, bool pull,
    struct side *s, struct err *e)
{
	side_begin(n, pull, s);
	s->target.probe = true;
	s->target.shown = &s->shown;
	return side_connect(c, n, pull, s, e);
}

/* What came of the login of a connection. */
static void
side_logged_in(struct side *s)
{
	const struct err *why = xfer_refused(s->x);

	if (why != NULL)
		login_refused(s->c, &s->login, why);
	else if (xfer_let_in(s->x))
		login_worked(s->c, &s->login);
	else
		login_untried(s->c, &s->login);
}

void
side_close(struct side *s)
{
	if (s->c != NULL && s->x != NULL)
		side_logged_in(s);
	xfer_close(s->x);
	secret_free(s->password);
	secret_free(s->passphrase);
	secret_free(s->bearer);
	secret_free(s->headers);
	secret_free(s->proxy_password);
	memset(s, 0, sizeof(*s));
}

bool
only_unreachable(const struct err *why)
{
	if (net_by_proxy(why))	/* by this host's way, not by the server */
		return why->code != ERR_LOGIN;
	return err_is(why, ERR_UNREACHED);
}

bool
side_reads_back(const struct set_endpoint *n)
{
	return n->stage.proof != XFER_BY_SIZE;
}
