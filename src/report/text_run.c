/* A run's account for a person. */
#include "run.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/own.h"
#include "../base/str.h"
#include "../pipeline/evidence.h"
#include "../pipeline/report.h"
#include "text.h"

/* A line of numbers, which may be long, from put. */
static void
text_long(FILE *f, const struct run_report *r,
    void (*put)(FILE *, const struct run_report *))
{
	char *line = NULL, first[64];
	size_t n = 0, at;
	FILE *m = open_memstream(&line, &n);

	if (m == NULL) {
		put(f, r);
		return;
	}
	put(m, r);
	if (fclose(m) == 0 && n > 0) {
		line[n - 1] = '\0';
		at = strspn(line, " ");
		at += strcspn(line + at, " ");
		snprintf(first, sizeof(first), "%.*s", (int)at, line);
		text_fold(f, first, line + strlen(first));
	}
	free(line);
}

/* How far samples reach, of the rows of the batches that they confirm. */
static void
text_reach(FILE *f, const struct run_report *r)
{
	int64_t asked = 0, good = 0, rows = 0, hundredths;
	double missing = 0;	/* rows, at the most */
	char n[2][32];
	size_t i;

	for (i = 0; i < r->nparts; i++) {
		const struct ledger_part *p = &r->parts[i];
		struct evidence_sums s = evidence_sums(p);

		if (p->asked <= 0 || s.updated + s.already < p->rows)
			continue;
		asked += p->asked;
		good += evidence_good(p);
		rows += p->rows;
		missing += (double)p->rows * evidence_bound(p);
	}
	/* Rounded up: never less than what may be missing. */
	hundredths = (int64_t)(missing * 10000 / (double)rows + 0.9999);
	fprintf(f, "confirmed by sample: %s of %s (at most %lld.%02lld%% can "
	    "be missing)", str_group((uint64_t)good, n[0]),
	    str_group((uint64_t)asked, n[1]), (long long)(hundredths / 100),
	    (long long)(hundredths % 100));
}

/* What stands behind the numbers, for a person: never more than is known. */
static void
text_evidence(FILE *f, const struct run_report *r)
{
	char n[4][32];

	if (r->sent == 0)
		return;
	if (r->submitted < r->sent)
		fprintf(f, "    %s of %s sent: ", str_group((uint64_t)
		    r->submitted, n[0]), str_group((uint64_t)r->sent, n[1]));
	else
		fprintf(f, "    %s sent: ", str_group((uint64_t)r->sent,
		    n[0]));
	if (r->unaccounted == r->sent) {
		fputs("nothing proves what the platform did with them\n", f);
		return;
	}
	if (r->sampled) {
		if (r->failed + r->unaccounted > 0)
			fprintf(f, "%s of them ", str_group((uint64_t)
			    (r->updated + r->already), n[1]));
		text_reach(f, r);
	} else
		fprintf(f, "%s%s applied", r->basis == BASIS_VERIFY ?
		    "all looked up afterwards: " : "", str_group((uint64_t)
		    (r->updated + (r->mixed ? r->already : 0)), n[1]));
	if (!r->sampled && r->mixed)
		fputs(" or already so before", f);
	else if (!r->sampled && r->already > 0)
		fprintf(f, ", %s already so before", str_group(
		    (uint64_t)r->already, n[2]));
	if (r->failed > 0)
		fprintf(f, ", %s not applied", str_group((uint64_t)r->failed,
		    n[3]));
	if (r->unaccounted > 0)
		fprintf(f, ", of %s nothing is known", str_group(
		    (uint64_t)r->unaccounted, n[3]));
	fputs(r->basis == BASIS_COUNTERS && !r->sampled &&
	    r->updated > 0 ? " (the platform's own count)\n" : "\n", f);
}

