/*
 * What the answers of an HTTP server mean.
 */
#include "http_internal.h"

#include <ctype.h>

#include "../src/base/clock.h"
#include "../src/base/log.h"
#include "signed.h"

/* The first matching row counts; says what to do, where that is known. */
static const struct {
	long		first, last;
	enum err_code	code;
	const char	*says;
} statuses[] = {
	{ 401, 401, ERR_LOGIN, NULL },
	{ 403, 403, ERR_DENIED, NULL },
	{ 404, 404, ERR_NOTFOUND, NULL },
	{ 405, 405, ERR_UNSUPPORTED, NULL },
	{ 407, 407, ERR_LOGIN, NULL },
	{ 408, 408, ERR_UNAVAILABLE, NULL },
	/* RFC 4918, 9.7.1: no such folder */
	{ 409, 409, ERR_NOTFOUND, NULL },
	{ 410, 410, ERR_NOTFOUND, NULL },
	{ 412, 412, ERR_EXISTS, NULL },		/* only we set conditions */
	{ 413, 413, ERR_TOO_LARGE, "the file is larger than the server "
	    "takes; have its limit raised (nginx: client_max_body_size, "
	    "Apache: LimitRequestBody)" },
	{ 423, 423, ERR_UNAVAILABLE, "somebody has locked it" },
	{ 425, 425, ERR_UNAVAILABLE, NULL },
	{ 429, 429, ERR_UNAVAILABLE, NULL },
	{ 501, 501, ERR_UNSUPPORTED, NULL },
	{ 507, 507, ERR_REMOTE_FULL, NULL },
	{ 500, 599, ERR_UNAVAILABLE, NULL },
};

/* For an upload, a server that has no such method has its own advice. */
static const char no_put[] = "the server takes no uploads (PUT) at this "
    "address; look at the path, or have WebDAV switched on for it";

void
http_multi(struct xcurl *c, const char *p, size_t n)
{
	static const char	begin[] = "HTTP/";
	const size_t		len = sizeof(begin) - 1;

	for (; n > 0; p++, n--) {
		if (c->heard < len)
			c->heard = *p == begin[c->heard] ? c->heard + 1 :
			    *p == begin[0];
		else if (c->heard == len) {	/* the version */
			c->number = 0;
			if (*p == ' ')
				c->heard++;
			else if (!isdigit((unsigned char)*p) && *p != '.')
				c->heard = 0;
		} else if (!isdigit((unsigned char)*p))
			c->heard = 0;
		else {
			c->number = c->number * 10 + (*p - '0');
			if (++c->heard < len + 4)
				continue;
			if (c->number / 100 != 2 && c->inside == 0)
				c->inside = c->number;
			c->heard = 0;
		}
	}
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

int
http_refused(struct xcurl *c, struct err *e)
{
	int64_t		wait = net_pause_ms(c->easy, c->x->clock);
	long		status = c->inside != 0 ? c->inside : c->reply;
	enum err_code	code = ERR_PROTOCOL;
	const char	*says = NULL;
	char		text[XCURL_BODY + 1], inside[40] = "";
	size_t		i;

	snprintf(text, sizeof(text), "%.*s", (int)c->body_len, c->body);
	log_say(c->x->log, LOG_DEBUG, "the server refused",
	    LFI("status", status), LFF("body", text));
	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (status < statuses[i].first || status > statuses[i].last)
			continue;
		code = statuses[i].code;
		says = statuses[i].says;
		break;
	}
	if (c->src != NULL && (status == 405 || status == 501))
		says = no_put;
	if (c->inside != 0)
		snprintf(inside, sizeof(inside), " with a %ld inside", status);
	err_set(e, code, "the server answered \"%s\"%s%s%s", c->line, inside,
	    says != NULL ? ": " : "", says != NULL ? says : "");
	e->remote = status;
	e->met = true;
	if (e->code == ERR_UNAVAILABLE && wait > 0)
		e->wait_ms = (long)wait;
	if_expired(c, text, e);
	/* nginx ends the handshake well, and says it in a page. */
	if (status == 400 && strstr(text, "SSL certificate") != NULL) {
		err_wrap(e, "the server %s (client_cert)",
		    c->x->target.tls.cert != NULL ?
		    "does not take our certificate" :
		    "wants a certificate of ours, and none is set");
		e->code = ERR_CLIENT_CERT;
	}
	return -1;
}
