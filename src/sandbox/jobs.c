/*
 * The file of jobs: read once and checked completely, so that a misspelled
 * member cannot pass for a platform that says nothing.
 */
#include "jobs.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../base/err.h"
#include "../base/io.h"
#include "../base/limits.h"
#include "../format/jsonx.h"
#include "sandbox.h"

#define COUNT_MAX	1000000000000

struct job_course {
	struct job_state	*states;
	size_t			 n;
	int64_t			 seen;		/* polls so far */
};

struct jobs {
	json_t		*json;		/* owns the texts of the jobs */
	struct job	*list;
	size_t		 n;
	pthread_mutex_t	 lock;
};

static const char *const platforms[JOB__MAX] = {
	[JOB_CAPILLARY] = "capillary",
	[JOB_UNIWARE] = "uniware",
	[JOB_PLACEWISE] = "placewise",
	[JOB_WHICH50] = "which50",
};

const char *
sandbox_jobs_help(void)
{
	return
"The jobs file is a JSON list of jobs that other platforms than Mapp have:\n"
"  [{\"platform\": \"capillary\", \"id\": \"535521/220605\", \"states\": [\n"
"      {\"word\": \"STARTED\", \"polls\": 2},\n"
"      {\"word\": \"FINISHED\", \"rows\": 100, \"bad\": 4,"
" \"file\": \"errors\"}]},\n"
"   {\"platform\": \"uniware\", \"id\": \"NORTH/J1\", \"states\": [\n"
"      {\"word\": \"COMPLETE\"}, {\"word\": \"COMPLETE\","
" \"file\": \"/r.csv\"}]},\n"
"   {\"platform\": \"placewise\", \"id\": \"mall/may\", \"bulks\": [\n"
"      [{\"word\": \"finished\", \"rows\": 9, \"bad\": 0}],\n"
"      [{\"word\": \"failed\", \"retries\": 5}]]},\n"
"   {\"platform\": \"which50\", \"id\": \"12/3456\", \"states\": [\n"
"      {\"word\": \"Imported\", \"percent\": 100, \"rows\": 9,"
" \"bad\": 0}]}]\n"
"\n"
"  platform  capillary, uniware, placewise, which50\n"
"  id        as for coupondrop follow: [redeem/]SERIES/JOB, FACILITY/JOB,\n"
"            CLUB/IMPORT, LIST/IMPORT\n"
"  states    what is shown, one after the other; the last one for ever\n"
"  bulks     placewise only, in place of states: those of each bulk\n"
"  singular  placewise only: true spells the counter of an import\n"
"            members_in_payload_number, as its table does [false]\n"
"\n"
"Of a state:\n"
"  word      a text or a number; null: the job is not known\n"
"  polls     shown so many times [1]\n"
"  rows      how many it had [not told]\n"
"  bad       how many of them were refused [not told]\n"
"  file      capillary: key of the file of errors; uniware: filePath [none]\n"
"  retries   placewise: how many this bulk had [0]\n"
"  percent   which50: of the work; it has ended with 100 [0]\n";
}

static int
read_number(const json_t *o, const char *key, int64_t min, int64_t *out,
    struct err *e)
{
	const json_t *v = json_object_get(o, key);

	if (v == NULL)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < min ||
	    json_integer_value(v) > COUNT_MAX)
		return err_set(e, ERR_CONFIG, "\"%s\" must be a number from "
		    "%" PRId64, key, min);
	*out = json_integer_value(v);
	return 0;
}

/* No members but those of the list, which ends with NULL. */
static int
read_strict(json_t *o, const char *const *known, struct err *e)
{
	const char *key;
	json_t *v;
	size_t i;

	if (!json_is_object(o))
		return err_set(e, ERR_CONFIG, "not an object {...}");
	json_object_foreach(o, key, v) {
		for (i = 0; known[i] != NULL; i++)
			if (strcmp(known[i], key) == 0)
				break;
		if (known[i] == NULL)
			return err_set(e, ERR_CONFIG, "\"%s\" is unknown",
			    key);
	}
	return 0;
}

static int
read_state(struct job_state *st, json_t *o, struct err *e)
{
	static const char *const known[] = { "word", "polls", "rows", "bad",
	    "file", "retries", "percent", NULL };
	json_t *file;

	if (read_strict(o, known, e) == -1)
		return -1;
	*st = (struct job_state){ .polls = 1, .rows = -1, .bad = -1 };
	st->word = json_object_get(o, "word");
	if (!json_is_string(st->word) && !json_is_integer(st->word) &&
	    !json_is_null(st->word))
		return err_set(e, ERR_CONFIG, "\"word\" must be a text, a "
		    "number or null");
	if (json_is_null(st->word))
		st->word = NULL;
	file = json_object_get(o, "file");
	if (file != NULL && !json_is_string(file))
		return err_set(e, ERR_CONFIG, "\"file\" must be a text");
	st->file = json_string_value(file);
	return read_number(o, "polls", 1, &st->polls, e) == -1 ||
	    read_number(o, "rows", 0, &st->rows, e) == -1 ||
	    read_number(o, "bad", 0, &st->bad, e) == -1 ||
	    read_number(o, "retries", 0, &st->retries, e) == -1 ||
	    read_number(o, "percent", 0, &st->percent, e) == -1 ? -1 : 0;
}

