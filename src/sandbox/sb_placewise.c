/*
 * Placewise: an import, which is what its bulks are, and each of them.
 *
 * Where the vendor is silent: the token is looked at before the other headers,
 * and a bulk that failed has put no member in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/err.h"
#include "../base/secret.h"
#include "sandbox_internal.h"
#include "sb_routes.h"

#define BULK_FIRST	1001	/* id of the first bulk of an import */
#define PRODUCT		"coupondrop"	/* as the vendor would assign it */

/* The members of some bulks; -1: no bulk has told it. */
struct members {
	int64_t	rows, created, updated, bad;
};

static void
count_bulk(struct members *m, const struct job_state *st)
{
	int64_t good = st->rows - st->bad;

	if (st->rows < 0)
		return;
	if (m->rows < 0)
		*m = (struct members){ 0 };
	m->rows += st->rows;
	if (st->bad < 0 || good < 0)
		return;
	m->bad += st->bad;
	m->updated += good / 2;
	m->created += good - good / 2;
}

/* The counter of the payload is spelt in two ways. */
static void
show_members(json_t *o, const struct members *m, bool singular)
{
	sb_set(o, singular ? "members_in_payload_number" :
	    "members_in_payloads_number", sb_count(m->rows));
	sb_set(o, "members_created_number", sb_count(m->created));
	sb_set(o, "members_updated_number", sb_count(m->updated));
	sb_set(o, "members_with_validation_errors_number", sb_count(m->bad));
}

/* Of the list of an import; counters and retries only the bulk itself tells. */
static json_t *
show_bulk(const struct job *job, size_t i)
{
	json_t *o = json_object();

	sb_set(o, "id", json_integer((json_int_t)(BULK_FIRST + i)));
	sb_set(o, "import_id", json_string(strchr(job->id, '/') + 1));
	sb_set(o, "request_number", json_integer((json_int_t)i + 1));
	sb_set(o, "operation", json_string("update"));
	sb_set(o, "status", json_incref(job_now(job, i)->word));
	return o;
}

static json_t *
show_import(struct job *job)
{
	struct members m = { -1, -1, -1, -1 };
	json_t *o = json_object(), *bulks = json_array();
	size_t i;

	for (i = 0; i < job->n; i++) {
		if (job_now(job, i)->word == NULL)
			continue;
		count_bulk(&m, job_now(job, i));
		json_array_append_new(bulks, show_bulk(job, i));
	}
	sb_set(o, "import_id", json_string(strchr(job->id, '/') + 1));
	show_members(o, &m, job->singular);
	sb_set(o, "bulks", bulks);
	return o;
}

/* What is wrong with the headers of a call: its status, or 0. */
static int
check_headers(const struct sandbox *s, const struct sb_request *rq,
    const char **error)
{
	static const char *const needed[] = { "X-User-Agent",
	    "X-Product-Name", "X-Loyalty-Club-Slug" };
	const char *token = http_incoming_header(rq->in,
	    "X-Client-Authorization");
	const char *value;
	size_t i;

	*error = "Unauthorized";
	if (token == NULL || strcmp(token, secret_bytes(s->api_key)) != 0)
		return 401;
	*error = "Required header is missing";
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		value = http_incoming_header(rq->in, needed[i]);
		if (value == NULL || value[0] == '\0')
			return 470;
	}
	*error = "Header is incorrect";
	return strcmp(http_incoming_header(rq->in, "X-Product-Name"),
	    PRODUCT) != 0 || strcmp(http_incoming_header(rq->in,
	    "X-Loyalty-Club-Slug"), rq->part[0]) != 0 ? 471 : 0;
}

static struct job *
find_import(struct sandbox *s, const struct sb_request *rq)
{
	char id[2 * SB_PART_MAX];
	struct job *job;
	size_t i;

	snprintf(id, sizeof(id), "%s/%s", rq->part[0], rq->part[1]);
	for (i = 0; (job = jobs_at(s->jobs, i)) != NULL; i++)
		if (job->platform == JOB_PLACEWISE && strcmp(job->id, id) == 0)
			return job;
	return NULL;
}

/* An import none of whose bulks shows is not known. */
static bool
is_shown(const struct job *job)
{
	size_t i;

	for (i = 0; i < job->n; i++)
		if (job_now(job, i)->word != NULL)
			return true;
	return job->n == 0;
}

static int
refuse(int status, const char *error, struct http_outgoing *out,
    struct err *e)
{
	return sb_json(out, status, json_pack("{s:s}", "error", error), e);
}

int
sb_placewise_import(struct sandbox *s, const struct sb_request *rq,
    struct http_outgoing *out, struct err *e)
{
	const char *error;
	int status = check_headers(s, rq, &error);
	struct job *job;
	json_t *o = NULL;

	if (status != 0)
		return refuse(status, error, out, e);
	jobs_lock(s->jobs);
	job = find_import(s, rq);
	if (job != NULL) {
		job_poll(job);
		if (is_shown(job))
			o = show_import(job);
	}
	jobs_unlock(s->jobs);
	return o != NULL ? sb_json(out, 200, o, e) :
	    refuse(404, "Not found", out, e);
}

/* As it was when the import was asked for last. */
int
sb_placewise_bulk(struct sandbox *s, const struct sb_request *rq,
    struct http_outgoing *out, struct err *e)
{
	struct members m = { -1, -1, -1, -1 };
	const char *error;
	int status = check_headers(s, rq, &error);
	size_t i = strtoul(rq->part[2], NULL, 10) - BULK_FIRST;
	const struct job *job;
	json_t *o = NULL;

	if (status != 0)
		return refuse(status, error, out, e);
	jobs_lock(s->jobs);
	job = find_import(s, rq);
	if (job != NULL && i < job->n && job_now(job, i)->word != NULL) {
		o = show_bulk(job, i);
		count_bulk(&m, job_now(job, i));
		show_members(o, &m, true);
		sb_set(o, "retries", sb_count(job_now(job, i)->retries));
		sb_set(o, "members_errors", json_object());
	}
	jobs_unlock(s->jobs);
	return o != NULL ? sb_json(out, 200, o, e) :
	    refuse(404, "Not found", out, e);
}
