/*
 * Preparing a run: check the file, keep the good rows, pack them.
 *
 * Nothing has an effect outside the run's folder until ledger_prepared: a
 * crash before it starts over from the file, which must not have changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/buf.h"
#include "../base/clock.h"
#include "../base/fault.h"
#include "../base/limits.h"
#include "../base/tmpfile.h"
#include "../config/set.h"
#include "away.h"
#include "beside.h"
#include "ctx.h"
#include "journey.h"
#include "lock.h"
#include "parts.h"
#include "pipeline.h"
#include "repeat.h"
#include "rundir.h"
#include "say.h"
#include "steps.h"

#define PREP_LOCK_MS	60000	/* held for one transaction only */

/* What preparing needs to hold together. */
struct prep {
	int			 fd;
	struct check_opts	 opts;
	struct check_result	 res;
	struct spool		*spool;
	bool			 gone;	/* the file is not the one received */
};

/*
 * The open file must still be the one that was received.  If it is not, the
 * run can never go on, and what the file holds now is another run's.
 */
static int
prep_same(struct journey *j, struct prep *p, struct err *e)
{
	const struct ledger_source *s = &j->run.source;
	struct stat st;

	if (fstat(p->fd, &st) == -1)
		return err_sys(e, ERR_INPUT, errno, "look at %s", s->path);
	if (st.st_dev == (dev_t)s->dev && st.st_ino == (ino_t)s->ino &&
	    st.st_size == s->size && st.st_mtim.tv_sec * 1000000000LL +
	    st.st_mtim.tv_nsec == s->mtime_ns)
		return 0;
	p->gone = true;
	return err_set(e, j->read || j->fresh ? ERR_CHANGING : ERR_INPUT,
	    "%s has changed since run %s was made from it; nothing was sent",
	    s->path, j->run.id);
}

static int
prep_open(struct journey *j, struct prep *p, struct err *e)
{
	const struct ledger_source *s = &j->run.source;

	/* A pipe of that name must not hold us up. */
	p->fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (p->fd < 0) {
		p->gone = errno == ENOENT;
		return err_sys(e, ERR_INPUT, errno, "open %s", s->path);
	}
	if (prep_same(j, p, e) == -1)
		return -1;
	j->read = true;
	return 0;
}

static void
prep_progress(void *arg, uint64_t done, uint64_t total)
{
	say_progress(arg, &(struct pipe_event){ .step = "check", .done = done,
	    .total = total, .bytes = true });
}

static int64_t
prep_limit(const struct journey *j, const struct check_result *r)
{
	if (j->job->max_reject_percent >= 0)
		return (int64_t)(r->rows / 100 *
		    (uint64_t)j->job->max_reject_percent + r->rows % 100 *
		    (uint64_t)j->job->max_reject_percent / 100);
	return j->job->max_reject;
}

static bool
prep_refused(const void *arg, const struct check_result *r)
{
	return (int64_t)r->invalid > prep_limit(arg, r);
}

static int
prep_options(struct journey *j, struct prep *p, struct err *e)
{
	struct spool_opts so = { .dir = j->dir,
	    .single = j->end != NULL &&
	    j->job->layout.kind == LAYOUT_COLUMNS,
	    .max_groups = (size_t)j->job->max_parts };

	if (set_check_opts(j->job, j->c->clock, &p->opts, e) == -1)
		return -1;
	p->opts.need_date = j->job->missing_date == MISSING_STOP;
	p->opts.need_redeemed = true;
	p->opts.max_findings = LIM_FINDINGS;
	p->opts.show_codes = j->job->show_codes;
	p->opts.refused = prep_refused;
	p->opts.refused_arg = j;
	p->opts.tmp_dir = j->dir;
	p->opts.progress = prep_progress;
	p->opts.progress_arg = j;
	p->spool = spool_new(&so, e);
	if (p->spool == NULL)
		return -1;
	p->opts.spool = p->spool;
	return 0;
}

