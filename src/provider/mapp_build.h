/*
 * Mapp Empower: requests.
 */
#ifndef PROVIDER_MAPP_BUILD_H
#define PROVIDER_MAPP_BUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "provider.h"

/*
 * mapp_method(verb): the method called for a verb, in the vendor's spelling.
 */
const char *mapp_method(enum pv_verb);

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

#endif
