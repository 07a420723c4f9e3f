/* Good rows, broken rows, problems: one file each. */
#include "split.h"

#include <stdlib.h>
#include <string.h>

#include "../base/err.h"
#include "../base/str.h"
#include "../coupon/check.h"
#include "../report/out_file.h"
#include "../report/report_file.h"

/* What valid.csv and invalid.csv are called when the file is a TXT. */
#define VALID_TXT	"valid.txt"
#define INVALID_TXT	"invalid.txt"

static int
split_path(const struct split *s, const char *name, char **path,
    struct err *e)
{
	if (asprintf(path, "%s/%s", s->dir, name) != -1)
		return 0;
	*path = NULL;
	return err_nomem(e);
}

static int
split_open(const struct split *s, const char *name, struct out_file *o,
    const struct out_kept *kept, struct err *e)
{
	char *path;
	int rc;

	if (split_path(s, name, &path, e) == -1)
		return -1;
	rc = out_open(o, path, kept, e);
	free(path);
	return rc;
}

static int
split_spare(const struct split *s, const char *name,
    const struct out_kept *kept, struct err *e)
{
	char *path;
	int rc;

	if (split_path(s, name, &path, e) == -1)
		return -1;
	rc = out_spare(kept, path, e);
	free(path);
	return rc;
}

int
split_begin(struct split *s, const char *dir, struct check_opts *o,
    const struct out_kept *kept, struct err *e)
{
	memset(s, 0, sizeof(*s));
	if (io_mkdirs(dir, 0700, e) == -1)
		return -1;
	s->dir = str_dup(dir, e);
	if (s->dir == NULL)
		return -1;
	if (split_spare(s, VALID_TXT, kept, e) == -1 ||
	    split_spare(s, INVALID_TXT, kept, e) == -1 ||
	    split_open(s, "valid.csv", &s->valid, kept, e) == -1 ||
	    split_open(s, "invalid.csv", &s->invalid, kept, e) == -1 ||
	    split_open(s, "findings.csv", &s->findings, kept, e) == -1) {
		split_abort(s);
		return -1;
	}
	o->good = s->valid.f;
	o->set_aside = s->invalid.f;
	o->aside_alike = true;
	return 0;
}

/* The rows, as the file has them: its encoding, and a name that fits. */
static int
split_alike(const struct split *s, struct out_file *o, const char *txt,
    const struct check_result *r, struct err *e)
{
	enum utf16_kind kind = utf16_find(r->encoding);
	char *path;
	int rc;

	if (kind != UTF16_NONE &&
	    out_encode(o, kind, r->by_rule[RULE_BOM] > 0, e) == -1)
		return -1;
	/* What it is was not known before. */
	if (strcmp(r->format, "txt") != 0)
		return 0;
	if (split_path(s, txt, &path, e) == -1)
		return -1;
	rc = out_rename(o, path, e);
	free(path);
	return rc;
}

int
split_end(struct split *s, const char *path, const struct check_result *r,
    struct err *e)
{
	char delimiter = findings_csv_delimiter(r);
	int rc;

	findings_csv_head(s->findings.f, delimiter);
	findings_csv(s->findings.f, delimiter, path, r);
	rc = split_alike(s, &s->valid, VALID_TXT, r, e);
	if (rc == 0)
		rc = split_alike(s, &s->invalid, INVALID_TXT, r, e);
	if (rc == 0)
		rc = out_commit(&s->valid, e);
	if (rc == 0)
		rc = out_commit(&s->invalid, e);
	if (rc == 0)
		rc = out_commit(&s->findings, e);
	split_abort(s);
	return rc;
}

void
split_abort(struct split *s)
{
	out_abort(&s->valid);
	out_abort(&s->invalid);
	out_abort(&s->findings);
	free(s->dir);
	s->dir = NULL;
}