static void
text_dates(FILE *f, const struct run_report *r)
{
	char date[16], rows[32];
	size_t i, shown = 0;

	for (i = 0; i < r->nparts && shown < 12; i++) {
		if (date_is_none(&r->parts[i].date))
			continue;
		fprintf(f, "    %s %s", text_date(&r->parts[i].date,
		    date), str_group((uint64_t)r->parts[i].rows, rows));
		shown++;
	}
	if (shown > 0)
		putc('\n', f);
}

/* Whether the same is known of two batches. */
static bool
same_open(const struct ledger_part *a, const struct ledger_part *b)
{
	if (a->state != b->state || (a->err_msg == NULL) !=
	    (b->err_msg == NULL))
		return false;
	return a->err_msg == NULL || strcmp(a->err_msg, b->err_msg) == 0;
}

/*
 * Batches that are not settled, with what is known of them: neighbours of
 * which the same is known share a line.
 */
static void
text_open_parts(FILE *f, const struct run_report *r)
{
	const struct ledger_part *p;
	char rows[64], which[64], before[240];
	uint64_t n;
	size_t i, k;

	for (i = 0; i < r->nparts; i = k) {
		p = &r->parts[i];
		n = 0;
		for (k = i; k < r->nparts && same_open(p, &r->parts[k]); k++)
			n += (uint64_t)r->parts[k].rows;
		if (p->state == PART_DONE)
			continue;
		if (k == i + 1)
			snprintf(which, sizeof(which), "batch %d", p->no);
		else
			snprintf(which, sizeof(which), "batches %d to %d",
			    p->no, r->parts[k - 1].no);
		snprintf(before, sizeof(before), "    %s of %zu (%s): %s%s",
		    which, r->nparts, str_count(n, "row", rows),
		    part_state_name(p->state), p->err_msg != NULL ? ": " : "");
		text_fold(f, before, p->err_msg != NULL ? p->err_msg : "");
	}
}

static size_t
parts_in(const struct run_report *r, enum part_state state)
{
	size_t i, n = 0;

	for (i = 0; i < r->nparts; i++)
		n += r->parts[i].state == state;
	return n;
}

/* What can be done about batches that nothing settles. */
static void
text_decide(FILE *f, const struct run_report *r, const char *shown)
{
	fprintf(f, "    you decide:\n"
	    "      coupondrop resume %s                ask again\n"
	    "      coupondrop resume %s --adopt REF    that task is it\n",
	    shown, shown);
	/* What the platform had accepted is never sent again. */
	if (parts_in(r, PART_UNKNOWN) > 0)
		fprintf(f, "      coupondrop resume %s --resubmit     send it "
		    "again\n", shown);
	fprintf(f, "      coupondrop resume %s --give-up      close it as "
	    "unknown\n", shown);
}

/* What ends that a run needs a person: its job and flags as they were. */
static void
text_settle(FILE *f, const struct run_report *r, const char *shown)
{
	json_t *plan = r->run.plan != NULL ?
	    json_loads(r->run.plan, 0, NULL) : NULL, *value;
	char word[PATH_MAX], flag[64];
	const char *key;

	fputs("    to send its corrected file: coupondrop run", f);
	if (r->run.job != NULL)
		fprintf(f, " -j %s", own_shell_word(r->run.job, word));
	json_object_foreach(plan, key, value)
		if (json_is_string(value))
			fprintf(f, " --%s %s", text_flag(key, flag),
			    own_shell_word(json_string_value(value), word));
	json_decref(plan);
	fprintf(f, " --settles %s FILE\n"
	    "    to close it as it is:       coupondrop ack %s --note TEXT\n",
	    shown, shown);
}

