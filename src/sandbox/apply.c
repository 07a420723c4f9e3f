/*
 * Data files of codes.
 *
 * What is hard: nothing says what such a file looks like.  A first cell that
 * reads coupon_code or code makes the first record a header, whose names then
 * place the columns; else the columns are code, redeemed, redeem_date.  One
 * code per line is a CSV file of one column.
 */
#include "apply.h"

#include "moods.h"

#include "../base/err.h"
#include "../base/limits.h"
#include "../base/str.h"
#include "../format/reader.h"

#define CHUNK		(64u << 10)

enum { COL_CODE, COL_REDEEMED, COL_DATE, COL__MAX };

/* A row; valid is false when any of its values cannot be used. */
struct row {
	char			code[LIM_CODE_BYTES + 1];
	struct bank_update	update;
	bool			valid;
};

struct rows {
	int	(*each)(void *, const struct row *, struct err *);
	void	*arg;
	bool	 first;			/* no record seen yet */
	bool	 enough;		/* each needs no more */
	size_t	 col[COL__MAX];		/* index; SIZE_MAX: not there */
};

bool
apply_code_ok(const char *p, size_t n)
{
	size_t i;

	if (n == 0 || n > LIM_CODE_BYTES)
		return false;
	for (i = 0; i < n; i++)
		if ((unsigned char)p[i] < 0x20 || p[i] == 0x7f)
			return false;
	return true;
}

static bool
cell_is(const struct cell *c, const char *word)
{
	return c->len == strlen(word) && strncasecmp(c->p, word, c->len) == 0;
}

static size_t
find_column(const struct record *r, const char *const *names)
{
	size_t i;

	for (; *names != NULL; names++)
		for (i = 0; i < r->n; i++)
			if (cell_is(&r->cells[i], *names))
				return i;
	return SIZE_MAX;
}

/*
 * Whether the first record is a header; if so the columns are where it says.
 */
static bool
rows_header(struct rows *rows, const struct record *r)
{
	static const char *const names[COL__MAX][4] = {
		[COL_CODE] = { "coupon_code", "code", "coupon", NULL },
		[COL_REDEEMED] = { "redeemed", NULL },
		[COL_DATE] = { "redeem_date", "redeemed_date", NULL },
	};
	size_t i;

	for (i = 0; i < COL__MAX; i++)
		rows->col[i] = i;
	if (r->n == 0 || (!cell_is(&r->cells[0], "coupon_code") &&
	    !cell_is(&r->cells[0], "code")))
		return false;
	for (i = 0; i < COL__MAX; i++)
		rows->col[i] = find_column(r, names[i]);
	return true;
}

static const struct cell *
row_cell(const struct rows *rows, const struct record *r, int col)
{
	if (rows->col[col] >= r->n || r->cells[rows->col[col]].len == 0)
		return NULL;
	return &r->cells[rows->col[col]];
}

static void
row_fill(const struct rows *rows, const struct record *r, struct row *row)
{
	const struct cell *c;
	struct date d;

	memset(row, 0, sizeof(*row));
	row->update.redeemed = -1;
	c = row_cell(rows, r, COL_CODE);
	if (c == NULL || !apply_code_ok(c->p, c->len))
		return;
	memcpy(row->code, c->p, c->len);
	c = row_cell(rows, r, COL_REDEEMED);
	if (c != NULL && !cell_is(c, "0") && !cell_is(c, "1"))
		return;
	if (c != NULL)
		row->update.redeemed = c->p[0] - '0';
	c = row_cell(rows, r, COL_DATE);
	if (c != NULL && date_parse(c->p, c->len, &d) != DATE_OK)
		return;
	if (c != NULL)
		date_format(&d, row->update.date);
	row->valid = true;
}

static int
rows_record(void *arg, const struct record *r, struct err *e)
{
	struct rows *rows = arg;
	struct row row;

	if (rows->enough)
		return 0;
	if (rows->first) {
		rows->first = false;
		if (rows_header(rows, r))
			return 0;
	}
	row_fill(rows, r, &row);
	return rows->each(rows->arg, &row, e);
}

/*
 * A dropped record is a row that cannot be used; other issues do not matter.
 */
static int
rows_issue(void *arg, enum reader_issue issue, const struct place *place,
    const struct place *dropped, struct err *e)
{
	struct rows *rows = arg;
	struct row row;

	(void)issue;
	(void)place;
	if (!dropped || rows->enough)
		return 0;
	memset(&row, 0, sizeof(row));
	return rows->each(rows->arg, &row, e);
}

static int
rows_feed(struct rows *rows, struct unpack *u, struct reader *r,
    struct err *e)
{
	char *buf;
	ssize_t n;

