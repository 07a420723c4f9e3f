/*
 * Checking files from the first pass to the last, one file or several that
 * are judged together.
 *
 * The first pass over a file does nearly everything.  Another one comes only
 * when some codes may repeat, in this file or another one, when leading zeros
 * may be lost, or when broken rows are to be written out; each pass unpacks
 * and reads the file anew, so that no row has to be kept.  Since a file could
 * change in between, its size and time are compared at the end.
 */
#include <errno.h>

#include "../base/err.h"
#include "../base/limits.h"
#include "../format/utf16.h"
#include "aside_internal.h"
#include "bits.h"
#include "checker_internal.h"
#include "days_internal.h"
#include "dedup.h"
#include "findings_internal.h"
#include "fix_internal.h"
#include "known.h"
#include "passes_internal.h"
#include "profile_internal.h"
#include "rows_internal.h"

#define MEMORY_LEAST	(UINT64_C(8) << 20)

/*
 * The shares of the known codes that were not held in the first pass; the
 * first one is held for the next file's.
 */
static int
check_known(struct checker *c, struct err *e)
{
	unsigned i;

	if (c->known == NULL || c->stop)
		return 0;
	for (i = 1; i < known_shares(c->known); i++)
		if (known_share(c->known, i, e) == -1 ||
		    pass_run(c, PASS_KNOWN, e) == -1)
			return -1;
	return 0;
}

static int
others_add(void *arg, const struct check_row *row, struct err *e)
{
	struct check_set *s = arg;

	return dedup_add(s->dups, row->coupon.code, row->coupon.len, e);
}

static int
others_see(void *arg, const struct check_row *row, struct err *e)
{
	struct check_set *s = arg;

	if (!dedup_named(s->dups, row->coupon.code, row->coupon.len))
		return 0;
	return dedup_see(s->dups, &(struct check_row){
	    (unsigned)s->n + row->file, row->coupon, row->place }, e);
}

/* The rows of other files that come before those of the set, or after. */
static int
others_each(struct check_set *s, bool before, check_row_f *f, struct err *e)
{
	return s->others == NULL ? 0 :
	    s->others->each(s->others->arg, before, f, s, e);
}

/* A pass over those files that have rows. */
static int
whole_pass(struct check_set *s, enum pass pass, bool all, struct err *e)
{
	struct checker *c;
	size_t i;

	for (i = 0; i < s->n; i++) {
		c = s->file[i];
		if (c == NULL || c->stop || !(all || c->look))
			continue;
		if (pass_run(c, pass, e) == -1)
			return c->name == NULL || s->n == 1 ? -1 :
			    err_wrap(e, "%s", c->name);
		c->zeros = c->look = false;
	}
	return 0;
}

/* What only whole files tell. */
static int
check_whole(struct check_set *s, struct err *e)
{
	bool again, any, look = false;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->file[i] != NULL) {
			profile_find(s->file[i]);
			look = look || s->file[i]->look;
		}
	for (;;) {
		if (dedup_round(s->dups, &any, e) == -1)
			return -1;
		if (!any && !look)
			return 0;
		if ((any && others_each(s, true, others_see, e) == -1) ||
		    whole_pass(s, PASS_SEE, any, e) == -1 ||
		    (any && others_each(s, false, others_see, e) == -1))
			return -1;
		look = false;
		if (!any)
			return 0;
		if (s->common != NULL)
			continue;
		if (dedup_judge(s->dups, row_verdict, s, &again, e) == -1)
			return -1;
		if (again && whole_pass(s, PASS_JUDGE, true, e) == -1)
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
	c->aside_most = c->o->refused != NULL &&
	    c->o->refused(c->o->refused_arg, c->res) ? LIM_ASIDE : UINT64_MAX;
	if (aside && ((!c->res->header && aside_header(c, NULL, e) == -1) ||
	    aside_begin(c, e) == -1))
		return -1;
	rc = pass_run(c, PASS_ASIDE, e);
	if (rc == 0)
		rc = aside_upto(c, c->fed, e);
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
	    res->by_rule[RULE_CODE_DATE] * 100 > res->rows ||
	    res->by_rule[RULE_CODE_ZERO_LOST] * 100 > res->rows;
	return days_list(c->days, &res->days, &res->ndays, e);
}