/* Check the file, against those of the same call. */
static int
prep_files(struct journey *j, struct prep *p, struct err *e)
{
	const struct check_opts *opts;
	struct check_opts form;
	struct beside b;
	int rc;

	rc = beside_open(j, p->fd, &p->opts, &b, e);
	opts = pipeline_form(j->c->set, j->run.source.path, &p->opts, &form);
	if (rc == 0)
		rc = check_file(p->fd, j->run.source.name, opts, &p->res, e);
	p->opts.others = NULL;
	beside_close(&b);
	return rc;
}

/* Check the file; its broken rows go to tmp. */
static int
prep_read(struct journey *j, struct prep *p, struct tmpfile *tmp,
    struct err *e)
{
	FILE *f = tmpfile_stream(tmp, e);
	int rc;

	if (f == NULL)
		return -1;
	p->opts.set_aside = f;
	rc = prep_files(j, p, e);
	p->opts.set_aside = NULL;
	if (fclose(f) != 0 && rc == 0)
		rc = err_sys(e, ERR_IO, errno, "write %s", tmp->final);
	if (rc == 0)
		rc = spool_seal(p->spool, e);
	/* Still being written while it was read: rows may be missing. */
	return rc == 0 ? prep_same(j, p, e) : rc;
}

/*
 * The broken rows are in set-aside.csv of the run's folder, durable, before
 * the ledger counts them.  What an interrupted attempt left is made anew.
 */
static int
prep_check(struct journey *j, struct prep *p, struct err *e)
{
	struct tmpfile tmp = { .fd = -1 };
	char *path = NULL, rows[32];
	int rc;

	if (asprintf(&path, "%s/set-aside.csv", j->dir) < 0)
		return err_nomem(e);
	rc = rundir_sweep(j->dir, RUNDIR_PACKAGE | RUNDIR_ROWS, e);
	if (rc == 0)
		rc = tmpfile_open(&tmp, path, 0600, e);
	if (rc == 0)
		rc = prep_read(j, p, &tmp, e);
	if (rc == 0 && p->res.invalid > 0)
		rc = tmpfile_commit(&tmp, e);
	tmpfile_abort(&tmp);
	free(path);
	if (rc == 0 && p->res.aside < p->res.invalid)
		say(j, "check", "set-aside.csv has the first %s broken rows "
		    "only", str_group(p->res.aside, rows));
	return rc;
}

/* Whether what was found lets the run go on. */
/* All that is wrong with the file as a whole, so that it is mended at once. */
static int
prep_fatal(const struct journey *j, const struct check_result *r,
    struct err *e)
{
	const char *name = j->run.source.name;
	const struct finding *x;
	struct buf b;
	size_t i;

	buf_init(&b, LIM_LINE_BYTES);
	for (i = 0; i < r->nfindings; i++) {
		x = &r->findings[i];
		/* Lines above the header are rows, of which there are many. */
		if (x->place.record == 0 && x->severity == SEV_ERROR &&
		    x->rule != RULE_TITLE_ROW && buf_addf(&b, e, "%s%s",
		    b.len > 0 ? "; and " : "", x->message) == -1)
			break;
	}
	if (i == r->nfindings)
		err_set(e, ERR_RULES, "%s cannot be used: %s", name,
		    b.len > 0 ? b.data : "nothing in it is usable");
	buf_release(&b);
	return -1;
}

static int
prep_verdict(struct journey *j, const struct check_result *r, struct err *e)
{
	int64_t limit = prep_limit(j, r);
	char rows[64];

	if (r->fatal)
		return prep_fatal(j, r, e);
	if (r->systematic)
		return err_set(e, ERR_RULES, "%s: over 1 %% of the codes look "
		    "damaged by a spreadsheet; nothing was sent",
		    j->run.source.name);
	if ((int64_t)r->invalid > limit)
		return err_set(e, ERR_RULES, "%s: %s, limit %lld "
		    "(max_reject); nothing was sent", j->run.source.name,
		    str_count(r->invalid, "broken row", rows),
		    (long long)limit);
	if (j->job->check.on_unredeemed == UNREDEEMED_STOP && r->skipped > 0)
		return err_set(e, ERR_RULES, "%s: redeemed 0 in %s "
		    "(on_unredeemed: stop); nothing was sent",
		    j->run.source.name, str_count(r->skipped, "row", rows));
	return 0;
}

