/*
 * The http backend: PUT, GET, HEAD, MOVE and DELETE (RFC 9110, RFC 4918) to
 * a WebDAV folder or a plain upload address.  Redirects are followed only
 * when that was asked for: a PUT that lands elsewhere is a PUT to a place
 * nobody checked.
 */
#include "http_internal.h"

#include "../src/base/clock.h"
#include "../src/base/log.h"
#include "curl_url.h"
#include "signed.h"

#define HTTP_EXPECT_MS	1000	/* wait for "100 Continue", then send */

/* What a status means; the first matching row counts. */
static const struct {
	long		first, last;
	enum err_code	code;
} statuses[] = {
	{ 401, 401, ERR_LOGIN },
	{ 403, 403, ERR_DENIED },
	{ 404, 404, ERR_NOTFOUND },
	{ 405, 405, ERR_UNSUPPORTED },
	{ 407, 407, ERR_LOGIN },
	{ 408, 408, ERR_UNAVAILABLE },
	{ 409, 409, ERR_NOTFOUND },	/* RFC 4918, 9.7.1: no such folder */
	{ 410, 410, ERR_NOTFOUND },
	{ 412, 412, ERR_EXISTS },	/* only we set conditions */
	{ 413, 413, ERR_REMOTE_FULL },
	{ 423, 423, ERR_UNAVAILABLE },
	{ 425, 425, ERR_UNAVAILABLE },
	{ 429, 429, ERR_UNAVAILABLE },
	{ 501, 501, ERR_UNSUPPORTED },
	{ 507, 507, ERR_REMOTE_FULL },
	{ 500, 599, ERR_UNAVAILABLE },
};

static enum err_code
status_code(long status)
{
	size_t	i;

	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (status >= statuses[i].first && status <= statuses[i].last)
			return statuses[i].code;
	return ERR_PROTOCOL;
}

/*
 * The address is signed for a while, and that is over: servers answer 400, 401
 * or 403, and say so in a page that nobody sees, if at all.  Their clock
 * counts; by ours alone nothing is refused.
 */
static void
if_expired(const struct xcurl *c, const char *page, struct err *e)
{
	int64_t	until = signed_until(c->x->url.query);
	char	iso[21];

	if (c->x->url.query == NULL || e->remote < 400 || e->remote > 403)
		return;
	if (until != 0 && until < clock_wall(c->x->clock)) {
		clock_iso(until, iso);
		err_wrap(e, "the address was signed until %s, which is past; "
		    "have a new one made", iso);
	} else if (strcasestr(page, "expired") != NULL)
		err_wrap(e, "the server says that the address has expired; "
		    "have a new one made");
	else
		return;
	e->code = ERR_DENIED;
}

static int
refused(struct xcurl *c, struct err *e)
{
	int64_t		wait = net_pause_ms(c->easy, c->x->clock);
	char		text[XCURL_BODY + 1];

	snprintf(text, sizeof(text), "%.*s", (int)c->body_len, c->body);
	log_say(c->x->log, LOG_DEBUG, "the server refused",
	    LFI("status", c->reply), LFF("body", text));
	err_set(e, status_code(c->reply), "the server answered \"%s\"",
	    c->line);
	e->remote = c->reply;
	if (e->code == ERR_UNAVAILABLE && wait > 0)
		e->wait_ms = (long)wait;
	if_expired(c, text, e);
	return -1;
}

/* Takes url, which may be NULL after a failure. */
static int
begin_url(struct xfer *x, char *url, struct err *e)
{
	struct xcurl	*c = x->priv;
	int		 rc;

	if (url == NULL)
		return -1;
	rc = xcurl_begin(c, url, e);
	free(url);
	xcurl_option(c, CURLOPT_EXPECT_100_TIMEOUT_MS, HTTP_EXPECT_MS);
	return rc == -1 ? -1 : xcurl_headers(c, e);
}

static int
begin(struct xfer *x, const char *name, struct err *e)
{

	return begin_url(x, xcurl_url(x, name, e), e);
}

