/* Report files: which kind, and the JSON one. */
#include "sheet.h"

#include <stdlib.h>
#include <string.h>

#include "../base/err.h"
#include "../base/str.h"
#include "../coupon/check.h"
#include "../format/jsonx.h"
#include "check_out.h"
#include "cmd.h"

enum sheet_kind { SHEET_JSON, SHEET_CSV, SHEET_HTML, SHEET__MAX };

struct sheet {
	enum sheet_kind	 kind;
	struct out_file	 out;
	json_t		*files;
};

static enum sheet_kind
sheet_kind(const char *path)
{
	static const char *const ends[] = {
		[SHEET_JSON] = "json", [SHEET_CSV] = "csv",
		[SHEET_HTML] = "html",
	};
	const char *dot = strrchr(path, '.');
	int k;

	/* A device has no ending; it gets what people read. */
	if (strncmp(path, "/dev/", 5) == 0)
		return SHEET_HTML;
	for (k = 0; k < SHEET__MAX; k++)
		if (dot != NULL && str_ieq(dot + 1, ends[k]))
			break;
	return (enum sheet_kind)k;
}

struct sheet *
sheet_open(const char *path, struct err *e)
{
	enum sheet_kind kind = sheet_kind(path);
	struct sheet *s;

	if (kind == SHEET__MAX) {
		err_set(e, ERR_USAGE, "--report %s: the name must end in "
		    ".html, .csv or .json", path);
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		err_nomem(e);
		return NULL;
	}
	s->kind = kind;
	if (out_open(&s->out, path, e) == -1) {
		free(s);
		return NULL;
	}
	if (kind == SHEET_HTML)
		page_head(s->out.f);
	else if (kind == SHEET_CSV)
		sheet_csv_head(s->out.f);
	else
		s->files = json_array();
	return s;
}

int
sheet_add(struct sheet *s, const char *path, const struct check_result *r,
    const struct set_job *job, struct err *e)
{
	if (s->kind == SHEET_HTML)
		page_file(s->out.f, path, r, job);
	else if (s->kind == SHEET_CSV)
		sheet_csv(s->out.f, path, r);
	else if (json_array_append_new(s->files, json_check(path, r,
	    r->nfindings)) != 0)
		return err_nomem(e);
	return 0;
}

int
sheet_fail(struct sheet *s, const char *path, const struct err *why,
    struct err *e)
{
	json_t *o;

	if (s->kind == SHEET_HTML)
		page_fail(s->out.f, path, why);
	if (s->kind != SHEET_JSON)
		return 0;
	o = json_object();
	json_object_set_new(o, "path", jsonx_str(path));
	json_object_set_new(o, "error", json_error(why));
	return json_array_append_new(s->files, o) != 0 ? err_nomem(e) : 0;
}

static int
sheet_json(struct sheet *s, int code, struct err *e)
{
	json_t *o = json_schema("coupondrop.validate/1", code);
	int rc;

	if (o == NULL)
		return err_nomem(e);
	json_object_set(o, "files", s->files);
	rc = jsonx_print(s->out.f, o, e);
	json_decref(o);
	return rc == -1 ? err_wrap(e, "%s", s->out.path) : 0;
}

int
sheet_close(struct sheet *s, int code, struct err *e)
{
	int rc = 0;

	if (s->kind == SHEET_HTML)
		page_end(s->out.f);
	else if (s->kind == SHEET_JSON)
		rc = sheet_json(s, code, e);
	if (rc == 0)
		rc = out_commit(&s->out, e);
	sheet_abort(s);
	return rc;
}

void
sheet_abort(struct sheet *s)
{
	if (s == NULL)
		return;
	out_abort(&s->out);
	json_decref(s->files);
	free(s);
}
