/*
 * HTTP answers that are none of the platform's own: a status that is not 2xx,
 * or a web page of somebody in front of it.  The same for all platforms.
 */
#ifndef PROVIDER_HTTP_FAIL_H
#define PROVIDER_HTTP_FAIL_H

#include <stdbool.h>

#include "../base/err.h"
#include "request.h"

/*
 * pv_http_fail(title, event, submits, certain, e): the error for an HTTP status
 * that is not 2xx, and whether nothing can have changed.  title is what the
 * platform is called.  Returns -1 always.
 */
int	pv_http_fail(const char *, const struct pv_event *, bool, bool *,
	    struct err *);

/*
 * pv_is_page(event): whether the body is a whole web page: of a portal, of a
 * proxy, or put up for maintenance.
 */
bool	pv_is_page(const struct pv_event *);

#endif
