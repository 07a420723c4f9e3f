/*
 * Mapp Empower: what the answer to a call means for us, and the errors that say
 * so.
 */
#ifndef PROVIDER_MAPP_CODES_H
#define PROVIDER_MAPP_CODES_H

#include <stdbool.h>

#include "provider.h"

struct mapp_item;

/* What a response code means for us. */
enum mapp_class {
	MAPP_OK,	/* accepted */
	MAPP_OK_OTHER,	/* the good answer of another coupon method */
	MAPP_EMPTY,	/* nothing to list */
	MAPP_CALLER,	/* our call is wrong */
	MAPP_ACCOUNT,	/* key, secret or our address are wrong: said once
			   for all calls */
	MAPP_CONFIG,	/* the bank is wrong */
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

/*
 * mapp_error(row): the error of this platform's own for it, or NULL when it has
 * none.
 */
const struct err_info *mapp_error(const struct mapp_code *);

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
 * mapp_refuse(item, e): the error for a refused call, in the platform's own
 * words.  Returns -1 always.
 */
int	mapp_refuse(const struct mapp_item *, struct err *);

/*
 * mapp_unclear(item, e): the error for an answer that neither accepts nor
 * refuses.  Returns -1 always.
 */
int	mapp_unclear(const struct mapp_item *, struct err *);

#endif
