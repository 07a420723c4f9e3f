/*
 * The calls of the platforms that speak JSON: one table of routes, and what
 * the files that answer them share.  Each platform lives under a path of its
 * own, since some of their paths are alike.
 */
#ifndef SANDBOX_SB_ROUTES_H
#define SANDBOX_SB_ROUTES_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "../net/server.h"
#include "faults.h"
#include "jobs.h"

struct err;
struct sandbox;

#define SB_PARTS	3
#define SB_PART_MAX	128	/* bytes of a part, with its NUL */

#define SB_CAPILLARY_PATH	"/capillary"
#define SB_UNIWARE_PATH		"/uniware"
#define SB_UNIWARE_USER		"sandbox"
#define SB_PLACEWISE_PATH	"/placewise"
#define SB_WHICH50_PATH		"/which50"

/* A call, what stood in the path for each star, and its faults. */
struct sb_request {
	const struct http_incoming *in;
	char			 part[SB_PARTS][SB_PART_MAX];
	struct fault_plan	 plan;
};

struct sb_route {
	const char	*name;		/* as in the file of faults */
	const char	*method;
	const char	*path;		/* a star stands for one part */
	enum job_platform platform;
	int		(*answer)(struct sandbox *, const struct sb_request *,
			    struct http_outgoing *, struct err *);
};

/*
 * sb_route_at(i): the i-th route, from 0; NULL behind the last.
 */
const struct sb_route *sb_route_at(size_t);

/*
 * sb_route_known(name): whether a route has this name, in any case.
 */
bool	sb_route_known(const char *);

/*
 * sb_routes_handle(s, in, out): answer a call of one of these platforms; false
 * when the path is of none of them.
 */
bool	sb_routes_handle(struct sandbox *, const struct http_incoming *,
	    struct http_outgoing *);

/*
 * sb_json(out, status, o, e): answer with o, which it takes; a NULL one is
 * ERR_NOMEM.
 */
int	sb_json(struct http_outgoing *, int, json_t *, struct err *);

/*
 * sb_text(out, status, type, text, e): answer with these bytes; type is
 * static.
 */
int	sb_text(struct http_outgoing *, int, const char *, const char *,
	    struct err *);

/*
 * sb_set(o, key, value): take value into o; a NULL one is left out.
 */
void	sb_set(json_t *, const char *, json_t *);

/*
 * sb_count(n): a number, or NULL for -1: not told.
 */
json_t	*sb_count(int64_t);

/*
 * sb_capillary_token(s, rq, out, e): answer a login.
 */
int	sb_capillary_token(struct sandbox *, const struct sb_request *,
	    struct http_outgoing *, struct err *);

/*
 * sb_capillary_status(s, rq, out, e): the jobs of the series in rq.
 */
int	sb_capillary_status(struct sandbox *, const struct sb_request *,
	    struct http_outgoing *, struct err *);

/*
 * sb_capillary_redeemed(s, rq, out, e): likewise, of redeemed coupons.
 */
int	sb_capillary_redeemed(struct sandbox *, const struct sb_request *,
	    struct http_outgoing *, struct err *);

/*
 * sb_placewise_import(s, rq, out, e): an import with its bulks.
 */
int	sb_placewise_import(struct sandbox *, const struct sb_request *,
	    struct http_outgoing *, struct err *);

/*
 * sb_placewise_bulk(s, rq, out, e): one bulk of an import.
 */
int	sb_placewise_bulk(struct sandbox *, const struct sb_request *,
	    struct http_outgoing *, struct err *);

/*
 * sb_uniware_token(s, rq, out, e): answer a login.
 */
int	sb_uniware_token(struct sandbox *, const struct sb_request *,
	    struct http_outgoing *, struct err *);

/*
 * sb_uniware_status(s, rq, out, e): the job that the body names.
 */
int	sb_uniware_status(struct sandbox *, const struct sb_request *,
	    struct http_outgoing *, struct err *);

/*
 * sb_which50_import(s, rq, out, e): an import into a list.
 */
int	sb_which50_import(struct sandbox *, const struct sb_request *,
	    struct http_outgoing *, struct err *);

#endif
