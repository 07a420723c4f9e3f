/* What follow shows while it waits. */
#include "showing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/list.h"
#include "../format/jsonx.h"
#include "../report/json.h"
#include "../report/run.h"
#include "../report/text.h"
#include "cmd.h"
#include "live.h"
#include "paste.h"
#include "ui.h"

/* What was told of a task. */
struct seen {
	enum task_state	 state;
	char		 word[32];
	int64_t		 total, updated, failed;
	enum err_code	 code;
};

void
showing_begin(struct showing *s, struct env *v)
{
	s->v = v;
	if (line_has(&v->line, F_EVENTS))
		s->as = SHOW_EVENTS;
	else if (v->json || line_has(&v->line, F_QUIET))
		s->as = SHOW_NOTHING;
	else
		s->as = v->tty && ui_moves() ? SHOW_TABLE : SHOW_LINES;
}

void
showing_forget(struct showing *s)
{
	if (s->lines > 0)
		fprintf(stderr, "\r\033[%dA\033[J", s->lines);
	s->lines = 0;
	free(s->seen);
	s->seen = NULL;
	s->n = s->cap = 0;
}

/* Whether there is something to tell; it counts as told then. */
static bool
seen_new(struct seen *was, const struct followed *f)
{
	const struct pv_task *t = &f->task;

	if (was->state == t->state && strcmp(was->word, t->word) == 0 &&
	    was->total == t->total && was->updated == t->updated &&
	    was->failed == t->failed && was->code == f->err.code)
		return false;
	was->state = t->state;
	snprintf(was->word, sizeof(was->word), "%s", t->word);
	was->total = t->total;
	was->updated = t->updated;
	was->failed = t->failed;
	was->code = f->err.code;
	return true;
}

/* The last thing told of a place; at first that nothing is known. */
static struct seen *
seen_at(struct showing *s, size_t i, struct err *e)
{
	for (; s->n <= i; s->n++) {
		if (list_grow(&s->seen, s->n, &s->cap, sizeof(*s->seen),
		    e) == -1)
			return NULL;
		s->seen[s->n] = (struct seen){ .state = TASK_UNKNOWN,
		    .total = -1, .updated = -1, .failed = -1 };
	}
	return &s->seen[i];
}

/*
 * A terminal of another size than before has moved its lines about, each kind
 * in its own way: there the table begins anew.
 */
int
showing_table(struct showing *s, const struct followed *refs, size_t n,
    struct err *e)
{
	char *text = NULL;
	size_t size, columns, rows;
	FILE *m;
	int lines;

	if (s->as != SHOW_TABLE)
		return 0;
	ui_size(&columns, &rows);
	if (!s->news && columns == s->columns && rows == s->rows)
		return 0;
	m = open_memstream(&text, &size);
	if (m == NULL)
		return err_nomem(e);
	if (s->lines > 0 && (columns != s->columns || rows != s->rows))
		fputs("\033[H\033[2J", m);
	else if (s->lines > 0)
		fprintf(m, "\r\033[%dA\033[J", s->lines);
	lines = live_table(m, refs, n, columns, rows, e);
	if (fclose(m) != 0 && lines != -1)
		lines = err_nomem(e);
	if (lines != -1) {
		/* One write: no flicker. */
		fwrite(text, 1, size, stderr);
		s->lines = lines;
		s->columns = columns;
		s->rows = rows;
		s->news = false;
	}
	free(text);
	return lines == -1 ? -1 : 0;
}

int
showing_event(struct showing *s, const char *run, const json_t *task,
    struct err *e)
{
	json_t *o;
	int rc;

	if (s->as != SHOW_EVENTS)
		return 0;
	o = json_pack("{s:s, s:o, s:o}", "schema", "coupondrop.change/1",
	    "time", json_time(clock_wall(s->v->clock)), "run", jsonx_str(run));
	if (o == NULL || json_object_update(o, (json_t *)task) == -1) {
		json_decref(o);
		return err_nomem(e);
	}
	paste_json(s->v, o);
	rc = jsonx_print(stdout, o, e);
	json_decref(o);
	return rc;
}

int
showing_task(struct showing *s, size_t i, const char *run,
    const struct followed *f, struct err *e)
{
	struct seen *was;
	char when[21];
	json_t *o;
	int rc;

	if (s->as == SHOW_NOTHING)
		return 0;
	was = seen_at(s, i, e);
	if (was == NULL)
		return -1;
	if (!seen_new(was, f))
		return 0;
	s->news = true;
	if (s->as == SHOW_TABLE)
		return 0;
	if (s->as == SHOW_EVENTS) {
		o = json_followed(f->ref, &f->task, f->outcome, &f->err);
		if (o == NULL)
			return err_nomem(e);
		rc = showing_event(s, run, o, e);
		json_decref(o);
		return rc;
	}
	fprintf(stderr, "%s ", clock_iso(clock_wall(s->v->clock), when));
	text_name(stderr, f->ref);
	fprintf(stderr, " is %s%s", task_state_name(f->task.state),
	    f->task.word[0] != '\0' ? ": " : "");
	text_name(stderr, f->task.word);
	text_line(stderr, f->err.code != ERR_NONE ? "; " : "", f->err.msg);
	return 0;
}
