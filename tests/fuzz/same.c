/*
 * One input checked in every way there is.
 *
 * The oracle is the reader fed with the whole input, row by row.  What is
 * compared is everything that a check gives out: counts, findings with their
 * places, the rows set aside, the rows to send and their content id.
 */
#include "same.h"

#include <sys/mman.h>
#include <unistd.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/base/io.h"
#include "../../src/coupon/check.h"

#define OUTCOME_BYTES	(64u << 20)

struct way {
	enum check_path	path;
	unsigned	threads;
	size_t		block_bytes;	/* 0: the usual */
};

static void
need(int rc, const struct err *e)
{
	if (rc == -1) {
		fprintf(stderr, "%s\n", e->msg);
		abort();
	}
}

/* What the cells of other countries look like. */
static void
settings_cells(struct check_opts *o, uint8_t head)
{
	static const char *const formats[16] = {
		NULL, "%d.%m.%Y", "%d/%m/%y", "%Y%m%d", "%m-%d-%Y 00:00:00",
		"on %d.%m.%Y", "%d %m, %Y %H:%M%p", "%d1%m2%Y",
		"%Y-%m-%dT%H:%M:%S%z", "%d.%m.%y %H:%M %p UTC", "%m/%d %y",
		"%Y-%d-%m %H:%M:%S", "%S %H%M %d%m%Y%z", "%y.%m.%d %p%H%z",
		"%Y/%m/%d", "%d.%m.%Y %H:%MZ",
	};
	static const char *const encodings[4] = {
		NULL, "windows-1252", "iso-8859-15", "shift_jis",
	};
	static const char *const yes[] = {
		"ja", "J", "is redeemed", "1", NULL,
	};
	static const char *const no[] = { "nein", "N", "noch nicht, aber bald",
		"jn", "\xc3\xa9", NULL };

	o->date_format = formats[(head & 7) | (head >> 4 & 8)];
	o->timezone = "UTC";
	o->words_true = (head & 8) != 0 ? yes : NULL;
	o->words_false = (head & 16) != 0 ? no : NULL;
	o->encoding = encodings[head >> 5 & 3];
}

static void
settings(struct check_opts *o, bool csv, const uint8_t *head)
{
	static const char delimiters[] = ",;\t|";

	memset(o, 0, sizeof(*o));
	o->format = csv ? CHECK_CSV : CHECK_TXT;
	o->delimiter = delimiters[head[0] & 3];
	o->no_header = (head[0] & 4) != 0;
	o->redeemed = (head[0] & 8) != 0 ? 1 : REDEEMED_NONE;
	if ((head[0] & 16) != 0)
		o->redeem_date = (struct date){ 2026, 11, 2 };
	o->on_unredeemed = (head[0] & 32) != 0 ? UNREDEEMED_STOP :
	    (head[0] & 64) != 0 ? UNREDEEMED_SEND : UNREDEEMED_SKIP;
	o->need_date = (head[0] & 128) != 0;
	if ((head[1] & 1) != 0)
		o->alphabet = "ABCabc0123456789-\"E+.";
	if ((head[1] & 2) != 0)
		o->max_code = 12;
	if ((head[1] & 4) != 0)
		o->min_code = 3;
	if ((head[1] & 8) != 0)
		o->not_before = (struct date){ 2024, 2, 29 };
	if ((head[1] & 16) == 0)
		o->today = (struct date){ 2026, 11, 20 };
	if ((head[1] & 32) != 0)
		o->pattern = "[A-Z0-9-]+";
	o->max_findings = (head[1] & 64) != 0 ? 5 : 100000;
	/* The least there is, or just enough for two threads. */
	o->memory = (head[3] & 1) != 0 ? 8 << 20 : 32 << 20;
	settings_cells(o, head[4]);
}

static void
show_place(struct buf *b, const struct place *p, struct err *e)
{
	need(buf_addf(b, e, " %llu:%llu r%llu b%llu",
	    (unsigned long long)p->line, (unsigned long long)p->column,
	    (unsigned long long)p->record, (unsigned long long)p->byte), e);
}

static void
show_finding(struct buf *b, const struct finding *f, struct err *e)
{
	need(buf_addf(b, e, "%s %s %s", rule_info(f->rule)->id,
	    severity_name(f->severity), f->field != NULL ? f->field : "-"),
	    e);
	show_place(b, &f->place, e);
	if (f->has_first)
		show_place(b, &f->first, e);
	need(buf_addf(b, e, " %s", f->message), e);
	if (f->value != NULL) {
		need(buf_adds(b, " value ", e), e);
		need(buf_escape(b, f->value, f->value_len, 1000, e), e);
	}
	need(buf_addf(b, e, " fix %s\n", f->fix != NULL ? f->fix : "-"), e);
}

static void
show_result(struct buf *b, const struct check_result *r, struct err *e)
{
	char first[11] = "-", last[11] = "-", id[33];
	size_t i;

	if (!date_is_none(&r->first_date)) {
		date_format(&r->first_date, first);
		date_format(&r->last_date, last);
	}
	need(buf_addf(b, e, "%s %s %d %d %d %d\n", r->format, r->encoding,
	    r->delimiter, r->header, r->fatal, r->systematic), e);
	need(buf_addf(b, e, "bytes %llu rows %llu valid %llu invalid %llu "
	    "duplicates %llu skipped %llu\nerrors %llu warnings %llu "
	    "omitted %llu dates %s %s content %llu %s\n",
	    (unsigned long long)r->bytes, (unsigned long long)r->rows,
	    (unsigned long long)r->valid, (unsigned long long)r->invalid,
	    (unsigned long long)r->duplicates, (unsigned long long)r->skipped,
	    (unsigned long long)r->errors, (unsigned long long)r->warnings,
	    (unsigned long long)r->findings_omitted, first, last,
	    (unsigned long long)r->content.rows,
	    content_id(&r->content, "fuzz", id)), e);
	for (i = 0; i < RULE__MAX; i++)
		if (r->by_rule[i] > 0)
			need(buf_addf(b, e, "%s %llu\n",
			    rule_info((enum rule)i)->id,
			    (unsigned long long)r->by_rule[i]), e);
	for (i = 0; i < r->nfindings; i++)
		show_finding(b, &r->findings[i], e);
}

