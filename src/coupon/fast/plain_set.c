/*
 * What plain rows of a file look like, from the settings and its header.
 */
#include "plain_internal.h"

#include <ctype.h>

#include "../code_ruin.h"
#include "../columns_internal.h"
#include "../glyph_internal.h"
#include "../rows_internal.h"

/* The index of a day, or of the end it is past. */
static size_t
day_index(const struct date *d)
{
	if (d->year < 2000)
		return 0;
	return d->year > 2099 ? PLAIN_DAYS : (size_t)(d->year - 2000) * 512 +
	    (size_t)d->month * 32 + (size_t)d->day;
}

/* Later days have a higher index, so a range is cut off at both ends. */
static void
days_init(struct plain *f, const struct check_opts *o,
    const struct date *first)
{
	size_t at;
	int month, year;

	for (year = 0; year < 100; year++)
		for (month = 1; month <= 12; month++)
			memset(f->day_ok + year * 512 + month * 32 + 1, 1,
			    (size_t)date_month_days(2000 + year, month));
	memset(f->day_ok, 0, day_index(first));
	if (date_is_none(&o->today))
		return;
	at = day_index(&o->today) + (o->today.year >= 2000);
	if (at < PLAIN_DAYS)
		memset(f->day_ok + at, 0, PLAIN_DAYS - at);
}

/* Text that no row has which is plain. */
static bool
text_high(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && (unsigned char)p[i] < 0x80; i++)
		;
	return i < n;
}

static bool
text_blank(const char *p, size_t n)
{
	return memchr(p, ' ', n) != NULL || memchr(p, ',', n) != NULL;
}

/* The first three bytes of a word that plain rows do not begin with. */
static void
title_add(struct plain *f, const char *word, int shift)
{
	size_t len = strlen(word);
	int b, i;

	for (i = 0; i < 3; i++)
		for (b = 0; b < 256; b++)
			if ((size_t)i >= len || tolower(b) ==
			    tolower((unsigned char)word[i]))
				f->title[b] |= (unsigned char)(1 << i << shift);
}

/*
 * How the names of the codes' column begin, all of them, without regard to
 * case.  Where blanks may come before it, any beginning will do.
 */
static void
head_add(struct plain *f, const char *word, bool first)
{
	char head[sizeof(f->head)] = { 0 }, mask[sizeof(f->head)] = { 0 };
	uint16_t was = f->head;
	size_t i;

	for (i = 0; i < sizeof(head) && word[i] != '\0'; i++) {
		mask[i] = (char)~('a' ^ 'A');
		head[i] = (char)(word[i] & mask[i]);
	}
	memcpy(&f->head, head, sizeof(head));
	memcpy(&f->head_mask, mask, sizeof(mask));
	if ((!first && f->head != was) || !f->marks.tight)
		f->head = f->head_mask = 0;
}

/* Blanks of any kind may come before it. */
static void
titles_init(struct plain *f)
{
	const char *word;
	size_t i;
	int b;

	for (i = 0; (word = row_total_word(i)) != NULL; i++)
		title_add(f, word, 0);
	for (i = 0; (word = header_name(f->o, COL_CODE, i)) != NULL; i++) {
		title_add(f, word, 0);
		head_add(f, word, i == 0);
	}
	/* Two bytes would let any third one through; see code_plain. */
	for (i = 0; (word = code_void_word(i)) != NULL; i++)
		if (strlen(word) > 2)
			title_add(f, word, 4);
	for (b = 0; b < 256; b++)
		if (b <= ' ' || b >= 0x7f)
			f->title[b] |= PLAIN_TITLE;
}

/* Rows with words that find no room here are not plain. */
static void
word_add(struct plain *f, const char *text, int redeemed)
{
	struct plain_word *word = &f->word[f->nwords];
	size_t i, n = strlen(text);

	if (n == 0 || n > PLAIN_SHORT || f->nwords == PLAIN_WORDS ||
	    text_high(text, n) || row_total((struct text){ text, n }))
		return;
	memcpy(word->text, text, n);
	for (i = 0; i < PLAIN_SHORT / 8; i++)
		word->text[i] = print_fold(word->text[i]);
	word->redeemed = redeemed;
	f->nwords++;
	if (text_blank(text, n))
		f->marks.tight = false;
}