	buf = malloc(CHUNK);
	if (buf == NULL)
		return err_nomem(e);
	do {
		n = unpack_read(u, buf, CHUNK, e);
		if (n > 0 && reader_feed(r, buf, (size_t)n, e) == -1)
			n = -1;
	} while (n > 0 && !rows->enough);
	free(buf);
	if (n == -1)
		return -1;
	return rows->enough ? 0 : reader_finish(r, e);
}

/*
 * Hand all rows of u to rows->each, or fewer when it has enough.
 */
static int
rows_read(struct rows *rows, struct unpack *u, struct err *e)
{
	static const struct reader_ops ops = {
		.record = rows_record, .issue = rows_issue,
	};
	static const struct reader_opts opts = {
		.csv = true, .delimiter = ',',
		.max_line = LIM_LINE_BYTES, .max_cells = LIM_COLUMNS,
	};
	struct reader *r;
	int rc;

	rows->first = true;
	rows->enough = false;
	r = reader_new(&opts, &ops, rows, e);
	if (r == NULL)
		return -1;
	rc = rows_feed(rows, u, r, e);
	reader_free(r);
	return rc;
}

struct look {
	struct rows	rows;
	bool		found;
};

static int
look_row(void *arg, const struct row *row, struct err *e)
{
	struct look *l = arg;

	(void)e;
	if (row->valid)
		l->found = l->rows.enough = true;
	return 0;
}

int
apply_look(int fd, enum unpack_kind want, enum apply_verdict *out,
    struct err *e)
{
	struct look l = { .rows = { .each = look_row, .arg = &l } };
	struct unpack *u;
	struct err why;
	int rc;

	err_clear(&why);
	*out = APPLY_COMPRESSION;
	u = unpack_open(fd, NULL, &why);
	if (u == NULL)
		goto fail;
	rc = 0;
	if (unpack_kind(u) == want) {
		rc = rows_read(&l.rows, u, &why);
		if (rc == 0)
			*out = l.found ? APPLY_GOOD : APPLY_NO_CODES;
	}
	unpack_free(u);
	if (rc == 0)
		return 0;
fail:
	/*
	 * Damage of the archive is the caller's mistake about its compression,
	 * not ours.
	 */
	if (why.code == ERR_INPUT || why.code == ERR_LIMIT)
		return 0;
	*e = why;
	return -1;
}

struct job {
	struct rows			 rows;
	struct banks			*banks;
	int64_t				 bank;
	const struct bank_update	*update;	/* of the call */
	const struct moods		*moods;
	struct apply_counts		 counts;
};

static int
apply_row(void *arg, const struct row *row, struct err *e)
{
	struct job *j = arg;
	struct bank_update u;
	int r;

	j->counts.total++;
	r = 0;
	if (row->valid && !moods_lose(j->moods, row->code)) {
		u = row->update;
		if (u.redeemed == -1)
			u.redeemed = j->update->redeemed;
		if (u.date[0] == '\0')
			memcpy(u.date, j->update->date, sizeof(u.date));
		r = banks_set(j->banks, j->bank, row->code, &u, e);
	}
	if (r == 1)
		j->counts.updated++;
	else
		j->counts.failed++;
	return r == -1 ? -1 : 0;
}

static int
load_row(void *arg, const struct row *row, struct err *e)
{
	struct job *j = arg;
	int r;

	r = 0;
	if (row->code[0] != '\0')
		r = banks_add(j->banks, j->bank, row->code, e);
	if (r == 1)
		j->counts.updated++;
	return r == -1 ? -1 : 0;
}

static int
job_run(struct job *j, int fd, struct err *e)
{
	struct unpack *u;
	int rc;

	u = unpack_open(fd, NULL, e);
	if (u == NULL)
		return -1;
	rc = banks_begin(j->banks, e);
	if (rc == 0) {
		rc = rows_read(&j->rows, u, e);
		if (banks_end(j->banks, rc == 0, e) == -1)
			rc = -1;
	}
	unpack_free(u);
	return rc;
}

int
apply_file(struct banks *b, int fd, int64_t bank, const struct bank_update *u,
    const struct moods *moods, struct apply_counts *out, struct err *e)
{
	struct job j = {
		.rows = { .each = apply_row, .arg = &j },
		.banks = b, .bank = bank, .update = u, .moods = moods,
	};

	if (job_run(&j, fd, e) == -1)
		return -1;
	*out = j.counts;
	return 0;
}

int
apply_load(struct banks *b, int fd, int64_t bank, uint64_t *added,
    struct err *e)
{
	struct job j = {
		.rows = { .each = load_row, .arg = &j },
		.banks = b, .bank = bank,
	};

	if (job_run(&j, fd, e) == -1)
		return -1;
	*added = j.counts.updated;
	return 0;
}
