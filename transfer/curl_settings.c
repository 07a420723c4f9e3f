/*
 * From the settings of a target to libcurl's options: login, extra headers,
 * what is to be found out.  TLS, proxy and deadlines are set in net.
 */
#include "curl_internal.h"

#include <ctype.h>

#include "curl_url.h"

const char *
xcurl_tls_most(const struct xfer *x)
{
	const struct xfer_target *t = &x->target;

	if (t->tls.max != NULL)
		return t->tls.max;
	if (t->tls.min != NULL && strcmp(t->tls.min, "1.3") == 0)
		return "1.3";
	return xcurl_is_http(x) || x->tls13 ? "1.3" : "1.2";
}

static void
set_login(struct xcurl *c)
{
	const struct xfer_target *t = &c->x->target;

	if (t->bearer != NULL && xcurl_is_http(c->x)) {
		xcurl_option(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		xcurl_text(c, CURLOPT_XOAUTH2_BEARER,
		    secret_bytes(t->bearer));
		return;
	}
	if (t->user == NULL)
		return;
	xcurl_option(c, CURLOPT_HTTPAUTH, c->x->digest ?
	    (long)CURLAUTH_DIGEST : (long)CURLAUTH_BASIC);
	xcurl_text(c, CURLOPT_USERNAME, t->user);
	xcurl_text(c, CURLOPT_PASSWORD, secret_bytes(t->password));
}

/*
 * "SSL connection using TLSv1.3 / TLS_AES_...": nothing else tells it.  A
 * handshake in which the server sent no certificate resumed a session.
 */
static int
on_debug(CURL *h, curl_infotype kind, char *p, size_t n, void *arg)
{
	static const char said[] = "SSL connection using ",
	    shown[] = "(IN), TLS handshake, Certificate (11)";
	struct xcurl	*c = arg;
	struct xfer_facts *f = &c->x->facts;

	(void)h;
	if (kind != CURLINFO_TEXT)
		return 0;
	net_heard(&c->ours, p, n);
	if (memmem(p, n, shown, sizeof(shown) - 1) != NULL)
		c->showed_cert = true;
	if (n <= sizeof(said) || memcmp(p, said, sizeof(said) - 1) != 0)
		return 0;
	p += sizeof(said) - 1;
	n -= sizeof(said) - 1;
	snprintf(f->tls, sizeof(f->tls), "%.*s", (int)n, p);
	f->tls[strcspn(f->tls, "\r\n")] = '\0';
	if (c->showed_cert)
		f->tls_full++;
	else
		f->tls_resumed++;
	c->showed_cert = false;
	return 0;
}

static void
set_probe(struct xcurl *c)
{

	if (c->x->scheme->flags & (XS_TLS | XS_STARTTLS))
		xcurl_option(c, CURLOPT_CERTINFO, 1);
	if (!c->x->target.probe &&
	    !(c->x->scheme->flags & (XS_TLS | XS_STARTTLS)))
		return;
	xcurl_option(c, CURLOPT_VERBOSE, 1);
	curl_easy_setopt(c->easy, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_easy_setopt(c->easy, CURLOPT_DEBUGDATA, c);
}

void
xcurl_settings(struct xcurl *c)
{
	const struct xfer *x = c->x;

	c->net = (struct net_opts){ .protocols = xcurl_scheme(x),
	    .user_agent = "coupondrop", .tls = x->target.tls,
	    .proxy = x->target.proxy,
	    .connect_ms = x->times.connect_ms,
	    .silence_ms = x->times.stall_ms, .total_ms = x->times.total_ms };
	c->net.tls.max = xcurl_tls_most(x);
	if (c->set == CURLE_OK)
		c->set = net_set_up(c->easy, &c->net);
	set_probe(c);
	set_login(c);
}

/* "Name: value"; the value is not repeated, it may be a secret. */
static int
check_header(const char *p, size_t n, struct err *e)
{
	static const char *const framing[] = { "Content-Length",
		"Transfer-Encoding" };
	size_t	i, name;

	for (name = 0; name < n && p[name] != ':'; name++)
		if (!isalnum((unsigned char)p[name]) && p[name] != '-' &&
		    p[name] != '_')
			break;
	if (name == 0 || name == n || p[name] != ':')
		return err_set(e, ERR_CONFIG, "a line of the headers file is "
		    "not \"Name: value\"");
	/* They say where the body ends, which is not theirs to say. */
	for (i = 0; i < sizeof(framing) / sizeof(framing[0]); i++)
		if (strncasecmp(p, framing[i], name) == 0 &&
		    framing[i][name] == '\0')
			return err_set(e, ERR_CONFIG, "the header %s cannot be "
			    "set; take it out of the headers file",
			    framing[i]);
	for (i = name; i < n; i++)
		if (iscntrl((unsigned char)p[i]) && p[i] != '\t')
			return err_set(e, ERR_CONFIG, "the header %.*s has a "
			    "control character", (int)name, p);
	return 0;
}

/* The first of the target's own headers from p on that is not blank. */
static const char *
next_header(const char *p, size_t *n)
{
	for (; *p != '\0'; p += *n + (p[*n] == '\n')) {
		*n = strcspn(p, "\n");
		while (*n > 0 && (p[*n - 1] == '\r' || p[*n - 1] == ' '))
			--*n;
		if (*n > 0)
			return p;
		*n = strcspn(p, "\n");
	}
	return NULL;
}

int
xcurl_headers(struct xcurl *c, struct err *e)
{
	const char	*p = secret_bytes(c->x->target.headers);
	size_t		 n;

	while ((p = next_header(p, &n)) != NULL) {
		if (xcurl_list(c, e, "%.*s", (int)n, p) == -1)
			return -1;
		p += strcspn(p, "\n");
	}
	return 0;
}

int
xcurl_check(const struct xfer_target *t, const struct xfer_url *u,
    struct err *e)
{
	const char	*p = secret_bytes(t->headers);
	size_t		 n;

	(void)u;
	if (net_check(&t->tls, &t->proxy, e) == -1)
		return -1;
	/* It would be more headers or commands than one. */
	if (strpbrk(secret_bytes(t->password), "\r\n") != NULL ||
	    strpbrk(secret_bytes(t->bearer), "\r\n") != NULL)
		return err_set(e, ERR_CONFIG,
		    "the password or token has a line end in it");
	while ((p = next_header(p, &n)) != NULL) {
		if (check_header(p, n, e) == -1)
			return err_key(e, "headers");
		p += strcspn(p, "\n");
	}
	return 0;
}
