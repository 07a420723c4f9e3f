/*
 * URLs of file servers.
 *
 * A URL comes from a configuration file, and people put passwords in it.  So
 * no message here repeats any of it: what looks like a bad port may be half
 * of a password that has a "/" in it.
 */
#include "url.h"

#include <arpa/inet.h>

#include <ctype.h>

#include "../src/base/str.h"
#include "xfer_internal.h"

static int
hex_value(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undo %XX; what names the piece in messages. */
static char *
decode(const char *p, size_t n, const char *what, struct err *e)
{
	char *out, *o;
	int hi, lo;
	size_t i;

	if ((out = o = malloc(n + 1)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	for (i = 0; i < n; i++) {
		*o = p[i];
		if (p[i] == '%') {
			hi = i + 2 < n ? hex_value(p[i + 1]) : -1;
			lo = hi >= 0 ? hex_value(p[i + 2]) : -1;
			if (lo < 0) {
				err_set(e, ERR_CONFIG, "the %s of the URL has "
				    "a %% that is not followed by two "
				    "hexadecimal digits; write %%25", what);
				goto fail;
			}
			*o = (char)(hi << 4 | lo);
			i += 2;
		}
		if (iscntrl((unsigned char)*o)) {
			err_set(e, ERR_CONFIG,
			    "the %s of the URL has a control character", what);
			goto fail;
		}
		o++;
	}
	*o = '\0';
	return out;
fail:
	free(out);
	return NULL;
}

/* "[::1]" and what follows it; *rest is left at the ":" or the end. */
static int
parse_bracketed(char *p, struct xfer_url *u, char **rest, struct err *e)
{
	struct in6_addr addr;
	char *end;

	if ((end = strchr(p, ']')) != NULL)
		*end = '\0';
	if (end == NULL || inet_pton(AF_INET6, p + 1, &addr) != 1)
		return err_set(e, ERR_CONFIG,
		    "what is in brackets in the URL is no IPv6 address");
	*rest = end + 1;
	if (**rest != '\0' && **rest != ':')
		return err_set(e, ERR_CONFIG,
		    "after the \"]\" of the URL comes neither port nor path");
	return (u->host = str_dup(p + 1, e)) == NULL ? -1 : 0;
}

static int
parse_name(char *p, struct xfer_url *u, char **rest, struct err *e)
{
	size_t i, n;

	n = strcspn(p, ":");
	*rest = p + n;
	if (n == 0)
		return err_set(e, ERR_CONFIG, "the URL has no host");
	for (i = 0; i < n; i++)
		if (!isalnum((unsigned char)p[i]) && p[i] != '.' &&
		    p[i] != '-' && p[i] != '_' && !((unsigned char)p[i] & 0x80))
			return err_set(e, ERR_CONFIG, "the host of the URL "
			    "has a character that no host name has");
	if ((u->host = strndup(p, n)) == NULL)
		return err_nomem(e);
	return 0;
}

/* [user@]host[:port] in a copy that may be cut up. */
static int
parse_authority(char *a, struct xfer_url *u, struct err *e)
{
	char *at, *host, *rest;
	uint64_t port;
	int rc;

	host = rest = a;
	if ((at = strrchr(a, '@')) != NULL) {
		host = at + 1;
		if (memchr(a, ':', (size_t)(at - a)) != NULL)
			return err_set(e, ERR_CONFIG, "the URL has a password "
			    "in it, where logs and process lists show it; take "
			    "it out and set upload_password_file (or "
			    "pull_password_file)");
		u->user = decode(a, (size_t)(at - a), "user", e);
		if (u->user == NULL)
			return -1;
	}
	if (*host == '[')
		rc = parse_bracketed(host, u, &rest, e);
	else
		rc = parse_name(host, u, &rest, e);
	if (rc == -1 || *rest != ':')
		return rc;
	rest++;
	if (str_u64(rest, strlen(rest), UINT16_MAX, &port) == -1 || port == 0)
		return err_set(e, ERR_CONFIG,
		    "the port of the URL is not a number from 1 to 65535");
	u->port = (uint16_t)port;
	return 0;
}

/*
 * Cut "/~" off where the scheme has a login folder.  Slashes too many behind
 * it do not lead out of that folder.
 */
static void
parse_home(struct xfer_url *u, const struct xfer_scheme *s)
{
	const char *rest;

	if (s->flags & (XS_LOCAL | XS_QUERY))
		return;
	if (strncmp(u->path, "/~", 2) != 0 ||
	    (u->path[2] != '/' && u->path[2] != '\0'))
		return;
	u->home = true;
	for (rest = u->path + 2; rest[0] == '/' && rest[1] == '/'; rest++)
		;
	if (*rest == '\0')
		u->path[1] = '\0';
	else
		memmove(u->path, rest, strlen(rest) + 1);
}

static int
parse_path(const char *p, struct xfer_url *u, const struct xfer_scheme *s,
    struct err *e)
{
	size_t n;

	n = strcspn(p, "?#");
	if (p[n] == '#')
		return err_set(e, ERR_CONFIG,
		    "the URL has a \"#\"; in a name it is written %%23");
	if (p[n] == '?' && !(s->flags & XS_QUERY))
		return err_set(e, ERR_CONFIG, "a URL of %s has no query; a "
		    "\"?\" in a name is written %%3F", s->name);
	if (p[n] == '?' && strchr(p + n, '#') != NULL)
		return err_set(e, ERR_CONFIG,
		    "the URL has a \"#\" in its query");
	if (n == 0)
		u->path = str_dup("/", e);
	else
		u->path = decode(p, n, "path", e);
	if (u->path == NULL)
		return -1;
	if ((s->flags & XS_QUERY) &&
	    (u->raw = n == 0 ? strdup("/") : strndup(p, n)) == NULL)
		return err_nomem(e);
	if (p[n] == '?' && (u->query = str_dup(p + n + 1, e)) == NULL)
		return -1;
	parse_home(u, s);
	return 0;
}

int
xfer_url_parse(const char *url, struct xfer_url *u, struct err *e)
{
	const struct xfer_scheme *s;
	const char *p;
	char *copy;
	size_t n;
	int rc;

	memset(u, 0, sizeof(*u));
	for (p = url; *p != '\0'; p++)
		if (iscntrl((unsigned char)*p))
			return err_set(e, ERR_CONFIG,
			    "the URL has a control character");
	n = strcspn(url, ":/?#@");
	s = url[n] == ':' ? xfer_scheme_find(url, n) : NULL;
	if (s == NULL)
		return err_set(e, ERR_CONFIG, "the URL does not begin with one "
		    "of %s and \"://\"", xfer_schemes());
	snprintf(u->scheme, sizeof(u->scheme), "%s", s->name);
	u->port = s->port;
	p = url + n + 1;
	if (strcmp(p, "") == 0 && strcmp(s->name, "null") == 0)
		p = "//";
	if (strncmp(p, "//", 2) != 0)
		return err_set(e, ERR_CONFIG,
		    "after \"%s:\" the URL needs two slashes", s->name);
	p += 2;
	n = strcspn(p, "/?#");
	/* Schemes without a host: "file:///path", "null:", "null://x/path". */
	if (strcmp(s->name, "file") == 0 && n != 0 &&
	    (n != 9 || strncasecmp(p, "localhost", 9) != 0))
		return err_set(e, ERR_CONFIG, "a file URL has three slashes "
		    "and no host: file:///srv/drop");
	if (s->flags & XS_LOCAL) {
		if ((u->host = str_dup("", e)) == NULL)
			return -1;
	} else {
		if ((copy = strndup(p, n)) == NULL)
			return err_nomem(e);
		rc = parse_authority(copy, u, e);
		free(copy);
		if (rc == -1)
			return -1;
	}
	return parse_path(p + n, u, s, e);
}

void
xfer_url_release(struct xfer_url *u)
{
	free(u->user);
	free(u->host);
	free(u->path);
	free(u->raw);
	free(u->query);
	memset(u, 0, sizeof(*u));
}

int
xfer_proxy_check(const char *proxy, struct err *e)
{
	static const char *const begins[] = { "socks5h://", "http://" };
	struct xfer_url u;
	struct err why;
	char *url = NULL;
	size_t i, n;
	int rc;

	if (strchr(proxy, '@') != NULL)
		return err_set(e, ERR_CONFIG, "proxy has a login in its "
		    "address, where logs and process lists show it; take it "
		    "out and set proxy_user and proxy_password_file");
	for (i = 0; i < 2; i++)
		if (strncmp(proxy, begins[i], strlen(begins[i])) == 0)
			break;
	if (i == 2)
		return err_set(e, ERR_CONFIG, "proxy is not "
		    "\"socks5h://HOST:PORT\" or \"http://HOST:PORT\"");
	n = strlen(begins[i]);
	if (asprintf(&url, "http://%s", proxy + n) == -1)
		return err_nomem(e);
	err_clear(&why);
	rc = xfer_url_parse(url, &u, &why);
	if (rc == 0 && (strcmp(u.path, "/") != 0 || u.query != NULL))
		rc = err_set(&why, ERR_CONFIG, "there is more behind the host");
	xfer_url_release(&u);
	free(url);
	if (rc == 0)
		return 0;
	*e = why;
	return err_wrap(e, "proxy is not \"%sHOST:PORT\"", begins[i]);
}
