/* What every step needs: the run's folder, its parts, their changes. */
#include "journey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/io.h"
#include "../config/set.h"
#include "account.h"
#include "ctx.h"
#include "lock.h"
#include "parts.h"
#include "rundir.h"

#define LOCK_TRIES	5

int
part_move(struct journey *j, struct ledger_part *p, enum part_state to,
    const char *why, struct err *e)
{
	const char *from = part_state_name(p->state);

	if (ledger_part_move(j->c->ledger, j->run.id, p, to, why, e) == -1)
		return -1;
	log_say(j->c->log, LOG_INFO, "batch", LFI("no", p->no),
	    LFS("from", from), LFS("to", part_state_name(to)),
	    LFF("because", why));
	return 0;
}

int
part_fault(struct journey *j, struct ledger_part *p, const struct err *why,
    struct err *e)
{
	if (str_set(&p->err_word, err_row(why)->word, e) == -1 ||
	    str_set(&p->err_msg, why->msg, e) == -1)
		return -1;
	if (j->trouble.code == ERR_NONE)
		j->trouble = *why;
	return 0;
}

void
part_forgive(struct ledger_part *p)
{
	free(p->err_word);
	free(p->err_msg);
	p->err_word = p->err_msg = NULL;
}

size_t
parts_in(const struct journey *j, enum part_state state)
{
	size_t i, n = 0;

	for (i = 0; i < j->nparts; i++)
		n += j->parts[i].state == state;
	return n;
}

bool
parts_announced(const struct journey *j)
{
	size_t i;

	for (i = 0; i < j->nparts; i++)
		if (j->parts[i].intent_ms != 0)
			return true;
	return false;
}

/*
 * Who cleans up may take the new folder away before it is locked, as it does
 * with folders that belong to nobody; then it is made again.
 */
static int
journey_lock(struct journey *j, struct err *e)
{
	char *path = NULL;
	int try;

	if (asprintf(&path, "%s/lock", j->dir) < 0)
		return err_nomem(e);
	for (try = 0; j->lock < 0 && try < LOCK_TRIES; try++) {
		err_clear(e);
		if (io_mkdirs(j->dir, 0700, e) == 0)
			j->lock = pipeline_lock(j->c->clock, path,
			    j->c->wait_lock_ms, "the run", e);
		if (j->lock < 0 && access(j->dir, F_OK) == 0)
			break;
	}
	free(path);
	return j->lock < 0 ? -1 : 0;
}

int
journey_open(struct journey *j, struct ctx *c, const struct set_job *job,
    const char *id, struct err *e)
{
	memset(j, 0, sizeof(*j));
	j->c = c;
	j->job = job;
	j->until = job->deadline_ms > 0 ? clock_mono(c->clock) +
	    job->deadline_ms : 0;
	j->lock = -1;
	j->seconds = json_object();
	j->dir = pipeline_run_dir(c->set, id, e);
	if (j->seconds == NULL || j->dir == NULL)
		return j->seconds == NULL ? err_nomem(e) : -1;
	/* The folder is durable, and what was being written is not needed. */
	return journey_lock(j, e) == 0 && io_sync_folder(j->dir, e) == 0 ?
	    rundir_sweep(j->dir, RUNDIR_TEMP, e) : -1;
}

int
journey_load(struct journey *j, const char *given, struct err *e)
{
	char id[ID_LEN + 1];
	int i, n;

	/* The id given may be the one that is released here. */
	snprintf(id, sizeof(id), "%s", given);
	ledger_run_release(&j->run);
	parts_free(j->parts, j->nparts);
	j->parts = NULL;
	j->nparts = 0;
	if (ledger_run_get(j->c->ledger, id, &j->run, e) == -1)
		return -1;
	/* It may be gone from the configuration: journey_endpoint tells. */
	j->end = j->run.endpoint == NULL ? NULL :
	    set_endpoint_find(j->c->set, j->run.endpoint);
	/* Times of earlier attempts are added to; it goes on without, too. */
	if (j->run.seconds != NULL) {
		json_t *old = json_loads(j->run.seconds, 0, NULL);

		json_object_update_missing(j->seconds, old);
		json_decref(old);
	}
	n = ledger_part_count(j->c->ledger, id, e);
	if (n < 0)
		return -1;
	j->parts = calloc((size_t)n + 1, sizeof(*j->parts));
	if (j->parts == NULL)
		return err_nomem(e);
	for (i = 0; i < n; i++, j->nparts++)
		if (ledger_part_get(j->c->ledger, id, i + 1, &j->parts[i],
		    e) == -1)
			return -1;
	return 0;
}

int
journey_endpoint(const struct journey *j, struct err *e)
{
	size_t i, n = j->nparts == 0;

	if (j->run.endpoint == NULL || j->end != NULL)
		return 0;
	for (i = 0; i < j->nparts; i++)
		switch (j->parts[i].state) {
		case PART_FOLLOWING:
		case PART_LOST:
		case PART_VERIFYING:
		case PART_DONE:
		case PART_FAILED:
		case PART_CANCELLED:
			break;
		default:
			n++;
		}
	return n == 0 ? 0 : err_set(e, ERR_CONFIG, "there is no endpoint "
	    "\"%s\" in the configuration any more; put it back, or call run "
	    "%s off with --give-up", j->run.endpoint, j->run.id);
}

struct retry
journey_retry(struct journey *j)
{
	return (struct retry){ .log = j->c->log, .clock = j->c->clock,
	    .most = j->job->retries, .for_ms = j->job->retry_for_ms,
	    .until = j->until, .first_ms = j->job->retry_first_ms,
	    .told = &j->pause_told };
}

void
journey_close(struct journey *j)
{
	account_close(j->acct);
	parts_free(j->parts, j->nparts);
	ledger_run_release(&j->run);
	free(j->dir);
	if (j->seconds != NULL)
		json_decref(j->seconds);
	if (j->lock >= 0)
		close(j->lock);
}
