/* A run as the JSON of coupondrop.run/1. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/exit.h"
#include "../format/digest.h"
#include "../format/jsonx.h"
#include "../pipeline/evidence.h"
#include "../pipeline/report.h"
#include "../provider/errors.h"
#include "json.h"

/* A count that was not said is null. */
static json_t *
count(int64_t n)
{
	return n < 0 ? json_null() : json_integer(n);
}

static json_t *
json_artifact(const struct ledger_part *p)
{
	char hex[65];

	if (p->inlined)
		return json_null();
	return json_pack("{s:o, s:I, s:s}", "name", jsonx_str(p->artifact),
	    "bytes", (json_int_t)p->bytes, "sha256",
	    hex_encode(p->sha256, sizeof(p->sha256), hex));
}

static json_t *
json_stage(const struct ledger_part *p)
{
	if (p->inlined || p->stage_url == NULL)
		return json_null();
	return json_pack("{s:o, s:o, s:i}", "url", jsonx_str(p->stage_url),
	    "verified", jsonx_str(part_proof_name(
	    p->proof)), "attempts", p->attempts);
}

/* The ledger keeps words; the states of tasks are derived from the part. */
static enum task_state
task_state(const struct ledger_part *p)
{
	switch (p->state) {
	case PART_VERIFYING:
	case PART_DONE:
		return evidence_errored(p) ? TASK_FAILED : TASK_DONE;
	case PART_FAILED:
		return TASK_FAILED;
	case PART_LOST:
		return TASK_LOST;
	case PART_UNKNOWN:
		return TASK_UNKNOWN;
	default:
		return p->word != NULL ? words_state_any(p->word) : TASK_QUEUED;
	}
}

static json_t *
json_task(const struct run_report *r, const struct ledger_part *p)
{
	char ref[200];

	if (p->task == NULL)
		return json_null();
	snprintf(ref, sizeof(ref), "%s:%s", r->run.provider, p->task);
	return json_pack("{s:o, s:s, s:o, s:b, s:o}", "ref", jsonx_str(ref),
	    "state", task_state_name(task_state(p)), "word",
	    jsonx_str(p->word), "inferred", p->inferred != ADOPTED_NOT, "text",
	    jsonx_str(p->text));
}

static json_t *
json_verify(const struct ledger_part *p)
{
	if (p->asked <= 0)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:f}",
	    "asked", count(p->asked), "applied", count(p->applied),
	    "already", count(p->already),
	    "missing", count(p->missing + (p->refused > 0 ? p->refused : 0)),
	    "unknown", count(p->unknown), "bound", evidence_bound(p));
}

/* ERR_NONE for a part that is well, or came well out of its trouble. */
static void
part_error(const struct ledger_part *p, struct err *e)
{
	err_clear(e);
	if (p->err_word != NULL && p->state != PART_DONE)
		pv_recall(e, p->err_word, "%s", p->err_msg != NULL ?
		    p->err_msg : "");
}

static json_t *
json_part(const struct run_report *r, const struct ledger_part *p)
{
	json_t *o = json_object();
	struct err why;
	char date[11];

	date_format(&p->date, date);
	json_object_set_new(o, "no", json_integer(p->no));
	json_object_set_new(o, "redeemed", count(p->redeemed));
	json_object_set_new(o, "redeem_date", date_is_none(&p->date) ?
	    json_null() : json_string(date));
	json_object_set_new(o, "rows", json_integer(p->rows));
	json_object_set_new(o, "state",
	    json_string(part_state_name(p->state)));
	json_object_set_new(o, "route", json_string(p->inlined ? "inline" :
	    "file"));
	json_object_set_new(o, "artifact", json_artifact(p));
	json_object_set_new(o, "stage", json_stage(p));
	json_object_set_new(o, "rehearsed", jsonx_str(part_rehearsed_name(
	    p->rehearsed)));
	json_object_set_new(o, "task", json_task(r, p));
	json_object_set_new(o, "updated", count(p->updated));
	json_object_set_new(o, "failed", count(p->failed));
	json_object_set_new(o, "already", count(p->already));
	json_object_set_new(o, "basis", jsonx_str(part_basis_name(p->state ==
	    PART_FAILED ? evidence_sums(p).basis : p->basis)));
	json_object_set_new(o, "doubt", jsonx_str(p->doubt));
	json_object_set_new(o, "verify", json_verify(p));
	part_error(p, &why);
	json_object_set_new(o, "error", json_error(&why));
	return o;
}

json_t *
json_followed(const char *ref, const struct pv_task *t, enum outcome outcome,
    const struct err *why)
{
	json_t *o = json_pack("{s:o, s:s, s:o, s:s}", "ref", jsonx_str(ref),
	    "state", task_state_name(t->state), "word",
	    jsonx_str(t->word[0] != '\0' ? t->word : NULL), "outcome",
	    outcome_name(outcome));

	json_object_set_new(o, "total", count(t->total));
	json_object_set_new(o, "updated", count(t->updated));
	json_object_set_new(o, "failed", count(t->failed));
	json_object_set_new(o, "error_file", jsonx_str(t->error_file));
	json_object_set_new(o, "text", jsonx_str(t->text));
	json_object_set_new(o, "error", json_error(why));
	return o;
}

/* What came of a part's task, by its evidence. */
static enum outcome
part_outcome(const struct ledger_part *p)
{
	struct evidence_sums s;

	if (p->state != PART_DONE && p->state != PART_FAILED)
		return OUTCOME_NA;
	s = evidence_sums(p);
	if (s.odd)
		return OUTCOME_UNCONFIRMED;
	return outcome_of(p->rows, s.updated + s.already, s.refused +
	    s.not_applied);
}

