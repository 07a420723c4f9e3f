/* Connections to the two sides of an endpoint. */
#include "pipeline_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void
side_common(struct ctx *c, const struct set_endpoint *n,
    struct xfer_target *t)
{
	t->known_hosts = n->known_hosts;
	t->ssh = (enum xfer_ssh)n->ssh;
	t->ssh_config = n->ssh_config;
	t->streams = n->streams;
	t->tls.max = n->tls_max;
	t->tls.min = n->tls_min;
	t->tls.insecure = c->insecure_tls;
	t->redirects = (int)n->redirects;
	t->active = n->ftp_mode == FTP_ACTIVE;
	t->limit_rate = n->limit_rate;
	t->proxy.url = n->proxy;
	t->proxy.user = n->proxy_user;
	t->tls.ca_file = n->ca_file;
	t->times.connect_ms = n->connect_ms;
	t->times.reply_ms = n->reply_ms;
	t->times.final_ms = n->final_ms;
	t->times.stall_ms = n->stall_ms;
	t->host_keys = (const char *const *)n->host_key;
	t->ask_host_key = c->ui.ask_host_key;
	t->ask_arg = c->ui.arg;
}

static int
side_upload(struct ctx *c, const struct set_endpoint *n, struct side *s,
    struct err *e)
{
	s->target.url = c->dry_run ? "null:" : n->upload;
	s->target.user = n->upload_user;
	s->target.identity_file = n->identity_file;
	s->target.tls.pins = (const char *const *)n->pin;
	s->target.tls.cert = n->client_cert;
	s->target.tls.key = n->client_key;
	if (c->dry_run)
		return 0;
	if (side_secret(&n->upload_password, "upload_password", n->name,
	    &s->password, e) != 0 ||
	    side_secret(&n->bearer, "bearer", n->name, &s->bearer, e) != 0 ||
	    side_secret(&n->headers, "headers", n->name, &s->headers,
	    e) != 0)
		return -1;
	return side_secret(&n->passphrase, "passphrase", n->name,
	    &s->passphrase, e);
}

static int
side_pull(const struct set_endpoint *n, struct side *s, struct err *e)
{
	s->target.url = n->pull;
	s->target.user = n->pull_user;
	if (n->pull_host_key != NULL)
		s->target.host_keys = (const char *const *)n->pull_host_key;
	if (n->pull_ca_file != NULL)
		s->target.tls.ca_file = n->pull_ca_file;
	return side_secret(&n->pull_password, "pull_password", n->name,
	    &s->password, e);
}

/* The rest of *s is zero but for what the caller has set of the target. */
static int
side_connect(struct ctx *c, const struct set_endpoint *n, bool pull,
    struct side *s, struct err *e)
{
	side_common(c, n, &s->target);
	if (!c->dry_run && side_secret(&n->proxy_password, "proxy_password",
	    n->name, &s->proxy_password, e) == -1)
		return -1;
	if ((pull ? side_pull(n, s, e) : side_upload(c, n, s, e)) == -1)
		return -1;
	s->target.password = s->password;
	s->target.passphrase = s->passphrase;
	s->target.tls.passphrase = s->passphrase;
	s->target.bearer = s->bearer;
	s->target.headers = s->headers;
	s->target.proxy.password = s->proxy_password;
	s->x = xfer_open(&s->target, c->log, e);
	return s->x == NULL ? -1 : 0;
}

int
side_open(struct ctx *c, const struct set_endpoint *n, bool pull,
    struct side *s, struct err *e)
{
	memset(s, 0, sizeof(*s));
	return side_connect(c, n, pull, s, e);
}

int
side_open_upload(struct ctx *c, const struct set_endpoint *n, int64_t bytes,
    struct side *s, struct err *e)
{
	memset(s, 0, sizeof(*s));
	s->target.coming = bytes > 0 ? (uint64_t)bytes : 0;
	return side_connect(c, n, false, s, e);
}

int
side_open_probe(struct ctx *c, const struct set_endpoint *n, bool pull,
    struct side *s, struct err *e)
{
	memset(s, 0, sizeof(*s));
	s->target.probe = true;
	s->target.shown = &s->shown;
	return side_connect(c, n, pull, s, e);
}

void
side_close(struct side *s)
{
	xfer_close(s->x);
	secret_free(s->password);
	secret_free(s->passphrase);
	secret_free(s->bearer);
	secret_free(s->headers);
	secret_free(s->proxy_password);
	memset(s, 0, sizeof(*s));
}

bool
side_reads_back(const struct set_endpoint *n)
{
	return n->stage.proof != XFER_BY_SIZE;
}

/* The query of a URL; "" when it has none. */
static const char *
query_of(const char *url)
{
	const char *q = strchr(url, '?');

	return q != NULL ? q : "";
}

bool
url_is_file(const char *url)
{
	const char *q = query_of(url);

	return q[0] == '?' && q > url && q[-1] != '/';
}

const char *
url_name(const char *url, const char *name)
{
	return url_is_file(url) ? "" : name;
}

void
url_of(const char *url, const char *name, bool query, char *out, size_t n)
{
	const char *q = query_of(url);
	size_t len = strlen(url) - strlen(q);
	bool slash = len > 0 && url[len - 1] == '/';

	name = url_name(url, name);
	snprintf(out, n, "%.*s%s%s%s", (int)len, url,
	    slash || name[0] == '\0' ? "" : "/", name, query ? q : "");
}
