/*
 * Rows of the ledger as values.  A column that does not hold what it should
 * means that somebody else wrote to the file.
 */
#include "ledger_internal.h"

static void
row_damaged(struct row *r)
{
	if (r->rc == 0)
		err_set(r->e, ERR_LEDGER, "the ledger is damaged: column %d of"
		    " a row holds no value of its kind", r->col);
	r->rc = -1;
}

int64_t
row_int(struct row *r)
{
	return db_int(r->db, r->q, r->col++);
}

char *
row_text(struct row *r)
{
	const char *s;
	char *copy;

	s = db_text(r->db, r->q, r->col++);
	if (s == NULL || r->rc == -1)
		return NULL;
	copy = str_dup(s, r->e);
	if (copy == NULL)
		r->rc = -1;
	return copy;
}

struct date
row_date(struct row *r)
{
	struct date d = { 0, 0, 0 };
	const char *s;

	s = db_text(r->db, r->q, r->col++);
	if (s != NULL && date_parse(s, strlen(s), &d) != DATE_OK)
		row_damaged(r);
	return d;
}

void
row_bytes(struct row *r, void *out, size_t n)
{
	const void *p;
	size_t len;

	p = db_blob(r->db, r->q, r->col++, &len);
	if (p == NULL || len != n)
		row_damaged(r);
	else
		memcpy(out, p, n);
}

const char *
date_text(const struct date *d, char out[11])
{
	if (date_is_none(d))
		return NULL;
	date_format(d, out);
	return out;
}

int
ledger_one(struct ledger *l, int q, char id[ID_LEN + 1], struct err *e)
{
	const char *s = NULL;
	int rc;

	id[0] = '\0';
	rc = db_step(l->db, q, e);
	if (rc == -1)
		return -1;
	if (rc == 1)
		s = db_text(l->db, q, 0);
	if (s != NULL)
		snprintf(id, ID_LEN + 1, "%s", s);
	db_done(l->db, q);
	return s != NULL;
}

int
ledger_number(struct ledger *l, int q, int64_t *out, struct err *e)
{
	int rc;

	*out = 0;
	rc = db_step(l->db, q, e);
	if (rc == -1)
		return -1;
	if (rc == 1)
		*out = db_int(l->db, q, 0);
	db_done(l->db, q);
	return 0;
}
