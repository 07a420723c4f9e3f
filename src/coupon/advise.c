/*
 * Advice about settings: the sample, the dialects that are tried on it, and
 * the proof that the advice is worth giving.
 */
#include "advise.h"

#include <errno.h>
#include <iconv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../base/err.h"
#include "../base/io.h"
#include "../base/str.h"
#include "../format/unpack.h"
#include "../format/utf16.h"
#include "advise_internal.h"
#include "columns_internal.h"
#include "settings_internal.h"

#define SAMPLE_BYTES	((size_t)128 << 10)

/* The start of the file in UTF-8, and what it was in. */
struct sample {
	char		*p;
	size_t		 n;
	const char	*encoding;	/* to set; or NULL */
	bool		 txt;		/* by its name */
	const char	*name;
};

static int
sample_read(int fd, struct sample *s, struct err *e)
{
	struct unpack *u;
	const char *inner;
	ssize_t got = 1;

	u = unpack_open(fd, NULL, e);
	if (u == NULL)
		return -1;
	inner = unpack_name(u);
	s->txt = name_is_txt(inner != NULL ? inner : s->name);
	s->p = malloc(SAMPLE_BYTES);
	if (s->p == NULL)
		got = err_nomem(e);
	while (got > 0 && s->n < SAMPLE_BYTES) {
		got = unpack_read(u, s->p + s->n, SAMPLE_BYTES - s->n, e);
		if (got > 0)
			s->n += (size_t)got;
	}
	unpack_free(u);
	return got == -1 ? -1 : 0;
}

/* UTF-16 and UTF-32, by their mark or by the look of them. */
static int
sample_utf16(struct sample *s, enum utf16_kind kind, struct err *e)
{
	struct utf16 *w = utf16_new(kind, e);
	const char *p;
	size_t n;
	char *copy = NULL;

	if (w == NULL)
		return -1;
	if (utf16_decode(w, s->p, s->n & ~(size_t)3, false, &p, &n, e) == 0 &&
	    (copy = malloc(n + 1)) != NULL) {
		memcpy(copy, p, n);
		free(s->p);
		s->p = copy;
		s->n = n;
	}
	utf16_free(w);
	return copy == NULL ? err_nomem(e) : 0;
}

static int
sample_iconv(struct sample *s, const char *encoding, struct err *e)
{
	size_t left = s->n, room = s->n * 3 + 8;
	char *in = s->p, *to, *out;
	iconv_t cd;

	cd = iconv_open("UTF-8", encoding);
	if (cd == (iconv_t)-1)
		return 0;
	to = out = malloc(room);
	if (out == NULL) {
		iconv_close(cd);
		return err_nomem(e);
	}
	/* A few bytes may be none of its characters; the rest will do. */
	while (iconv(cd, &in, &left, &to, &room) == (size_t)-1 &&
	    errno == EILSEQ && left > 0) {
		in++;
		left--;
	}
	iconv_close(cd);
	free(s->p);
	s->p = out;
	s->n = (size_t)(to - out);
	return 0;
}

static int
sample_decode(struct sample *s, const struct check_opts *o, struct err *e)
{
	enum utf16_kind kind = utf16_bom(s->p, s->n);
	bool marked = kind != UTF16_NONE;
	size_t n;

	if (!marked)
		kind = utf16_guess(s->p, s->n);
	if (kind != UTF16_NONE) {
		s->encoding = marked ? NULL : utf16_name(kind);
		return sample_utf16(s, kind, e);
	}
	/* Whole lines only, when there are more. */
	for (n = s->n; n > 0 && s->p[n - 1] != '\n' && s->p[n - 1] != '\r';
	    n--)
		;
	if (s->n == SAMPLE_BYTES && n > 0)
		s->n = n;
	if (utf8_valid(s->p, s->n))
		return 0;
	if (o->encoding != NULL)
		return sample_iconv(s, o->encoding, e);
	s->encoding = "windows-1252";
	return sample_iconv(s, s->encoding, e);
}

/* The dialect of which most can be made. */
static int
dialect_find(const struct sample *s, const struct check_opts *o,
    struct advice *a, struct err *e)
{
	static const char delimiters[] = { ',', ';', '\t', '|' };
	struct advice one;
	struct grid *g;
	unsigned sure, best = 0;
	size_t i, start;
	int rc = 0;

