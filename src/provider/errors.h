/*
 * All errors there are: those of this program, then what each platform refuses
 * with, from the rows of the providers.
 */
#ifndef PROVIDER_ERRORS_H
#define PROVIDER_ERRORS_H

#include <stddef.h>

#include "../base/err.h"

/*
 * pv_error_at(i): the row of the i-th error, NULL past the last; for lists.
 */
const struct err_info *pv_error_at(size_t);

/*
 * pv_error_find(word): the row of that word, in any case of letters, or NULL.
 */
const struct err_info *pv_error_find(const char *);

/*
 * pv_error_numbered(code): the row of a platform's own number, such as "654";
 * the first platform that has it.  NULL when none has.
 */
const struct err_info *pv_error_numbered(const char *);

/*
 * pv_recall(e, word, fmt, ...): the error whose word was kept in the ledger,
 * with this sentence.  A word that is not known, of a platform that this build
 * lacks, is ERR_REFUSED.  Returns -1 always.
 */
int	pv_recall(struct err *, const char *, const char *, ...)
	    __attribute__((format(printf, 3, 4)));

#endif
