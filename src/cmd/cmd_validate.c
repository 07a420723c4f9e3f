/* validate: check files; nothing leaves this machine. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/exit.h"
#include "../base/limits.h"
#include "../base/str.h"
#include "../base/tmpfile.h"
#include "../config/set.h"
#include "../coupon/advise.h"
#include "../coupon/check.h"
#include "../pipeline/pipeline.h"
#include "../report/advice.h"
#include "../report/check.h"
#include "../report/json.h"
#include "../report/out_file.h"
#include "../report/report_file.h"
#include "cmd.h"
#include "split.h"
#include "ui.h"

#define KEPT_FINDINGS	100000	/* for files; 25 MiB or so */
#define PROGRESS_MS	200	/* between two looks of a person */

struct validating {
	struct env		*v;
	struct set_job		 job;
	struct check_opts	 opts;
	json_t			*files, *unread;
	size_t			 told;	/* files reported in words */
	size_t			 listed;	/* findings in the answer */
	struct report_file	*report[REPORT_MAX];	/* --report */
	size_t			 nreports;
	struct split		 split;		/* --split */
	struct out_file		 fixed;		/* --fix */
	int64_t			 start_ms;	/* of this file */
	int64_t			 shown_ms;	/* last progress line */
	uint64_t		 seen;		/* bytes then */
	bool			 again;		/* not the first pass */
	int			 exit;
};

/* How far, how fast, how long yet; nothing for files that are done at once. */
static void
validate_progress(void *arg, uint64_t done, uint64_t total)
{
	struct validating *w = arg;
	int64_t now = clock_mono(w->v->clock);

	if (done < w->seen) {
		w->start_ms = now;
		w->again = w->v->line.nargs == 1;
	}
	w->seen = done;
	if (total == 0 || now - w->shown_ms < PROGRESS_MS)
		return;
	w->shown_ms = now;
	ui_rate(w->again ? "once more" : "checking", done, total,
	    now - w->start_ms);
}

/* Standard input, and pipes, are kept in dir: the check reads twice. */
static int
validate_spool(int from, const char *dir, int *fd, struct err *e)
{
	struct tmpfile t = { .fd = -1 };

	if (tmpfile_anon(&t, dir, e) == -1)
		return -1;
	if (io_copy_all(from, t.fd, e) == -1) {
		tmpfile_abort(&t);
		return e->code == ERR_STOPPED || e->code == ERR_INPUT ? -1 :
		    err_wrap(e, "it is kept in %s while it is checked "
		    "(TMPDIR)", dir);
	}
	*fd = t.fd;
	return 0;
}

static int
validate_open(const char *path, const char *dir, int *fd, struct err *e)
{
	struct stat st;
	int from, rc;

	*fd = -1;
	if (strcmp(path, "-") == 0) {
		if (validate_spool(STDIN_FILENO, dir, fd, e) == 0)
			return 0;
		return e->code == ERR_STOPPED ? -1 : err_wrap(e, "standard "
		    "input");
	}
	from = open(path, O_RDONLY | O_CLOEXEC);
	if (from < 0 || fstat(from, &st) == -1) {
		err_sys(e, ERR_INPUT, errno, "cannot open %s", path);
		if (from >= 0)
			close(from);
		return -1;
	}
	if (S_ISREG(st.st_mode)) {
		*fd = from;
		return 0;
	}
	if (S_ISDIR(st.st_mode))
		rc = err_set(e, ERR_INPUT, "%s is a folder", path);
	else if ((rc = validate_spool(from, dir, fd, e)) != 0 &&
	    e->code != ERR_STOPPED)
		err_wrap(e, "%s", path);
	close(from);
	return rc;
}

/* Its place in the answer. */
static int
validate_failed(struct validating *w, const char *path, const struct err *why)
{
	size_t i;

	if (json_array_append_new(w->unread, json_unread(path, why)) == -1)
		return err_nomem(&w->v->err);
	for (i = 0; i < w->nreports; i++)
		if (report_file_fail(w->report[i], path, why, &w->v->err) == -1)
			return -1;
	return 0;
}

/*
 * A file that could not be checked.  The worst such error is told at the end,
 * the others where they happen.
 */
static void
validate_worse(struct validating *w, struct err *why)
{
	struct err other = w->v->err;

	if (!err_worse(&w->v->err, why))
		other = *why;
	if (!w->v->json && other.code != ERR_NONE)
		ui_error(w->v, other.msg);
	w->exit = exit_worst(err_exit(why), w->exit);
}