/* Run the call; stays: at the server that the target names. */
static int
finish_at(struct xcurl *c, bool stays, struct err *e)
{
	int64_t	left = c->x->target.redirects;
	int	rc;

	if (c->list != NULL)
		curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->list);
	for (;; left--) {
		if (xcurl_perform(c, e) == -1)
			return -1;
		if (c->reply / 100 == 2) {
			c->x->let_in = true;
			return 0;
		}
		if (c->reply / 100 != 3)
			return refused(c, e);
		if ((rc = http_redirect(c, left, stays, e)) != 1)
			return rc == -1 ? -1 : refused(c, e);
	}
}

static int
finish(struct xcurl *c, struct err *e)
{

	return finish_at(c, false, e);
}

/* Does the server say that the folder of a file is not there? */
static bool
folder_is_missing(struct xfer *x, const char *name)
{
	struct err	 why;
	char		*path, *slash;
	int		 rc = -1;

	err_clear(&why);
	if ((path = xfer_path(x, name, &why)) == NULL)
		return false;
	slash = strrchr(path, '/');
	if (slash != NULL && slash != path) {
		slash[1] = '\0';
		rc = begin_url(x, xcurl_url_path(x, path, &why), &why);
	}
	free(path);
	if (rc == -1)
		return false;
	xcurl_option(x->priv, CURLOPT_NOBODY, 1);
	return finish(x->priv, &why) == -1 && why.remote == 404;
}

/*
 * What a refused PUT may mean.  nginx answers 500 when the folder is missing;
 * another server's 500 is its own trouble, and tried again.
 */
static void
explain_put(struct xfer *x, const char *name, struct err *e)
{
	struct xcurl	*c = x->priv;
	char		 line[sizeof(c->line)], body[XCURL_BODY + 1];
	long		 status = e->remote;

	snprintf(line, sizeof(line), "%s", c->line);
	snprintf(body, sizeof(body), "%.*s", (int)c->body_len, c->body);
	if (status == 404 || status == 409)
		err_set(e, ERR_NOTFOUND, "the server answered \"%s\"; the "
		    "folder is probably missing: make it, or set mkdir: true",
		    line);
	else if (status == 500 && strstr(body, "<center>nginx") != NULL &&
	    folder_is_missing(x, name))
		err_set(e, ERR_NOTFOUND, "the server answered \"%s\", and "
		    "the folder is missing: make it, set mkdir: true, or "
		    "have nginx make it (create_full_put_path on)", line);
	e->remote = status;
}

static int
http_put(struct xfer *x, const char *name, const struct xfer_source *src,
    struct err *e)
{
	struct xcurl *c = x->priv;

	if (begin(x, name, e) == -1)
		return -1;
	xcurl_send(c, src);
	if (finish(c, e) == 0)
		return 0;
	explain_put(x, name, e);
	return -1;
}

/* RFC 9110, section 13.1.2; a server may overlook it. */
static int
http_put_new(struct xfer *x, const char *name, const struct xfer_source *src,
    struct err *e)
{
	struct xcurl *c = x->priv;

	if (begin(x, name, e) == -1 ||
	    xcurl_list(c, e, "If-None-Match: *") == -1)
		return -1;
	xcurl_send(c, src);
	return finish(c, e);
}

static int
http_get(struct xfer *x, const char *name, const struct xfer_sink *sink,
    struct err *e)
{
	struct xcurl *c = x->priv;

	if (begin(x, name, e) == -1)
		return -1;
	c->sink = sink;
	return finish(c, e);
}

static int
http_stat(struct xfer *x, const char *name, struct xfer_stat *out,
    struct err *e)
{
	struct xcurl	*c = x->priv;
	curl_off_t	 size = -1;

