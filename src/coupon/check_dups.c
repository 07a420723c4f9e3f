/*
 * What only the whole file tells: codes that come again, and codes that are
 * shorter than they should be.
 */
#include "check_internal.h"

#include "../base/err.h"
#include "content.h"

/* A good row is not one any more. */
static int
row_uncount(struct checker *c, const struct coupon *row, struct err *e)
{
	c->res->valid--;
	if (days_count(c->days, &row->date, -1, e) == -1)
		return -1;
	if (row_skipped(c, row)) {
		c->res->skipped--;
		return 0;
	}
	content_sub(&c->res->content, row);
	return c->o->spool == NULL ? 0 : spool_drop(c->o->spool, row, e);
}

/* What a row says, against another one. */
static const char *
row_says(const struct coupon *row, bool by_date, char out[24])
{
	if (by_date && date_is_none(&row->date))
		return "no date";
	if (by_date) {
		date_format(&row->date, out);
		return out;
	}
	if (row->redeemed == REDEEMED_NONE)
		return "redeemed empty";
	return row->redeemed ? "redeemed 1" : "redeemed 0";
}

static int
report_conflict(struct checker *c, struct complaint *x,
    const struct dup_verdict *v, struct err *e)
{
	bool by_date = date_cmp(&v->one.date, &v->other.date) != 0 &&
	    v->one.redeemed == v->other.redeemed;
	char one[24], other[24];

	x->rule = RULE_DUPLICATE_CONFLICT;
	x->severity = SEV_ERROR;
	return report_late(c, x, e, "same code, %s in line %llu and %s in "
	    "line %llu", row_says(&v->one, by_date, one),
	    (unsigned long long)v->one_line, row_says(&v->other, by_date,
	    other), (unsigned long long)v->other_line);
}

int
row_verdict(void *arg, const struct dup_verdict *v, struct err *e)
{
	struct checker *c = arg;
	struct complaint x;

	memset(&x, 0, sizeof(x));
	x.place = v->place;
	x.field = "coupon_code";
	x.value.p = v->coupon.code;
	x.value.len = v->coupon.len;
	x.decoded = true;
	x.first = v->has_first ? &v->first : NULL;
	switch (v->kind) {
	case DUP_CASE:
		x.rule = RULE_DUPLICATE_CASE;
		x.severity = SEV_WARNING;
		return report_late(c, &x, e, "differs from the code in line "
		    "%llu in upper and lower case only",
		    (unsigned long long)v->first.line);
	case DUP_REPEATED:
		x.rule = RULE_DUPLICATE_CODE;
		x.severity = SEV_WARNING;
		c->res->duplicates++;
		if (c->o->good != NULL &&
		    bits_set(&c->repeated, v->coupon.record, e) == -1)
			return -1;
		if (row_uncount(c, &v->coupon, e) == -1)
			return -1;
		return report_late(c, &x, e, "same as in line %llu, sent once",
		    (unsigned long long)v->first.line);
	default:
		c->res->invalid++;
		if (row_uncount(c, &v->coupon, e) == -1 ||
		    bits_set(&c->broken, v->coupon.record, e) == -1)
			return -1;
		return report_conflict(c, &x, v, e);
	}
}

static int
zero_lost(struct checker *c, const struct cell *cell, struct err *e)
{
	struct complaint x;
	size_t i;

	for (i = 0; i < cell->len; i++)
		if ((c->byte[(unsigned char)cell->p[i]] & BYTE_DIGIT) == 0)
			return 0;
	x = complaint_cell(c, RULE_CODE_ZERO_LOST, COL_CODE, cell);
	return report_late(c, &x, e, "%zu digits where most codes have %zu; "
	    "leading zeros may be lost", cell->len, c->digits_len);
}

/* A row that was good so far has a code that is not in this share. */
int
row_known(struct checker *c, const struct record *rec, struct err *e)
{
	struct complaint x;

	if (bits_has(&c->broken, c->row.record) || !row_fits(c, rec))
		return 0;
	if (row_check(c, rec, e) == -1)
		return -1;
	if (c->row_errors == 0)
		return 0;
	c->res->invalid++;
	if (row_uncount(c, &c->row, e) == -1 ||
	    bits_set(&c->broken, c->row.record, e) == -1 ||
	    bits_set(&c->unknown, c->row.record, e) == -1)
		return -1;
	x = complaint_cell(c, RULE_CODE_UNKNOWN, COL_CODE,
	    &rec->cells[c->col[COL_CODE]]);
	return report_late(c, &x, e, CODE_UNKNOWN_TEXT);
}

int
row_see(struct checker *c, const struct record *rec, struct err *e)
{
	const struct cell *cell;
	struct place place;

	if (bits_has(&c->broken, c->row.record) && c->pass == PASS_SEE)
		return 0;
	if (!row_fits(c, rec) || bits_has(&c->unknown, c->row.record))
		return 0;
	cell = &rec->cells[c->col[COL_CODE]];
	if (c->zeros && cell->len < c->digits_len &&
	    zero_lost(c, cell, e) == -1)
		return -1;
	/* With an encoding the code is known only once it is decoded. */
	if (!c->has_iconv && !dedup_named(c->dups, cell->p, cell->len))
		return 0;
	if (row_check(c, rec, e) == -1)
		return -1;
	if (c->row_errors > 0 || c->row.code == NULL ||
	    (c->has_iconv && !dedup_named(c->dups, c->row.code, c->row.len)))
		return 0;
	place.line = cell->line;
	place.column = cell->column;
	place.byte = cell->byte;
	place.record = c->row.record;
	if (c->pass == PASS_SEE)
		return dedup_see(c->dups, &c->row, &place, e);
	return dedup_judge_row(c->dups, &c->row, &place, row_verdict, c, e);
}