static int
show_row(void *arg, const struct coupon *c, struct err *e)
{
	char date[11] = "-";

	if (!date_is_none(&c->date))
		date_format(&c->date, date);
	if (buf_addf(arg, e, "send %llu %d %s ",
	    (unsigned long long)c->record, c->redeemed, date) == -1 ||
	    buf_escape(arg, c->code, c->len, 1000, e) == -1)
		return -1;
	return buf_adds(arg, "\n", e);
}

static void
show_rows(struct buf *b, struct spool *spool, struct err *e)
{
	size_t i, n;

	need(spool_seal(spool, e), e);
	spool_groups(spool, &n);
	for (i = 0; i < n; i++)
		need(spool_each(spool, i, show_row, b, e), e);
}

static void
show_aside(struct buf *b, FILE *f, struct err *e)
{
	char part[4096];
	size_t n;

	rewind(f);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		need(buf_escape(b, part, n, 100000, e), e);
}

/* What a way says, the error if it fails included. */
static void
outcome(struct buf *b, int fd, const struct check_opts *opts,
    const struct way *way, bool spool)
{
	const struct spool_opts spool_opts = { P_tmpdir, false, 100000 };
	struct check_opts o = *opts;
	struct check_result r;
	struct err e;
	int rc;

	err_clear(&e);
	o.path = way->path;
	o.threads = way->threads;
	o.block_bytes = way->block_bytes;
	/* Not on a disk, which may be slow or full. */
	o.set_aside = fdopen(memfd_create("aside", MFD_CLOEXEC), "w+");
	if (o.set_aside == NULL)
		abort();
	if (spool) {
		o.spool = spool_new(&spool_opts, &e);
		need(o.spool == NULL ? -1 : 0, &e);
	}
	rc = check_file(fd, NULL, &o, &r, &e);
	if (rc == -1)
		need(buf_addf(b, &e, "failed: %s\n", e.msg), &e);
	else {
		show_result(b, &r, &e);
		show_aside(b, o.set_aside, &e);
		if (spool && !r.fatal)
			show_rows(b, o.spool, &e);
	}
	check_release(&r);
	spool_free(o.spool);
	fclose(o.set_aside);
}

static void
compare(int fd, const struct check_opts *o, const struct buf *want,
    const struct way *way, bool spool)
{
	struct buf got;

	buf_init(&got, OUTCOME_BYTES);
	outcome(&got, fd, o, way, spool);
	if (got.len != want->len ||
	    memcmp(got.data, want->data, got.len) != 0) {
		fprintf(stderr, "path %d threads %u block %zu:\n%s"
		    "but row by row:\n%s", way->path, way->threads,
		    way->block_bytes, got.data, want->data);
		abort();
	}
	buf_release(&got);
}

/* Two in three of the first cells, where they look like codes. */
static int
known_make(const uint8_t *p, size_t n, char path[32])
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-";
	const uint8_t *end = p + n, *at;
	struct err e;
	size_t len;
	int fd;

	err_clear(&e);
	fd = memfd_create("known", MFD_CLOEXEC);
	if (fd == -1)
		abort();
	need(io_write_all(fd, "coupon_code\n", 12, &e), &e);
	for (; p < end; p = at + 1) {
		at = memchr(p, '\n', (size_t)(end - p));
		if (at == NULL)
			break;
		for (len = 0; p[len] != '\0' && strchr(good, p[len]) != NULL;
		    len++)
			;
		if (len == 0 || p[len - 1] % 3 == 0)
			continue;
		need(io_write_all(fd, p, len, &e), &e);
		need(io_write_all(fd, "\n", 1, &e), &e);
	}
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

void
same_check(bool csv, const uint8_t *data, size_t n)
{
	static const struct way oracle = { CHECK_SLOW, 1, 0 };
	struct way ways[] = {
		{ CHECK_SLOW, 1, 0 }, { CHECK_AVX2, 1, 0 },
		{ CHECK_SSE2, 1, 0 }, { CHECK_SCALAR, 2, 0 },
		{ CHECK_AVX2, 2, 0 },
	};
	struct check_opts o;
	struct buf want;
	struct err e;
	char known[32];
	size_t i;
	int fd, known_fd = -1;

	if (n < SAME_HEAD)
		return;
	ways[0].block_bytes = data[2] % 64 + 1u;
	ways[2].block_bytes = data[3] + 8u;
	ways[3].block_bytes = data[2] + 8u;
	ways[4].block_bytes = (data[2] ^ data[3]) % 128 + 8u;
	err_clear(&e);
	settings(&o, csv, data);
	fd = memfd_create("input", MFD_CLOEXEC);
	if (fd == -1)
		abort();
	need(io_write_all(fd, data + SAME_HEAD, n - SAME_HEAD, &e), &e);
	if ((data[4] & 128) != 0) {
		known_fd = known_make(data + SAME_HEAD, n - SAME_HEAD, known);
		o.known_codes = known;
	}
	buf_init(&want, OUTCOME_BYTES);
	outcome(&want, fd, &o, &oracle, (data[1] & 128) != 0);
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		compare(fd, &o, &want, &ways[i], (data[1] & 128) != 0);
	buf_release(&want);
	close(fd);
	if (known_fd != -1)
		close(known_fd);
}
