/*
 * The stand-in for Mapp Empower: the call as parsed and the answer being
 * written.  Shapes and oddities are those of the vendor's pages, named at
 * each function.  sb_mapp_ is the platform played here, mapp_ in src/provider
 * the client of the real one.
 */
#ifndef SANDBOX_SB_MAPP_H
#define SANDBOX_SB_MAPP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apply.h"
#include "faults.h"

struct buf;
struct err;
struct http_incoming;
struct http_outgoing;
struct sandbox;
struct xml_node;

#define SB_MAPP_PATH	"/api/xmlrpc/index.php"

/* One <methodCall> and where it stands in its POST. */
struct sb_mapp_call {
	const struct xml_node	*node;
	const char		*method;	/* as sent; "" if missing */
	unsigned		 num;		/* from 1 */
	unsigned		 total;		/* calls in the POST */
	unsigned		 completed;	/* before this one */
	struct fault_plan	 plan;
};

/*
 * sb_mapp_handle(s, in, out): answer a POST to SB_MAPP_PATH.
 */
void	sb_mapp_handle(struct sandbox *, const struct http_incoming *,
	    struct http_outgoing *);

/*
 * sb_mapp_run(s, call, b, code, e): execute one call and append its <item>.
 * The response code goes to *code; 0 when the answer has none.  Returns 1
 * when the call succeeded, 0 when it failed as far as no_halt is concerned,
 * -1 when no answer could be made.
 */
int	sb_mapp_run(struct sandbox *, const struct sb_mapp_call *, struct buf *,
	    long *, struct err *);

/*
 * sb_mapp_update(s, call, b, code, e): coupon.updateDetails; as sb_mapp_run.
 */
int	sb_mapp_update(struct sandbox *, const struct sb_mapp_call *,
	    struct buf *, long *, struct err *);

/*
 * sb_mapp_bank(s, call, id, e): the bank the call names.  0 with its id; 428 or
 * 667 when it is missing or unknown; -1.
 */
int	sb_mapp_bank(struct sandbox *, const struct sb_mapp_call *, int64_t *,
	    struct err *);

/*
 * sb_mapp_argument(call, name): text of an argument, borrowed; NULL when it is
 * missing or empty.
 */
const char *sb_mapp_argument(const struct sb_mapp_call *, const char *);

/*
 * sb_mapp_text(code): the response text of a code, static.
 */
const char *sb_mapp_text(long);

/*
 * sb_mapp_success(code): whether a code means that the call did its work.
 */
bool	sb_mapp_success(long);

/*
 * answer_open(b, call, code, text, e): <item> with methodName (lower case, as
 * the vendor's examples echo it), responseCode unless 0, responseText (of the
 * code when text is NULL).
 */
int	answer_open(struct buf *, const struct sb_mapp_call *, long,
	    const char *, struct err *);

/*
 * answer_close(b, call, e): responseNum and the end of the item.
 */
int	answer_close(struct buf *, const struct sb_mapp_call *, struct err *);

/*
 * answer_code(b, call, code, e): a whole item with nothing but a code, as it
 * looks for that code: 428 and 445 have their own shapes, 682 has counters.
 */
int	answer_code(struct buf *, const struct sb_mapp_call *, long,
	    struct err *);

/*
 * answer_missing(b, call, name, e): 428 "Missing variables", naming the
 * element; platforms.md "General errors".
 */
int	answer_missing(struct buf *, const struct sb_mapp_call *, const char *,
	    struct err *);

/*
 * answer_unknown(b, call, e): "Incorrect Action Specified", without a code;
 * platforms.md "General errors".
 */
int	answer_unknown(struct buf *, const struct sb_mapp_call *, struct err *);

/*
 * answer_auth(b, call, e): "Could not authenticate" as recorded from the real
 * one: no method, the code in responseData, CDATA padded with blanks.
 */
int	answer_auth(struct buf *, const struct sb_mapp_call *, struct err *);

/*
 * answer_general(b, call, text, name, e): a failure of the envelope, before
 * there is any method; name is the missing element, or NULL.
 */
int	answer_general(struct buf *, const struct sb_mapp_call *, const char *,
	    const char *, struct err *);

/*
 * answer_counts(b, call, code, counts, e): an inline update: the counters lie
 * directly in the item, as in platforms.md "The answer".
 */
int	answer_counts(struct buf *, const struct sb_mapp_call *, long,
	    const struct apply_counts *, struct err *);

/*
 * answer_int(b, name, value, e): an element with a number.
 */
int	answer_int(struct buf *, const char *, int64_t, struct err *);

#endif