static int
read_course(struct job_course *c, json_t *list, struct err *e)
{
	size_t i;

	if (json_array_size(list) == 0)
		return err_set(e, ERR_CONFIG, "states must be a list [...] "
		    "with one at least");
	c->states = calloc(json_array_size(list), sizeof(*c->states));
	if (c->states == NULL)
		return err_nomem(e);
	c->n = json_array_size(list);
	for (i = 0; i < c->n; i++)
		if (read_state(&c->states[i], json_array_get(list, i),
		    e) == -1)
			return err_wrap(e, "state %zu", i + 1);
	return 0;
}

static int
read_platform(struct job *job, const json_t *o, struct err *e)
{
	const char *name = json_string_value(json_object_get(o, "platform"));
	int i;

	for (i = 0; name != NULL && i < JOB__MAX; i++) {
		if (strcmp(platforms[i], name) == 0) {
			job->platform = (enum job_platform)i;
			return 0;
		}
	}
	return err_set(e, ERR_CONFIG, "\"platform\" must be capillary, "
	    "uniware, placewise or which50");
}

static int
read_job(struct job *job, json_t *o, struct err *e)
{
	static const char *const one[] = { "platform", "id", "states", NULL };
	static const char *const many[] = { "platform", "id", "bulks",
	    "singular", NULL };
	json_t *bulks = json_object_get(o, "bulks");
	bool has_bulks;
	size_t i;

	if (read_platform(job, o, e) == -1)
		return -1;
	has_bulks = job->platform == JOB_PLACEWISE;
	if (read_strict(o, has_bulks ? many : one, e) == -1)
		return -1;
	job->id = json_string_value(json_object_get(o, "id"));
	if (job->id == NULL || strchr(job->id, '/') == NULL)
		return err_set(e, ERR_CONFIG, "\"id\" must be a text with a "
		    "/ in it");
	job->singular = json_is_true(json_object_get(o, "singular"));
	if (has_bulks && !json_is_array(bulks))
		return err_set(e, ERR_CONFIG, "\"bulks\" must be a list "
		    "[...]");
	job->n = has_bulks ? json_array_size(bulks) : 1;
	job->courses = calloc(job->n + 1, sizeof(*job->courses));
	if (job->courses == NULL)
		return err_nomem(e);
	for (i = 0; i < job->n; i++)
		if (read_course(&job->courses[i], has_bulks ?
		    json_array_get(bulks, i) : json_object_get(o, "states"),
		    e) == -1)
			return has_bulks ? err_wrap(e, "bulk %zu", i + 1) :
			    -1;
	return 0;
}

static int
jobs_read(struct jobs *j, const char *path, struct err *e)
{
	size_t i, len;
	char *text;

	if (io_slurp(path, LIM_CONFIG, &text, &len, e) == -1)
		return -1;
	j->json = jsonx_parse(text, len, e);
	free(text);
	if (j->json == NULL) {
		e->code = ERR_CONFIG;
		return -1;
	}
	if (!json_is_array(j->json))
		return err_set(e, ERR_CONFIG, "not a list [...] of jobs");
	j->list = calloc(json_array_size(j->json) + 1, sizeof(*j->list));
	if (j->list == NULL)
		return err_nomem(e);
	j->n = json_array_size(j->json);
	for (i = 0; i < j->n; i++)
		if (read_job(&j->list[i], json_array_get(j->json, i), e) == -1)
			return err_wrap(e, "job %zu", i + 1);
	return 0;
}

struct jobs *
jobs_load(const char *path, struct err *e)
{
	struct jobs *j = calloc(1, sizeof(*j));

	if (j == NULL) {
		err_nomem(e);
		return NULL;
	}
	pthread_mutex_init(&j->lock, NULL);
	if (path != NULL && jobs_read(j, path, e) == -1) {
		err_wrap(e, "jobs file %s", path);
		jobs_free(j);
		return NULL;
	}
	return j;
}

void
jobs_free(struct jobs *j)
{
	size_t i, k;

	if (j == NULL)
		return;
	for (i = 0; i < j->n; i++) {
		for (k = 0; j->list[i].courses != NULL && k < j->list[i].n;
		    k++)
			free(j->list[i].courses[k].states);
		free(j->list[i].courses);
	}
	json_decref(j->json);
	free(j->list);
	pthread_mutex_destroy(&j->lock);
	free(j);
}

void
jobs_lock(struct jobs *j)
{
	pthread_mutex_lock(&j->lock);
}

void
jobs_unlock(struct jobs *j)
{
	pthread_mutex_unlock(&j->lock);
}

struct job *
jobs_at(struct jobs *j, size_t i)
{
	return i < j->n ? &j->list[i] : NULL;
}

void
job_poll(struct job *job)
{
	size_t i;

	for (i = 0; i < job->n; i++)
		job->courses[i].seen++;
}

const struct job_state *
job_now(const struct job *job, size_t i)
{
	const struct job_course *c = &job->courses[i];
	int64_t seen = c->seen;
	size_t k;

	for (k = 0; k + 1 < c->n && seen > c->states[k].polls; k++)
		seen -= c->states[k].polls;
	return &c->states[k];
}
