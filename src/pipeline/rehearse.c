/*
 * Rehearsal: fetch each staged file back the way the platform will, by the
 * pull side's URL and account, and compare.  A pull side that this host cannot
 * reach is only a warning: the platform sits elsewhere.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/clock.h"
#include "../base/fault.h"
#include "../base/log.h"
#include "../base/stop.h"
#include "../config/settings.h"
#include "../format/digest.h"
#include "journey.h"
#include "retry.h"
#include "say.h"
#include "side.h"
#include "steps.h"
#include "told.h"

#define TOLD_PULL	"pull-unreachable"

#define UNSEEN_MS	15000	/* a file may come into sight for so long */
#define UNSEEN_FIRST_MS	100	/* pause before the second look; it doubles */
#define UNSEEN_MOST_MS	2000	/* but no longer than this */

/* How many batches were compared, and how. */
struct rehearsal {
	size_t	n, full, by_size, unreached, again;
	int64_t	unseen_ms;	/* what is left of UNSEEN_MS, for all */
};

static int
rehearse_bytes(void *arg, const void *p, size_t n, struct err *e)
{
	(void)e;
	digest_add(arg, p, n);
	return 0;
}

static int
rehearse_content(struct side *s, const struct ledger_part *p, struct err *e)
{
	struct xfer_sink sink = { .write = rehearse_bytes,
	    .max = (uint64_t)p->bytes };
	unsigned char sum[32];

	sink.arg = digest_new(e);
	if (sink.arg == NULL)
		return -1;
	if (xfer_get(s->x, url_name(s->target.url, p->artifact),
	    &sink, e) == -1) {
		digest_free(sink.arg);
		if (e->code == ERR_LIMIT)
			e->code = ERR_MISMATCH;
		return -1;
	}
	digest_finish(sink.arg, sum);
	if (memcmp(sum, p->sha256, sizeof(sum)) != 0)
		return err_set(e, ERR_MISMATCH, "%s differs from what was "
		    "uploaded", p->artifact);
	return 0;
}

static int
rehearse_size(struct side *s, const struct ledger_part *p, struct err *e)
{
	struct xfer_stat st;

	if (xfer_stat(s->x, url_name(s->target.url, p->artifact), &st, e) ==
	    -1)
		return -1;
	if (st.size != (uint64_t)p->bytes)
		return err_set(e, ERR_MISMATCH, "%s has %llu bytes there, "
		    "%lld were uploaded", p->artifact,
		    (unsigned long long)st.size, (long long)p->bytes);
	return 0;
}

static int
rehearse_mark(struct journey *j, struct ledger_part *p,
    enum part_rehearsed how, struct err *e)
{
	if (how == REHEARSED_FULL || how == REHEARSED_SAMPLE)
		told_is_over(j->c, TOLD_PULL, j->end->name);
	p->rehearsed = how;
	return ledger_part_note(j->c->ledger, j->run.id, p, e);
}

static int
rehearse_part(struct journey *j, struct side *s, struct ledger_part *p,
    bool whole, struct err *e)
{
	if (s->x == NULL && side_open(j->c, j->end, true, s, e) == -1)
		return -1;
	if (!whole && rehearse_size(s, p, e) == -1) {
		if (e->code != ERR_UNSUPPORTED)
			return -1;
		/* A server that tells no sizes shows what it has. */
		err_clear(e);
		whole = true;
	}
	if (whole && rehearse_content(s, p, e) == -1)
		return -1;
	if (FAULT_POINT("rehearsed"))
		return err_set(e, ERR_IO, "injected");
	/* The whole content was compared: no proof is better. */
	if (whole && p->proof == PROOF_UNVERIFIED)
		p->proof = PROOF_READBACK;
	return rehearse_mark(j, p, whole ? REHEARSED_FULL :
	    REHEARSED_SAMPLE, e);
}

/* The upload left the proof of the content to us; then by its side. */
static int
rehearse_upload(struct journey *j, struct ledger_part *p, struct err *e)
{
	struct side s = { 0 };
	int rc;

	if (p->proof == PROOF_UNVERIFIED)
		return err_set(e, ERR_UNCONFIRMED, "what was uploaded could "
		    "be proven by fetching it only");
	if (!side_reads_back(j->end) || p->proof != PROOF_SIZE)
		return 0;
	rc = side_open(j->c, j->end, false, &s, e) == 0 ?
	    rehearse_content(&s, p, e) : -1;
	side_close(&s);
	if (rc != 0)
		return err_wrap(e, "prove the content of %s", p->artifact);
	p->proof = PROOF_READBACK;
	return 0;
}

/*
 * The file is gone or is another one, perhaps since yesterday: it is uploaded
 * again, at once the first time.
 */
static int
rehearse_again(struct journey *j, struct ledger_part *p,
    const struct err *why, struct err *e)
{
	if (part_move(j, p, PART_PREPARED, why->msg, e) == -1)
		return -1;
	if (j->later_round) {
		*e = *why;
		return -1;
	}
	log_say(j->c->log, LOG_WARN, "a staged file is uploaded again",
	    LFF("file", p->artifact), LFS("because", why->msg));
	return 0;
}

/*
 * Trouble that may pass, of a pull side that was reached; or it wants a
 * certificate, which is its operator's matter: nobody has one for it.
 */
static bool
fell_short(const struct err *why)
{
	switch (why->code) {
	case ERR_CONNECT:
		return !net_no_tls(why);	/* a matter of its address */
	case ERR_TIMEOUT:
	case ERR_BROKEN:
	case ERR_UNAVAILABLE:
	case ERR_BUSY:
	case ERR_CLIENT_CERT:
		return true;
	default:
		return false;
	}
}

