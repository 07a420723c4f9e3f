/*
 * Calls in JSON: secrets into requests; and answers, in which numbers come as
 * text, ids as numbers, lists as null.
 */
#ifndef PROVIDER_JSON_CALL_H
#define PROVIDER_JSON_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/secret.h"
#include "request.h"

/*
 * pv_json_answer(title, event, e): the object that is the body.  NULL with
 * ERR_PROTOCOL, ERR_LIMIT or ERR_NOMEM when it is none: a web page, cut off,
 * a key twice.  The caller decrefs.
 */
json_t	*pv_json_answer(const char *, const struct pv_event *, struct err *);

/*
 * pv_json_put(b, key, secret, e): append "key":"secret" to b, which is to be
 * wiped; no copy stays elsewhere.  key is static and plain.  ERR_SECRET names
 * the key when the secret is no UTF-8 text, which JSON could not carry.
 */
int	pv_json_put(struct buf *, const char *, const struct secret *,
	    struct err *);

/*
 * pv_json_count(o, key): a member that counts something: a number or a text of
 * digits, up to 10^13, so that sums of a whole answer fit 63 bits, and times in
 * milliseconds do.  -1 when it is not said, null, or no such thing.
 */
int64_t	pv_json_count(const json_t *, const char *);

/*
 * pv_json_word(o, key, out, size): a member that is a text or an integer, as
 * text.  False, and "" in out, when it is not said, null, neither, empty, or
 * does not fit.
 */
bool	pv_json_word(const json_t *, const char *, char *, size_t);

/*
 * pv_json_text(o, key): a member that is a text, borrowed; NULL when it is not.
 */
const char *pv_json_text(const json_t *, const char *);

#endif
