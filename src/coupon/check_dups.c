/*
 * What only whole files tell: codes that come again, and codes that are
 * shorter than they should be.
 */
#include "rows_internal.h"

#include "../base/buf.h"
#include "../base/err.h"
#include "bits.h"
#include "checker_internal.h"
#include "code_ruin.h"
#include "columns_internal.h"
#include "content.h"
#include "days_internal.h"
#include "dedup.h"
#include "findings_internal.h"
#include "profile_internal.h"

#define NAME_BYTES	120	/* of a file, shown in a finding */

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

/* The name of another file, as it can be shown; NULL for c's own. */
static const char *
file_other(const struct checker *c, unsigned file)
{
	const char *name = file >= c->set->n ?
	    c->set->others->names[file - c->set->n] : c->set->in[file].name;

	return file == c->file ? NULL : name != NULL ? name : "another file";
}

/* "line 7", and of which file when it is not this one; for people. */
static int
place_text(const struct checker *c, unsigned file, uint64_t line,
    const char *here, struct buf *out, struct err *e)
{
	const char *name = file_other(c, file);

	if (buf_addf(out, e, "line %llu%s", (unsigned long long)line,
	    name == NULL ? here : " of ") == -1)
		return -1;
	return name == NULL ? 0 :
	    buf_escape(out, name, strlen(name), NAME_BYTES, e);
}

static int
report_conflict(struct checker *c, struct complaint *x,
    const struct dup_verdict *v, struct err *e)
{
	bool by_date = date_cmp(&v->one.date, &v->other.date) != 0 &&
	    v->one.redeemed == v->other.redeemed;
	const char *here = v->one_file == v->other_file ? "" : " here";
	char one[24], other[24];
	struct buf a, b;
	int rc = -1;

	x->rule = RULE_DUPLICATE_CONFLICT;
	x->severity = SEV_ERROR;
	buf_init(&a, MESSAGE_BYTES);
	buf_init(&b, MESSAGE_BYTES);
	if (place_text(c, v->one_file, v->one_line, here, &a, e) == 0 &&
	    place_text(c, v->other_file, v->other_line, here, &b, e) == 0)
		rc = report_late(c, x, e, "same code, %s in %s and %s in %s",
		    row_says(&v->one, by_date, one), a.data,
		    row_says(&v->other, by_date, other), b.data);
	buf_release(&a);
	buf_release(&b);
	return rc;
}

/* A warning that names the place of the first such code. */
static int
report_first(struct checker *c, struct complaint *x,
    const struct dup_verdict *v, const char *before, const char *after,
    struct err *e)
{
	struct buf at;
	int rc;

	x->severity = SEV_WARNING;
	buf_init(&at, MESSAGE_BYTES);
	rc = place_text(c, v->first_file, v->first.line, "", &at, e);
	if (rc == 0)
		rc = report_late(c, x, e, "%s %s%s", before, at.data, after);
	buf_release(&at);
	return rc;
}

int
row_verdict(void *arg, const struct dup_verdict *v, struct err *e)
{
	struct check_set *s = arg;
	struct checker *c = v->file < s->n ? s->file[v->file] : NULL;
	struct complaint x;

	if (c == NULL)
		return 0;
	memset(&x, 0, sizeof(x));
	x.place = v->place;
	x.field = "coupon_code";
	x.value.p = v->coupon.code;
	x.value.len = v->coupon.len;
	x.decoded = true;
	x.first = v->has_first ? &v->first : NULL;
	x.first_file = v->has_first ? file_other(c, v->first_file) : NULL;
	switch (v->kind) {
	case DUP_CASE:
		x.rule = RULE_DUPLICATE_CASE;
		return report_first(c, &x, v, "differs from the code in",
		    " in upper and lower case only", e);
	case DUP_REPEATED:
		x.rule = RULE_DUPLICATE_CODE;
		c->res->duplicates++;
		if (c->o->good != NULL &&
		    bits_set(&c->repeated, v->coupon.record, e) == -1)
			return -1;
		if (row_uncount(c, &v->coupon, e) == -1)
			return -1;
		return report_first(c, &x, v, "same as in", ", sent once", e);
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

/* A row that was good so far has a code that does not fit its column. */
static int
row_ruined(struct checker *c, const struct record *rec, enum rule rule,
    struct err *e)
{
	const struct cell *cell = &rec->cells[c->col[COL_CODE]];
	struct complaint x;

	if (row_check(c, rec, e) == -1)
		return -1;
	if (c->row_errors > 0 || c->row.code == NULL)
		return 0;
	c->res->invalid++;
	if (row_uncount(c, &c->row, e) == -1 ||
	    bits_set(&c->broken, c->row.record, e) == -1)
		return -1;
	x = complaint_cell(c, rule, COL_CODE, cell);
	if (rule == RULE_CODE_DATE)
		return report_late(c, &x, e, "a number that is a day in a "
		    "spreadsheet, beside other days");
	if (rule == RULE_CODE_EMPTY)
		return report_late(c, &x, e, "what a spreadsheet makes of an "
		    "empty cell, not a code");
	if (code_rounded(cell->p, cell->len))
		return report_late(c, &x, e, "rounded to 15 digits, as a "
		    "spreadsheet does; what follows is lost");
	return report_late(c, &x, e, "points between thousands, as a "
	    "spreadsheet shows numbers");
}

int
row_named(struct checker *c, const struct check_row *row, struct err *e)
{
	if (c->set->common != NULL)
		return c->set->common(c->set->common_arg, row, e);
	if (c->pass == PASS_SEE)
		return dedup_see(c->dups, row, e);
	return dedup_judge_row(c->dups, row, row_verdict, c->set, e);
}

int
row_see(struct checker *c, const struct record *rec, struct err *e)
{
	const struct cell *cell;
	struct check_row row;
	enum rule rule;

	if (bits_has(&c->broken, c->row.record) && c->pass == PASS_SEE)
		return 0;
	if (!row_fits(c, rec) || bits_has(&c->unknown, c->row.record))
		return 0;
	cell = &rec->cells[c->col[COL_CODE]];
	rule = profile_rule(c->ruins, cell->p, cell->len);
	if (rule != RULE__MAX)
		return c->pass != PASS_SEE ? 0 :
		    row_ruined(c, rec, rule, e);
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
	row.file = c->file;
	row.coupon = c->row;
	row.place.line = cell->line;
	row.place.column = cell->column;
	row.place.byte = cell->byte;
	row.place.record = c->row.record;
	return row_named(c, &row, e);
}
