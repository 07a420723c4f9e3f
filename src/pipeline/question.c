/*
 * The question before rows are sent: what, and where to.
 */
#include "question.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/stop.h"
#include "../base/str.h"
#include "../config/set.h"
#include "../config/staged.h"
#include "../ledger/ledger.h"
#include "ctx.h"
#include "report.h"

#define NAME_SHOWN	40	/* characters of a file's name in the table */

/* "to bank 600 "Autumn" at empower, by way of sftp://files.example.com/". */
static void
where(const struct ledger_run *run, const struct set_endpoint *end, char *out,
    size_t size)
{
	bool named = run->bank_name != NULL;
	char url[600] = "";

	if (end != NULL)
		url_of(end->upload.url, "", false, url, sizeof(url));
	snprintf(out, size, "to bank %s%s%s%s at %s%s%s", run->bank,
	    named ? " \"" : "", named ? run->bank_name : "",
	    named ? "\"" : "", run->provider, end != NULL ?
	    ", by way of " : "", url);
}

void
question_one(const struct ledger_run *run, const struct set_endpoint *end,
    uint64_t rows, char *out, size_t size)
{
	char to[900], n[64];

	where(run, end, to, sizeof(to));
	snprintf(out, size, "%s of %s: %s", str_count(rows, "coupon", n),
	    run->source.name, to);
}

/* A line of the table; returns how many rows it has to send. */
static uint64_t
table_line(FILE *f, const struct run_report *r)
{
	char n[3][32];
	struct err ignored;
	struct buf name;

	err_clear(&ignored);
	buf_init(&name, 4 * NAME_SHOWN + 8);
	if (buf_escape(&name, r->run.source.name, strlen(r->run.source.name),
	    NAME_SHOWN, &ignored) == 0)
		fprintf(f, "%-*s", NAME_SHOWN, name.data);
	buf_release(&name);
	fprintf(f, " %10s %10s %10s\n", str_group((uint64_t)r->sent, n[0]),
	    str_group((uint64_t)r->run.repeated, n[1]),
	    str_group((uint64_t)r->run.rejected, n[2]));
	return (uint64_t)r->sent;
}

static int
table(struct ctx *c, char (*ids)[ID_LEN + 1], size_t n, FILE *f,
    struct err *e)
{
	const struct set_endpoint *end;
	char to[900] = "", coupons[64], files[64];
	struct run_report r;
	uint64_t rows = 0;
	size_t i;
	int rc = 0;

	fprintf(f, "%-*s %10s %10s %10s\n", NAME_SHOWN, "FILE", "TO SEND",
	    "REPEATED", "SET ASIDE");
	for (i = 0; rc == 0 && i < n; i++) {
		rc = report_make(c, ids[i], &r, e);
		if (rc == 0)
			rows += table_line(f, &r);
		/* All runs of one call go to one place. */
		if (rc == 0 && i == 0) {
			end = r.run.endpoint != NULL ? set_endpoint_find(
			    c->set, r.run.endpoint) : NULL;
			where(&r.run, end, to, sizeof(to));
		}
		report_release(&r);
	}
	fprintf(f, "%s of %s: %s", str_count(rows, "coupon", coupons),
	    str_count(n, "file", files), to);
	return rc;
}

int
question_all(struct ctx *c, char (*ids)[ID_LEN + 1], size_t n, struct err *e)
{
	char *what = NULL;
	size_t size;
	FILE *f = open_memstream(&what, &size);
	int rc;

	if (f == NULL)
		return err_nomem(e);
	rc = table(c, ids, n, f, e);
	if (fclose(f) == EOF && rc == 0)
		rc = err_nomem(e);
	if (rc == 0)
		rc = c->ui.confirm(c->ui.arg, what) == 0;
	free(what);
	return rc;
}

/* Giving up is about batches that nothing settles, where there are any. */
int
question_no(struct ledger *l, const char *id, bool open, struct err *e)
{
	char shown[ID_LEN + 1], drop[160] = "";
	int sig = stop_signal();

	ledger_short(l, id, shown);
	if (!open)
		snprintf(drop, sizeof(drop), ", \"coupondrop resume %s "
		    "--give-up\" drops what was not sent", shown);
	err_set(e, sig != 0 ? ERR_STOPPED : ERR_SAID_NO, "%s, so nothing more "
	    "was sent and the run waits for your word: \"coupondrop resume "
	    "%s\" goes on with it%s", sig != 0 ? "stopped at the question" :
	    "you said no", shown, drop);
	e->sys = sig;
	return -1;
}
