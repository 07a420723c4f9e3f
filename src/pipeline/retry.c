/* When to try again: one policy, apart from those who use it. */
#include "retry.h"

#include "../base/clock.h"
#include "../base/id.h"
#include "../base/log.h"
#include "../base/stop.h"
#include "../net/net.h"

#define RETRY_CAP_MS	300000	/* longest pause of our own choosing */

int64_t
retry_wait(int attempt, int64_t first_ms, int64_t asked_ms, uint32_t rnd)
{
	int64_t top = first_ms, wait;
	int i;

	for (i = 1; i < attempt && top < RETRY_CAP_MS; i++)
		top *= 2;
	if (top > RETRY_CAP_MS)
		top = RETRY_CAP_MS;
	if (asked_ms > NET_PAUSE_MAX_MS)
		asked_ms = NET_PAUSE_MAX_MS;
	wait = top > 0 ? (int64_t)(rnd % (uint64_t)(top + 1)) : 0;
	return wait < asked_ms ? asked_ms : wait;
}

bool
retry_may(const struct retry *r, const struct err *why)
{
	int64_t now = clock_mono(r->clock);
	bool late = r->until != 0 && now >= r->until;

	if (late && why->wait_ms > 0)
		return false;
	if (r->failed < r->most)
		return true;
	return !late && r->for_ms > 0 &&
	    (r->failed == 0 || now - r->since < r->for_ms);
}

int64_t
retry_after(struct retry *r, const struct err *why)
{
	struct err ignored;
	uint32_t rnd;
	int64_t ms, left;
	bool said;

	if (r->failed++ == 0)
		r->since = clock_mono(r->clock);
	err_clear(&ignored);
	if (random_bytes(&rnd, sizeof(rnd), &ignored) == -1)
		rnd = (uint32_t)clock_mono(r->clock);
	ms = retry_wait(r->failed, r->first_ms, why->wait_ms, rnd);
	left = r->until - clock_mono(r->clock);
	if (r->until != 0 && ms > left)
		ms = left > 0 ? left : 0;
	said = ms >= RETRY_LONG_MS && (r->told == NULL || !*r->told);
	if (said && r->told != NULL)
		*r->told = true;
	log_say(r->log, said ? LOG_WARN : LOG_NOTE, "trying again",
	    LFS("because", why->msg), LFI("attempt", r->failed + 1),
	    LFMS("after", ms));
	return ms;
}

int
retry_pause(struct retry *r, const struct err *why, struct err *e)
{
	clock_sleep(r->clock, retry_after(r, why));
	return stop_check(e);
}

int
retry_next(struct retry *r, bool passes, const struct err *why, struct err *e)
{
	if (passes && retry_may(r, why))
		return retry_pause(r, why, e);
	*e = *why;
	return -1;
}
