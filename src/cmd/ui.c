/*
 * Watching a run on a terminal: one line for each fact, and a progress line
 * that is rewritten in place.  Without a terminal nothing is said until the
 * end.  Everything goes to standard error; results go to standard output.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/buf.h"
#include "../pipeline/pipeline.h"
#include "cmd.h"

#define UI_BAR	24	/* characters of the bar */

void
text_foreign(FILE *f, const char *p, size_t n, size_t max)
{
	struct err ignored;
	struct buf b;

	err_clear(&ignored);
	buf_init(&b, 4 * max + 8);
	if (n > 0 && buf_escape(&b, p, n, max, &ignored) == 0)
		fputs(b.data, f);
	buf_release(&b);
}

void
text_name(FILE *f, const char *s)
{
	if (s != NULL)
		text_foreign(f, s, strlen(s), PATH_MAX);
}

void
ui_clear(struct env *v)
{
	if (v->tty)
		fputs("\r\033[K", stderr);
}

static void
ui_progress(const struct pipe_event *ev)
{
	double part = ev->total > 0 ?
	    (double)ev->done / (double)ev->total : 0.0;
	int i, full = (int)(part * UI_BAR);

	fprintf(stderr, "\r\033[K%-10s ", ev->step);
	for (i = 0; i < UI_BAR; i++)
		fputc(i < full ? '#' : '.', stderr);
	fprintf(stderr, " %3d %%", (int)(part * 100.0));
	fflush(stderr);
}

static void
ui_event(void *arg, const struct pipe_event *ev)
{
	struct env *v = arg;

	if (ev->text == NULL) {
		if (v->tty)
			ui_progress(ev);
		return;
	}
	ui_clear(v);
	fprintf(stderr, "%-10s ", ev->step);
	text_name(stderr, ev->text);
	fputc('\n', stderr);
}

/* A yes typed by a person; anything else is no. */
static int
ui_yes(const char *question)
{
	char answer[16];

	fprintf(stderr, "%s [y/N] ", question);
	fflush(stderr);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return -1;
	return answer[0] == 'y' || answer[0] == 'Y' ? 0 : -1;
}

static int
ui_confirm(void *arg, const char *what)
{
	ui_clear(arg);
	fprintf(stderr, "\n%s\n", what);
	return ui_yes("Go on?");
}

static int
ui_host_key(void *arg, const char *host, const char *type,
    const char *fingerprint)
{
	ui_clear(arg);
	fprintf(stderr, "\n%s is not known.  It shows the %s key\n  %s\n"
	    "Compare it with what the server's owner tells you.\n", host,
	    type, fingerprint);
	return ui_yes("Trust it for this run?");
}

void
ui_open(struct env *v, struct ctx *c)
{
	bool quiet = line_has(&v->line, F_QUIET);

	c->ui.arg = v;
	if ((v->tty && !quiet) || line_has(&v->line, F_WATCH))
		c->ui.event = ui_event;
	if (v->tty && isatty(STDIN_FILENO)) {
		c->ui.ask_host_key = ui_host_key;
		if (!line_has(&v->line, F_YES))
			c->ui.confirm = ui_confirm;
	}
}