static void
text_next(FILE *f, const struct run_report *r, const char *shown)
{
	if (r->set_aside_file != NULL)
		fprintf(f, "    set aside: %s\n", r->set_aside_file);
	if (r->failed_file != NULL)
		fprintf(f, "    failed:    %s\n", r->failed_file);
	if (r->unknown_file != NULL)
		fprintf(f, "    unknown:   %s\n", r->unknown_file);
	if (r->run.ack != NULL)
		text_line(f, "    closed:    ", r->run.ack);
	if (r->run.untidy)
		fputs("    not everything could be taken away afterwards; to "
		    "try again:\n      coupondrop cleanup\n", f);
	if (r->stands == STANDS_RUNNING) {
		fputs("    a process is at work on it now\n", f);
		return;
	}
	if (parts_in(r, PART_UNKNOWN) + parts_in(r, PART_LOST) > 0) {
		text_decide(f, r, shown);
		return;
	}
	if (!run_is_final(r->run.state)) {
		fprintf(f, "    to go on: coupondrop resume %s\n", shown);
		if (r->nparts == 0 || parts_in(r, PART_PREPARED) +
		    parts_in(r, PART_STAGING) + parts_in(r, PART_STAGED) > 0)
			fprintf(f, "    to drop it: coupondrop resume %s "
			    "--give-up\n", shown);
	} else if (r->exit != 0)
		fprintf(f, "    details:  coupondrop show %s\n", shown);
	if (r->run.unsettled && r->exit != 0)
		text_settle(f, r, shown);
}

/* Where each row went. */
static void
text_rows(FILE *f, const struct run_report *r)
{
	char n[4][32];

	if (r->run.content_id == NULL)
		return;
	if (r->run.state == RUN_REJECTED) {
		fprintf(f, "    %s read, %s broken: nothing was sent\n",
		    str_group((uint64_t)r->run.read, n[0]),
		    str_group((uint64_t)r->run.rejected, n[1]));
		return;
	}
	if (r->run.state == RUN_CANCELLED) {
		fprintf(f, "    %s read: nothing was sent\n",
		    str_group((uint64_t)r->run.read, n[0]));
		return;
	}
	fprintf(f, "    %s read = %s %s + %s repeated + %s set aside",
	    str_group((uint64_t)r->run.read, n[0]),
	    str_group((uint64_t)r->sent, n[1]),
	    !run_is_final(r->run.state) ? "to send" :
	    r->submitted == r->sent ? "sent" :
	    r->submitted == 0 ? "not sent" : "sent or not",
	    str_group((uint64_t)r->run.repeated, n[2]),
	    str_group((uint64_t)r->run.rejected, n[3]));
	if (r->run.skipped > 0)
		fprintf(f, " + %s skipped (redeemed 0)",
		    str_group((uint64_t)r->run.skipped, n[0]));
	if (r->run.left_out > 0)
		fprintf(f, " + %s left out (above the header)",
		    str_group((uint64_t)r->run.left_out, n[0]));
	putc('\n', f);
}

void
text_because(FILE *f, const struct run_report *r)
{
	if (r->exit == 0 || r->err.code == ERR_NONE)
		return;
	text_fold(f, "    because:  ", r->err.msg);
}

void
text_run(FILE *f, const struct run_report *r, const char *shown, bool dry)
{
	if (dry)
		fprintf(f, "\n%s  only tried  ", headline_word(r, dry));
	else
		fprintf(f, "\n%s  run %s  ", headline_word(r, dry), shown);
	fputs(r->run.job != NULL ? r->run.job : "", f);
	text_line(f, r->run.job != NULL ? "  " : "", r->run.source.name);
	text_long(f, r, text_rows);
	if (r->run.state == RUN_FINISHED)
		text_long(f, r, text_evidence);
	text_long(f, r, text_dates);
	/* Whatever came of it is gone by the time that it is read. */
	if (dry) {
		fprintf(f, "    %snothing was uploaded or sent, and no run is "
		    "kept\n", r->exit == 0 ? "login and bank were looked at; "
		    : "");
		return;
	}
	if (r->run.state != RUN_FINISHED || r->exit != 0)
		text_open_parts(f, r);
	text_next(f, r, shown);
}
