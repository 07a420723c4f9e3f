/*
 * Mapp Empower: what its files share.
 *
 * mapp.c is the machine, mapp_build.c writes requests, mapp_pull.c judges
 * where the platform is to fetch from, mapp_parse.c turns an answer into
 * items, mapp_codes.c judges response codes, mapp_refuse.c words refusals,
 * mapp_read.c and mapp_rows.c turn items into results.
 *
 * What the vendor says, and what is assumed where he says nothing, is in
 * platforms.md "Mapp Empower".
 */
#ifndef PROVIDER_MAPP_INTERNAL_H
#define PROVIDER_MAPP_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../format/xml.h"
#include "provider.h"

#define MAPP_TITLE	"Mapp Empower"
#define MAPP_LOOKUPS	100		/* codes in one POST; our choice */
#define MAPP_XML_MAX	(8u << 20)	/* bytes of a request before coding */
#define MAPP_WORDS	400		/* bytes of foreign text in an error */
/* Rows; a whole answer full of counters this large still adds up in 63 bits. */
#define MAPP_COUNT_MAX	1000000000000

/* What a response code means for us. */
enum mapp_class {
	MAPP_OK,	/* accepted */
	MAPP_OK_OTHER,	/* the good answer of another coupon method */
	MAPP_EMPTY,	/* nothing to list */
	MAPP_CALLER,	/* our call is wrong */
	MAPP_CONFIG,	/* key, secret or bank are wrong */
	MAPP_STAGING,	/* the file could not be fetched or unpacked */
	MAPP_DATA,	/* no row of the call could be used */
	MAPP_SILENT,	/* neither a code nor an error */
	MAPP_UNKNOWN	/* in no list */
};

struct mapp_code {
	long		 code;	/* 0: known by its text only */
	const char	*text;	/* the vendor's, for answers without a code */
	enum mapp_class	 class;
	enum err_code	 err;	/* ERR_NONE for good answers */
};

/* One call's part of an answer. */
struct mapp_item {
	const struct xml_node	*node;
	uint64_t		 num;	/* responseNum; 0: not said */
	long			 code;	/* responseCode; 0: not said */
	bool			 error;	/* <error>1</error> */
	const struct mapp_code	*row;
};

struct mapp_answer {
	struct xml_node		*root;
	struct mapp_item	*items;
	size_t			 nitems;	/* at least 1 */
};

/* One of the things that an answer lists: a bank, a coupon, a task. */
struct mapp_record {
	const struct xml_node	*parent;
	const struct xml_node	*key;	/* child of parent that names it */
	bool			 alone;	/* the only one in its parent */
};

/*
 * mapp_next: the machine; see provider_next.
 */
int	mapp_next(const struct pv_ask *, struct pv_state *,
	    const struct pv_event *, struct pv_step *, struct err *);

/*
 * mapp_pull_check(pull, e): the share of pv_pull_check that only this
 * platform asks for: endings of file names, and no login for a web address.
 */
int	mapp_pull_check(const struct pv_pull *, struct err *);

/*
 * mapp_method(verb): the method called for a verb, in the vendor's spelling.
 */
const char *mapp_method(enum pv_verb);

/*
 * mapp_calls(ask): how many calls one POST for this ask holds.
 */
size_t	mapp_calls(const struct pv_ask *);

/*
 * mapp_build(ask, respell, rq, e): the whole request into *rq, whose buffers
 * are initialised.  respell takes the other spelling of the compression.
 * ERR_CONFIG or ERR_SECRET with the missing piece, ERR_INTERNAL for an ask
 * that is not complete, ERR_LIMIT, ERR_NOMEM.
 */
int	mapp_build(const struct pv_ask *, bool, struct pv_request *,
	    struct err *);

/*
 * mapp_put_pull(x, pull, respell, e): append the elements that say where the
 * file is, how to log in and how it is compressed.
 */
int	mapp_put_pull(struct buf *, const struct pv_pull *, bool, struct err *);

/*
 * mapp_put_secret(x, name, secret, what, e): append an element with a secret.
 * ERR_SECRET names what when it is empty or cannot be sent; never its bytes.
 */
int	mapp_put_secret(struct buf *, const char *, const struct secret *,
	    const char *, struct err *);

/*
 * mapp_mask(ask, text): put stars in place of the ask's secrets, should the
 * platform repeat one in its words; NULL is harmless.  Secrets below 4 bytes
 * would be found everywhere and stay.
 */
void	mapp_mask(const struct pv_ask *, char *);

/*
 * mapp_judge(code, error, text): the row for a response code, or for the text
 * of an answer that has none; never NULL.
 */
const struct mapp_code *mapp_judge(long, bool, const char *);

/*
 * mapp_refuses(item): the call was not accepted.
 */
bool	mapp_refuses(const struct mapp_item *);

