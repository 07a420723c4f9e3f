/*
 * Opening the ledger, finding runs, the journal.
 *
 * A reference typed by a person must never mean another run than the one they
 * saw: a prefix is looked up as a range of ids, never as a pattern, and is an
 * answer only when exactly one run has it.
 */
#include "ledger_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"

#define BUSY_MS		10000	/* other processes hold it for milliseconds */
#define PREFIX_MIN	4	/* characters of an id to look it up */
#define SHORT_MIN	10	/* the millisecond, and one of chance */

struct ledger *
ledger_open(const char *path, struct err *e)
{
	return ledger_open_old(path, NULL, e);
}

struct ledger *
ledger_open_old(const char *path, const char *no_new, struct err *e)
{
	const struct db_opts opts = { .sql = ledger_sql, .nsql = Q__MAX,
	    .migrations = ledger_migrations,
	    .nmigrations = ledger_nmigrations, .busy_ms = BUSY_MS,
	    .mark = LEDGER_MARK, .table = "baselines", .no_new = no_new,
	    .copy = true };
	struct ledger *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		err_nomem(e);
		return NULL;
	}
	l->db = db_open(path, &opts, e);
	if (l->db == NULL) {
		err_wrap(e, "open the ledger");
		free(l);
		return NULL;
	}
	return l;
}

void
ledger_close(struct ledger *l)
{
	if (l == NULL)
		return;
	db_close(l->db);
	free(l);
}

int
ledger_sum(struct ledger *l, struct ledger_sum *out, struct err *e)
{
	const char *id;

	memset(out, 0, sizeof(*out));
	if (db_bind(l->db, Q_SUM, e, "") != 0 ||
	    db_step(l->db, Q_SUM, e) < 0)
		return -1;
	out->runs = db_int(l->db, Q_SUM, 0);
	out->unfinished = db_int(l->db, Q_SUM, 1);
	id = db_text(l->db, Q_SUM, 2);
	snprintf(out->newest, sizeof(out->newest), "%s",
	    id != NULL ? id : "");
	db_done(l->db, Q_SUM);
	return 0;
}

int
ledger_check(struct ledger *l, struct err *e)
{
	const char *said;
	int rc;

	if (db_bind(l->db, Q_DAMAGE, e, "") != 0 ||
	    (rc = db_step(l->db, Q_DAMAGE, e)) < 0)
		return -1;
	said = rc > 0 ? db_text(l->db, Q_DAMAGE, 0) : NULL;
	rc = said == NULL || strcmp(said, "ok") == 0 ? 0 :
	    err_set(e, ERR_LEDGER, "the ledger is damaged: %s", said);
	db_done(l->db, Q_DAMAGE);
	if (rc != 0 || db_bind(l->db, Q_ORPHAN, e, "") != 0 ||
	    (rc = db_step(l->db, Q_ORPHAN, e)) < 0)
		return -1;
	db_done(l->db, Q_ORPHAN);
	return rc == 0 ? 0 : err_set(e, ERR_LEDGER, "the ledger is damaged: "
	    "rows point to runs that are not there");
}

int
copy_text(struct ledger *l, enum query q, int col, char **out, struct err *e)
{
	const char *s = db_text(l->db, (int)q, col);

	*out = str_dup(s, e);
	return s != NULL && *out == NULL ? -1 : 0;
}

const char *
day_text(const struct date *d, char out[11])
{
	if (date_is_none(d))
		return NULL;
	date_format(d, out);
	return out;
}

struct date
day_of(const char *s)
{
	struct date d = { 0, 0, 0 };

	if (s == NULL || date_parse(s, strlen(s), &d) != DATE_OK)
		memset(&d, 0, sizeof(d));
	return d;
}

int
first_id(struct ledger *l, enum query q, char id[ID_LEN + 1], struct err *e)
{
	int rc = db_step(l->db, (int)q, e);

	id[0] = '\0';
	if (rc < 0)
		return -1;
	if (rc > 0)
		snprintf(id, ID_LEN + 1, "%s", db_text(l->db, (int)q, 0));
	db_done(l->db, (int)q);
	return 0;
}

static int
find_last(struct ledger *l, const char *job, char id[ID_LEN + 1],
    struct err *e)
{
	enum query q = job != NULL ? Q_FIND_LAST_JOB : Q_FIND_LAST;

	if (db_bind(l->db, (int)q, e, job != NULL ? "t" : "", job) != 0 ||
	    first_id(l, q, id, e) != 0)
		return -1;
	if (id[0] != '\0')
		return 0;
	return job != NULL ? err_set(e, ERR_REF, "job %s has no run yet",
	    job) : err_set(e, ERR_REF, "there is no run yet");
}

/* Ids from prefix to its end; how many, at most 10. */
static int
find_prefix(struct ledger *l, const char *prefix, char id[ID_LEN + 1],
    struct err *e)
{
	char end[ID_LEN + 2];
	int n = 0, rc;

	/* "{" follows "z", the last letter of the alphabet. */
	snprintf(end, sizeof(end), "%s{", prefix);
	if (db_bind(l->db, Q_FIND_PREFIX, e, "tt", prefix, end) != 0)
		return -1;
	while ((rc = db_step(l->db, Q_FIND_PREFIX, e)) > 0)
		if (n++ == 0)
			snprintf(id, ID_LEN + 1, "%s",
			    db_text(l->db, Q_FIND_PREFIX, 0));
	return rc < 0 ? -1 : n;
}

