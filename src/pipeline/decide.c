/*
 * A person's word about parts that nothing else could settle.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../config/set.h"
#include "../config/settings.h"
#include "ctx.h"
#include "follow_refs.h"
#include "journey.h"
#include "parts.h"
#include "pipeline.h"

static bool
undecided(const struct ledger_part *p)
{
	return p->state == PART_UNKNOWN || p->state == PART_LOST;
}

/* Never sent, so that it can be called off. */
static bool
unsent(const struct ledger_part *p)
{
	return p->state == PART_PREPARED || p->state == PART_STAGING ||
	    p->state == PART_STAGED;
}

/*
 * Which parts a decision is about: those that nothing else settles, or, for
 * giving up, those not sent yet when there are no others.  Several may wait;
 * only one can have a given task.
 */
static int
decide_which(struct journey *j, enum pipe_decision what,
    bool (**which)(const struct ledger_part *), struct err *e)
{
	size_t i, n = 0, rest = 0;

	for (i = 0; i < j->nparts; i++) {
		n += undecided(&j->parts[i]);
		rest += unsent(&j->parts[i]);
	}
	*which = n > 0 ? undecided : unsent;
	if (n == 0 && (what != DECIDE_GIVE_UP || rest == 0))
		return err_set(e, ERR_USAGE, "no batch of run %s waits for a "
		    "decision", j->run.id);
	if (what == DECIDE_ADOPT && n > 1)
		return err_set(e, ERR_USAGE, "%zu batches of run %s wait for a "
		    "decision and one task cannot be all of them; decide with "
		    "--resubmit or --give-up", n, j->run.id);
	return 0;
}

/* The id in REF, which is a task of the run's provider, or the bare id. */
static const char *
decide_task(struct journey *j, const char *ref, struct err *e)
{
	const struct set_provider *p;
	const char *colon = strchr(ref, ':');

	if (colon == NULL && ref[0] != '\0') {
		p = set_provider_find(j->c->set, j->run.provider);
		return p != NULL && ref_check(p, ref, e) == -1 ? NULL : ref;
	}
	p = ref_provider(j->c->set, ref, e);
	if (p == NULL)
		return NULL;
	if (strcmp(p->name, j->run.provider) != 0) {
		err_set(e, ERR_REF, "\"%s\" is a task at %s, but run %s went "
		    "to %s", ref, p->name, j->run.id, j->run.provider);
		return NULL;
	}
	return ref_check(p, colon + 1, e) == -1 ? NULL : colon + 1;
}

static int
decide_adopt(struct journey *j, struct ledger_part *p,
    const struct pipe_decided *d, struct err *e)
{
	const char *task = decide_task(j, d->ref, e);
	int mine;

	if (task == NULL)
		return -1;
	mine = ledger_task_new(j->c->ledger, j->run.provider, j->run.id,
	    p->no, task, e);
	if (mine < 0)
		return -1;
	if (mine == 0)
		return err_set(e, ERR_USAGE, "task %s cannot be batch %d of "
		    "run %s: it was there before the batch was sent, or is "
		    "another batch's", task, p->no, j->run.id);
	if (str_set(&p->task, task, e) == -1)
		return -1;
	p->inferred = ADOPTED_PERSON;
	return part_move(j, p, PART_FOLLOWING, d->note, e);
}

static int
decide_part(struct journey *j, struct ledger_part *p,
    const struct pipe_decided *d, struct err *e)
{
	char shown[ID_LEN + 1];

	/* The old trouble is settled by the decision. */
	if (d->what != DECIDE_GIVE_UP)
		part_forgive(p);
	switch (d->what) {
	case DECIDE_ADOPT:
		return decide_adopt(j, p, d, e);
	case DECIDE_RESUBMIT:
		if (p->state == PART_LOST)
			return err_set(e, ERR_USAGE, "batch %d was accepted "
			    "as task %s and is not sent again by itself: "
			    "close it with \"coupondrop resume %s --give-up\" "
			    "and send the whole file with \"coupondrop run "
			    "--again\"", p->no, p->task, ledger_short(
			    j->c->ledger, j->run.id, shown));
		return part_move(j, p, p->inlined ? PART_PREPARED :
		    PART_STAGED, d->note, e);
	case DECIDE_GIVE_UP:
		return part_move(j, p, PART_CANCELLED, d->note, e);
	case DECIDE_NONE:
		break;
	}
	return 0;
}

/* Received, and nothing came of it yet: there are no parts to call off. */
static int
decide_run(struct journey *j, struct err *e)
{
	if (unpack_parts(j, e) == -1)
		return -1;
	j->run.state = RUN_CANCELLED;
	j->run.exit = err_info(ERR_NOTHING)->exit_code;
	j->run.finished_ms = clock_wall(j->c->clock);
	if (str_set(&j->run.err_word, err_info(ERR_NOTHING)->word, e) == -1 ||
	    str_set(&j->run.err_msg, "called off before anything was sent",
	    e) == -1)
		return -1;
	return ledger_run_end(j->c->ledger, &j->run, e);
}

int
pipeline_decide(struct ctx *c, const char *id, const struct pipe_decided *d,
    struct err *e)
{
	struct pipe_decided noted = *d;
	bool (*which)(const struct ledger_part *) = undecided;
	static const struct set_job none;
	struct journey j;
	char why[600];
	size_t i;
	int rc = -1;

	snprintf(why, sizeof(why), "decided by a person%s%s",
	    d->note != NULL ? ": " : "", d->note != NULL ? d->note : "");
	noted.note = why;
	if (journey_open(&j, c, &none, id, e) == 0 &&
	    journey_load(&j, id, e) == 0)
		rc = d->what == DECIDE_GIVE_UP && j.nparts == 0 &&
		    run_may(j.run.state, RUN_CANCELLED) ? decide_run(&j, e) :
		    decide_which(&j, d->what, &which, e);
	for (i = 0; rc == 0 && i < j.nparts; i++)
		if (which(&j.parts[i]))
			rc = decide_part(&j, &j.parts[i], &noted, e);
	journey_close(&j);
	return rc;
}
