/*
 * Counting plain rows: fingerprints, days, the sum that identifies what is
 * sent.
 *
 * What is hard here is speed.  Rows are taken many at a time, one kind of
 * work after another, and nothing is branched on that differs at random from
 * row to row: redeemed or not, with a date or not.
 */
#include "plain_internal.h"

#include <endian.h>

#include "../../base/err.h"
#include "../code_ruin.h"
#include "../content.h"
#include "../days_internal.h"
#include "print_internal.h"

#define TALLY_ROWS	128	/* counted at a time */

void
plain_coupon(const struct plain_row *row, const char *text,
    const struct date *given, struct coupon *out)
{
	out->code = text + row->at;
	out->len = row->len;
	out->redeemed = (row->flags & PLAIN_REDEEMED) - 1;
	memset(&out->date, 0, sizeof(out->date));
	if (row->day == PLAIN_GIVEN)
		out->date = *given;
	else if (row->day != PLAIN_NONE) {
		out->date.year = (int16_t)(2000 + (row->day >> 9));
		out->date.month = row->day >> 5 & 15;
		out->date.day = row->day & 31;
	}
}

uint64_t
plain_print_far(const struct plain *f, const char *code, size_t len)
{
	uint64_t low[PLAIN_CODE / 8];
	size_t i;

	/* It never is longer, which the compiler cannot know. */
	if (len > sizeof(low))
		len = sizeof(low);
	low[(len - 1) / 8] = 0;
	memcpy(low, code, len);
	for (i = 0; i < len; i += 8)
		low[i / 8] = print_fold(low[i / 8]);
	return print_cut(XXH3_64bits_withSecret(low, len, f->secret,
	    XXH3_SECRET_SIZE_MIN));
}

/* Some rows of a block. */
struct rows {
	const char		*text;	/* of the block */
	const struct plain_row	*row;
	size_t			 n;	/* TALLY_ROWS at most */
};

__attribute__((flatten)) static int
tally_prints(const struct plain *f, const struct rows *s,
    struct plain_tally *t, struct err *e)
{
	uint64_t print[TALLY_ROWS];
	size_t i;

	for (i = 0; i < s->n; i++)
		print[i] = row_print(f, s->text, &s->row[i]);
	for (i = 0; i < s->n; i++)
		if (prints_add(t->prints, print[i], e) == -1)
			return -1;
	return 0;
}

/* Their days and codes of digits. */
static void
tally_days(const struct rows *s, struct plain_tally *t)
{
	const struct plain_row *row = s->row;
	const char *text = s->text;
	uint16_t from = t->day_from, to = t->day_to;
	size_t i;

	for (i = 0; i < s->n; i++) {
		from = row[i].day < from ? row[i].day : from;
		to = row[i].day >= to ? row[i].day + 1 : to;
		t->day[row[i].day]++;
		if (__builtin_expect((row[i].flags & PLAIN_DIGITS) != 0, 0)) {
			t->digits[row[i].len < DIGITS_MAX ? row[i].len :
			    DIGITS_MAX]++;
			t->zero_led += text[row[i].at] == '0';
			t->rounded += code_rounded(text + row[i].at,
			    row[i].len);
			t->serials += code_serial(text + row[i].at,
			    row[i].len);
			t->naughts += row[i].len == 1 &&
			    text[row[i].at] == '0';
		}
	}
	t->day_from = from;
	t->day_to = to;
}

/* The bytes before the code under the content's hash, as content_head. */
static inline uint64_t
row_head(const struct plain_row *row, uint64_t given)
{
	uint64_t d = row->day, date;

	date = (2000 + (d >> 9)) << 8 | (d >> 5 & 15) << 24 | (d & 31) << 32;
	if (__builtin_expect(d == PLAIN_GIVEN, 0))
		date = given;
	/* Without a branch: d + 0xffff has bit 16 set but for 0. */
	date &= 0 - ((d + 0xffff) >> 16);
	return date | (uint8_t)((row->flags & PLAIN_REDEEMED) - 1);
}

/* The rows that will be sent, whose codes are short mostly. */
static void
tally_content(const struct plain *f, const struct rows *s,
    struct plain_tally *t, const struct date *given)
{
	struct content_row rows[TALLY_ROWS];
	struct coupon coupon = { .date = *given };
	const uint64_t date = content_head(&coupon) & ~UINT64_C(0xff);
	const unsigned skip = f->skip0 ? 1 : 0xff;
	unsigned kept;
	const struct plain_row *row;
	size_t i, k = 0, skipped = 0;
	uint64_t head;

	for (i = 0; i < s->n; i++) {
		row = &s->row[i];
		if (__builtin_expect(row->len > CONTENT_SHORT -
		    CONTENT_HEAD, 0)) {
			if ((row->flags & PLAIN_REDEEMED) == skip)
				skipped++;
			else {
				plain_coupon(row, s->text, given, &coupon);
				content_add(&t->content, &coupon);
			}
			continue;
		}
		/* Written over by the next one when it is skipped. */
		head = htole64(row_head(row, date));
		memcpy(rows[k].bytes, &head, sizeof(head));
		memcpy(rows[k].bytes + CONTENT_HEAD, s->text + row->at,
		    CONTENT_SHORT - CONTENT_HEAD);
		rows[k].len = CONTENT_HEAD + row->len;
		kept = (row->flags & PLAIN_REDEEMED) ^ skip;
		kept = (kept + 0xff) >> 8;
		k += kept;
		skipped += 1 - kept;
	}
	t->skipped += skipped;
	content_add_short(&t->content, rows, k);
}

int
plain_tally(const struct plain *f, const struct plain_block *b,
    struct plain_tally *t, const struct date *given, struct err *e)
{
	struct rows s = { .text = b->text };
	size_t from;

	if (t->day_to == 0)
		t->day_from = PLAIN_DAYS;
	for (from = 0; from < b->nrows; from += s.n) {
		s.row = &b->rows[from];
		s.n = b->nrows - from < TALLY_ROWS ? b->nrows - from :
		    TALLY_ROWS;
		if (tally_prints(f, &s, t, e) == -1)
			return -1;
		tally_days(&s, t);
		tally_content(f, &s, t, given);
	}
	return 0;
}

/* n rows more of a day. */
static int
sum_day(struct checker *c, const struct date *date, uint64_t n,
    struct err *e)
{
	int part;

	for (; n > 0; n -= (uint64_t)part) {
		part = n > INT32_MAX ? INT32_MAX : (int)n;
		if (days_count(c->days, date, part, e) == -1)
			return -1;
	}
	return 0;
}

int
plain_sum(struct checker *c, const struct plain_tally *t, struct err *e)
{
	struct plain_row row = { .len = 0 };
	struct coupon coupon;
	size_t i;

	for (i = t->day_from; i < t->day_to; i++) {
		if (t->day[i] == 0 || i == PLAIN_NONE)
			continue;
		row.day = (uint16_t)i;
		plain_coupon(&row, "", &c->o->redeem_date, &coupon);
		if (sum_day(c, &coupon.date, t->day[i], e) == -1)
			return -1;
	}
	for (i = 0; i <= DIGITS_MAX; i++)
		c->digits[i] += t->digits[i];
	c->zero_led += t->zero_led;
	c->rounded += t->rounded;
	c->serials += t->serials;
	c->naughts += t->naughts;
	c->res->skipped += t->skipped;
	content_join(&c->res->content, &t->content);
	return 0;
}
