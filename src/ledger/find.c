/*
 * Finding runs.
 *
 * A reference typed by a person must never mean another run than the one they
 * saw: a prefix is looked up as a range of ids, never as a pattern, and is an
 * answer only when exactly one run has it.
 */
#include "ledger_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/list.h"

#define FOUND_MAX	10	/* runs with a prefix, as the query has it */
#define PREFIX_MIN	4	/* characters of an id to look it up */
#define SHORT_MIN	13	/* the millisecond, and four of chance */

/* The id in the first row of a bound query; "" when it has no row. */
static int
first_id(struct ledger *l, enum query q, char id[ID_LEN + 1], struct err *e)
{
	int rc = db_step(l->db, (int)q, e);

	id[0] = '\0';
	if (rc > 0) {
		snprintf(id, ID_LEN + 1, "%s", db_text(l->db, (int)q, 0));
		db_done(l->db, (int)q);
	}
	return rc < 0 ? -1 : 0;
}

static int
find_last(struct ledger *l, const char *job, char id[ID_LEN + 1],
    struct err *e)
{
	enum query q = job != NULL ? Q_FIND_LAST_JOB : Q_FIND_LAST;

	if (db_bind(l->db, (int)q, e, job != NULL ? "t" : "", job) == -1 ||
	    first_id(l, q, id, e) == -1)
		return -1;
	if (id[0] != '\0')
		return 0;
	return job != NULL ? err_set(e, ERR_REF, "job %s has no run yet",
	    job) : err_set(e, ERR_REF, "there is no run yet");
}

/* Ids from prefix to its end; how many, at most FOUND_MAX. */
static int
find_prefix(struct ledger *l, const char *prefix,
    char id[FOUND_MAX][ID_LEN + 1], struct err *e)
{
	char end[ID_LEN + 2];
	int n = 0, rc;

	/* "{" follows "z", the last letter of the alphabet. */
	snprintf(end, sizeof(end), "%s{", prefix);
	if (db_bind(l->db, Q_FIND_PREFIX, e, "tt", prefix, end) == -1)
		return -1;
	while ((rc = db_step(l->db, Q_FIND_PREFIX, e)) > 0)
		if (n < FOUND_MAX)
			snprintf(id[n++], ID_LEN + 1, "%s",
			    db_text(l->db, Q_FIND_PREFIX, 0));
	return rc < 0 ? -1 : n;
}

/* A person goes on with one of them. */
static int
find_several(struct ledger *l, const char *ref,
    char found[FOUND_MAX][ID_LEN + 1], int n, struct err *e)
{
	char list[FOUND_MAX * (ID_LEN + 2) + 1], shown[ID_LEN + 1];
	size_t len = 0;
	int i;

	for (i = 0; i < n; i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
		    i > 0 ? ", " : "", ledger_short(l, found[i], shown));
	return err_set(e, ERR_REF, "%d%s runs begin with \"%s\": %s", n,
	    n == FOUND_MAX ? " or more" : "", ref, list);
}

int
ledger_find(struct ledger *l, const char *ref, char id[ID_LEN + 1],
    struct err *e)
{
	char found[FOUND_MAX][ID_LEN + 1];
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
	n = find_prefix(l, ref, found, e);
	if (n == 1) {
		memcpy(id, found[0], ID_LEN + 1);
		return 0;
	}
	if (n < 0)
		return -1;
	if (n == 0)
		return err_set(e, ERR_REF, "there is no run \"%s\" in this "
		    "ledger", ref);
	return find_several(l, ref, found, n, e);
}

const char *
ledger_short(struct ledger *l, const char *id, char out[ID_LEN + 1])
{
	char prefix[ID_LEN + 1], found[FOUND_MAX][ID_LEN + 1];
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

static int
list_bind(struct ledger *l, const struct ledger_filter *f, enum query q,
    struct err *e)
{
	int64_t limit = f->limit > 0 ? f->limit : -1;

	switch (q) {
	case Q_LIST:
		return db_bind(l->db, (int)q, e, "i", limit);
	case Q_LIST_CONTENT:
		return db_bind(l->db, (int)q, e, "titi", f->job, limit,
		    f->content, (int64_t)f->unfinished);
	default:
		return db_bind(l->db, (int)q, e, "ti", f->job, limit);
	}
}

int
ledger_each_run(struct ledger *l, const struct ledger_filter *f,
    int (*call)(void *, const char *, struct err *), void *arg,
    struct err *e)
{
	enum query q = f->content != NULL ? Q_LIST_CONTENT :
	    f->unsettled ? Q_LIST_UNSETTLED : f->untidy ? Q_LIST_UNTIDY :
	    f->unfinished ? Q_LIST_OPEN : f->job != NULL ? Q_LIST_JOB : Q_LIST;
	bool newest_first = f->newest_first || f->content != NULL;
	char (*ids)[ID_LEN + 1] = NULL;
	size_t i, n = 0, cap = 0;
	int rc;

	if (list_bind(l, f, q, e) == -1)
		return -1;
	while ((rc = db_step(l->db, (int)q, e)) > 0) {
		if (list_grow(&ids, n, &cap, sizeof(*ids), e) == -1) {
			db_done(l->db, (int)q);
			rc = -1;
			break;
		}
		snprintf(ids[n++], ID_LEN + 1, "%s", db_text(l->db, (int)q,
		    0));
	}
	for (i = 0; rc == 0 && i < n; i++)
		rc = call(arg, ids[newest_first ? i : n - 1 - i], e);
	free(ids);
	return rc;
}

int
ledger_source_done(struct ledger *l, const struct ledger_source *s,
    const char *job, char id[ID_LEN + 1], struct err *e)
{
	if (db_bind(l->db, Q_SOURCE_DONE, e, "tiiiii", job, s->dev, s->ino,
	    s->size, s->mtime_ns, s->ctime_ns) == -1)
		return -1;
	return first_id(l, Q_SOURCE_DONE, id, e);
}