int
ledger_find(struct ledger *l, const char *ref, char id[ID_LEN + 1],
    struct err *e)
{
	size_t len = strlen(ref);
	int n;

	if (strcmp(ref, "last") == 0)
		return find_last(l, NULL, id, e);
	if (strncmp(ref, "last:", 5) == 0)
		return find_last(l, ref + 5, id, e);
	if (len < PREFIX_MIN || len > ID_LEN ||
	    id_digits(ref) != len)
		return err_set(e, ERR_REF, "\"%s\" is no run; write at least "
		    "%d characters of its id, \"last\" or \"last:JOB\"", ref,
		    PREFIX_MIN);
	n = find_prefix(l, ref, id, e);
	if (n == 1)
		return 0;
	if (n < 0)
		return -1;
	if (n == 0)
		return err_set(e, ERR_REF, "there is no run \"%s\" in this "
		    "ledger", ref);
	return err_set(e, ERR_REF, "%d%s runs begin with \"%s\"; write more "
	    "of the id", n, n == 10 ? " or more" : "", ref);
}

const char *
ledger_short(struct ledger *l, const char *id, char out[ID_LEN + 1])
{
	char prefix[ID_LEN + 1], found[ID_LEN + 1];
	struct err ignored;
	size_t n;

	err_clear(&ignored);
	for (n = SHORT_MIN; n < ID_LEN; n++) {
		snprintf(prefix, sizeof(prefix), "%.*s", (int)n, id);
		if (find_prefix(l, prefix, found, &ignored) <= 1)
			break;
	}
	snprintf(out, ID_LEN + 1, "%.*s", (int)n, id);
	return out;
}

/* The ids of a list, read whole so that the caller may write meanwhile. */
static int
list_ids(struct ledger *l, const struct ledger_filter *f,
    char (**ids)[ID_LEN + 1], size_t *n, struct err *e)
{
	int q = f->content != NULL ? Q_LIST_CONTENT : f->newest_first ?
	    Q_LIST_NEW : Q_LIST_OLD, rc;
	int64_t which = f->unsettled ? 3 : f->untidy ? 2 : f->unfinished;
	size_t cap = 0;
	void *more;

	*ids = NULL;
	*n = 0;
	if (db_bind(l->db, q, e, f->content != NULL ? "tiit" : "tii", f->job,
	    which, f->limit > 0 ? f->limit : (int64_t)-1, f->content) != 0)
		return -1;
	while ((rc = db_step(l->db, q, e)) > 0) {
		if (*n == cap) {
			cap = cap > 0 ? cap * 2 : 64;
			more = realloc(*ids, cap * sizeof(**ids));
			if (more == NULL) {
				db_done(l->db, q);
				return err_nomem(e);
			}
			*ids = more;
		}
		snprintf((*ids)[(*n)++], ID_LEN + 1, "%s",
		    db_text(l->db, q, 0));
	}
	return rc;
}

int
ledger_each_run(struct ledger *l, const struct ledger_filter *f,
    int (*call)(void *, const char *, struct err *), void *arg,
    struct err *e)
{
	char (*ids)[ID_LEN + 1];
	size_t i, n;
	int rc = list_ids(l, f, &ids, &n, e);

	for (i = 0; rc == 0 && i < n; i++)
		rc = call(arg, ids[i], e);
	free(ids);
	return rc;
}

int
step_add(struct ledger *l, const char *id, int part, const char *was,
    const char *what, const char *text, struct err *e)
{
	return db_exec(l->db, Q_STEP_ADD, e, "tiittt", id, (int64_t)part,
	    clock_wall_ms(), was, what, text);
}

int
state_now(struct ledger *l, enum query q, const char *id, int no, int *out,
    struct err *e)
{
	int rc;

	if (db_bind(l->db, (int)q, e, no > 0 ? "ti" : "t", id,
	    (int64_t)no) != 0)
		return -1;
	rc = db_step(l->db, (int)q, e);
	if (rc < 0)
		return -1;
	if (rc == 0 && no > 0)
		return err_set(e, ERR_REF, "run %s has no batch %d in this "
		    "ledger", id, no);
	if (rc == 0)
		return err_set(e, ERR_REF, "there is no run \"%s\" in this "
		    "ledger", id);
	*out = (int)db_int(l->db, (int)q, 0);
	db_done(l->db, (int)q);
	return 0;
}

int
ledger_step(struct ledger *l, const char *id, int part, const char *what,
    const char *text, struct err *e)
{
	return step_add(l, id, part, NULL, what, text, e);
}

int
ledger_each_step(struct ledger *l, const char *id,
    int (*f)(void *, const struct ledger_step *, struct err *), void *arg,
    struct err *e)
{
	struct ledger_step s;
	int rc;

	if (db_bind(l->db, Q_STEP_LIST, e, "t", id) != 0)
		return -1;
	while ((rc = db_step(l->db, Q_STEP_LIST, e)) > 0) {
		s.at_ms = db_int(l->db, Q_STEP_LIST, 0);
		s.part = (int)db_int(l->db, Q_STEP_LIST, 1);
		s.what = db_text(l->db, Q_STEP_LIST, 2);
		s.text = db_text(l->db, Q_STEP_LIST, 3);
		if (f(arg, &s, e) != 0) {
			db_done(l->db, Q_STEP_LIST);
			return -1;
		}
	}
	return rc;
}