static int
validate_json(struct validating *w, const char *path,
    const struct check_result *r, const struct text_opts *t)
{
	json_t *o = json_check(path, r, w->listed);

	if (o != NULL && t->fixed != NULL)
		json_object_set_new(o, "fixed", json_fixed(t->fixed, r,
		    w->listed));
	if (o != NULL && t->advice != NULL)
		json_object_set_new(o, "advice", advice_json(t->advice));
	if (json_array_append_new(w->files, o) == -1)
		return err_nomem(&w->v->err);
	return 0;
}

/* Under its name, the corrected file has to be read as what it is. */
static int
validate_fix_name(struct validating *w, const struct check_result *r)
{
	bool txt = strcmp(r->format, "txt") == 0;

	if (w->opts.format != CHECK_AUTO || name_is_txt(w->fixed.path) == txt)
		return 0;
	return err_set(&w->v->err, ERR_USAGE, "--fix %s: its rows are %s, but "
	    "by this name they would be read as %s; give it a name that ends "
	    "in %s", w->fixed.path, txt ? "TXT" : "CSV", txt ? "CSV" : "TXT",
	    txt ? ".txt" : ".csv");
}

/* The corrected file in place; in UTF-16 only where the settings say so. */
static int
validate_fixed(struct validating *w, const struct check_result *r)
{
	enum utf16_kind kind = w->opts.encoding == NULL ? UTF16_NONE :
	    utf16_find(r->encoding);

	if (validate_fix_name(w, r) == -1)
		return -1;
	if (kind != UTF16_NONE && out_encode(&w->fixed, kind,
	    r->by_rule[RULE_BOM] > 0, &w->v->err) == -1)
		return -1;
	return out_commit(&w->fixed, &w->v->err);
}

static int
validate_result(struct validating *w, const char *path,
    const struct check_result *r, const struct advice *a)
{
	const struct line *l = &w->v->line;
	const struct advice_call call = { l->flag[F_CONFIG], l->flag[F_JOB],
	    l->given, l->ngiven };
	struct text_opts o = { &w->job, line_has(l, F_REPORT),
	    line_has(l, F_SPLIT), r->fatal ? NULL : l->flag[F_FIX], a,
	    &call };
	bool broken = r->errors > 0 ||
	    (r->warnings > 0 && line_has(l, F_STRICT));
	size_t i;

	if (broken)
		w->exit = exit_worst(65, w->exit);
	for (i = 0; i < w->nreports; i++)
		if (report_file_add(w->report[i], path, r, &o, &w->v->err) ==
		    -1)
			return -1;
	if (w->split.dir != NULL && split_end(&w->split, path, r,
	    &w->v->err) == -1)
		return -1;
	if (w->fixed.f != NULL && !r->fatal && validate_fixed(w, r) == -1)
		return -1;
	if (!w->v->json) {
		if (!broken && line_has(l, F_QUIET))
			return 0;
		if (w->told++ > 0)
			putchar('\n');
		text_check(stdout, path, r, &o);
		return 0;
	}
	return validate_json(w, path, r, &o);
}

/*
 * Settings that would fit, where most rows are broken or a run would ask for
 * more; 1, or 0 for none.
 */
static int
validate_advice(const struct validating *w, const struct check_input *in,
    struct advice *a, struct err *e)
{
	struct check_result r = in->res;	/* borrowed */
	int rc;

	if (w->job.missing_date != MISSING_STOP)
		r.no_date = false;
	if (!r.fatal && r.invalid * 2 <= r.rows && !r.no_redeemed &&
	    !r.no_date)
		return 0;
	rc = advise(in->fd, in->name, in->opts, &r, a, e);
	if (rc == 1 && w->job.missing_date != MISSING_STOP)
		a->redeem_date = false;
	return rc;
}

/* What is said of one file. */
static int
validate_tell(struct validating *w, struct check_input *in)
{
	struct advice advice;
	struct err *why = &in->err;
	int rc = in->rc;

	if (rc == 0)
		rc = validate_advice(w, in, &advice, why);
	/* A file that was not opened is named already. */
	if (rc == -1 && in->fd >= 0)
		err_wrap(why, "%s", strcmp(in->name, "-") == 0 ?
		    "standard input" : in->name);
	if (rc != -1)
		return validate_result(w, in->name, &in->res, rc == 1 ?
		    &advice : NULL);
	validate_worse(w, why);
	return why->code == ERR_STOPPED ? -1 : validate_failed(w, in->name,
	    why);
}