static int
prep_numbers(struct journey *j, const struct check_result *r, struct err *e)
{
	char attr[256], id[33];

	j->run.read = (int64_t)(r->rows + r->left_out);
	j->run.left_out = (int64_t)r->left_out;
	j->run.repeated = (int64_t)r->duplicates;
	j->run.skipped = (int64_t)r->skipped;
	j->run.rejected = (int64_t)r->invalid;
	snprintf(attr, sizeof(attr), "%s %s", j->run.provider, j->run.bank);
	return str_set(&j->run.content_id, content_id(&r->content, attr, id),
	    e);
}

/* End the run before anything was sent. */
static int
prep_end(struct journey *j, enum run_state state, struct err *e)
{
	struct err why = *e, ignored;

	err_clear(&ignored);
	if (unpack_parts(j, &ignored) == -1)
		log_say(j->c->log, LOG_WARN, "packages stay",
		    LFS("because", ignored.msg));
	j->run.state = state;
	j->run.exit = err_exit(&why);
	j->run.finished_ms = clock_wall(j->c->clock);
	j->run.untidy = why.code == ERR_REPEAT && source_is_copy(j->dir,
	    j->run.source.path);
	if (str_set(&j->run.err_word, err_row(&why)->word, e) == -1 ||
	    str_set(&j->run.err_msg, why.msg, e) == -1 ||
	    ledger_run_end(j->c->ledger, &j->run, e) == -1)
		return -1;
	beside_forget(j->dir);
	/* Codes that went through before are not kept once more. */
	err_clear(&ignored);
	if (j->run.untidy && step_tidy(j, &ignored) == 0 &&
	    ledger_run_tidied(j->c->ledger, j->run.id, &ignored) == 0)
		j->run.untidy = false;
	*e = why;
	return -1;
}

/*
 * The same content is in another run.  A run made just now ends, since its
 * file is where it was; an older one waits on unless the other went through.
 */
static int
prep_elsewhere(struct journey *j, struct err *e)
{
	struct err why = *e;

	if (j->fresh || e->code == ERR_REPEAT)
		return prep_end(j, RUN_CANCELLED, e);
	if (ledger_run_state(j->c->ledger, j->run.id, j->run.state, RUN_HELD,
	    why.msg, e) == -1)
		return -1;
	j->run.state = RUN_HELD;
	*e = why;
	return -1;
}

/* Name the lines above the header that are left out. */
static void
prep_left_out(struct journey *j, const struct check_result *r)
{
	const struct finding *f;
	size_t i;

	for (i = 0; i < r->nfindings; i++) {
		f = &r->findings[i];
		if (f->rule != RULE_TITLE_ROW || f->severity != SEV_WARNING)
			continue;
		say(j, "check", "line %llu, above the header, is left out",
		    (unsigned long long)f->place.line);
		log_say(j->c->log, LOG_INFO, "line left out", LFI("line",
		    (int64_t)f->place.line), LFS("because",
		    "it stands above the header"));
	}
}

static void
prep_tell(struct journey *j, const struct check_result *r)
{
	char a[64], b[32], c[32], d[32];

	if (j->c->ui.checked != NULL)
		j->c->ui.checked(j->c->ui.arg, j->run.id, r);
	say(j, "check", "%s, %s: %s to send, %s repeated, %s broken",
	    j->run.source.name, str_count(r->rows, "row", a),
	    str_group(r->valid - r->skipped, b), str_group(r->duplicates, c),
	    str_group(r->invalid, d));
	prep_left_out(j, r);
}

/*
 * Two processes may have checked the same content at the same time; one after
 * the other, the second one sees the first.
 */
