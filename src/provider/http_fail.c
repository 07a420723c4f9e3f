/* HTTP answers that are none of the platform's own. */
#include "http_fail.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static int
fail_redirect(const char *title, long status, bool *certain, struct err *e)
{
	/*
	 * A redirect is given in place of doing the work, but for 303, which
	 * follows work that was done (RFC 9110, 15.4.4).
	 */
	*certain = status != 303;
	return err_set(e, ERR_PROTOCOL, "%s answered with HTTP status %ld, a "
	    "redirect, which is not followed since key and secret would go to "
	    "another address", title, status);
}

static int
fail_unavailable(const char *title, const struct pv_event *ev, struct err *e)
{
	err_set(e, ERR_UNAVAILABLE, "%s answered with HTTP status %ld", title,
	    ev->status);
	if (ev->retry_after_ms > 0)
		e->wait_ms = (long)ev->retry_after_ms;
	return -1;
}

static int
fail_client(const char *title, const struct pv_event *ev, struct err *e)
{
	switch (ev->status) {
	case 401:
		return err_set(e, ERR_LOGIN, "%s answered with HTTP status "
		    "401, login refused", title);
	case 403:
		return err_set(e, ERR_DENIED, "%s answered with HTTP status "
		    "403, permission refused; the address of this host may "
		    "not be on the account's list", title);
	case 408:
	case 421:
	case 429:
		return fail_unavailable(title, ev, e);
	case 413:
		return err_set(e, ERR_PROTOCOL, "%s answered with HTTP status "
		    "413: the call is larger than it takes; with a smaller "
		    "batch, a file sent anew makes smaller calls", title);
	default:
		return err_set(e, ERR_PROTOCOL, "%s answered with HTTP status "
		    "%ld, so its url may be wrong", title, ev->status);
	}
}

int
pv_http_fail(const char *title, const struct pv_event *ev, bool submits,
    bool *certain, struct err *e)
{
	if (ev->status >= 300 && ev->status <= 399) {
		fail_redirect(title, ev->status, certain, e);
	} else if (ev->status >= 400 && ev->status <= 499) {
		/*
		 * The request itself is at fault (RFC 9110, 15.5), or was
		 * turned away before it was looked at: 408, 421, and 429 (RFC
		 * 6585, 4).
		 */
		*certain = true;
		fail_client(title, ev, e);
	} else if (ev->status >= 500 && ev->status <= 599) {
		/*
		 * Nobody knows how far the call had come.  That holds for 503
		 * with Retry-After too: a gateway says it when the platform
		 * behind it is slow, after having passed the call on.
		 */
		*certain = false;
		fail_unavailable(title, ev, e);
	} else {
		*certain = false;
		err_set(e, ERR_PROTOCOL, "%s answered with HTTP status %ld",
		    title, ev->status);
	}
	if (!submits)
		*certain = true;
	e->remote = ev->status;
	return -1;
}

/*
 * A platform answers in XML or JSON or, when its program breaks off, in loose
 * text; such pages are of somebody in front of it, who has not passed the call
 * on.
 */
bool
pv_is_page(const struct pv_event *ev)
{
	static const char *const begins[] = { "<!DOCTYPE html", "<html" };
	static const char end[] = "</html>";
	const char *p = ev->body;
	size_t i, n, left = ev->len;

	while (left > 0 && isspace((unsigned char)*p)) {
		p++;
		left--;
	}
	while (left > 0 && isspace((unsigned char)p[left - 1]))
		left--;
	n = strlen(end);
	if (left < n || strncasecmp(p + left - n, end, n) != 0)
		return false;
	for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		n = strlen(begins[i]);
		if (left >= n && strncasecmp(p, begins[i], n) == 0)
			return true;
	}
	return false;
}