/* Those that could be opened, moved together, are judged together. */
static int
validate_check(struct validating *w, struct check_input *in, size_t n)
{
	struct check_input *some;
	size_t i, k = 0;
	int rc;

	some = calloc(n, sizeof(*some));
	if (some == NULL)
		return err_nomem(&w->v->err);
	for (i = 0; i < n; i++)
		if (in[i].rc == 0)
			some[k++] = in[i];
	rc = check_files(some, k, &w->v->err);
	for (i = k = 0; i < n; i++)
		if (in[i].rc == 0)
			in[i] = some[k++];
	free(some);
	return rc;
}

/* Trouble with one file does not keep the others from being checked. */
static int
validate_files(struct validating *w)
{
	const struct line *l = &w->v->line;
	struct check_input *in;
	struct check_opts *form;	/* of rows that a run wrote */
	size_t i, n = l->nargs;
	int rc = 0;

	in = calloc(n, sizeof(*in));
	form = calloc(n, sizeof(*form));
	if (in == NULL || form == NULL) {
		free(in);
		free(form);
		return err_nomem(&w->v->err);
	}
	io_many_files(n);
	for (i = 0; i < n; i++) {
		in[i].fd = -1;
		in[i].name = l->args[i];
		in[i].opts = pipeline_form(&w->v->config.set, l->args[i],
		    &w->opts, &form[i]);
	}
	for (i = 0; i < n && rc == 0; i++) {
		in[i].rc = validate_open(l->args[i], w->opts.tmp_dir,
		    &in[i].fd, &in[i].err);
		if (in[i].rc == -1 && in[i].err.code == ERR_STOPPED) {
			w->v->err = in[i].err;
			rc = -1;
		}
	}
	w->start_ms = w->shown_ms = clock_mono(w->v->clock);
	if (rc == 0)
		rc = validate_check(w, in, n);
	ui_clear(w->v);
	for (i = 0; i < n && rc == 0; i++)
		rc = validate_tell(w, &in[i]);
	for (i = 0; i < n; i++) {
		if (in[i].fd >= 0)
			close(in[i].fd);
		check_release(&in[i].res);
	}
	free(form);
	free(in);
	return rc;
}

static int
validate_limit(struct validating *w)
{
	const struct line *l = &w->v->line;
	uint64_t n = 0;

	if (env_number(w->v, F_MAX_FINDINGS, 1000000000, &n) == -1)
		return -1;
	w->listed = w->opts.max_findings = (size_t)n;
	/* Files can take more than a screen. */
	if (!line_has(l, F_MAX_FINDINGS) && (line_has(l, F_REPORT) ||
	    line_has(l, F_SPLIT)))
		w->opts.max_findings = KEPT_FINDINGS / l->nargs;
	if (w->opts.max_findings < w->listed)
		w->opts.max_findings = w->listed;
	return 0;
}

/* Standard input comes once. */
static int
validate_stdin(struct validating *w)
{
	const struct line *l = &w->v->line;
	size_t i, n = 0;

	for (i = 0; i < l->nargs; i++)
		n += strcmp(l->args[i], "-") == 0;
	return n < 2 ? 0 : err_set(&w->v->err, ERR_USAGE, "\"-\" is standard "
	    "input, which can be read once only");
}

static bool
is_packed_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && (strcasecmp(dot, ".gz") == 0 ||
	    strcasecmp(dot, ".zip") == 0);
}

static int
validate_open_outputs(struct validating *w, const struct out_kept *kept)
{
	const struct line *l = &w->v->line;
	struct report_file *file;

	if (line_has(l, F_FIX)) {
		if (is_packed_name(l->flag[F_FIX]))
			return err_set(&w->v->err, ERR_USAGE, "--fix %s: what "
			    "is written is not packed; give it a name that "
			    "ends in .csv or .txt", l->flag[F_FIX]);
		if (out_open(&w->fixed, l->flag[F_FIX], kept, &w->v->err) == -1)
			return -1;
		w->opts.fixed = w->fixed.f;
	}
	if (line_has(l, F_SPLIT) && split_begin(&w->split, l->flag[F_SPLIT],
	    &w->opts, kept, &w->v->err) == -1)
		return -1;
	for (; w->nreports < l->nreport; w->nreports++) {
		file = report_file_open(l->report[w->nreports], l->nargs,
		    clock_wall(w->v->clock), kept, &w->v->err);
		if (file == NULL)
			return -1;
		w->report[w->nreports] = file;
	}
	return 0;
}

