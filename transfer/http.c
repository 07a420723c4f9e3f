/*
 * The http backend: PUT, GET, HEAD, MOVE and DELETE (RFC 9110, RFC 4918) to
 * a WebDAV folder or a plain upload address.  Redirects are followed only
 * when that was asked for: a PUT that lands elsewhere is a PUT to a place
 * nobody checked.
 */
#include "http_internal.h"

#include "curl_url.h"

#define HTTP_EXPECT_MS	1000	/* wait for "100 Continue", then send */

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
	xcurl_option(c, CURLOPT_PATH_AS_IS, 1);
	if (rc == -1 || xcurl_headers(c, e) == -1)
		return -1;
	return x->no_expect ? xcurl_list(c, e, "Expect:") : 0;
}

static int
begin(struct xfer *x, const char *name, struct err *e)
{

	return begin_url(x, xcurl_url(x, name, e), e);
}

/*
 * A server that does not know "Expect" (RFC 9110, section 15.5.18), or takes
 * a digest only (RFC 7616), says so once: 1 when the call is ready to be run
 * again its way.
 */
static int
other_way(struct xcurl *c, struct err *e)
{
	struct xfer	*x = c->x;

	if (c->reply == 417 && !x->no_expect) {
		x->no_expect = true;
		if (xcurl_list(c, e, "Expect:") == -1)
			return -1;
	} else if (c->reply == 401 && c->wants_digest && !x->digest &&
	    x->target.user != NULL && x->target.bearer == NULL) {
		x->digest = true;
		xcurl_option(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_DIGEST);
	} else
		return 0;
	xcurl_again(c, NULL);
	return 1;
}

/* Run the call; stays: at the server that the target names. */
static int
finish_at(struct xcurl *c, bool stays, struct err *e)
{
	int64_t	most = c->x->target.redirects, left = most;
	int	rc;

	for (;;) {
		if (c->list != NULL)
			curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->list);
		if (xcurl_perform(c, e) == -1)
			return -1;
		if (c->reply / 100 == 2) {
			c->x->let_in = true;
			return c->inside == 0 ? 0 : http_refused(c, e);
		}
		if (left == most && (rc = other_way(c, e)) != 0) {
			if (rc == -1)
				return -1;
			continue;
		}
		if (c->reply / 100 != 3)
			return http_refused(c, e);
		if ((rc = http_redirect(c, left--, stays, e)) != 1)
			return rc == -1 ? -1 : http_refused(c, e);
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

static int
http_method(struct xfer *x, const char *name, const char *method,
    struct err *e)
{

	if (begin(x, name, e) == -1)
		return -1;
	xcurl_text(x->priv, CURLOPT_CUSTOMREQUEST, method);
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

/*
 * What RFC 4918, section 9.1, calls a collection; a server without WebDAV
 * refuses the question.
 */
static bool
is_collection(struct xfer *x, const char *name)
{
	static const char	ask[] = "<?xml version=\"1.0\"?>"
	    "<propfind xmlns=\"DAV:\"><prop><resourcetype/></prop></propfind>";
	struct xcurl	*c = x->priv;
	struct err	 ignored;
	char		 text[XCURL_BODY + 1];
	const char	*p;

	err_clear(&ignored);
	if (http_method(x, name, "PROPFIND", &ignored) == -1 ||
	    xcurl_list(c, &ignored, "Depth: 0") == -1 ||
	    xcurl_list(c, &ignored, "Content-Type: application/xml") == -1)
		return false;
	xcurl_text(c, CURLOPT_POSTFIELDS, ask);
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->list);
	if (xcurl_perform(c, &ignored) == -1 || c->reply != 207)
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)c->body_len, c->body);
	p = strstr(text, "resourcetype");
	return p != NULL && strstr(p, "collection") != NULL;
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
	/* Without a list to show, Apache has no page there: 404. */
	if (rc == 0 && *out != XFER_FOLDER && is_collection(x, name))
		*out = XFER_FOLDER;
	return rc;
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

