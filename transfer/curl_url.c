/*
 * URLs as libcurl wants them: built from the parts of the target and a file
 * name, every byte that is not plain percent-encoded.
 */
#include "curl_url.h"

#include "../src/base/buf.h"

bool
xcurl_is_http(const struct xfer *x)
{

	return x->scheme->ops == &xfer_http_ops;
}

const char *
xcurl_scheme(const struct xfer *x)
{

	return x->scheme->flags & XS_STARTTLS ? "ftp" : x->scheme->name;
}

static bool
is_plain(unsigned char b)
{

	return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') ||
	    (b >= '0' && b <= '9') || strchr("-._~/", b) != NULL;
}

static int
add_encoded(struct buf *b, const char *p, struct err *e)
{
	int	rc = 0;

	for (; *p != '\0' && rc == 0; p++) {
		if (is_plain((unsigned char)*p))
			rc = buf_add(b, p, 1, e);
		else
			rc = buf_addf(b, e, "%%%02X", (unsigned char)*p);
	}
	return rc;
}

/* As somebody wrote it, and perhaps signed it: only what no URL has goes. */
static int
add_given(struct buf *b, const char *p, struct err *e)
{
	int	rc = 0;

	for (; *p != '\0' && rc == 0; p++) {
		if ((unsigned char)*p > ' ' && (unsigned char)*p < 0x7f &&
		    strchr("\"<>\\^`{|}", *p) == NULL)
			rc = buf_add(b, p, 1, e);
		else
			rc = buf_addf(b, e, "%%%02X", (unsigned char)*p);
	}
	return rc;
}

/*
 * In an FTP URL the path is relative to the login folder; an absolute one
 * begins with an encoded slash (RFC 1738, section 3.2.2).
 */
static int
add_path(struct buf *b, const struct xfer *x, const char *path, struct err *e)
{
	const char	*rest;
	int		 rc = 0;

	rest = path;
	if (*rest == '/') {
		rest++;
		if (!xcurl_is_http(x))
			rc = buf_adds(b, "%2F", e);
	}
	if (rc == 0)
		rc = add_encoded(b, rest, e);
	return rc;
}

char *
xcurl_url_path(const struct xfer *x, const char *path, struct err *e)
{
	struct buf	 b;
	char		 where[300], *out = NULL;

	buf_init(&b, 256 * 1024);
	if (buf_addf(&b, e, "%s://%s/", xcurl_scheme(x),
	    xfer_where(x, where, sizeof(where))) == -1)
		goto done;
	if (path == NULL && !xcurl_is_http(x) &&
	    !x->url.home && buf_adds(&b, "%2F", e) == -1)
		goto done;
	if (path != NULL && add_path(&b, x, path, e) == -1)
		goto done;
	if (path != NULL && x->url.query != NULL &&
	    buf_addf(&b, e, "?%s", x->url.query) == -1)
		goto done;
	if ((out = buf_take(&b, NULL)) == NULL)
		err_nomem(e);
done:
	buf_release(&b);
	return out;
}

/* The URL of the target itself, or of a file in that folder. */
static char *
url_below(const struct xfer *x, const char *name, struct err *e)
{
	const char	*raw = x->url.raw;
	struct buf	 b;
	char		 where[300], *out = NULL;

	buf_init(&b, 256 * 1024);
	if (buf_addf(&b, e, "%s://%s", xcurl_scheme(x),
	    xfer_where(x, where, sizeof(where))) == 0 &&
	    add_given(&b, raw, e) == 0 &&
	    (name[0] == '\0' || raw[strlen(raw) - 1] == '/' ||
	    buf_adds(&b, "/", e) == 0) && add_encoded(&b, name, e) == 0 &&
	    (x->url.query == NULL ||
	    buf_addf(&b, e, "?%s", x->url.query) == 0) &&
	    (out = buf_take(&b, NULL)) == NULL)
		err_nomem(e);
	buf_release(&b);
	return out;
}

char *
xcurl_url(const struct xfer *x, const char *name, struct err *e)
{
	char	*path, *url;

	if (name == NULL)
		return xcurl_url_path(x, NULL, e);
	if ((path = xfer_path(x, name, e)) == NULL)
		return NULL;
	if (xcurl_is_http(x) && name[0] != '/')
		url = url_below(x, name, e);
	else
		url = xcurl_url_path(x, path, e);
	free(path);
	return url;
}
