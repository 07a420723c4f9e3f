/*
 * The loop: whatever state a run is in, each step does what is due for it and
 * writes the result.  A run just received, one broken off in any place and one
 * that a person decided about all come through here.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/clock.h"
#include "../base/fault.h"
#include "../base/log.h"
#include "../base/stop.h"
#include "../format/jsonx.h"
#include "ctx.h"
#include "journey.h"
#include "pipeline.h"
#include "places.h"
#include "question.h"
#include "repeat.h"
#include "report.h"
#include "say.h"
#include "side.h"
#include "steps.h"
#include "still.h"

#define LOOP_ROUNDS	3	/* a settled part may become due again */

/*
 * Interrupted uploads begin again, and so does what was staged in a folder that
 * is not the endpoint's any more: the platform would be sent to the new one.
 * What was staged some time ago may be gone by now, so it is rehearsed anew.
 */
static int
step_restage(struct journey *j, struct err *e)
{
	struct ledger_part *p;
	size_t i;

	for (i = 0; i < j->nparts; i++) {
		p = &j->parts[i];
		if (p->state == PART_STAGED) {
			p->rehearsed = REHEARSED_NOT;
		}
		if (p->state == PART_STAGED && place_has_moved(j, p) &&
		    part_move(j, p, PART_PREPARED, "the endpoint has another "
		    "address now", e) == -1)
			return -1;
		if (p->state == PART_STAGING && part_move(j, p,
		    PART_PREPARED, "interrupted while uploading", e) == -1)
			return -1;
	}
	return 0;
}

/* Lost tasks get another chance whenever a run is resumed. */
static int
step_refind(struct journey *j, struct err *e)
{
	size_t i;

	for (i = 0; i < j->nparts; i++)
		if (j->parts[i].state == PART_LOST) {
			part_forgive(&j->parts[i]);
			if (part_move(j, &j->parts[i], PART_FOLLOWING,
			    "asking again", e) == -1)
				return -1;
		}
	return 0;
}

/* Rows that are still to be sent. */
static uint64_t
rows_to_send(const struct journey *j)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < j->nparts; i++)
		if (j->parts[i].state == PART_PREPARED ||
		    j->parts[i].state == PART_STAGED)
			n += (uint64_t)j->parts[i].rows;
	return n;
}

/*
 * Show what will be sent where, and ask once, or leave that to who asks for
 * several runs together.  The run is held before: however the question ends,
 * only a yes lets the next night send it.
 */
static int
step_confirm(struct journey *j, struct err *e)
{
	uint64_t n = rows_to_send(j);
	char what[1024];

	if (j->c->ui.confirm == NULL || j->confirmed || n == 0)
		return 0;
	if (ledger_run_ask(j->c->ledger, j->run.id, "a person is asked",
	    e) == -1)
		return -1;
	if (j->c->until == UNTIL_ASKED)
		return 0;
	question_one(&j->run, j->end, n, what, sizeof(what));
	if (j->c->ui.confirm(j->c->ui.arg, what) == -1)
		return question_no(j->c->ledger, j->run.id,
		    parts_in(j, PART_UNKNOWN) + parts_in(j, PART_LOST) > 0, e);
	j->confirmed = true;
	return ledger_run_yes(j->c->ledger, j->run.id, "a person said yes", e);
}

static int
loop_follow(struct journey *j, struct err *e)
{
	return step_follow(j, e) == -1 ? -1 : step_verify(j, e);
}

/*
 * What keeps the rest from being sent, e, keeps nobody from following what was
 * sent before, where it is not the platform itself.
 */
static int
loop_sent(struct journey *j, struct err *e)
{
	struct err ignored;

	err_clear(&ignored);
	if (e->code != ERR_STOPPED && parts_in(j, PART_FOLLOWING) +
	    parts_in(j, PART_VERIFYING) > 0)
		loop_follow(j, &ignored);
	return -1;
}

/* One pass through the steps in their order. */
static int
loop_round(struct journey *j, struct err *e)
{
	if (step_settle(j, e) == -1)
		return -1;
	if (j->c->only_follow)
		return loop_follow(j, e);
	if (step_preflight(j, e) == -1)
		return e->code == ERR_BANK ? loop_sent(j, e) : -1;
	if (step_confirm(j, e) == -1)
		return -1;
	if (j->c->until == UNTIL_ASKED)
		return 0;
	if ((j->c->until == UNTIL_END && submit_check(j, e) == -1) ||
	    step_stage(j, e) == -1)
		return loop_sent(j, e);
	if (j->c->until == UNTIL_STAGED || j->c->dry_run)
		return 0;
	if (step_rehearse(j, e) == -1)
		return loop_sent(j, e);
	if (step_submit(j, e) == -1 || step_settle(j, e) == -1)
		return -1;
	return loop_follow(j, e);
}