static void
checker_free(struct checker *c)
{
	if (c == NULL)
		return;
	cells_release(c);
	free(c->utf16_cells);
	free(c->head);
	free(c->bare_cells);
	findings_release(&c->found);
	findings_release(&c->changes);
	bits_release(&c->broken);
	bits_release(&c->repeated);
	bits_release(&c->unknown);
	days_free(c->days);
	free(c);
}

static struct checker *
checker_new(struct check_set *s, struct check_input *in, struct err *e)
{
	struct checker *c;

	c = calloc(1, sizeof(*c));
	if (c == NULL) {
		err_nomem(e);
		return NULL;
	}
	c->opts = *in->opts;
	if (s->common != NULL) {
		/* Rows in common are wanted, and no other output. */
		c->opts.max_findings = 0;
		c->opts.spool = NULL;
		c->opts.set_aside = c->opts.good = c->opts.fixed = NULL;
		c->opts.progress = NULL;
		c->opts.known_codes = NULL;
	}
	c->o = &c->opts;
	c->res = &in->res;
	c->fd = in->fd;
	c->name = in->name;
	c->set = s;
	c->dups = s->dups;
	c->file = (unsigned)(in - s->in);
	findings_init(&c->found, c->o->max_findings);
	findings_init(&c->changes, c->o->max_findings);
	c->days = calloc(1, sizeof(*c->days));
	if (c->days == NULL) {
		err_nomem(e);
		checker_free(c);
		return NULL;
	}
	return c;
}

/* The known codes: one that does not exist is in no good row. */
static int
checker_known(struct checker *c, struct err *e)
{
	struct check_set *s = c->set;

	if (c->o->known_codes == NULL)
		return 0;
	if (s->known == NULL) {
		s->known = known_new(c->o, s->memory, e);
		if (s->known == NULL)
			return -1;
	} else if (known_shares(s->known) > 1 &&
	    known_share(s->known, 0, e) == -1)
		return -1;
	c->known = s->known;
	return 0;
}

/* The passes that need no other file. */
static int
check_alone(struct checker *c, struct err *e)
{
	if (fstat(c->fd, &c->before) == -1)
		return err_sys(e, ERR_INPUT, errno, "cannot be looked at");
	c->size = (uint64_t)c->before.st_size;
	if (checker_known(c, e) == -1 || cells_init(c, e) == -1 ||
	    pass_run(c, PASS_CHECK, e) == -1 || check_empty(c, e) == -1)
		return -1;
	return check_known(c, e);
}

/* What remains once the verdicts are known. */
static int
check_end(struct checker *c, struct err *e)
{
	const struct stat *before = &c->before;
	struct stat after;

	if (check_aside(c, e) == -1 || check_fix(c, e) == -1)
		return -1;
	if (fstat(c->fd, &after) == -1)
		return err_sys(e, ERR_INPUT, errno, "cannot be looked at");
	if (before->st_size != after.st_size ||
	    before->st_ino != after.st_ino || before->st_dev != after.st_dev ||
	    before->st_mtim.tv_sec != after.st_mtim.tv_sec ||
	    before->st_mtim.tv_nsec != after.st_mtim.tv_nsec)
		return err_set(e, ERR_INPUT, "the file changed while it was "
		    "read; wait until it is complete");
	return check_sum_up(c, e);
}

/* This file fails; what it has told so far is not worth much. */
static void
input_failed(struct check_set *s, size_t i, const struct err *why)
{
	s->in[i].rc = -1;
	s->in[i].err = *why;
	checker_free(s->file[i]);
	s->file[i] = NULL;
}

