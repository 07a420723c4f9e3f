/*
 * Checking one input file.
 *
 * The first pass over the input does nearly everything.  Another one comes
 * only when some codes may repeat, when leading zeros may be lost, or when
 * broken rows are to be written out; each pass unpacks and reads the file anew,
 * so that no row has to be kept.  Since the file could change in between, its
 * size and time are compared at the end.
 */
#include "check.h"

#include <errno.h>
#include <sys/stat.h>

#include "../base/err.h"
#include "../base/limits.h"
#include "../base/stop.h"
#include "../base/str.h"
#include "../format/unpack.h"
#include "../format/wide.h"
#include "check_internal.h"
#include "flow.h"

#define BLOCK_BYTES	((size_t)256 << 10)
#define SHORT_BYTES	(64u << 10)	/* not worth preparing for */
#define MEMORY_DEFAULT	(UINT64_C(1) << 30)
#define MEMORY_LEAST	(UINT64_C(8) << 20)
#define DIGITS_FEW	40	/* codes; fewer have no profile */

static const struct reader_ops row_ops = { row_record, row_issue };

/* The extension of a name, without .gz and the like after it. */
bool
name_is_txt(const char *name)
{
	size_t n;

	if (name == NULL)
		return false;
	n = strlen(name);
	if (n > 3 && strcasecmp(name + n - 3, ".gz") == 0)
		n -= 3;
	else if (n > 4 && strcasecmp(name + n - 4, ".zip") == 0)
		n -= 4;
	return n > 4 && strncasecmp(name + n - 4, ".txt", 4) == 0;
}

static void
settle_format(struct checker *c, const struct unpack *u)
{
	static const char *const packings[] = {
		[UNPACK_PLAIN] = "none", [UNPACK_GZIP] = "gzip",
		[UNPACK_ZIP] = "zip",
	};
	const char *inner;

	inner = unpack_name(u) != NULL ? unpack_name(u) : c->name;
	c->csv = c->o->format == CHECK_CSV ||
	    (c->o->format == CHECK_AUTO && !name_is_txt(inner));
	c->plain = unpack_kind(u) == UNPACK_PLAIN;
	c->res->packing = packings[unpack_kind(u)];
	c->res->format = c->csv ? "csv" : "txt";
	c->res->header = c->csv && !c->o->no_header;
	if (c->csv)
		c->res->delimiter = c->o->delimiter != '\0' ?
		    c->o->delimiter : ',';
}

/* The first bytes of the file: what can be said before reading rows. */
int
check_start(struct checker *c, const char *p, size_t n, struct err *e)
{
	if (c->pass == PASS_CHECK && wide_look(c, p, n, e) == -1)
		return -1;
	return wide_begin(c, e);
}

void
check_progress(struct checker *c, const struct unpack *u)
{
	uint64_t done;

	if (c->o->progress == NULL)
		return;
	done = unpack_done(u);
	c->o->progress(c->o->progress_arg, done < c->size ? done : c->size,
	    c->size);
}

/* From least to most bytes, fewer only at the end. */
static ssize_t
block_read(struct unpack *u, char *p, size_t least, size_t most,
    struct err *e)
{
	size_t n = 0;
	ssize_t got;

	do {
		got = unpack_read(u, p + n, most - n, e);
		if (got == -1)
			return -1;
		n += (size_t)got;
	} while (got > 0 && n < least);
	return (ssize_t)n;
}

/* Read all of the input once, row by row. */
static int
feed_all(struct checker *c, struct unpack *u, struct reader *r, struct err *e)
{
	size_t most = c->o->block_bytes != 0 ? c->o->block_bytes : BLOCK_BYTES;
	size_t room = most > WIDE_GUESS_BYTES ? most : WIDE_GUESS_BYTES;
	bool first = true;
	ssize_t n = 1;
	char *block;
	int rc = 0;

	block = malloc(room);
	if (block == NULL)
		return err_nomem(e);
	while (rc == 0 && !c->stop) {
		rc = stop_check(e);
		n = rc == -1 ? -1 : block_read(u, block, first ?
		    WIDE_GUESS_BYTES : 1, first ? room : most, e);
		if (n <= 0)
			break;
		if (first)
			rc = check_start(c, block, (size_t)n, e);
		first = false;
		if (rc == 0 && !c->stop)
			rc = input_feed(c, r, block, (size_t)n, e);
		c->seen = input_bytes(c, r);
		check_progress(c, u);
	}
	free(block);
	if (rc == -1 || n == -1)
		return -1;
	return c->stop ? 0 : input_finish(c, r, e);
}

