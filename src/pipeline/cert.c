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

static int64_t
whole_days(int64_t left)
{
	return left < 0 ? -1 : left / DAY_MS;
}

int64_t
cert_days(const struct xfer_facts *f, int64_t now_ms)
{
	return f->cert_end_ms == 0 ? INT64_MAX :
	    whole_days(f->cert_end_ms - now_ms);
}

static bool
ends_soon(int64_t begin, int64_t end, int64_t now_ms)
{
	return end != 0 && end - now_ms < SOON_DAYS * DAY_MS &&
	    end - now_ms < (end - begin) / SOON_SHARE;
}

bool
cert_ends_soon(const struct xfer_facts *f, int64_t now_ms,
    struct cert_soon *out)
{
	bool own = ends_soon(f->cert_begin_ms, f->cert_end_ms, now_ms);
	bool above = ends_soon(f->above_begin_ms, f->above_end_ms, now_ms);
	int64_t end = f->cert_end_ms;

	out->above = NULL;
	if (above && (!own || f->above_end_ms < end)) {
		out->above = f->above_subject;
		end = f->above_end_ms;
	}
	out->days = whole_days(end - now_ms);
	return own || above;
}

void
cert_warn(const struct ctx *c, const char *endpoint, const struct side *s,
    bool *warned)
{
	const struct xfer_facts *f = s->x != NULL ? xfer_facts(s->x) : NULL;
	struct cert_soon soon;

	if (*warned || f == NULL ||
	    !cert_ends_soon(f, clock_wall(c->clock), &soon))
		return;
	*warned = true;
	if (soon.above != NULL)
		log_say(c->log, LOG_WARN, "the certificate of an authority, "
		    "which the file server sends with its own, ends soon; ask "
		    "its owner to send the one that follows",
		    LFS("endpoint", endpoint), LFF("authority", soon.above),
		    LFI("days", soon.days));
	else
		log_say(c->log, LOG_WARN, "the file server's certificate ends "
		    "soon; ask its owner to renew it",
		    LFS("endpoint", endpoint), LFI("days", soon.days));
}