static bool
is_not_ours(enum err_code code)
{
	return code == ERR_MISMATCH || code == ERR_NOTFOUND;
}

/*
 * What a failed rehearsal means for the part.  A pull side that took the
 * connection and then fell short would do so to the platform too: the file is
 * not announced.
 */
static int
rehearse_failed(struct journey *j, struct ledger_part *p,
    const struct err *why, struct err *e)
{
	struct err up;

	err_clear(&up);
	if (only_unreachable(why)) {
		log_say(j->c->log, told_is_news(j->c, TOLD_PULL, j->end->name) ?
		    LOG_WARN : LOG_INFO, "the pull side cannot be reached "
		    "from this host; going on", LFS("because", why->msg));
		if (rehearse_upload(j, p, &up) == 0)
			return rehearse_mark(j, p, REHEARSED_UNREACHABLE, e);
		if (is_not_ours(up.code))
			return rehearse_again(j, p, &up, e);
		*e = up;
		return -1;
	}
	if (!is_not_ours(why->code)) {
		*e = *why;
		if (fell_short(why))
			e->code = ERR_PICKUP;
	} else if (rehearse_again(j, p, why, e) == 0)
		return 0;
	return err_wrap(e, "test pick-up of %s as the platform would do it",
	    p->artifact);
}

static void
unseen_wait(struct journey *j, const struct ledger_part *p,
    const struct err *why, int64_t *nap, int64_t *left)
{
	if (*nap > *left)
		*nap = *left;
	log_say(j->c->log, LOG_NOTE, "the pull side does not show the file "
	    "yet; looking again", LFF("file", p->artifact),
	    LFS("because", why->msg), LFMS("after", *nap));
	clock_sleep(j->c->clock, *nap);
	*left -= *nap;
	*nap = *nap < UNSEEN_MOST_MS / 2 ? *nap * 2 : UNSEEN_MOST_MS;
}

/*
 * A connection that breaks in the middle may do better the next time, and a
 * store behind several machines may show a file only seconds after it said
 * that it has it: for that all parts together wait once.
 */
static int
rehearse_patiently(struct journey *j, struct side *s, struct ledger_part *p,
    struct rehearsal *all, struct err *e)
{
	bool whole = j->job->rehearse == REHEARSE_FULL || all->n == 0;
	struct retry r = journey_retry(j);
	int64_t nap = UNSEEN_FIRST_MS;
	struct err why;

	for (;;) {
		err_clear(&why);
		if (rehearse_part(j, s, p, whole, &why) == 0)
			return 0;
		if (why.code == ERR_NOTFOUND && all->unseen_ms > 0) {
			unseen_wait(j, p, &why, &nap, &all->unseen_ms);
			if (stop_check(e) == -1)
				return -1;
			continue;
		}
		side_close(s);
		if (retry_next(&r, why.code == ERR_BROKEN ||
		    why.code == ERR_UNAVAILABLE || why.code == ERR_BUSY ||
		    net_cut_off(&why), &why, e) == -1)
			return -1;
	}
}

static void
rehearsal_count(struct rehearsal *r, const struct ledger_part *p)
{
	r->n++;
	if (p->rehearsed == REHEARSED_NOT)
		r->again++;
	else if (p->rehearsed == REHEARSED_FULL)
		r->full++;
	else if (p->rehearsed == REHEARSED_SAMPLE)
		r->by_size++;
	else
		r->unreached++;
}

/* "1 of 3 fetched back from this host: identical; 2 by size". */
static int
rehearsal_text(const struct rehearsal *r, struct buf *b, struct err *e)
{
	const struct {
		size_t		 n;
		const char	*said;
	} rows[] = {
		{ r->full, "fetched back from this host: identical" },
		{ r->by_size, "compared by size only: the same" },
		{ r->unreached, "not reachable from this host; the platform "
		    "may reach it" },
		{ r->again, "not the same; uploading again" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].n == 0)
			continue;
		if (b->len > 0 && buf_adds(b, "; ", e) == -1)
			return -1;
		if (rows[i].n < r->n && buf_addf(b, e, "%zu of %zu ",
		    rows[i].n, r->n) == -1)
			return -1;
		if (buf_adds(b, rows[i].said, e) == -1)
			return -1;
	}
	return 0;
}

static int
rehearsal_say(struct journey *j, const struct rehearsal *r, int64_t since,
    struct err *e)
{
	struct buf b;
	char took[32];
	int rc;

	buf_init(&b, 1024);
	rc = rehearsal_text(r, &b, e);
	since = spent(j, "rehearse", since);
	if (rc == 0)
		say(j, "pick-up", "%.*s   %s", (int)b.len, (char *)b.data,
		    duration_text(since, took));
	buf_release(&b);
	return rc;
}

int
step_rehearse(struct journey *j, struct err *e)
{
	struct rehearsal r = { .unseen_ms = UNSEEN_MS };
	struct side s = { 0 };
	int64_t t = clock_mono(j->c->clock);
	struct err why;
	size_t i;
	int rc = 0;

	if (j->end == NULL || j->job->rehearse == REHEARSE_OFF ||
	    j->c->dry_run)
		return 0;
	for (i = 0; rc == 0 && i < j->nparts; i++) {
		struct ledger_part *p = &j->parts[i];

		if (p->state != PART_STAGED || p->rehearsed != REHEARSED_NOT)
			continue;
		err_clear(&why);
		if (rehearse_patiently(j, &s, p, &r, &why) == -1)
			rc = rehearse_failed(j, p, &why, e);
		rehearsal_count(&r, p);
	}
	cert_warn(j->c, j->end->name, &s, &j->warned);
	side_close(&s);
	if (r.n > 0 && rc == 0)
		rc = rehearsal_say(j, &r, t, e);
	return rc;
}
