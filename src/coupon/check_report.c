/*
 * From a broken rule to a finding: counted always, kept if it is among the
 * first, written out only in the pass that is about it.
 */
#include "findings_internal.h"

#include <errno.h>
#include <stdarg.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "checker_internal.h"
#include "columns_internal.h"
#include "fix_internal.h"
#include "glyph_internal.h"
#include "rows_internal.h"

static const char *const fields[COLUMNS] = {
	"coupon_code", "redeemed", "redeem_date",
};

struct complaint
complaint_at(const struct checker *c, enum rule rule,
    const struct place *place)
{
	struct complaint x;

	memset(&x, 0, sizeof(x));
	x.rule = rule;
	x.severity = rule_info(rule)->severity;
	x.place = *place;
	if (x.place.record > c->shift &&
	    rule_info(rule)->scope != SCOPE_FILE)
		x.place.record -= c->shift;
	else
		x.place.record = 0;
	return x;
}

struct complaint
complaint_cell(const struct checker *c, enum rule rule, int column,
    const struct cell *cell)
{
	struct place place = { cell->line, cell->column, 0, cell->byte };
	struct complaint x;

	x = complaint_at(c, rule, &place);
	x.place.record = c->row.record;
	x.field = column < 0 ? NULL : fields[column];
	x.value.p = cell->p;
	x.value.len = cell->len;
	return x;
}

static char *
copy(const char *p, size_t len, struct err *e)
{
	char *s;

	s = malloc(len + 1);
	if (s == NULL) {
		err_nomem(e);
		return NULL;
	}
	memcpy(s, p, len);
	s[len] = '\0';
	return s;
}

/* The start of a value, as text where its encoding is known. */
static char *
copy_value(struct checker *c, const struct complaint *x, size_t *len,
    struct err *e)
{
	char out[4 * VALUE_BYTES + 8], in[VALUE_BYTES], *from = in, *to = out;
	size_t n = x->value.len < VALUE_BYTES ? x->value.len : VALUE_BYTES;
	size_t left = n, room = sizeof(out);

	*len = n;
	if (!c->has_iconv || x->decoded)
		return copy(x->value.p, n, e);
	memcpy(in, x->value.p, n);
	iconv(c->iconv, NULL, NULL, NULL, NULL);
	/* A character may be cut in two: what came out before it is shown. */
	if (iconv(c->iconv, &from, &left, &to, &room) == (size_t)-1 &&
	    errno != EINVAL)
		return copy(x->value.p, n, e);
	*len = (size_t)(to - out);
	return copy(out, *len, e);
}

int
complaint_keep(struct checker *c, struct findings *list,
    const struct complaint *x, const char *message, struct err *e)
{
	struct finding f;

	memset(&f, 0, sizeof(f));
	f.rule = x->rule;
	f.severity = x->severity;
	f.place = x->place;
	f.field = x->field;
	f.message = copy(message, strlen(message), e);
	if (f.message == NULL)
		goto fail;
	if (x->value.p != NULL) {
		f.value = copy_value(c, x, &f.value_len, e);
		if (f.value == NULL)
			goto fail;
	}
	if (x->fix.p != NULL) {
		f.fix = copy(x->fix.p, x->fix.len, e);
		if (f.fix == NULL)
			goto fail;
	}
	if (x->first != NULL) {
		f.has_first = true;
		f.first = *x->first;
		if (x->first_file != NULL) {
			f.first_file = copy(x->first_file,
			    strlen(x->first_file), e);
			if (f.first_file == NULL)
				goto fail;
		}
	}
	return findings_add(list, &f, e);
fail:
	free(f.message);
	free(f.value);
	free(f.fix);
	return -1;
}

static int count(struct checker *, const struct complaint *, struct err *,
    const char *, va_list) __attribute__((format(printf, 4, 0)));

static int
count(struct checker *c, const struct complaint *x, struct err *e,
    const char *fmt, va_list ap)
{
	char message[MESSAGE_BYTES];

	c->res->by_rule[x->rule]++;
	if (x->severity == SEV_ERROR)
		c->res->errors++;
	else
		c->res->warnings++;
	if (!findings_wants(&c->found, x->place.byte, x->rule))
		return 0;
	vsnprintf(message, sizeof(message), fmt, ap);
	return complaint_keep(c, &c->found, x, message, e);
}

/*
 * Whether a cell would be good if it held a correction, which is UTF-8
 * already: it is checked like any other, and the checker left as it was.
 */
static int
fix_holds(struct checker *c, const struct complaint *x, bool *holds,
    struct err *e)
{
	struct cell cell = { .p = x->fix.p, .len = x->fix.len };
	struct coupon row = c->row;
	bool all_digits = c->all_digits, has_iconv = c->has_iconv;
	bool control = c->row_control, encoding = c->row_encoding;
	bool stray = c->row_stray;
	int rc;

	c->trial = true;
	c->trial_failed = false;
	c->has_iconv = c->row_control = c->row_encoding = c->row_stray = false;
	if (x->field == fields[COL_CODE])
		rc = code_check(c, &cell, e);
	else if (x->field == fields[COL_REDEEMED])
		rc = redeemed_check(c, &cell, e);
	else
		rc = date_column_check(c, &cell, e);
	*holds = !c->trial_failed;
	c->trial = false;
	c->row = row;
	c->all_digits = all_digits;
	c->has_iconv = has_iconv;
	c->row_control = control;
	c->row_encoding = encoding;
	c->row_stray = stray;
	return rc;
}

int
report(struct checker *c, const struct complaint *x, struct err *e,
    const char *fmt, ...)
{
	struct complaint bare;
	va_list ap;
	bool holds;
	int rc = 0;

	if (c->trial) {
		c->trial_failed = true;
		return 0;
	}
	if (x->fix.p != NULL && c->pass != PASS_ASIDE) {
		if (fix_holds(c, x, &holds, e) == -1)
			return -1;
		bare = *x;
		if (!holds)
			bare.fix = (struct text){ NULL, 0 };
		x = &bare;
	}
	if (x->severity == SEV_ERROR)
		c->row_errors++;
	if (c->pass == PASS_CHECK) {
		va_start(ap, fmt);
		rc = count(c, x, e, fmt, ap);
		va_end(ap);
	} else if (c->pass == PASS_ASIDE && x->severity == SEV_ERROR)
		rc = buf_addf(&c->problems, e, "%s%s",
		    c->problems.len > 0 ? " " : "", rule_info(x->rule)->id);
	else if (c->pass == PASS_FIX && x->fix.p != NULL)
		rc = fix_note(c, x, e);
	return rc;
}

int
report_late(struct checker *c, const struct complaint *x, struct err *e,
    const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = count(c, x, e, fmt, ap);
	va_end(ap);
	return rc;
}