	g = malloc(sizeof(*g));
	if (g == NULL)
		return err_nomem(e);
	start = s->n >= 3 && memcmp(s->p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	for (i = 0; rc == 0 && i < sizeof(delimiters); i++) {
		memset(&one, 0, sizeof(one));
		rc = grid_read(g, s->p + start, s->n - start, delimiters[i],
		    e);
		sure = rc == 0 ? grid_look(g, o, &one) : 0;
		if (sure > best) {
			best = sure;
			*a = one;
			a->delimiter = delimiters[i];
		}
		buf_release(&g->text);
	}
	free(g);
	return rc == -1 ? -1 : best > 0;
}

/* Only what is different from the settings is advice. */
static void
advice_trim(struct advice *a, const struct sample *s,
    const struct check_opts *o)
{
	a->csv = o->format == CHECK_TXT || (o->format == CHECK_AUTO &&
	    s->txt);
	if (a->delimiter == (o->delimiter != '\0' ? o->delimiter : ','))
		a->delimiter = '\0';
	a->no_header = a->no_header && !o->no_header;
	a->encoding = s->encoding;
	if (a->date_format != NULL && strcmp(a->date_format,
	    o->date_format != NULL ? o->date_format : "%Y-%m-%d") == 0)
		a->date_format = a->date_other = NULL;
}

static bool
advice_any(const struct advice *a)
{
	return a->csv || a->delimiter != '\0' || a->no_header ||
	    a->encoding != NULL || a->column[COL_CODE][0] != '\0' ||
	    a->column[COL_REDEEMED][0] != '\0' ||
	    a->column[COL_DATE][0] != '\0' || a->date_format != NULL ||
	    a->yes[0] != NULL;
}

/* The sample checked with the advice followed. */
static int
advice_try(const struct sample *s, const struct check_opts *o,
    struct advice *a, struct err *e)
{
	struct check_opts with = *o;
	struct check_result res;
	struct err clash;
	int fd, rc;

	with.format = a->csv || !s->txt ? CHECK_CSV : CHECK_TXT;
	if (a->delimiter != '\0')
		with.delimiter = a->delimiter;
	with.no_header = a->no_header || (o->no_header &&
	    a->column[COL_CODE][0] == '\0');
	with.encoding = NULL;
	if (a->column[COL_CODE][0] != '\0')
		with.col_code = a->column[COL_CODE];
	if (a->column[COL_REDEEMED][0] != '\0')
		with.col_redeemed = a->column[COL_REDEEMED];
	if (a->column[COL_DATE][0] != '\0')
		with.col_date = a->column[COL_DATE];
	if (a->date_format != NULL)
		with.date_format = a->date_format;
	if (a->yes[0] != NULL) {
		with.words_true = a->yes;
		with.words_false = a->no;
	}
	with.max_findings = 0;
	with.known_codes = NULL;
	with.spool = NULL;
	with.set_aside = with.good = with.fixed = NULL;
	with.progress = NULL;
	memset(&res, 0, sizeof(res));
	/* Names that are advised may clash with the usual ones: no advice. */
	err_clear(&clash);
	if (settings_check(&with, &clash) == -1) {
		a->rows = a->good = 0;
		return 0;
	}
	fd = memfd_create("sample", MFD_CLOEXEC);
	if (fd == -1)
		return err_sys(e, ERR_IO, errno, "memory for a sample");
	rc = io_write_all(fd, s->p, s->n, e);
	if (rc == 0)
		rc = check_file(fd, "sample.csv", &with, &res, e);
	a->rows = res.fatal ? 0 : res.rows;
	a->good = res.fatal ? 0 : res.valid + res.duplicates;
	a->redeemed = res.no_redeemed;
	a->redeem_date = res.no_date;
	check_release(&res);
	close(fd);
	return rc;
}

/*
 * Whether the advice is worth giving: rows at all; clearly more good ones, half
 * of them and a tenth more; or as many, with a column that was missing.
 */
static bool
advice_better(const struct advice *a, const struct check_result *r)
{
	uint64_t good = r->fatal ? 0 : r->valid + r->duplicates;
	uint64_t rows = r->rows > 0 ? r->rows : 1;
	bool more = (r->no_redeemed && !a->redeemed) ||
	    (r->no_date && !a->redeem_date);

	if (a->rows == 0 || r->fatal)
		return a->rows > 0;
	if (more && a->good * rows >= good * a->rows)
		return true;
	return a->good * 2 >= a->rows &&
	    a->good * 10 * rows > (good * 10 + rows) * a->rows;
}

/* Nothing is wrong with the rows, but a run asks for more than is there. */
static int
advice_lacks(const struct check_result *r, struct advice *a)
{
	memset(a, 0, sizeof(*a));
	a->redeemed = r->no_redeemed;
	a->redeem_date = r->no_date;
	a->rows = r->rows;
	a->good = r->valid + r->duplicates;
	return !r->fatal && r->invalid * 2 <= r->rows && (a->redeemed ||
	    a->redeem_date);
}

int
advise(int fd, const char *name, const struct check_opts *o,
    const struct check_result *r, struct advice *a, struct err *e)
{
	struct sample s = { .name = name };
	bool rows_fine = !r->fatal && r->invalid * 2 <= r->rows;
	int rc;

	memset(a, 0, sizeof(*a));
	/* Codes one a line have no columns that could be found. */
	if (rows_fine && r->delimiter == '\0')
		return advice_lacks(r, a);
	rc = sample_read(fd, &s, e);
	if (rc == 0)
		rc = sample_decode(&s, o, e);
	if (rc == 0 && (rc = dialect_find(&s, o, a, e)) == 1) {
		advice_trim(a, &s, o);
		rc = !advice_any(a) ? 0 : advice_try(&s, o, a, e) == -1 ? -1 :
		    1;
	}
	if (rc == 1 && !advice_better(a, r))
		rc = 0;
	free(s.p);
	return rc == 0 ? advice_lacks(r, a) : rc;
}
