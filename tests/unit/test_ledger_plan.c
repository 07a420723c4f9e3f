/*
 * How SQLite carries out the statements of the ledger: none goes through all
 * runs, parts or steps, so that each takes as long with a million runs as with
 * ten.
 */
#include "ledger_fixture.h"

#include "../../src/ledger/ledger_internal.h"

/* What SQLite says of one statement, a line for each of its steps. */
struct plan {
	struct db	*db;
	const char	*sql[Q__MAX];
	char		*text[Q__MAX];
};

static void
plan_open(struct fixture *f, struct plan *p)
{
	const struct db_opts opts = { .sql = p->sql, .nsql = Q__MAX,
	    .migrations = ledger_migrations,
	    .nmigrations = ledger_nmigrations, .busy_ms = 1000 };
	size_t q;

	for (q = 0; q < Q__MAX; q++) {
		assert_true(asprintf(&p->text[q], "EXPLAIN QUERY PLAN %s",
		    ledger_sql[q]) > 0);
		p->sql[q] = p->text[q];
	}
	p->db = db_open(f->path, &opts, &f->e);
	if (p->db == NULL)
		fail_msg("%s", f->e.msg);
}

static void
plan_close(struct plan *p)
{
	size_t q;

	db_close(p->db);
	for (q = 0; q < Q__MAX; q++)
		free(p->text[q]);
}

/* Statements that are allowed to go through a table, each with a reason. */
static bool
may_scan(int q)
{
	switch (q) {
	case Q_LIST:		/* by age, and ends at its limit */
	case Q_FIND_LAST:
	case Q_SUM:		/* counts them all, and says so */
	case Q_DAMAGE:
	case Q_ORPHAN:
	case Q_PLACE_LIST:	/* what lies on file servers is not much */
		return true;
	default:
		return false;
	}
}

/* An index that holds only what is asked for may be read whole. */
static bool
is_short(const char *step)
{
	return strstr(step, "USING INDEX runs_open") != NULL ||
	    strstr(step, "USING INDEX runs_untidy") != NULL ||
	    strstr(step, "USING INDEX runs_unsettled") != NULL ||
	    strstr(step, "USING COVERING INDEX runs_open") != NULL ||
	    strcmp(step, "SCAN CONSTANT ROW") == 0;
}

static void
nothing_is_read_whole(void **state)
{
	struct fixture *f = *state;
	struct plan p = { 0 };
	const char *step;
	int q, rc;

	plan_open(f, &p);
	for (q = 0; q < Q__MAX; q++) {
		while (!may_scan(q) && (rc = db_step(p.db, q, &f->e)) != 0) {
			if (rc == -1)
				fail_msg("%s", f->e.msg);
			step = db_text(p.db, q, 3);
			if (strncmp(step, "SCAN", 4) == 0 && !is_short(step))
				fail_msg("%s: %s", p.sql[q], step);
		}
	}
	plan_close(&p);
}

/* What is listed up to a limit is not gathered and sorted before. */
static void
lists_come_in_order(void **state)
{
	static const int lists[] = { Q_LIST, Q_LIST_JOB, Q_LIST_CONTENT,
	    Q_FIND_LAST, Q_FIND_LAST_JOB, Q_NEWEST };
	struct fixture *f = *state;
	struct plan p = { 0 };
	const char *step;
	size_t i;
	int rc;

	plan_open(f, &p);
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		while ((rc = db_step(p.db, lists[i], &f->e)) != 0) {
			if (rc == -1)
				fail_msg("%s", f->e.msg);
			step = db_text(p.db, lists[i], 3);
			if (strstr(step, "TEMP B-TREE") != NULL)
				fail_msg("%s: %s", p.sql[lists[i]], step);
		}
	plan_close(&p);
}

#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, ledger_set_up, ledger_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_read_whole),
		TEST(lists_come_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