/* Files that were asked for: what cannot be made is known before the work. */
static int
validate_outputs(struct validating *w)
{
	const struct line *l = &w->v->line;
	struct out_kept kept = { .n = l->nargs,
	    .force = line_has(l, F_FORCE) };
	int rc;

	if ((line_has(l, F_SPLIT) || line_has(l, F_FIX)) && l->nargs > 1)
		return err_set(&w->v->err, ERR_USAGE, "--split and --fix take "
		    "one FILE at a time");
	kept.path = calloc(l->nargs + 1, sizeof(*kept.path));
	if (kept.path == NULL)
		return err_nomem(&w->v->err);
	memcpy(kept.path, l->args, l->nargs * sizeof(*kept.path));
	if (w->opts.known_codes != NULL)
		kept.path[kept.n++] = w->opts.known_codes;
	rc = validate_open_outputs(w, &kept);
	free(kept.path);
	return rc;
}

/* Each report is complete, or there is none. */
static void
validate_reports(struct validating *w)
{
	struct report_file *report;
	struct err why;

	while (w->nreports > 0) {
		report = w->report[--w->nreports];
		err_clear(&why);
		if (report_file_close(report, w->exit, &why) == -1)
			validate_worse(w, &why);
	}
}

static int
validate_begin(struct validating *w)
{
	const struct line *l = &w->v->line;
	const char *dir = getenv("TMPDIR");

	if (l->nargs == 0)
		return err_set(&w->v->err, ERR_USAGE, "name a file to check, "
		    "or \"-\" for standard input");
	if (validate_stdin(w) == -1 || env_config(w->v) == -1 ||
	    config_job(&w->v->config,
	    l->flag[F_JOB], l->given, l->ngiven, &w->job, &w->v->err) == -1 ||
	    set_check_opts(&w->job, w->v->clock, &w->opts, &w->v->err) == -1)
		return -1;
	w->opts.tmp_dir = dir != NULL ? dir : "/tmp";
	if (w->v->tty && !line_has(l, F_QUIET))
		w->opts.progress = validate_progress;
	w->opts.progress_arg = w;
	return validate_limit(w) == -1 ? -1 : validate_outputs(w);
}

static int
validate_answer(struct validating *w)
{
	json_t *o;

	if (!w->v->json)
		return w->exit;
	o = json_schema("coupondrop.validate/1", w->exit);
	if (o == NULL)
		return env_fail(w->v);
	json_object_set(o, "files", w->files);
	json_object_set(o, "unread", w->unread);
	json_object_set_new(o, "error", json_error(&w->v->err));
	return env_answer(w->v, o, w->exit);
}

static int
validate_run(struct env *v)
{
	struct validating w = { .v = v, .files = json_array(),
	    .unread = json_array() };
	int code;

	if (validate_begin(&w) == -1)
		code = env_fail(v);
	else {
		if (validate_files(&w) == -1 && v->err.code != ERR_NONE)
			w.exit = exit_worst(w.exit, env_fail(v));
		else
			validate_reports(&w);
		code = validate_answer(&w);
	}
	while (w.nreports > 0)
		report_file_abort(w.report[--w.nreports]);
	split_abort(&w.split);
	out_abort(&w.fixed);
	config_job_release(&w.job);
	json_decref(w.files);
	json_decref(w.unread);
	return code;
}

const struct command cmd_validate = {
	"validate", "[-j JOB] FILE...", "check; nothing leaves this machine",
	"every day",
	FLAGS_COMMON | FLAG(F_QUIET) | FLAG(F_JOB) | FLAG(F_MAX_FINDINGS) |
	    FLAG(F_REPORT) | FLAG(F_SPLIT) | FLAG(F_FIX) | FLAG(F_FORCE) |
	    FLAG(F_STRICT),
	SETTINGS_INPUT,
	"Checks files of redeemed coupons, CSV or TXT, plain, gzip or zip, "
	"and says what is\nwrong at which place.  The exit code is 0 when "
	"nothing is (warnings only), 65\nwhen a rule is broken, 66 when a "
	"file cannot be read.\n\n"
	"Files of one call are judged together: a code that comes in two of "
	"them is\nrepeated or, with other values, in conflict.\n\n"
	"A CSV has the columns coupon_code, redeemed (0 or 1) and "
	"redeem_date\n(YYYY-MM-DD); a TXT has one code per line.\n\n"
	"  coupondrop validate redemptions.csv\n"
	"  coupondrop validate -j weekly gutscheine-kw47.csv\n"
	"  coupondrop validate --delimiter ';' --date-format %d.%m.%Y \\\n"
	"      --columns 'code: Gutscheincode' export.csv\n"
	"  coupondrop validate --report kw47.html --split kw47 kw47.csv\n"
	"  zcat big.csv.gz | coupondrop validate -\n\n"
	"--report, --split and --fix write over nothing: where a file has the "
	"name already,\nthe exit code is 73, unless --force is given.  --fix "
	"writes plain text, whose name\nends in .txt for a TXT.",
	validate_run
};