static bool
all_final(const struct journey *j)
{
	size_t i;

	for (i = 0; i < j->nparts; i++)
		if (!part_is_final(j->parts[i].state))
			return false;
	return j->nparts > 0;
}

static int
loop_error(struct journey *j, const struct err *why, struct err *e)
{
	bool none = why->code == ERR_NONE;

	if (str_set(&j->run.err_word, none ? NULL : err_row(why)->word,
	    e) == -1)
		return -1;
	return str_set(&j->run.err_msg, none ? NULL : why->msg, e);
}

/* Keep the times and the last error where `show` finds them. */
static int
loop_note(struct journey *j, const struct err *why, struct err *e)
{
	char *seconds = json_dumps(j->seconds, JSON_COMPACT |
	    JSON_REAL_PRECISION(6));

	if (seconds == NULL)
		return err_nomem(e);
	free(j->run.seconds);
	j->run.seconds = seconds;
	return loop_error(j, why, e) == -1 ? -1 :
	    ledger_run_note(j->c->ledger, &j->run, e);
}

/* The end of a run whose parts have all ended. */
static int
loop_finish(struct journey *j, struct pipe_end *out, struct err *e)
{
	struct run_report r;
	struct err later;
	int rc;

	err_clear(&later);
	still_after(j);
	rc = step_tidy(j, &later);
	if (rc < 0) {
		*e = later;
		return -1;
	}
	j->run.untidy = rc == 1;
	if (FAULT_POINT("tidied"))
		return err_set(e, ERR_IO, "injected");
	if (report_make(j->c, j->run.id, &r, e) == -1) {
		report_release(&r);
		return -1;
	}
	j->run.state = parts_in(j, PART_CANCELLED) == j->nparts &&
	    !parts_announced(j) ? RUN_CANCELLED : RUN_FINISHED;
	j->run.exit = out->exit = r.exit;
	out->err = r.err;
	j->run.finished_ms = clock_wall(j->c->clock);
	/* A run that has ended does not come by here again. */
	rc = repeat_mended(j, &r, e);
	if (rc == 0 && FAULT_POINT("mended"))
		rc = err_set(e, ERR_IO, "injected");
	if (rc == 0)
		rc = str_set(&j->run.outcome, outcome_name(r.outcome),
		    e) == -1 || loop_error(j, &r.err, e) == -1 ? -1 :
		    ledger_run_end(j->c->ledger, &j->run, e);
	report_release(&r);
	return rc;
}

/* No part went further than to the file server. */
static bool
unsent(const struct journey *j)
{
	return parts_in(j, PART_PREPARED) + parts_in(j, PART_STAGED) ==
	    j->nparts;
}

/* The run stops here without having ended; e is the trouble so far. */
static int
loop_pause(struct journey *j, struct err *e)
{
	if (j->c->until == UNTIL_STAGED && unsent(j))
		return ledger_run_state(j->c->ledger, j->run.id, RUN_ACTIVE,
		    RUN_HELD, "stopped after uploading, as asked", e);
	if (j->c->dry_run || (j->c->until == UNTIL_ASKED && unsent(j)))
		return 0;
	if (e->code == ERR_NONE)
		err_set(e, ERR_DEADLINE, "not every batch has come to its end "
		    "yet");
	return -1;
}

/*
 * A wrong bank, or a file that changed, found before anything was sent:
 * waiting mends nothing, so the run ends, and the file is as new for the next
 * one.
 */
static int
loop_call_off(struct journey *j, struct pipe_end *out, struct err *e)
{
	struct err why = *e;
	size_t i;

	if (parts_announced(j))
		return -1;
	for (i = 0; i < j->nparts; i++)
		if (!part_is_final(j->parts[i].state) &&
		    (part_fault(j, &j->parts[i], &why, e) == -1 ||
		    part_move(j, &j->parts[i], PART_CANCELLED, why.msg,
		    e) == -1))
			return -1;
	return loop_finish(j, out, e);
}

/*
 * Of a run that waited, nothing may be sent any more when the same content
 * went out since in another run.
 */
static int
loop_outrun(struct journey *j, struct err *e)
{
	if (j->fresh || j->c->only_follow || parts_announced(j) ||
	    !unsent(j) || repeat_since(j, e) == 0)
		return 0;
	if (pipeline_repeats(e->code) && e->code != ERR_REPEAT) {
		struct err why = *e;

		if (ledger_run_state(j->c->ledger, j->run.id, RUN_ACTIVE,
		    RUN_HELD, why.msg, e) == 0)
			*e = why;
	}
	return -1;
}