static int
pass_read(struct checker *c, struct unpack *u, struct reader *r,
    struct err *e)
{
	uint64_t bytes;
	bool slow;

	slow = c->o->path == CHECK_SLOW ||
	    (c->pass != PASS_CHECK && c->pass != PASS_SEE &&
	    c->pass != PASS_JUDGE) || (c->o->path == CHECK_BEST && c->plain &&
	    c->size < SHORT_BYTES);
	if ((slow ? feed_all(c, u, r, e) : flow_run(c, u, r, e)) == -1)
		return -1;
	c->fed = reader_bytes(r);
	bytes = !c->stop ? input_bytes(c, r) : c->plain ? c->size : c->seen;
	if (c->pass == PASS_CHECK)
		c->res->bytes = bytes;
	else if (c->res->bytes != bytes)
		return err_set(e, ERR_INPUT, "the file changed while it was "
		    "read");
	return 0;
}

int
pass_run(struct checker *c, enum pass pass, struct err *e)
{
	static const struct unpack_caps caps = { 0, LIM_RATIO };
	struct reader_opts opts;
	struct unpack *u;
	struct reader *r = NULL;
	int rc = -1;

	c->pass = pass;
	u = unpack_open(c->fd, &caps, e);
	if (u == NULL)
		goto done;
	if (pass == PASS_CHECK)
		settle_format(c, u);
	memset(&opts, 0, sizeof(opts));
	opts.csv = c->csv;
	opts.delimiter = c->res->delimiter;
	opts.header = c->res->header;
	opts.max_line = LIM_LINE_BYTES;
	opts.max_cells = LIM_COLUMNS;
	r = reader_new(&opts, &row_ops, c, e);
	if (r != NULL)
		rc = pass_read(c, u, r, e);
done:
	wide_end(c);
	reader_free(r);
	unpack_free(u);
	return rc;
}

/* No rows: an empty file is an error, a header alone may be a quiet day. */
static int
check_empty(struct checker *c, struct err *e)
{
	struct place place = { 1, 1, 0, 0 };
	struct complaint x;

	if (c->stop || c->res->rows > 0)
		return 0;
	if (!c->mapped && c->shift > 0)
		return header_absent(c, e);
	x = complaint_at(c, RULE_EMPTY_FILE, &place);
	if (c->mapped) {
		x.severity = SEV_WARNING;
		return report(c, &x, e, "a header and no rows");
	}
	c->res->fatal = true;
	return report(c, &x, e, c->res->bytes == 0 ? "the file is empty" :
	    "the file has no rows");
}

/*
 * Does it look as if leading zeros were lost?  Codes of one length made at
 * random begin with 0 once in ten times: then nine in ten keep their length,
 * one in ten loses a digit, one in a hundred loses two, and none begins with
 * 0 any more.  Codes of several lengths look otherwise.  A few codes prove
 * nothing either way and are told about.
 */
static bool
digits_lost(const struct checker *c, uint64_t total, uint64_t shorter)
{
	uint64_t longer = total - shorter - c->digits[c->digits_len];

	if (shorter == 0)
		return false;
	if (total < DIGITS_FEW)
		return true;
	return longer * 50 <= total && shorter * 4 <= total &&
	    c->zero_led * 20 < total && (c->digits_len == 0 ||
	    c->digits[c->digits_len - 1] * 2 >= shorter);
}

/*
 * How long all-digit codes usually are: the length that more than half of
 * them have.  Returns whether zeros of shorter ones may be lost.  A job that
 * says how its codes look needs no guess.
 */
static bool
digits_usual(struct checker *c)
{
	uint64_t total = 0, shorter = 0;
	size_t i;

	if (c->has_pattern || c->known != NULL || c->o->min_code > 1)
		return false;
	for (i = 0; i <= DIGITS_MAX; i++)
		total += c->digits[i];
	for (i = 0; i < DIGITS_MAX; i++) {
		if (c->digits[i] > total / 2) {
			c->digits_len = i;
			return digits_lost(c, total, shorter);
		}
		shorter += c->digits[i];
	}
	return false;
}

/* The shares of the known codes that were not held in the first pass. */
static int
check_known(struct checker *c, struct err *e)
{
	unsigned i;

	for (i = 1; c->known != NULL && i < known_shares(c->known); i++)
		if (known_share(c->known, i, e) == -1 ||
		    pass_run(c, PASS_KNOWN, e) == -1)
			return -1;
	return 0;
}

