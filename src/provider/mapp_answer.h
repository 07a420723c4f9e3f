/*
 * Mapp Empower: an answer as items, one for each call, and as the records that
 * these list.
 */
#ifndef PROVIDER_MAPP_ANSWER_H
#define PROVIDER_MAPP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"
#include "../format/xml.h"
#include "mapp_codes.h"

struct buf;

/* Rows; a whole answer full of counters this large still adds up in 63 bits. */
#define MAPP_COUNT_MAX	1000000000000

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
 * mapp_correlate(a, ncalls, slot): for each call the index of its item into
 * slot[ncalls], SIZE_MAX for none.  By responseNum; in document order when
 * numbers are missing or senseless and every call has an item.  False when
 * neither works and no item can be attributed.
 */
bool	mapp_correlate(const struct mapp_answer *, size_t, size_t *);

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

#endif
