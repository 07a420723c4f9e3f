/*
 * How long a server's certificate is still good for.
 *
 * Certificates live for a week or for years, and are renewed when about a
 * third of that is left.  So neither days nor shares alone tell that nobody
 * does it.
 */
#include "../base/clock.h"
#include "../base/log.h"
#include "ctx.h"
#include "side.h"

#define DAY_MS		(24LL * 3600 * 1000)
#define SOON_DAYS	21
#define SOON_SHARE	4

int64_t
cert_days(const struct xfer_facts *f, int64_t now_ms)
{
	int64_t left;

	if (f->cert_end_ms == 0)
		return INT64_MAX;
	left = f->cert_end_ms - now_ms;
	return left < 0 ? -1 : left / DAY_MS;
}

bool
cert_ends_soon(const struct xfer_facts *f, int64_t now_ms)
{
	int64_t left = f->cert_end_ms - now_ms;

	return f->cert_end_ms != 0 && left < SOON_DAYS * DAY_MS &&
	    left < (f->cert_end_ms - f->cert_begin_ms) / SOON_SHARE;
}

void
cert_warn(const struct ctx *c, const char *endpoint, const struct side *s,
    bool *warned)
{
	const struct xfer_facts *f = s->x != NULL ? xfer_facts(s->x) : NULL;
	int64_t now = clock_wall(c->clock);

	if (*warned || f == NULL || !cert_ends_soon(f, now))
		return;
	*warned = true;
	log_say(c->log, LOG_WARN, "the file server's certificate ends soon; "
	    "ask its owner to renew it", LFS("endpoint", endpoint),
	    LFI("days", cert_days(f, now)));
}
