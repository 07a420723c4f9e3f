/*
 * Banks, coupons and tasks in SQLite.
 *
 * What is hard: the worker applies a file of many rows in one transaction
 * while calls go on being answered.  The worker therefore has a connection of
 * its own, and readers see the state before until it commits.
 */
#include "banks.h"

#include <pthread.h>

#include "../base/clock.h"
#include "../base/err.h"
#include "../base/str.h"
#include "../db/db.h"

/* Applying a large file may keep another writer waiting. */
#define BUSY_MS	60000
#define BANKS_MARK 1668310114 /* "cpdb", in the file's header */
#define TEXT(x)	#x
#define VALUE(x) TEXT(x)

enum {
	Q_BANK_PUT, Q_BANK_HAS, Q_BANK_ALL,
	Q_COUPON_ADD, Q_COUPON_SET, Q_COUPON_ONE, Q_COUPON_ALL,
	Q_TASK_ADD, Q_TASK_NEXT, Q_TASK_MOVE, Q_TASK_ALL, Q_TASK_POLLED,
	Q__MAX
};

#define TASK_COLUMNS							\
	"id, bank_id, redeemed, redeem_date, status, created_ms,"	\
	" due_ms, file, output, word, word_polls, hide_polls, fail"

static const char *const sql[Q__MAX] = {
	[Q_BANK_PUT] = "INSERT INTO banks (id, name, description)"
	    " VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE"
	    " SET name = excluded.name, description = excluded.description",
	[Q_BANK_HAS] = "SELECT 1 FROM banks WHERE id = ?1",
	[Q_BANK_ALL] = "SELECT id, name, description FROM banks ORDER BY id",
	[Q_COUPON_ADD] = "INSERT OR IGNORE INTO coupons"
	    " (bank_id, code, redeemed, redeem_date, added_ms)"
	    " VALUES (?1, ?2, 0, NULL, ?3)",
	[Q_COUPON_SET] = "UPDATE coupons SET"
	    " redeemed = coalesce(?3, redeemed),"
	    " redeem_date = CASE WHEN ?3 = 0 THEN ?4"
	    " ELSE coalesce(?4, redeem_date) END"
	    " WHERE bank_id = ?1 AND code = ?2",
	[Q_COUPON_ONE] = "SELECT code, redeemed, redeem_date, added_ms"
	    " FROM coupons WHERE bank_id = ?1 AND code = ?2",
	[Q_COUPON_ALL] = "SELECT code, redeemed, redeem_date, added_ms"
	    " FROM coupons WHERE bank_id = ?1 ORDER BY code",
	[Q_TASK_ADD] = "INSERT INTO tasks (bank_id, redeemed, redeem_date,"
	    " status, created_ms, due_ms, file, output, word, word_polls,"
	    " hide_polls, fail)"
	    " VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, '', ?7, ?8, ?9, ?10)",
	[Q_TASK_NEXT] = "SELECT " TASK_COLUMNS " FROM tasks"
	    " WHERE status < 2 ORDER BY due_ms, id LIMIT 1",
	[Q_TASK_MOVE] = "UPDATE tasks SET status = ?2, due_ms = ?3,"
	    " output = ?4 WHERE id = ?1",
	[Q_TASK_ALL] = "SELECT " TASK_COLUMNS " FROM tasks ORDER BY id",
	[Q_TASK_POLLED] = "UPDATE tasks SET"
	    " word_polls = max(word_polls - 1, min(word_polls, 0)),"
	    " hide_polls = max(hide_polls - 1, min(hide_polls, 0))"
	    " WHERE word_polls > 0 OR hide_polls > 0",
};

/*
 * The first task gets the number of the example in
 * platforms.md "utilities.getTasks".
 */
static const struct db_migration migrations[] = {
	{ "CREATE TABLE banks (id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
	  " description TEXT NOT NULL);"
	  "CREATE TABLE coupons (bank_id INTEGER NOT NULL REFERENCES banks,"
	  " code TEXT NOT NULL, redeemed INTEGER NOT NULL, redeem_date TEXT,"
	  " added_ms INTEGER NOT NULL,"
	  " PRIMARY KEY (bank_id, code)) WITHOUT ROWID;"
	  "CREATE TABLE tasks (id INTEGER PRIMARY KEY AUTOINCREMENT,"
	  " bank_id INTEGER NOT NULL, redeemed INTEGER, redeem_date TEXT,"
	  " status INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
	  " due_ms INTEGER NOT NULL, file TEXT NOT NULL,"
	  " output TEXT NOT NULL, word TEXT, word_polls INTEGER NOT NULL,"
	  " hide_polls INTEGER NOT NULL, fail TEXT);"
	  "CREATE INDEX tasks_due ON tasks (due_ms, id) WHERE status < 2;"
	  "INSERT INTO sqlite_sequence (name, seq)"
	  " VALUES ('tasks', 92793);" },
	/* Whose database it is. */
	{ "PRAGMA application_id=" VALUE(BANKS_MARK) ";" },
};

