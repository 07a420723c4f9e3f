/*
 * Refusals of Mapp Empower in words, and what an HTTP status other than 2xx
 * says about the fate of a submission.
 */
#include "mapp_codes.h"

#include "../base/buf.h"
#include "mapp.h"
#include "mapp_answer.h"

#define WORDS_MAX	400	/* bytes of foreign text in an error */

/* Foreign text for a sentence; what does not fit in memory is left out. */
static void
quote(struct buf *out, const struct xml_node *n)
{
	struct err ignored;
	struct buf raw;

	err_clear(&ignored);
	buf_init(&raw, 64u << 10);
	(void)mapp_words(n, &raw, &ignored);
	(void)buf_escape(out, raw.data, raw.len, WORDS_MAX, &ignored);
	buf_release(&raw);
}

/* "did with 654 "its words", missing: element, request_ip: address" */
static int
say(const struct mapp_item *it, enum err_code err, const char *did,
    struct err *e)
{
	struct buf words, missing, from;
	char code[32] = "";

	buf_init(&words, 4 * WORDS_MAX + 8);
	buf_init(&missing, 4 * WORDS_MAX + 8);
	quote(&words, mapp_field(it, "responseText"));
	buf_init(&from, 4 * WORDS_MAX + 8);
	quote(&missing, mapp_missing(it));
	quote(&from, mapp_field(it, "request_ip"));
	if (it->code > 0)
		snprintf(code, sizeof(code), " with %ld", it->code);
	err_set(e, err, MAPP_TITLE " %s%s%s%s%s%s%s%s%s", did, code,
	    words.len > 0 ? " \"" : "", words.data,
	    words.len > 0 ? "\"" : ", without a text",
	    missing.len > 0 ? ", missing: " : "", missing.data,
	    from.len > 0 ? ", request_ip: " : "", from.data);
	if (err == ERR_REFUSED)
		err_own(e, mapp_error(it->row));
	e->remote = it->code > 0 ? it->code : 0;
	buf_release(&from);
	buf_release(&missing);
	buf_release(&words);
	return -1;
}

int
mapp_refuse(const struct mapp_item *it, struct err *e)
{
	return say(it, it->row->err == ERR_NONE ? ERR_REFUSED : it->row->err,
	    "refused the call", e);
}

int
mapp_unclear(const struct mapp_item *it, struct err *e)
{
	return say(it, ERR_PROTOCOL, "neither accepted nor refused the call "
	    "and answered it", e);
}

static int
fail_redirect(long status, bool *certain, struct err *e)
{
	/*
	 * A redirect is given in place of doing the work, but for 303, which
	 * follows work that was done (RFC 9110, 15.4.4).
	 */
	*certain = status != 303;
	return err_set(e, ERR_PROTOCOL, MAPP_TITLE " answered with HTTP status "
	    "%ld, a redirect, which is not followed since key and secret "
	    "would go to another address", status);
}

static int
fail_unavailable(const struct pv_event *ev, struct err *e)
{
	err_set(e, ERR_UNAVAILABLE, MAPP_TITLE " answered with HTTP status %ld",
	    ev->status);
	if (ev->retry_after_ms > 0)
		e->wait_ms = (long)ev->retry_after_ms;
	return -1;
}

static int
fail_client(const struct pv_event *ev, struct err *e)
{
	switch (ev->status) {
	case 401:
		return err_set(e, ERR_LOGIN, MAPP_TITLE " answered with HTTP "
		    "status 401, login refused");
	case 403:
		return err_set(e, ERR_DENIED, MAPP_TITLE " answered with HTTP "
		    "status 403, permission refused; the address of this host "
		    "may not be on the account's list");
	case 408:
	case 421:
	case 429:
		return fail_unavailable(ev, e);
	case 413:
		return err_set(e, ERR_PROTOCOL, MAPP_TITLE " answered with "
		    "HTTP status 413: the call is larger than it takes; with "
		    "a smaller batch, a file sent anew makes smaller calls");
	default:
		return err_set(e, ERR_PROTOCOL, MAPP_TITLE " answered with "
		    "HTTP status %ld, so its url may be wrong", ev->status);
	}
}

int
mapp_http_fail(const struct pv_event *ev, bool submits, bool *certain,
    struct err *e)
{
	if (ev->status >= 300 && ev->status <= 399) {
		fail_redirect(ev->status, certain, e);
	} else if (ev->status >= 400 && ev->status <= 499) {
		/*
		 * The request itself is at fault (RFC 9110, 15.5), or was
		 * turned away before it was looked at: 408, 421, and 429 (RFC
		 * 6585, 4).
		 */
		*certain = true;
		fail_client(ev, e);
	} else if (ev->status >= 500 && ev->status <= 599) {
		/*
		 * Nobody knows how far the call had come.  That holds for 503
		 * with Retry-After too: a gateway says it when the platform
		 * behind it is slow, after having passed the call on.
		 */
		*certain = false;
		fail_unavailable(ev, e);
	} else {
		*certain = false;
		err_set(e, ERR_PROTOCOL, MAPP_TITLE " answered with HTTP "
		    "status %ld", ev->status);
	}
	if (!submits)
		*certain = true;
	e->remote = ev->status;
	return -1;
}