/* Yes comes before no, as in row_check. */
static void
words_init(struct plain *f, const struct check_opts *o)
{
	static const char *const one[] = { "1", NULL };
	static const char *const zero[] = { "0", NULL };
	const char *const *p;

	for (p = o->words_true != NULL ? o->words_true : one; *p != NULL; p++)
		word_add(f, *p, 1);
	for (p = o->words_false != NULL ? o->words_false : zero; *p != NULL;
	    p++)
		word_add(f, *p, 0);
}

static bool
format_high(const struct date_format *format)
{
	int i;

	for (i = 0; i <= format->parts; i++)
		if (text_high(format->text[i], format->len[i]))
			return true;
	return false;
}

/* Where digits are and what lies between them, if it is short. */
static void
format_init(struct plain *f)
{
	struct plain_date *d = &f->date;
	char text[2 * PLAIN_SHORT] = { 0 }, mask[2 * PLAIN_SHORT] = { 0 };
	size_t at = 0, len;
	int i;

	for (i = 0; i <= f->format->parts; i++)
		if (text_blank(f->format->text[i], f->format->len[i]))
			f->marks.tight = false;
	if (f->format->parts != 3)
		return;
	for (i = 0; i < 4; i++) {
		len = f->format->len[i];
		if (at + len > PLAIN_SHORT)
			return;
		memcpy(text + at, f->format->text[i], len);
		memset(mask + at, 0xff, len);
		at += len;
		if (i == 3)
			break;
		if (f->format->part[i] == 'm')
			d->month = at;
		else if (f->format->part[i] == 'd')
			d->day = at;
		else
			d->year = at;
		d->century = d->century || f->format->part[i] == 'Y';
		at += f->format->part[i] == 'Y' ? 4 : 2;
	}
	memcpy(d->text, text, PLAIN_SHORT);
	memcpy(d->mask, mask, PLAIN_SHORT);
	d->len = at <= PLAIN_SHORT ? at : 0;
}

bool
plain_init(struct plain *f, const struct checker *c, bool crlf)
{
	const struct check_opts *o = c->o;
	unsigned i, used = 0;

	if (c->has_pattern || c->col[COL_CODE] < 0 || o->path == CHECK_SLOW ||
	    c->res->delimiter == '"' || c->pairs || c->min_code < 1 ||
	    format_high(&c->date) || row_total((struct text){
	    c->date.text[0], c->date.len[0] }))
		return false;
	memset(f, 0, sizeof(*f));
	f->width = (unsigned)c->width;
	for (i = 0; i < COLUMNS; i++) {
		f->col[i] = c->col[i] < 0 ? f->width : (unsigned)c->col[i];
		used += c->col[i] >= 0;
	}
	f->standard = f->width == 3 && f->col[COL_CODE] == 0 &&
	    f->col[COL_REDEEMED] == 1 && f->col[COL_DATE] == 2;
	f->marks.way = marks_way(o->path == CHECK_SCALAR ? MARKS_SCALAR :
	    o->path == CHECK_SSE2 ? MARKS_SSE2 : MARKS_BEST);
	f->marks.delimiter = c->csv ? c->res->delimiter : '\n';
	f->marks.crlf = crlf;
	f->marks.quotes = c->csv;
	f->marks.tight = o->alphabet == NULL && used == f->width;
	f->marks.single = f->width == 1;
	/* In cells that are not used. */
	f->marks.high = used < f->width;
	f->utf8 = !c->has_iconv;
	f->byte = c->byte;
	f->o = o;
	titles_init(f);
	f->alphabet = o->alphabet != NULL;
	f->min_code = c->min_code;
	f->max_code = c->max_code < PLAIN_CODE ? c->max_code : PLAIN_CODE;
	f->digits_len = c->pass == PASS_SEE && c->zeros ? c->digits_len : 0;
	f->ruins = c->pass == PASS_CHECK ? 0 : c->ruins;
	f->redeemed = o->redeemed;
	f->stop0 = o->on_unredeemed == UNREDEEMED_STOP;
	f->skip0 = o->on_unredeemed == UNREDEEMED_SKIP;
	f->given = !date_is_none(&o->redeem_date);
	f->dups = c->pass == PASS_CHECK ? NULL : c->dups;
	f->secret = dedup_secret(c->dups);
	f->known = c->pass == PASS_CHECK ? c->known : NULL;
	days_init(f, o, &c->first);
	if (!c->standard_words)
		words_init(f, o);
	if (!c->date.iso) {
		f->format = &c->date;
		format_init(f);
	}
	return true;
}