/*
 * mapp_is_certain(item): a refusal after which nothing can have changed: all
 * documented ones are checks of the input, and those with a 6xx code begin
 * with "Action not taken" (platforms.md "coupon.updateDetails").
 */
bool	mapp_is_certain(const struct mapp_item *);

/*
 * mapp_answer_parse(a, method, p, n, e): the items of an answer to that
 * method.  ERR_PROTOCOL when it is not the XML of this platform, ERR_LIMIT,
 * ERR_NOMEM.  The caller ends *a with mapp_answer_release, after failure too.
 */
int	mapp_answer_parse(struct mapp_answer *, const char *, const char *,
	    size_t, struct err *);

/*
 * mapp_answer_release(a): free the tree and the items.
 */
void	mapp_answer_release(struct mapp_answer *);

/*
 * mapp_field(item, name): a child of the item, else of its responseData; NULL
 * when there is none.  Methods differ in the place: platforms.md "The answer".
 */
const struct xml_node *mapp_field(const struct mapp_item *, const char *);

/*
 * mapp_below(node, name): the first element of that name anywhere below that
 * has text of its own; NULL when there is none.
 */
const struct xml_node *mapp_below(const struct xml_node *, const char *);

/*
 * mapp_missing(item): the element that names what the call lacks, or NULL.
 */
const struct xml_node *mapp_missing(const struct mapp_item *);

/*
 * mapp_counter(item, name): updated, failed or total of a call; -1 when it is
 * not said or not a number.
 */
int64_t	mapp_counter(const struct mapp_item *, const char *);

/*
 * mapp_words(node, b, e): append the texts of the node and of all below it,
 * with "; " between (responseText may hold a list of messages).  NULL adds
 * nothing.
 */
int	mapp_words(const struct xml_node *, struct buf *, struct err *);

/*
 * mapp_copy_id(out, size, id, what, e): an id that can be shown, stored and
 * asked for again.  ERR_PROTOCOL for any other, or one that does not fit.
 */
int	mapp_copy_id(char *, size_t, const char *, const char *,
	    struct err *);

/*
 * mapp_item_text(item, out, e): the responseText, for the caller to free; NULL
 * in *out when there is none.
 */
int	mapp_item_text(const struct mapp_item *, char **, struct err *);

/*
 * mapp_records(root, key, f, arg): call f for every element called key with
 * text, wherever it is, until it returns non-zero, which is returned.  The
 * nesting of lists is not documented and differs between methods.
 */
int	mapp_records(const struct xml_node *, const char *,
	    int (*)(void *, const struct mapp_record *), void *);

/*
 * mapp_record_text(r, name): the text of a field of that record, or NULL.
 */
const char *mapp_record_text(const struct mapp_record *, const char *);

/*
 * mapp_refuse(item, e): the error for a refused call, in the platform's own
 * words.  Returns -1 always.
 */
int	mapp_refuse(const struct mapp_item *, struct err *);

/*
 * mapp_unclear(item, e): the error for an answer that neither accepts nor
 * refuses.  Returns -1 always.
 */
int	mapp_unclear(const struct mapp_item *, struct err *);

/*
 * mapp_http_fail(event, submits, certain, e): the error for an HTTP status
 * that is not 2xx, and whether nothing can have changed.  Returns -1 always.
 */
int	mapp_http_fail(const struct pv_event *, bool, bool *, struct err *);

/*
 * mapp_correlate(a, ncalls, slot): for each call the index of its item into
 * slot[ncalls], SIZE_MAX for none.  By responseNum; in document order when
 * numbers are missing or senseless and every call has an item.  False when
 * neither works and no item can be attributed.
 */
bool	mapp_correlate(const struct mapp_answer *, size_t, size_t *);

/*
 * mapp_read_banks(a, out, e): result of coupon.listBanks.
 */
int	mapp_read_banks(const struct mapp_answer *, struct pv_result *,
	    struct err *);

/*
 * mapp_read_tasks(ask, a, out, e): result of utilities.getTasks, for the ids
 * asked (those not in the answer are TASK_LOST) or all of PV_FIND.
 */
int	mapp_read_tasks(const struct pv_ask *, const struct mapp_answer *,
	    struct pv_result *, struct err *);

/*
 * mapp_read_coupons(ask, a, out, e): result of the coupon.getDetails calls.
 */
int	mapp_read_coupons(const struct pv_ask *, const struct mapp_answer *,
	    struct pv_result *, struct err *);

/*
 * mapp_read_file(a, out, certain, e): answer to an announced file.
 */
int	mapp_read_file(const struct mapp_answer *, struct pv_result *, bool *,
	    struct err *);

/*
 * mapp_read_rows(ask, a, out, certain, e): answers to rows inside the call.
 */
int	mapp_read_rows(const struct pv_ask *, const struct mapp_answer *,
	    struct pv_result *, bool *, struct err *);

#endif
