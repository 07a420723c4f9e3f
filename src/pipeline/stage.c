/*
 * Staging: every prepared part onto the file server, over one connection,
 * each proven before the ledger says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../transfer/url.h"
#include "../base/clock.h"
#include "../base/fault.h"
#include "../config/settings.h"
#include "artifact.h"
#include "ctx.h"
#include "journey.h"
#include "places.h"
#include "retry.h"
#include "say.h"
#include "side.h"
#include "steps.h"

static void
stage_progress(void *arg, uint64_t done, uint64_t total)
{
	const struct journey *j = arg;

	say_progress(arg, &(struct pipe_event){ .step = "upload",
	    .done = done, .total = total, .bytes = true, .nth = j->nth,
	    .of = j->of });
}

/* Where the file is, or may be, and how well that is known. */
static int
stage_note(struct journey *j, struct ledger_part *p,
    const struct xfer_staged *st, struct err *e)
{
	static const enum part_proof proofs[] = {
		[XFER_VERIFIED_UNSURE] = PROOF_UNVERIFIED,
		[XFER_VERIFIED_SIZE] = PROOF_SIZE,
		[XFER_VERIFIED_HASH] = PROOF_HASH,
		[XFER_VERIFIED_READBACK] = PROOF_READBACK,
	};
	char url[4600];

	if (str_set(&p->artifact, st->name, e) == -1 ||
	    place_note(j, p, e) == -1)
		return -1;
	url_of(j->end->upload.url, p->artifact, false, url, sizeof(url));
	p->rehearsed = REHEARSED_NOT;
	p->proof = proofs[st->verified];
	return str_set(&p->stage_url, url, e);
}

/* A full rehearsal compares the content; it need not be done twice. */
static bool
reads_back(const struct journey *j)
{
	return side_reads_back(j->end) && !url_is_file(j->end->upload.url) &&
	    (j->job->rehearse != REHEARSE_FULL ||
	    j->c->until == UNTIL_STAGED);
}

void
stage_opts(const struct journey *j, const struct ledger_part *p,
    struct xfer_stage_opts *o)
{
	*o = j->end->stage;
	o->name = p->artifact;
	o->tag = j->run.id;
	if (!reads_back(j) || j->c->dry_run)
		o->proof = XFER_BY_SIZE;
	memcpy(o->sha256, p->sha256, sizeof(o->sha256));
	o->again = p->attempts > 1;
	o->believe = j->job->rehearse == REHEARSE_FULL &&
	    j->c->until != UNTIL_STAGED;
	o->in_place = url_is_file(j->end->upload.url) && !j->c->dry_run;
}

/* One try for one part over an open connection. */
static int
stage_put(struct journey *j, struct side *s, struct ledger_part *p,
    struct err *e)
{
	struct xfer_stage_opts opts;
	struct xfer_source src;
	struct xfer_staged st = { 0 };
	struct err lost;
	int fd, rc;

	stage_opts(j, p, &opts);
	fd = artifact_open(p, e);
	if (fd < 0)
		return -1;
	rc = xfer_source_fd(fd, &src, e);
	if (rc == 0)
		rc = xfer_stage(s->x, &src, &opts, &st, e);
	close(fd);
	if (rc == 0 && FAULT_POINT("stage-done"))
		rc = err_set(e, ERR_BROKEN, "injected");
	err_clear(&lost);
	if (st.verified != XFER_VERIFIED_NOT &&
	    stage_note(j, p, &st, &lost) == -1) {
		*e = lost;
		return -1;
	}
	return rc;
}

/* Intent, upload, result. */
static int
stage_try(struct journey *j, struct side *s, struct ledger_part *p,
    struct err *e)
{
	struct err why;

	p->attempts++;
	if (place_note(j, p, e) == -1 ||
	    part_move(j, p, PART_STAGING, NULL, e) == -1)
		return -1;
	err_clear(&why);
	if (s->x == NULL && side_open_upload(j->c, j->end, p->bytes, s,
	    &why) == -1)
		side_close(s);
	else if (s->x != NULL) {
		xfer_on_progress(s->x, stage_progress, j);
		if (stage_put(j, s, p, &why) == 0)
			return part_move(j, p, PART_STAGED,
			    part_proof_name(p->proof), e);
		side_close(s);	/* what broke is not used again */
	}
	if (part_move(j, p, PART_PREPARED, why.msg, e) == -1)
		return -1;
	*e = why;
	return err_wrap(e, "upload %s", p->artifact);
}

static int
stage_part(struct journey *j, struct side *s, struct ledger_part *p,
    struct err *e)
{
	struct retry r = journey_retry(j);
	struct err why;

	do {
		err_clear(&why);
		if (stage_try(j, s, p, &why) == 0)
			return 0;
	} while (retry_next(&r, err_is(&why, ERR_PASSES), &why, e) == 0);
	return -1;
}

/* "files.example.com:2222" of the upload side, for people. */
static void
stage_where(const struct journey *j, char out[200])
{
	struct err ignored;
	struct xfer_url u;

	err_clear(&ignored);
	snprintf(out, 200, "this machine");
	if (xfer_url_parse(j->end->upload.url, &u, &ignored) == 0 &&
	    u.host != NULL && u.host[0] != '\0')
		snprintf(out, 200, "%s:%u", u.host, (unsigned)u.port);
	xfer_url_release(&u);
}

int
step_stage(struct journey *j, struct err *e)
{
	struct side s = { 0 };
	int64_t t = clock_mono(j->c->clock);
	size_t i, n = 0;
	char took[32], where[200], files[64];
	int rc = 0;

	if (j->end == NULL)
		return 0;
	if (parts_in(j, PART_PREPARED) > 0 && staged_signed_check(j->job,
	    j->end, j->nparts, e) == -1)
		return -1;
	j->of = parts_in(j, PART_PREPARED);
	for (i = 0; rc == 0 && i < j->nparts; i++) {
		if (j->parts[i].state != PART_PREPARED ||
		    j->parts[i].inlined)
			continue;
		j->nth = n + 1;
		rc = stage_part(j, &s, &j->parts[i], e);
		n += rc == 0;
	}
	cert_warn(j->c, j->end->name, &s, &j->warned);
	side_close(&s);
	if (n > 0) {
		t = spent(j, "stage", t);
		stage_where(j, where);
		say(j, "upload", "%s%s   %s, %s proven   %s", where,
		    j->c->dry_run ? " (not done)" : "", str_count(n, "file",
		    files), reads_back(j) ? "size and content" : "size",
		    duration_text(t, took));
	}
	return rc;
}