int
json_tasks(const struct run_report *r, json_t *list)
{
	const struct ledger_part *p;
	char ref[200];
	size_t i;

	for (i = 0; i < r->nparts; i++) {
		struct pv_task t = { 0 };
		struct err why;

		p = &r->parts[i];
		if (p->task == NULL)
			continue;
		t.state = task_state(p);
		t.total = p->total;
		t.updated = p->updated;
		t.failed = p->failed;
		t.text = p->text;
		snprintf(t.word, sizeof(t.word), "%s", p->word != NULL ?
		    p->word : "");
		snprintf(ref, sizeof(ref), "%s:%s", r->run.provider, p->task);
		part_error(p, &why);
		if (json_array_append_new(list, json_followed(ref, &t,
		    part_outcome(p), &why)) == -1)
			return -1;
	}
	return 0;
}

static void
json_head(json_t *o, const struct run_report *r)
{
	json_t *seconds = r->run.seconds != NULL ?
	    json_loads(r->run.seconds, 0, NULL) : NULL;

	json_object_set_new(o, "run", json_string(r->run.id));
	json_object_set_new(o, "job", jsonx_str(r->run.job));
	json_object_set_new(o, "file", jsonx_str(r->run.source.name));
	json_object_set_new(o, "content_id", jsonx_str(r->run.content_id));
	json_object_set_new(o, "state",
	    json_string(run_state_name(r->run.state)));
	json_object_set_new(o, "stands", json_string(report_word(r)));
	json_object_set_new(o, "outcome",
	    json_string(outcome_name(r->outcome)));
	json_object_set_new(o, "severity", json_string(exit_severity_name(
	    exit_info(r->exit)->severity)));
	/* What is under way, or was broken off, has none yet. */
	json_object_set_new(o, "exit", r->stands == STANDS_RUNNING ||
	    r->stands == STANDS_BROKEN_OFF ? json_null() :
	    json_integer(r->exit));
	json_object_set_new(o, "started", json_time(r->run.created_ms));
	json_object_set_new(o, "finished", json_time(r->run.finished_ms));
	json_object_set_new(o, "seconds", seconds != NULL ? seconds :
	    json_object());
}

json_t *
json_run(const struct run_report *r)
{
	bool open = r->run.state == RUN_ACTIVE || r->run.state == RUN_HELD ||
	    r->run.state == RUN_RECEIVED;
	/* A clean sample gives no totals. */
	bool totals = !r->sampled && !r->mixed;
	json_t *o = json_object(), *parts = json_array();
	size_t i;

	if (o == NULL || parts == NULL) {
		json_decref(o);
		json_decref(parts);
		return NULL;
	}
	for (i = 0; i < r->nparts; i++)
		json_array_append_new(parts, json_part(r, &r->parts[i]));
	json_head(o, r);
	json_object_set_new(o, "bank", json_pack("{s:I, s:o}", "id",
	    r->run.bank != NULL ? (json_int_t)strtoll(r->run.bank, NULL, 10) :
	    (json_int_t)0, "name", jsonx_str(r->run.bank_name)));
	json_object_set_new(o, "rows", json_pack(
	    "{s:I, s:I, s:I, s:I, s:I, s:I}",
	    "read", (json_int_t)r->run.read,
	    "sent", (json_int_t)r->sent,
	    "repeated", (json_int_t)r->run.repeated,
	    "skipped", (json_int_t)r->run.skipped,
	    "rejected", (json_int_t)r->run.rejected,
	    "left_out", (json_int_t)r->run.left_out));
	json_object_set_new(o, "submitted", count(r->submitted));
	json_object_set_new(o, "updated", count(totals ? r->updated : -1));
	json_object_set_new(o, "already", count(totals ? r->already : -1));
	json_object_set_new(o, "failed", count(r->failed));
	json_object_set_new(o, "unaccounted", count(r->unaccounted));
	json_object_set_new(o, "basis", json_string(part_basis_name(r->basis)));
	json_object_set_new(o, "parts", parts);
	json_object_set_new(o, "files", json_pack("{s:o, s:o, s:o}",
	    "set_aside", jsonx_str(r->set_aside_file),
	    "failed", jsonx_str(r->failed_file),
	    "unknown", jsonx_str(r->unknown_file)));
	json_object_set_new(o, "untidy", json_boolean(r->run.untidy));
	json_object_set_new(o, "ack", jsonx_str(r->run.ack));
	json_object_set_new(o, "retry_of", jsonx_str(r->run.retry_of));
	json_object_set_new(o, "retryable", json_boolean(r->retryable));
	json_object_set_new(o, "error", json_error(&r->err));
	/* The command that helps next, as a list of words. */
	json_object_set_new(o, "next", json_pack("[[s, s, s]]", "coupondrop",
	    open ? "resume" : "show", r->run.id));
	return o;
}

json_t *
json_runs(const char *schema, int code, const char *sha256, json_t *runs)
{
	json_t *o = json_schema(schema, code);
	char host[256] = "";

	if (o == NULL)
		return NULL;
	/* Where a long name is cut it may have no end. */
	if (gethostname(host, sizeof(host) - 1) == -1)
		host[0] = '\0';
	json_object_set_new(o, "version", json_string(PACKAGE_VERSION));
	json_object_set_new(o, "host", jsonx_str(host[0] != '\0' ? host :
	    NULL));
	json_object_set_new(o, "config_sha256", json_string(sha256));
	json_object_set(o, "runs", runs);
	return o;
}
