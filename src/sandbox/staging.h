/*
 * The stand-in's own file server: /stage/NAME, one flat folder.
 */
#ifndef SANDBOX_STAGING_H
#define SANDBOX_STAGING_H

struct http_incoming;
struct http_outgoing;
struct sandbox;

#define STAGING_PREFIX	"/stage/"

/*
 * staging_route(s, in): for a PUT that may go on, an unnamed file in the
 * folder for its body; -1 else.
 */
int	staging_route(struct sandbox *, const struct http_incoming *);

/*
 * staging_handle(s, in, out): answer a request under STAGING_PREFIX.
 */
void	staging_handle(struct sandbox *, const struct http_incoming *,
	    struct http_outgoing *);

#endif
