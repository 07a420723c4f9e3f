/* Codes to look up, and the tasks that were there before ours. */
#include "ledger_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/list.h"

int
ledger_samples_add(struct ledger *l, const char *id, int part,
    const struct ledger_sample *samples, size_t n, struct err *e)
{
	const struct ledger_sample *s;
	char want[11], before[11], after[11];

	if (db_begin(l->db, e) == -1)
		return -1;
	if (db_exec(l->db, Q_SAMPLE_CLEAR, e, "ti", id, (int64_t)part) == -1)
		goto undo;
	for (s = samples; s < samples + n; s++)
		if (db_exec(l->db, Q_SAMPLE_ADD, e,
		    "titit" "iiit" "iiit" "i", id,
		    (int64_t)part, s->code, (int64_t)s->want_redeemed,
		    day_text(&s->want_date, want), (int64_t)s->asked_before,
		    (int64_t)s->known_before, (int64_t)s->redeemed_before,
		    day_text(&s->date_before, before),
		    (int64_t)s->asked_after, (int64_t)s->known_after,
		    (int64_t)s->redeemed_after,
		    day_text(&s->date_after, after),
		    (int64_t)s->answer) == -1)
			goto undo;
	return db_commit(l->db, e);
undo:
	db_rollback(l->db);
	return -1;
}

static void
sample_read(struct ledger *l, struct ledger_sample *s)
{
	struct db *d = l->db;

	memset(s, 0, sizeof(*s));
	snprintf(s->code, sizeof(s->code), "%s",
	    db_text(d, Q_SAMPLE_LIST, 0));
	s->want_redeemed = (int)db_int(d, Q_SAMPLE_LIST, 1);
	s->want_date = day_of(db_text(d, Q_SAMPLE_LIST, 2));
	s->asked_before = db_int(d, Q_SAMPLE_LIST, 3) != 0;
	s->known_before = db_int(d, Q_SAMPLE_LIST, 4) != 0;
	s->redeemed_before = (int)db_int(d, Q_SAMPLE_LIST, 5);
	s->date_before = day_of(db_text(d, Q_SAMPLE_LIST, 6));
	s->asked_after = db_int(d, Q_SAMPLE_LIST, 7) != 0;
	s->known_after = db_int(d, Q_SAMPLE_LIST, 8) != 0;
	s->redeemed_after = (int)db_int(d, Q_SAMPLE_LIST, 9);
	s->date_after = day_of(db_text(d, Q_SAMPLE_LIST, 10));
	s->answer = (int)db_int(d, Q_SAMPLE_LIST, 11);
}

int
ledger_samples(struct ledger *l, const char *id, int part,
    struct ledger_sample **out, size_t *n, struct err *e)
{
	struct ledger_sample *list = NULL;
	size_t cap = 0;
	int rc;

	*n = 0;
	*out = NULL;
	if (db_bind(l->db, Q_SAMPLE_LIST, e, "ti", id, (int64_t)part) == -1)
		return -1;
	while ((rc = db_step(l->db, Q_SAMPLE_LIST, e)) > 0) {
		if (list_grow(&list, *n, &cap, sizeof(*list), e) == -1) {
			db_done(l->db, Q_SAMPLE_LIST);
			rc = -1;
			break;
		}
		sample_read(l, &list[(*n)++]);
	}
	if (rc < 0) {
		free(list);
		return -1;
	}
	*out = list;
	return 0;
}

int
ledger_forget_samples(struct ledger *l, const char *id, struct err *e)
{
	return db_exec(l->db, Q_SAMPLE_FORGET, e, "t", id);
}

int
ledger_baseline(struct ledger *l, const char *id, int part,
    const char *const *ids, size_t n, struct err *e)
{
	size_t i;

	if (db_begin(l->db, e) == -1)
		return -1;
	if (db_exec(l->db, Q_BASE_CLEAR, e, "ti", id, (int64_t)part) == -1)
		goto undo;
	for (i = 0; i < n; i++)
		if (db_exec(l->db, Q_BASE_ADD, e, "tit", id, (int64_t)part,
		    ids[i]) == -1)
			goto undo;
	return db_commit(l->db, e);
undo:
	db_rollback(l->db);
	return -1;
}

int
ledger_task_new(struct ledger *l, const char *provider, const char *id,
    int part, const char *task, struct err *e)
{
	int64_t known;

	if (db_bind(l->db, Q_TASK_KNOWN, e, "ttit", provider, id,
	    (int64_t)part, task) == -1 || db_step(l->db, Q_TASK_KNOWN, e) != 1)
		return -1;
	known = db_int(l->db, Q_TASK_KNOWN, 0);
	db_done(l->db, Q_TASK_KNOWN);
	return known == 0;
}

int
ledger_task_rival(struct ledger *l, const char *provider, const char *id,
    int part, const char *task, int64_t since_ms, struct err *e)
{
	int rival;

	/* A part that was never sent has no intent. */
	if (db_bind(l->db, Q_TASK_RIVAL, e, "ttiti", provider, id,
	    (int64_t)part, task, since_ms > 0 ? since_ms : 1) == -1 ||
	    db_step(l->db, Q_TASK_RIVAL, e) != 1)
		return -1;
	rival = db_int(l->db, Q_TASK_RIVAL, 0) != 0;
	db_done(l->db, Q_TASK_RIVAL);
	return rival;
}