/*
 * Behind a proxy that takes the begin of paths off, a server takes the new
 * name, which nobody shortens, for one of a folder below: the file is where no
 * one looks for it.  Then it is taken away from there.
 */
static int
led_elsewhere(struct xfer *x, const char *to, struct err *e)
{
	struct xfer_stat st;
	struct err why;
	const char *p;
	char *path, *place;
	int rc = 0;

	err_clear(&why);
	if (http_stat(x, to, &st, &why) == 0 || why.code != ERR_NOTFOUND)
		return 0;
	if ((path = xfer_path(x, to, e)) == NULL)
		return -1;
	for (p = path; rc == 0 && (p = strchr(p + 1, '/')) != NULL; ) {
		if (asprintf(&place, "%.*s%s", (int)(p - path), path,
		    path) == -1) {
			rc = err_nomem(e);
			break;
		}
		err_clear(&why);
		if (http_stat(x, place, &st, &why) == 0) {
			(void)http_remove(x, place, &why);
			rc = err_set(e, ERR_UNSUPPORTED, "the server renamed "
			    "it to %s, for a proxy on the way changes paths",
			    place);
		}
		free(place);
	}
	free(path);
	return rc;
}

static int
move_once(struct xfer *x, const char *from, const char *to, bool whole,
    const char *overwrite, struct err *e)
{
	struct xcurl	*c = x->priv;
	char		*url, *place;
	int		 rc;

	if (http_method(x, from, "MOVE", e) == -1)
		return -1;
	if ((url = xcurl_url(x, to, e)) == NULL)
		return -1;
	url[strcspn(url, "?")] = '\0';
	place = whole ? url : strchr(strstr(url, "://") + 3, '/');
	rc = xcurl_list(c, e, "Destination: %s", place);
	free(url);
	if (rc == -1 || xcurl_list(c, e, "Overwrite: %s", overwrite) == -1)
		return -1;
	return finish_at(c, true, e);
}

/*
 * The new name goes as a path (RFC 4918, section 10.3): behind a proxy the
 * server goes by another scheme and host than we do, and takes a whole address
 * for that of somebody else (502, or 400).  A server that insists on one gets
 * it.  What it refuses in other words than the file's is no rename here.
 */
static int
move(struct xfer *x, const char *from, const char *to, const char *overwrite,
    struct err *e)
{
	struct err why;
	int rc;

	x->facts.replaced = "one-step";
	err_clear(&why);
	rc = move_once(x, from, to, x->whole_place, overwrite, &why);
	if (rc == -1 && why.remote == 400 && !x->whole_place) {
		err_clear(&why);
		rc = move_once(x, from, to, true, overwrite, &why);
		x->whole_place = rc == 0 || why.code == ERR_EXISTS;
	}
	if (rc == 0 && !x->place_seen) {
		rc = led_elsewhere(x, to, e);
		x->place_seen = rc == 0;
		return rc;
	}
	if (rc == 0)
		return 0;
	*e = why;
	if (e->remote == 502 || (e->code == ERR_PROTOCOL &&
	    e->remote / 100 == 4))
		e->code = ERR_UNSUPPORTED;
	return -1;
}

/*
 * With "Overwrite: T" a folder of that name goes with all that is in it, and
 * the server calls that a success.  So what is there is looked at before.
 */
static int
http_replace(struct xfer *x, const char *from, const char *to, struct err *e)
{
	enum xfer_kind kind;
	struct err why;

	err_clear(&why);
	if (move(x, from, to, "F", &why) == 0)
		return 0;
	if (why.code != ERR_EXISTS) {
		*e = why;
		return -1;
	}
	if (http_kind(x, to, &kind, e) == -1)
		return -1;
	if (kind == XFER_FOLDER)
		return err_set(e, ERR_EXISTS, "%s is a folder there", to);
	return move(x, from, to, "T", e);
}

static int
http_rename(struct xfer *x, const char *from, const char *to, struct err *e)
{

	return move(x, from, to, "F", e);
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
