/*
 * Places: where on file servers something of a run lies, or may lie.
 *
 * A place is written down before anything is sent there and struck off when a
 * look has shown that nothing is left.  It is kept apart from the parts,
 * because a part may have been at several addresses: the configuration can
 * change while a run waits.
 */
#include "ledger_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/list.h"

/* "" stands for none, so that the same place is not kept twice. */
static const char *
or_empty(const char *s)
{
	return s != NULL ? s : "";
}

int
ledger_place_add(struct ledger *l, const struct ledger_place *p,
    struct err *e)
{
	return db_exec(l->db, Q_PLACE_ADD, e, "titttttt", p->run,
	    (int64_t)p->part, p->endpoint, p->url, or_empty(p->user),
	    or_empty(p->temp_dir), or_empty(p->marker), p->name);
}

int
ledger_place_gone(struct ledger *l, int64_t id, struct err *e)
{
	return db_exec(l->db, Q_PLACE_GONE, e, "i", id);
}

static void
place_release(struct ledger_place *p)
{
	free(p->endpoint);
	free(p->url);
	free(p->user);
	free(p->temp_dir);
	free(p->marker);
	free(p->name);
}

/* The current row; "" is none again. */
static int
place_read(struct ledger *l, struct ledger_place *p, struct err *e)
{
	const struct {
		int	 col;
		char	**to;
	} texts[] = { { 3, &p->endpoint }, { 4, &p->url }, { 5, &p->user },
	    { 6, &p->temp_dir }, { 7, &p->marker }, { 8, &p->name } };
	size_t i;

	memset(p, 0, sizeof(*p));
	p->id = db_int(l->db, Q_PLACE_LIST, 0);
	snprintf(p->run, sizeof(p->run), "%s",
	    db_text(l->db, Q_PLACE_LIST, 1));
	p->part = (int)db_int(l->db, Q_PLACE_LIST, 2);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (copy_text(l, Q_PLACE_LIST, texts[i].col, texts[i].to,
		    e) == -1)
			return -1;
		if (texts[i].to != &p->url && **texts[i].to == '\0') {
			free(*texts[i].to);
			*texts[i].to = NULL;
		}
	}
	return 0;
}

int
ledger_each_place(struct ledger *l, const char *run,
    int (*f)(void *, const struct ledger_place *, struct err *), void *arg,
    struct err *e)
{
	struct ledger_place *all = NULL;
	size_t i, n = 0, cap = 0;
	int rc;

	if (db_bind(l->db, Q_PLACE_LIST, e, "t", run) == -1)
		return -1;
	while ((rc = db_step(l->db, Q_PLACE_LIST, e)) > 0) {
		if (list_grow(&all, n, &cap, sizeof(*all), e) == -1 ||
		    place_read(l, &all[n++], e) == -1) {
			db_done(l->db, Q_PLACE_LIST);
			rc = -1;
			break;
		}
	}
	for (i = 0; rc == 0 && i < n; i++)
		rc = f(arg, &all[i], e);
	for (i = 0; i < n; i++)
		place_release(&all[i]);
	free(all);
	return rc;
}