	if (begin(x, name, e) == -1)
		return -1;
	xcurl_option(c, CURLOPT_NOBODY, 1);
	if (finish(c, e) == -1)
		return -1;
	curl_easy_getinfo(c->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
	if (size < 0) {
		err_set(e, ERR_UNSUPPORTED,
		    "the server does not say how large it is");
		e->remote = c->reply;
		return -1;
	}
	out->size = (uint64_t)size;
	return 0;
}

/* Does the redirect add a slash to the last piece of the URL, and no more? */
static bool
to_folder(const struct xcurl *c, const char *url)
{
	size_t	n = strcspn(url, "?"), m = strcspn(c->location, "?"), i = n;

	while (i > 0 && url[i - 1] != '/')
		i--;
	return m > n - i && c->location[m - 1] == '/' &&
	    memcmp(c->location + m - 1 - (n - i), url + i, n - i) == 0;
}

/* Servers point from a folder's name without its slash to the one with it. */
static int
http_kind(struct xfer *x, const char *name, enum xfer_kind *out,
    struct err *e)
{
	struct xcurl	*c = x->priv;
	char		*url = NULL;
	int		 rc = -1;

	if (begin(x, name, e) == -1)
		return -1;
	xcurl_option(c, CURLOPT_NOBODY, 1);
	if (c->list != NULL)
		curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->list);
	if (xcurl_perform(c, e) == 0 &&
	    (url = xcurl_url(x, name, e)) != NULL) {
		*out = c->reply / 100 == 2 ? XFER_FILE :
		    c->reply == 404 ? XFER_NOTHING :
		    c->reply / 100 == 3 && to_folder(c, url) ? XFER_FOLDER :
		    XFER_UNKNOWN;
		rc = 0;
	}
	free(url);
	return rc;
}

static int
http_method(struct xfer *x, const char *name, const char *method,
    struct err *e)
{

	if (begin(x, name, e) == -1)
		return -1;
	xcurl_text(x->priv, CURLOPT_CUSTOMREQUEST, method);
	return 0;
}

static int
move(struct xfer *x, const char *from, const char *to, const char *overwrite,
    struct err *e)
{
	struct xcurl	*c = x->priv;
	char		*url;
	int		 rc;

	x->facts.replaced = "one-step";
	if (http_method(x, from, "MOVE", e) == -1)
		return -1;
	if ((url = xcurl_url(x, to, e)) == NULL)
		return -1;
	rc = xcurl_list(c, e, "Destination: %.*s", (int)strcspn(url, "?"),
	    url);
	free(url);
	if (rc == -1 || xcurl_list(c, e, "Overwrite: %s", overwrite) == -1)
		return -1;
	return finish_at(c, true, e);
}

static int
http_replace(struct xfer *x, const char *from, const char *to, struct err *e)
{

	return move(x, from, to, "T", e);
}

static int
http_rename(struct xfer *x, const char *from, const char *to, struct err *e)
{

	return move(x, from, to, "F", e);
}

static int
http_remove(struct xfer *x, const char *name, struct err *e)
{

	if (http_method(x, name, "DELETE", e) == -1)
		return -1;
	if (finish(x->priv, e) == 0)
		return 0;
	if (e->remote == 409)	/* about a state that forbids it */
		e->code = ERR_DENIED;
	return -1;
}

/* MKCOL (RFC 4918, section 9.3); nginx wants the slash at the end. */
static int
http_mkdir(struct xfer *x, const char *path, struct err *e)
{
	struct xcurl	*c = x->priv;
	char		*folder;
	int		 rc;

	if (asprintf(&folder, "%s/", path) == -1)
		return err_nomem(e);
	rc = begin_url(x, xcurl_url_path(x, folder, e), e);
	free(folder);
	if (rc == -1)
		return -1;
	xcurl_text(c, CURLOPT_CUSTOMREQUEST, "MKCOL");
	return finish(c, e);
}

const struct xfer_ops xfer_http_ops = {
	.name = "http",
	.check = xcurl_check,
	.open = xcurl_new,
	.put = http_put,
	.put_new = http_put_new,
	.get = http_get,
	.stat = http_stat,
	.kind = http_kind,
	.replace = http_replace,
	.rename = http_rename,
	.remove = http_remove,
	.mkdir = http_mkdir,
	.close = xcurl_free,
};