/* What only the whole file tells. */
static int
check_whole(struct checker *c, struct err *e)
{
	bool again, any;

	c->zeros = digits_usual(c);
	for (;;) {
		if (dedup_round(c->dups, &any, e) == -1)
			return -1;
		if (!any && !c->zeros)
			return 0;
		if (pass_run(c, PASS_SEE, e) == -1)
			return -1;
		c->zeros = false;
		if (!any)
			return 0;
		if (dedup_judge(c->dups, row_verdict, c, &again, e) == -1)
			return -1;
		if (again && pass_run(c, PASS_JUDGE, e) == -1)
			return -1;
	}
}

static int
check_aside(struct checker *c, struct err *e)
{
	bool aside = c->o->set_aside != NULL &&
	    (c->res->invalid > 0 || c->o->good != NULL);
	int rc;

	if (c->stop || (!aside && c->o->good == NULL))
		return 0;
	if (aside && !c->res->header && aside_header(c, NULL, e) == -1)
		return -1;
	rc = pass_run(c, PASS_ASIDE, e);
	aside_done(c);
	return rc == -1 ? -1 : aside_end(c, e);
}

static int
check_sum_up(struct checker *c, struct err *e)
{
	struct check_result *res = c->res;

	days_range(c->days, &res->first_date, &res->last_date);
	res->findings = findings_take(&c->found, &res->nfindings);
	res->changes = findings_take(&c->changes, &res->nchanges);
	res->findings_omitted = res->errors + res->warnings - res->nfindings;
	res->systematic =
	    res->by_rule[RULE_CODE_SCIENTIFIC] * 100 > res->rows ||
	    res->by_rule[RULE_CODE_ZERO_LOST] * 100 > res->rows;
	return days_list(c->days, &res->days, &res->ndays, e);
}

static int
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_ino == b->st_ino &&
	    a->st_dev == b->st_dev &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int
check_passes(struct checker *c, struct err *e)
{
	struct stat before, after;

	if (fstat(c->fd, &before) == -1)
		return err_sys(e, ERR_INPUT, errno, "cannot be looked at");
	c->size = (uint64_t)before.st_size;
	if (pass_run(c, PASS_CHECK, e) == -1 || check_empty(c, e) == -1 ||
	    check_known(c, e) == -1 || check_whole(c, e) == -1 ||
	    check_aside(c, e) == -1 || check_fix(c, e) == -1)
		return -1;
	if (fstat(c->fd, &after) == -1)
		return err_sys(e, ERR_INPUT, errno, "cannot be looked at");
	if (!same_file(&before, &after))
		return err_set(e, ERR_INPUT, "the file changed while it was "
		    "read; wait until it is complete");
	return 0;
}

static struct checker *
checker_new(int fd, const char *name, const struct check_opts *o,
    struct check_result *res, struct err *e)
{
	struct checker *c;
	uint64_t memory = o->memory;

	c = calloc(1, sizeof(*c));
	if (c == NULL) {
		err_nomem(e);
		return NULL;
	}
	c->o = o;
	c->res = res;
	c->fd = fd;
	c->name = name;
	findings_init(&c->found, o->max_findings);
	findings_init(&c->changes, o->max_findings);
	if (memory == 0)
		memory = MEMORY_DEFAULT;
	if (memory < MEMORY_LEAST)
		memory = MEMORY_LEAST;
	/* Half for the known codes, if there are any. */
	if (o->known_codes != NULL)
		memory /= 2;
	c->memory = memory;
	c->dups = dedup_new(memory, o->tmp_dir, e);
	if (c->dups == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

static void
checker_free(struct checker *c)
{
	cells_release(c);
	free(c->wide_cells);
	findings_release(&c->found);
	findings_release(&c->changes);
	bits_release(&c->broken);
	bits_release(&c->repeated);
	bits_release(&c->unknown);
	known_free(c->known);
	dedup_free(c->dups);
	days_free(c->days);
	free(c);
}

int
check_file(int fd, const char *name, const struct check_opts *o,
    struct check_result *res, struct err *e)
{
	struct checker *c;
	int rc = -1;

	memset(res, 0, sizeof(*res));
	c = checker_new(fd, name, o, res, e);
	if (c == NULL)
		return -1;
	c->days = calloc(1, sizeof(*c->days));
	if (c->days == NULL) {
		err_nomem(e);
		goto done;
	}
	if (o->known_codes != NULL &&
	    (c->known = known_new(o, c->memory, e)) == NULL)
		goto done;
	if (cells_init(c, e) == -1 || check_passes(c, e) == -1)
		goto done;
	rc = check_sum_up(c, e);
done:
	checker_free(c);
	return rc;
}

void
check_release(struct check_result *res)
{
	findings_free(res->findings, res->nfindings);
	findings_free(res->changes, res->nchanges);
	free(res->encoding);
	free(res->days);
	memset(res, 0, sizeof(*res));
}
