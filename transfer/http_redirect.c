/*
 * Following redirects, by hand: libcurl would send the headers of the
 * headers_file to any host that the server names.
 *
 * To another origin (scheme, host and port; RFC 6454) go the method and the
 * bytes only: no login, no token, no header of ours, no certificate.  From
 * one scheme to another nothing is followed, and a PUT never becomes a GET.
 */
#include "http_internal.h"

struct origin {
	char	*scheme, *host, *port;
};

static int
origin_of(CURLU *u, struct origin *o)
{

	memset(o, 0, sizeof(*o));
	if (curl_url_get(u, CURLUPART_SCHEME, &o->scheme, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_HOST, &o->host, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_PORT, &o->port, CURLU_DEFAULT_PORT) !=
	    CURLUE_OK)
		return -1;
	return 0;
}

static void
origin_free(struct origin *o)
{

	curl_free(o->scheme);
	curl_free(o->host);
	curl_free(o->port);
}

/* Where a redirect points, as far as it may be shown. */
static char *
plain_address(CURLU *u)
{
	char *out = NULL;

	curl_url_set(u, CURLUPART_USER, NULL, 0);
	curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
	curl_url_set(u, CURLUPART_QUERY, NULL, 0);
	curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
	curl_url_get(u, CURLUPART_URL, &out, 0);
	return out;
}

/* Nothing of ours is for another origin. */
static void
leave_behind(struct xcurl *c)
{
	static const CURLoption texts[] = { CURLOPT_USERNAME,
		CURLOPT_PASSWORD, CURLOPT_XOAUTH2_BEARER, CURLOPT_SSLCERT,
		CURLOPT_SSLKEY, CURLOPT_KEYPASSWD };
	size_t	i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		xcurl_text(c, texts[i], NULL);
	if (c->set == CURLE_OK)
		c->set = curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, NULL);
	net_list_free(&c->list);
}

/* Why not to go there; NULL: go, and what is for another is left behind. */
static const char *
why_not(struct xcurl *c, CURLU *from, CURLU *to, int left, bool stays)
{
	struct origin	 a, b;
	char		*user = NULL;
	const char	*no = NULL;
	bool		 same;

	if (origin_of(from, &a) == -1 || origin_of(to, &b) == -1) {
		no = "that is no address that can be used";
		goto done;
	}
	same = strcasecmp(a.host, b.host) == 0 && strcmp(a.port, b.port) == 0;
	if (c->x->target.redirects == 0)
		no = "redirects are not followed, write that address in the "
		    "configuration if it is right (or set redirects)";
	else if (left == 0)
		no = "that is one redirect more than \"redirects\" allows";
	else if (c->reply != 301 && c->reply != 302 && c->reply != 307 &&
	    c->reply != 308 && (c->reply != 303 || c->sink == NULL))
		no = "such an answer cannot be followed";
	else if (strcmp(a.scheme, b.scheme) != 0)
		no = "a redirect from one scheme to another is not followed";
	else if (curl_url_get(to, CURLUPART_USER, &user, 0) == CURLUE_OK)
		no = "a redirect with a login in it is not followed";
	else if (!same && stays)
		no = "a file cannot be renamed on another server";
done:
	if (no == NULL && !same)
		leave_behind(c);
	curl_free(user);
	origin_free(&a);
	origin_free(&b);
	return no;
}

int
http_redirect(struct xcurl *c, int left, bool stays, struct err *e)
{
	const char *location = c->location + strspn(c->location, " \t");
	CURLU	*from, *to;
	char	*here = NULL, *there = NULL, *shown;
	const char *no;
	int	 rc = 0;

	from = curl_url();
	to = curl_url();
	if (from == NULL || to == NULL) {
		rc = err_nomem(e);
		goto done;
	}
	/* Not CURLINFO_REDIRECT_URL: it may have our own login in it. */
	curl_easy_getinfo(c->easy, CURLINFO_EFFECTIVE_URL, &here);
	if (here == NULL || location[0] == '\0' ||
	    curl_url_set(from, CURLUPART_URL, here, 0) != CURLUE_OK ||
	    curl_url_set(to, CURLUPART_URL, here, 0) != CURLUE_OK ||
	    curl_url_set(to, CURLUPART_URL, location, 0) != CURLUE_OK ||
	    curl_url_get(to, CURLUPART_URL, &there, 0) != CURLUE_OK)
		goto done;
	if ((no = why_not(c, from, to, left, stays)) == NULL) {
		xcurl_again(c, there);
		rc = 1;
	} else {
		shown = plain_address(to);
		rc = err_set(e, ERR_CONFIG, "the server answered \"%s\" and "
		    "points to \"%s\"; %s", c->line, shown != NULL ? shown :
		    "?", no);
		e->remote = c->reply;
		curl_free(shown);
	}
	curl_free(there);
done:
	curl_url_cleanup(from);
	curl_url_cleanup(to);
	return rc;
}
