/* Report files: which kind, and the JSON one. */
#include "report_file.h"

#include <stdlib.h>
#include <string.h>

#include "../base/err.h"
#include "../base/list.h"
#include "../base/str.h"
#include "../coupon/check.h"
#include "../format/jsonx.h"
#include "advice.h"
#include "check.h"
#include "json.h"
#include "html.h"

enum report_kind { REPORT_JSON, REPORT_CSV, REPORT_HTML, REPORT__MAX };

struct report_file {
	enum report_kind	 kind;
	struct out_file	 out;
	json_t		*files, *unread;
	char		 delimiter;	/* of CSV; 0: no file came yet */
	/* of the page */
	struct html_line *lines;
	size_t		 nlines, lines_cap;
};

static enum report_kind
report_kind(const char *path)
{
	static const char *const ends[] = {
		[REPORT_JSON] = "json", [REPORT_CSV] = "csv",
		[REPORT_HTML] = "html",
	};
	const char *dot = strrchr(path, '.');
	int k;

	/* A device has no ending; it gets what people read. */
	if (strncmp(path, "/dev/", 5) == 0)
		return REPORT_HTML;
	for (k = 0; k < REPORT__MAX; k++)
		if (dot != NULL && str_ieq(dot + 1, ends[k]))
			break;
	return (enum report_kind)k;
}

struct report_file *
report_file_open(const char *path, size_t files, int64_t now_ms,
    const struct out_kept *kept, struct err *e)
{
	enum report_kind kind = report_kind(path);
	struct report_file *s;

	if (kind == REPORT__MAX) {
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
	if (out_open(&s->out, path, kept, e) == -1) {
		free(s);
		return NULL;
	}
	if (kind == REPORT_HTML)
		html_head(s->out.f, files, now_ms);
	else if (kind == REPORT_JSON) {
		s->files = json_array();
		s->unread = json_array();
	}
	return s;
}

/* The first file decides on the delimiter; without any it is a comma. */
static void
report_csv_begin(struct report_file *s, char delimiter)
{
	if (s->delimiter != '\0')
		return;
	s->delimiter = delimiter;
	findings_csv_head(s->out.f, delimiter);
}

/* Room for one more file in the list of all. */
static struct html_line *
report_line(struct report_file *s, const char *path, struct err *e)
{
	struct html_line *l;

	if (list_grow(&s->lines, s->nlines, &s->lines_cap, sizeof(*l), e) ==
	    -1)
		return NULL;
	l = &s->lines[s->nlines];
	memset(l, 0, sizeof(*l));
	l->path = str_dup(path, e);
	if (l->path == NULL)
		return NULL;
	s->nlines++;
	return l;
}

int
report_file_add(struct report_file *s, const char *path,
    const struct check_result *r, const struct text_opts *o, struct err *e)
{
	struct html_line *l;
	json_t *file;

	if (s->kind == REPORT_HTML) {
		l = report_line(s, path, e);
		if (l == NULL)
			return -1;
		l->rows = r->rows;
		l->valid = r->valid;
		l->invalid = r->invalid;
		l->verdict = r->fatal ? HTML_FATAL : r->errors > 0 ? HTML_BAD :
		    r->warnings > 0 ? HTML_WARN : HTML_GOOD;
		html_file(s->out.f, s->nlines, path, r, o);
		return 0;
	}
	if (s->kind == REPORT_CSV) {
		report_csv_begin(s, findings_csv_delimiter(r));
		findings_csv(s->out.f, s->delimiter, path, r);
		return 0;
	}
	file = json_check(path, r, r->nfindings);
	if (file != NULL && o->advice != NULL)
		json_object_set_new(file, "advice", advice_json(o->advice));
	return json_array_append_new(s->files, file) == -1 ? err_nomem(e) : 0;
}

int
report_file_fail(struct report_file *s, const char *path, const struct err *why,
    struct err *e)
{
	struct html_line *l;

	if (s->kind == REPORT_HTML) {
		l = report_line(s, path, e);
		if (l == NULL)
			return -1;
		l->verdict = HTML_UNREAD;
		html_fail(s->out.f, s->nlines, path, why);
	}
	if (s->kind != REPORT_JSON)
		return 0;
	return json_array_append_new(s->unread, json_unread(path, why)) == -1 ?
	    err_nomem(e) : 0;
}

static int
report_json(struct report_file *s, int code, struct err *e)
{
	json_t *o = json_schema("coupondrop.validate/1", code);
	int rc;

	if (o == NULL)
		return err_nomem(e);
	json_object_set(o, "files", s->files);
	json_object_set(o, "unread", s->unread);
	rc = jsonx_print(s->out.f, o, e);
	json_decref(o);
	return rc == -1 ? err_wrap(e, "%s", s->out.path) : 0;
}

int
report_file_close(struct report_file *s, int code, struct err *e)
{
	int rc = 0;

	if (s->kind == REPORT_HTML) {
		html_lines(s->out.f, s->lines, s->nlines);
		html_end(s->out.f);
	} else if (s->kind == REPORT_CSV)
		report_csv_begin(s, ',');
	else
		rc = report_json(s, code, e);
	if (rc == 0)
		rc = out_commit(&s->out, e);
	report_file_abort(s);
	return rc;
}

void
report_file_abort(struct report_file *s)
{
	size_t i;

	if (s == NULL)
		return;
	out_abort(&s->out);
	json_decref(s->files);
	json_decref(s->unread);
	for (i = 0; i < s->nlines; i++)
		free(s->lines[i].path);
	free(s->lines);
	free(s);
}
