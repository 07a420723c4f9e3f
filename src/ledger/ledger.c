/*
 * Opening the ledger, and what its files share.
 */
#include "ledger_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUSY_MS		10000	/* other processes hold it for milliseconds */

static struct ledger *
open_as(const char *path, bool only_read, const char *no_new,
    const struct clock *clock, struct err *e)
{
	const struct db_opts opts = { .sql = ledger_sql, .nsql = Q__MAX,
	    .migrations = ledger_migrations,
	    .nmigrations = ledger_nmigrations, .busy_ms = BUSY_MS,
	    .mark = LEDGER_MARK, .table = "baselines", .no_new = no_new,
	    .clock = clock, .copy = !only_read, .only_read = only_read };
	struct ledger *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		err_nomem(e);
		return NULL;
	}
	l->clock = clock;
	l->db = db_open(path, &opts, e);
	if (l->db == NULL) {
		err_wrap(e, "open the ledger");
		free(l);
		return NULL;
	}
	return l;
}

struct ledger *
ledger_open(const char *path, const char *no_new, const struct clock *clock,
    struct err *e)
{
	return open_as(path, false, no_new, clock, e);
}

struct ledger *
ledger_read(const char *path, const struct clock *clock, struct err *e)
{
	return open_as(path, true, NULL, clock, e);
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
	if (db_bind(l->db, Q_SUM, e, "") == -1 ||
	    db_step(l->db, Q_SUM, e) < 0)
		return -1;
	out->runs = db_int(l->db, Q_SUM, 0);
	out->unfinished = db_int(l->db, Q_SUM, 1);
	db_done(l->db, Q_SUM);
	return 0;
}

int
ledger_newest(struct ledger *l, char id[ID_LEN + 1], struct err *e)
{
	const char *newest;

	if (db_bind(l->db, Q_NEWEST, e, "") == -1 ||
	    db_step(l->db, Q_NEWEST, e) < 0)
		return -1;
	newest = db_text(l->db, Q_NEWEST, 0);
	snprintf(id, ID_LEN + 1, "%s", newest != NULL ? newest : "");
	db_done(l->db, Q_NEWEST);
	return 0;
}

int
ledger_check(struct ledger *l, struct err *e)
{
	const char *said;
	int rc;

	if (db_bind(l->db, Q_DAMAGE, e, "") == -1 ||
	    (rc = db_step(l->db, Q_DAMAGE, e)) < 0)
		return -1;
	said = rc > 0 ? db_text(l->db, Q_DAMAGE, 0) : NULL;
	rc = said == NULL || strcmp(said, "ok") == 0 ? 0 :
	    err_set(e, ERR_LEDGER, "the ledger is damaged: %s", said);
	db_done(l->db, Q_DAMAGE);
	if (rc == -1 || db_bind(l->db, Q_ORPHAN, e, "") == -1 ||
	    (rc = db_step(l->db, Q_ORPHAN, e)) < 0)
		return -1;
	db_done(l->db, Q_ORPHAN);
	return rc == 0 ? 0 : err_set(e, ERR_LEDGER, "the ledger is damaged: "
	    "rows point to runs that are not there");
}

int
copy_text(struct ledger *l, enum query q, int col, char **out, struct err *e)
{
	return str_set(out, db_text(l->db, (int)q, col), e);
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
state_now(struct ledger *l, enum query q, const char *id, int no, int *out,
    struct err *e)
{
	int rc;

	if (db_bind(l->db, (int)q, e, no > 0 ? "ti" : "t", id,
	    (int64_t)no) == -1)
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