/* From prepared parts to the end, or as far as it goes today. */
static int
loop_parts(struct journey *j, struct pipe_end *out, struct err *e)
{
	int round;

	if (journey_load(j, j->run.id, e) == -1 ||
	    journey_endpoint(j, e) == -1 || step_restage(j, e) == -1 ||
	    step_refind(j, e) == -1)
		return -1;
	if (loop_outrun(j, e) == -1)
		return e->code == ERR_REPEAT ? loop_call_off(j, out, e) : -1;
	for (round = 0; round < LOOP_ROUNDS; round++) {
		j->later_round = round > 0;
		if (stop_check(e) == -1 || loop_round(j, e) == -1)
			return e->code == ERR_BANK ||
			    e->code == ERR_CHANGING ?
			    loop_call_off(j, out, e) : -1;
		if (j->c->dry_run || j->c->until != UNTIL_END)
			break;
		if (parts_in(j, PART_PREPARED) + parts_in(j, PART_STAGED) +
		    parts_in(j, PART_FOLLOWING) +
		    parts_in(j, PART_VERIFYING) == 0)
			break;
	}
	if (all_final(j))
		return loop_finish(j, out, e);
	*e = j->trouble;
	return loop_pause(j, e);
}

/* A held run goes on where it stopped. */
static int
loop_unhold(struct journey *j, struct err *e)
{
	enum run_state to = j->nparts > 0 ? RUN_ACTIVE : RUN_RECEIVED;

	if (j->run.asked)	/* to follow is not to say yes */
		return j->c->only_follow ? 0 : ledger_run_yes(j->c->ledger,
		    j->run.id, "resumed", e);
	if (parts_in(j, PART_UNKNOWN) + parts_in(j, PART_LOST) > 0)
		return 0;	/* the ledger lets go when they are settled */
	if (ledger_run_state(j->c->ledger, j->run.id, RUN_HELD, to,
	    "resumed", e) == -1)
		return -1;
	j->run.state = to;
	return 0;
}

static int
loop_run(struct journey *j, struct pipe_end *out, struct err *e)
{
	struct err none;

	/* The trouble of an earlier attempt says nothing about this one. */
	err_clear(&none);
	j->run.paused = false;
	if (journey_endpoint(j, e) == -1 || loop_note(j, &none, e) == -1)
		return -1;
	if (j->run.state == RUN_HELD && loop_unhold(j, e) == -1)
		return -1;
	if (j->run.state == RUN_RECEIVED) {
		if (step_prepare(j, e) == -1)
			return -1;
		if (j->run.state == RUN_HELD)
			return 0;	/* --until validated */
	}
	if (j->c->until == UNTIL_VALIDATED)
		return 0;
	if (j->c->until == UNTIL_PACKED)
		return ledger_run_state(j->c->ledger, j->run.id, RUN_ACTIVE,
		    RUN_HELD, "stopped after packing, as asked", e);
	return loop_parts(j, out, e);
}

/*
 * What the ledger now says of the run is what is said of it here, so that
 * whoever asks later hears the same.
 */
static void
loop_said(struct journey *j, struct pipe_end *out)
{
	struct run_report r;
	struct err ignored;

	err_clear(&ignored);
	if (report_make(j->c, j->run.id, &r, &ignored) == 0 &&
	    r.err.code != out->err.code) {
		out->err = r.err;
		out->exit = r.exit;
	}
	report_release(&r);
}

void
loop_all(struct journey *j, struct pipe_end *out)
{
	struct err e, ignored;

	err_clear(&e);
	err_clear(&ignored);
	log_set_run(j->c->log, j->run.id);
	memcpy(j->c->run, j->run.id, sizeof(j->c->run));
	log_set_codes(j->c->log, j->job->show_codes);
	say(j, "run", "%s, %s to bank %s at %s", j->run.id, j->run.job != NULL
	    ? j->run.job : "without a job", j->run.bank, j->run.provider);
	if (loop_run(j, out, &e) == -1 && out->err.code == ERR_NONE) {
		out->err = e;
		out->exit = err_exit(&e);
	}
	j->run.paused = !run_is_final(j->run.state);
	/* What cannot be noted any more is in the journal all the same. */
	if (loop_note(j, &out->err, &ignored) == -1)
		log_say(j->c->log, LOG_WARN, "the run's times were not noted",
		    LFS("because", ignored.msg));
	else if (out->err.code != ERR_STOPPED)
		loop_said(j, out);
	j->c->run[0] = '\0';
	log_set_run(j->c->log, NULL);
}