struct banks {
	struct db	*db;
	const struct clock *clock;
	pthread_mutex_t	 lock;
};

struct banks *
banks_open(const char *path, const struct clock *clock, struct err *e)
{
	const struct db_opts opts = {
		.sql = sql, .nsql = Q__MAX, .migrations = migrations,
		.nmigrations = sizeof(migrations) / sizeof(migrations[0]),
		.busy_ms = BUSY_MS, .mark = BANKS_MARK, .table = "coupons",
		.clock = clock,
	};
	struct banks *b;

	b = calloc(1, sizeof(*b));
	if (b == NULL) {
		err_nomem(e);
		return NULL;
	}
	b->clock = clock;
	b->db = db_open(path, &opts, e);
	if (b->db == NULL) {
		free(b);
		return NULL;
	}
	pthread_mutex_init(&b->lock, NULL);
	return b;
}

void
banks_close(struct banks *b)
{
	if (b == NULL)
		return;
	db_close(b->db);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

int
banks_put(struct banks *b, int64_t id, const char *name,
    const char *description, struct err *e)
{
	int r;

	pthread_mutex_lock(&b->lock);
	r = db_exec(b->db, Q_BANK_PUT, e, "itt", id, name, description);
	pthread_mutex_unlock(&b->lock);
	return r;
}

int
banks_has(struct banks *b, int64_t id, struct err *e)
{
	int r;

	pthread_mutex_lock(&b->lock);
	r = db_bind(b->db, Q_BANK_HAS, e, "i", id);
	if (r == 0)
		r = db_step(b->db, Q_BANK_HAS, e);
	db_done(b->db, Q_BANK_HAS);
	pthread_mutex_unlock(&b->lock);
	return r;
}

int
banks_each(struct banks *b, int (*f)(void *, int64_t, const char *,
    const char *, struct err *), void *arg, struct err *e)
{
	int r;

	pthread_mutex_lock(&b->lock);
	r = db_bind(b->db, Q_BANK_ALL, e, "");
	while (r == 0 && (r = db_step(b->db, Q_BANK_ALL, e)) == 1)
		r = f(arg, db_int(b->db, Q_BANK_ALL, 0),
		    db_text(b->db, Q_BANK_ALL, 1),
		    db_text(b->db, Q_BANK_ALL, 2), e);
	db_done(b->db, Q_BANK_ALL);
	pthread_mutex_unlock(&b->lock);
	return r;
}

int
banks_begin(struct banks *b, struct err *e)
{
	pthread_mutex_lock(&b->lock);
	if (db_begin(b->db, e) == -1) {
		pthread_mutex_unlock(&b->lock);
		return -1;
	}
	return 0;
}

int
banks_end(struct banks *b, bool keep, struct err *e)
{
	int r;

	r = 0;
	if (keep)
		r = db_commit(b->db, e);
	else
		db_rollback(b->db);
	pthread_mutex_unlock(&b->lock);
	return r;
}

int
banks_add(struct banks *b, int64_t bank, const char *code, struct err *e)
{
	if (db_exec(b->db, Q_COUPON_ADD, e, "iti", bank, code,
	    clock_wall(b->clock)) == -1)
		return -1;
	return db_changes(b->db) > 0;
}

int
banks_set(struct banks *b, int64_t bank, const char *code,
    const struct bank_update *u, struct err *e)
{
	const char *date;
	int r;

	date = u->date[0] != '\0' ? u->date : NULL;
	if (u->redeemed == -1)
		r = db_exec(b->db, Q_COUPON_SET, e, "itnt", bank, code, date);
	else
		r = db_exec(b->db, Q_COUPON_SET, e, "itit", bank, code,
		    (int64_t)u->redeemed, date);
	if (r == -1)
		return -1;
	return db_changes(b->db) > 0;
}

int
banks_coupons(struct banks *b, int64_t bank, const char *code,
    int (*f)(void *, const struct bank_coupon *, struct err *), void *arg,
    struct err *e)
{
	struct bank_coupon c;
	int q, r;

	q = code != NULL ? Q_COUPON_ONE : Q_COUPON_ALL;
	pthread_mutex_lock(&b->lock);
	if (code != NULL)
		r = db_bind(b->db, q, e, "it", bank, code);
	else
		r = db_bind(b->db, q, e, "i", bank);
	while (r == 0 && (r = db_step(b->db, q, e)) == 1) {
		c.code = db_text(b->db, q, 0);
		c.redeemed = (int)db_int(b->db, q, 1);
		c.redeem_date = db_text(b->db, q, 2);
		if (c.redeem_date == NULL)
			c.redeem_date = "";
		c.added_ms = db_int(b->db, q, 3);
		r = f(arg, &c, e);
	}
	db_done(b->db, q);
	pthread_mutex_unlock(&b->lock);
	return r;
}

int
bank_task_add(struct banks *b, struct bank_task *t, struct err *e)
{
	const char *date;
	char redeemed[2];
	int r;

	date = t->update.date[0] != '\0' ? t->update.date : NULL;
	redeemed[0] = (char)('0' + t->update.redeemed);
	redeemed[1] = '\0';
	pthread_mutex_lock(&b->lock);
	r = db_exec(b->db, Q_TASK_ADD, e, "ittiittiit", t->bank,
	    t->update.redeemed == -1 ? NULL : redeemed, date, t->created_ms,
	    t->due_ms, t->file, t->word, t->word_polls, t->hide_polls,
	    t->fail);
	if (r == 0)
		t->id = db_last_id(b->db);
	pthread_mutex_unlock(&b->lock);
	return r;
}

/*
 * The current row of q, its text as lent by the database.
 */
static void
task_row(struct banks *b, int q, struct bank_task *t)
{
	const char *date;

	memset(t, 0, sizeof(*t));
	t->id = db_int(b->db, q, 0);
	t->bank = db_int(b->db, q, 1);
	t->update.redeemed = db_null(b->db, q, 2) ? -1 :
	    (int)db_int(b->db, q, 2);
	date = db_text(b->db, q, 3);
	snprintf(t->update.date, sizeof(t->update.date), "%s",
	    date != NULL ? date : "");
	t->status = (enum task_status)db_int(b->db, q, 4);
	t->created_ms = db_int(b->db, q, 5);
	t->due_ms = db_int(b->db, q, 6);
	t->file = (char *)db_text(b->db, q, 7);
	t->output = (char *)db_text(b->db, q, 8);
	t->word = (char *)db_text(b->db, q, 9);
	t->word_polls = db_int(b->db, q, 10);
	t->hide_polls = db_int(b->db, q, 11);
	t->fail = (char *)db_text(b->db, q, 12);
}

/*
 * Make the lent text of t its own.
 */
static int
task_own(struct bank_task *t, struct err *e)
{
	char **text[] = { &t->file, &t->output, &t->word, &t->fail };
	size_t i, n;
	char *copy;

	n = sizeof(text) / sizeof(text[0]);
	for (i = 0; i < n; i++) {
		if (*text[i] == NULL)
			continue;
		copy = str_dup(*text[i], e);
		if (copy == NULL)
			break;
		*text[i] = copy;
	}
	if (i == n)
		return 0;
	while (i < n)
		*text[i++] = NULL;
	bank_task_release(t);
	return -1;
}

int
bank_task_next(struct banks *b, struct bank_task *out, struct err *e)
{
	int r;

	pthread_mutex_lock(&b->lock);
	r = db_bind(b->db, Q_TASK_NEXT, e, "");
	if (r == 0)
		r = db_step(b->db, Q_TASK_NEXT, e);
	if (r == 1) {
		task_row(b, Q_TASK_NEXT, out);
		if (task_own(out, e) == -1)
			r = -1;
	}
	db_done(b->db, Q_TASK_NEXT);
	pthread_mutex_unlock(&b->lock);
	return r;
}

void
bank_task_release(struct bank_task *t)
{
	free(t->file);
	free(t->output);
	free(t->word);
	free(t->fail);
	memset(t, 0, sizeof(*t));
}

int
bank_task_move(struct banks *b, int64_t id, enum task_status status,
    int64_t due_ms, const char *output, struct err *e)
{
	int r;

	pthread_mutex_lock(&b->lock);
	r = db_exec(b->db, Q_TASK_MOVE, e, "iiit", id, (int64_t)status,
	    due_ms, output);
	pthread_mutex_unlock(&b->lock);
	return r;
}

int
bank_tasks(struct banks *b, bool polled, int (*f)(void *,
    const struct bank_task *, struct err *), void *arg, struct err *e)
{
	struct bank_task t;
	int r;

	pthread_mutex_lock(&b->lock);
	r = db_bind(b->db, Q_TASK_ALL, e, "");
	while (r == 0 && (r = db_step(b->db, Q_TASK_ALL, e)) == 1) {
		task_row(b, Q_TASK_ALL, &t);
		r = f(arg, &t, e);
	}
	db_done(b->db, Q_TASK_ALL);
	if (r == 0 && polled)
		r = db_exec(b->db, Q_TASK_POLLED, e, "");
	pthread_mutex_unlock(&b->lock);
	return r;
}

const char *
task_status_word(enum task_status status)
{
	static const char *const words[] = {
		[TASK_PENDING] = "PENDING",
		[TASK_PROCESSING] = "PROCESSING",
		[TASK_COMPLETE] = "COMPLETE",
		[TASK_ERROR] = "ERROR",
	};

	return words[status];
}