static int
prep_store(struct journey *j, const struct ledger_part *parts, size_t n,
    struct err *e)
{
	int rc, lock;

	lock = lock_named(j->c, "ledger", "content", PREP_LOCK_MS, e);
	if (lock < 0)
		return -1;
	rc = repeat_check(j, e);
	if (rc == 0)
		rc = ledger_prepared(j->c->ledger, &j->run, parts, n, e);
	close(lock);
	return rc;
}

static int
prep_pack(struct journey *j, struct prep *p, struct err *e)
{
	struct ledger_part *parts = NULL;
	int64_t t = clock_mono(j->c->clock);
	size_t n = 0, i;
	char size[32], many[64];
	uint64_t bytes = 0;
	int rc;

	if (rundir_mark(j->dir, e) == -1 ||
	    pack_parts(j, p->spool, &parts, &n, e) == -1)
		return -1;
	if (FAULT_POINT("packed"))
		rc = err_set(e, ERR_IO, "injected");
	else
		rc = prep_store(j, parts, n, e);
	for (i = 0; i < n; i++)
		bytes += (uint64_t)parts[i].bytes;
	parts_free(parts, n);
	if (rc != 0)
		return -1;
	j->run.state = RUN_ACTIVE;
	beside_forget(j->dir);
	spent(j, "pack", t);
	say(j, "pack", "%s, %s bytes", str_count(n, "batch", many),
	    str_group(bytes, size));
	return 0;
}

/* No row is left to send: fine, unless it is because of broken ones. */
static int
prep_no_row(struct journey *j, const struct check_result *r,
    enum run_state *end, struct err *e)
{
	char broken[32], read[64];

	if (r->invalid == 0) {
		*end = RUN_CANCELLED;
		return err_set(e, ERR_NOTHING, "%s has no row to send",
		    j->run.source.name);
	}
	*end = RUN_REJECTED;
	return err_set(e, ERR_PARTIAL, "%s of %s set aside as broken, and "
	    "none is left to send", str_group(r->invalid, broken),
	    str_count(r->rows, "row", read));
}

/* Everything up to the verdict; e says why the run ends here. */
static int
prep_judge(struct journey *j, struct prep *p, enum run_state *end,
    struct err *e)
{
	*end = RUN_REJECTED;
	if (prep_verdict(j, &p->res, e) == -1)
		return -1;
	if (p->res.valid == p->res.skipped)
		return prep_no_row(j, &p->res, end, e);
	*end = RUN_CANCELLED;
	return repeat_check(j, e);
}

int
step_prepare(struct journey *j, struct err *e)
{
	int64_t t = clock_mono(j->c->clock);
	struct prep p = { .fd = -1 };
	enum run_state end = RUN_REJECTED;
	int rc = -1;

	if (prep_open(j, &p, e) == -1 || prep_options(j, &p, e) == -1 ||
	    prep_check(j, &p, e) == -1) {
		if (p.gone)
			prep_end(j, RUN_CANCELLED, e);
		goto out;
	}
	spent(j, "validate", t);
	prep_tell(j, &p.res);
	if (prep_numbers(j, &p.res, e) == -1)
		goto out;
	if (prep_judge(j, &p, &end, e) == -1) {
		if (pipeline_repeats(e->code))
			prep_elsewhere(j, e);
		else
			prep_end(j, end, e);
		goto out;
	}
	if (j->c->until == UNTIL_VALIDATED) {
		rc = ledger_run_state(j->c->ledger, j->run.id, j->run.state,
		    RUN_HELD, "stopped after checking, as asked", e);
		j->run.state = RUN_HELD;
		goto out;
	}
	if (prep_pack(j, &p, e) == -1) {
		if (e->code == ERR_SANITY)
			prep_end(j, RUN_REJECTED, e);
		else if (pipeline_repeats(e->code))
			prep_elsewhere(j, e);
		goto out;
	}
	rc = 0;
out:
	check_release(&p.res);
	spool_free(p.spool);
	if (p.fd >= 0)
		close(p.fd);
	return rc;
}
