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