/* Half is for the known codes, if there are any. */
static uint64_t
memory_share(const struct check_opts *o, bool known)
{
	uint64_t n = o->memory == 0 ? CHECK_MEMORY : o->memory;

	if (n < MEMORY_LEAST)
		n = MEMORY_LEAST;
	return known ? n / 2 : n;
}

static int
set_open(struct check_set *s, struct err *e)
{
	const struct check_opts *o = s->in[0].opts;

	s->file = calloc(s->n, sizeof(struct checker *));
	if (s->file == NULL)
		return err_nomem(e);
	s->memory = memory_share(o, o->known_codes != NULL &&
	    s->common == NULL);
	s->dups = dedup_new(s->memory, o->tmp_dir, e);
	if (s->dups == NULL)
		return -1;
	if (s->common == NULL)
		s->others = o->others;
	return others_each(s, true, others_add, e) == -1 ||
	    others_each(s, false, others_add, e) == -1 ? -1 : 0;
}

/* Each file on its own; trouble with one leaves the others alone. */
static int
set_first(struct check_set *s, struct err *e)
{
	struct err why;
	size_t i;

	for (i = 0; i < s->n; i++) {
		err_clear(&why);
		s->file[i] = checker_new(s, &s->in[i], &why);
		if (s->file[i] != NULL && check_alone(s->file[i], &why) == 0)
			continue;
		input_failed(s, i, &why);
		if (why.code == ERR_STOPPED) {
			*e = why;
			return -1;
		}
	}
	return 0;
}

static void
set_last(struct check_set *s)
{
	struct err why;
	size_t i;

	for (i = 0; i < s->n; i++) {
		err_clear(&why);
		if (s->file[i] != NULL && check_end(s->file[i], &why) == -1)
			input_failed(s, i, &why);
	}
}

static int
set_run(struct check_set *s, struct err *e)
{
	size_t i;
	int rc;

	for (i = 0; i < s->n; i++) {
		memset(&s->in[i].res, 0, sizeof(s->in[i].res));
		err_clear(&s->in[i].err);
		s->in[i].rc = 0;
	}
	if (s->n == 0)
		return 0;
	rc = set_open(s, e);
	if (rc == 0)
		rc = set_first(s, e);
	if (rc == 0)
		rc = check_whole(s, e);
	if (rc == 0 && s->common == NULL)
		set_last(s);
	for (i = 0; s->file != NULL && i < s->n; i++)
		checker_free(s->file[i]);
	free(s->file);
	known_free(s->known);
	dedup_free(s->dups);
	return rc;
}

int
check_usable(const struct check_opts *o, struct err *e)
{
	struct checker *c = calloc(1, sizeof(*c));
	struct check_result res;
	struct known *k = NULL;
	int rc = 0;

	if (c == NULL)
		return err_nomem(e);
	memset(&res, 0, sizeof(res));
	c->o = o;
	c->res = &res;
	if (o->known_codes != NULL) {
		k = known_new(o, memory_share(o, true), e);
		rc = k == NULL ? -1 : 0;
	}
	if (rc == 0)
		rc = cells_init(c, e);
	known_free(k);
	cells_release(c);
	free(c);
	check_release(&res);
	return rc;
}

int
check_files(struct check_input *in, size_t n, struct err *e)
{
	struct check_set s = { .in = in, .n = n };

	return set_run(&s, e);
}

int
check_common(struct check_input *in, size_t n, check_row_f *f, void *arg,
    struct err *e)
{
	struct check_set s = { .in = in, .n = n, .common = f,
	    .common_arg = arg };

	return set_run(&s, e);
}

int
check_file(int fd, const char *name, const struct check_opts *o,
    struct check_result *res, struct err *e)
{
	struct check_input in = { .fd = fd, .name = name, .opts = o };
	int rc;

	rc = check_files(&in, 1, e);
	*res = in.res;
	if (rc == 0 && in.rc == -1)
		*e = in.err;
	return rc == -1 ? -1 : in.rc;
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
