/*
 * Which50: one import of a list, as JSON or XML by what is accepted.
 *
 * Where the vendor is silent: the login is the header Authorization, and an
 * import that has not ended has the empty date of .NET.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/clock.h"
#include "../base/err.h"
#include "../base/secret.h"
#include "../format/xml.h"
#include "sandbox_internal.h"
#include "sb_routes.h"

#define NO_DATE		"0001-01-01T00:00:00"
#define XML_MAX		(64u << 10)

/* A time has seven digits after the point. */
static json_t *
date(int64_t ms, bool set)
{
	char day[21], text[48];

	if (!set)
		return json_string(NO_DATE);
	clock_iso(ms, day);
	snprintf(text, sizeof(text), "%.19s.%03d0000+00:00", day,
	    (int)(ms % 1000));
	return json_string(text);
}

/* A counter of an import that has not told its rows is null. */
static void
set_count(json_t *o, const char *key, const struct job_state *st, int64_t n)
{
	sb_set(o, key, st->rows < 0 || st->bad < 0 ? json_null() :
	    json_integer((json_int_t)n));
}

/* In the order of the alphabet, as XML needs it. */
static json_t *
show_import(const struct sandbox *s, const struct job *job)
{
	const struct job_state *st = job_now(job, 0);
	int64_t good = st->rows - st->bad;
	json_t *o = json_object();

	sb_set(o, "ContactListId", json_integer(strtoll(job->id, NULL, 10)));
	sb_set(o, "CurrentStatus", json_incref(st->word));
	set_count(o, "DroppedContacts", st, 0);
	sb_set(o, "FinishDate", date(s->started_ms, st->percent >= 100));
	sb_set(o, "Id", json_integer(strtoll(strchr(job->id, '/') + 1, NULL,
	    10)));
	set_count(o, "InsertedContacts", st, good - good / 2);
	set_count(o, "InvalidEmailCount", st, st->bad);
	set_count(o, "InvalidSmsCount", st, 0);
	set_count(o, "NotUpdatedContacts", st, 0);
	sb_set(o, "ProgressPercent", sb_count(st->percent));
	sb_set(o, "StartDate", date(s->started_ms, st->percent > 0));
	set_count(o, "TotalContacts", st, good);
	set_count(o, "UpdatedContacts", st, good / 2);
	return o;
}

static int
put_member(struct buf *b, const char *key, const json_t *v, struct err *e)
{
	if (json_is_null(v))
		return buf_addf(b, e, "<%s i:nil=\"true\"/>", key);
	if (json_is_integer(v))
		return buf_addf(b, e, "<%s>%lld</%s>", key,
		    (long long)json_integer_value(v), key);
	return xmlw_str(b, key, json_string_value(v), e);
}

static int
answer_xml(struct http_outgoing *out, json_t *o, struct err *e)
{
	const char *key;
	struct buf b;
	json_t *v;
	int rc;

	buf_init(&b, XML_MAX);
	rc = buf_adds(&b, "<ImportJob xmlns:i=\"http://www.w3.org/2001/"
	    "XMLSchema-instance\">", e);
	json_object_foreach(o, key, v)
		if (rc == 0)
			rc = put_member(&b, key, v, e);
	if (rc == 0)
		rc = buf_adds(&b, "</ImportJob>", e);
	if (rc == 0)
		rc = sb_text(out, 200, "application/xml", b.data, e);
	buf_release(&b);
	json_decref(o);
	return rc;
}

/* The import that the path names; NULL when it is not known. */
static json_t *
find_import(struct sandbox *s, const struct sb_request *rq)
{
	char id[2 * SB_PART_MAX];
	json_t *o = NULL;
	struct job *job;
	size_t i;

	snprintf(id, sizeof(id), "%s/%s", rq->part[0], rq->part[1]);
	jobs_lock(s->jobs);
	for (i = 0; o == NULL && (job = jobs_at(s->jobs, i)) != NULL; i++) {
		if (job->platform != JOB_WHICH50 || strcmp(job->id, id) != 0)
			continue;
		job_poll(job);
		if (job_now(job, 0)->word != NULL)
			o = show_import(s, job);
	}
	jobs_unlock(s->jobs);
	return o;
}

int
sb_which50_import(struct sandbox *s, const struct sb_request *rq,
    struct http_outgoing *out, struct err *e)
{
	const char *login = http_incoming_header(rq->in, "Authorization");
	const char *accept = http_incoming_header(rq->in, "Accept");
	json_t *o;

	if (login == NULL || strcmp(login, secret_bytes(s->api_key)) != 0)
		return sb_json(out, 401, json_pack("{s:s}", "Message",
		    "Authorization has been denied for this request."), e);
	o = find_import(s, rq);
	if (o == NULL)
		return sb_json(out, 404, json_pack("{s:s}", "Message",
		    "Not found"), e);
	return accept != NULL && strstr(accept, "json") == NULL &&
	    strstr(accept, "xml") != NULL ? answer_xml(out, o, e) :
	    sb_json(out, 200, o, e);
}
