/*
 * Watching a run on a terminal: one line for each fact, and a progress line
 * that is rewritten in place.  Without a terminal nothing is said until the
 * end.  Everything goes to standard error; results go to standard output.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../pipeline/ctx.h"
#include "../report/text.h"
#include "cmd.h"
#include "ui.h"

#define UI_BAR		24	/* characters of the bar */
#define UI_WIDTH	80	/* where a terminal does not tell */
#define UI_SETTLE_MS	500

/* A terminal on which a line can take the place of itself. */
static bool
ui_moves(void)
{
	const char *term = getenv("TERM");

	return term == NULL || strcmp(term, "dumb") != 0;
}

void
ui_clear(struct env *v)
{
	if (v->tty && !line_has(&v->line, F_QUIET) && ui_moves())
		fputs("\r\033[K", stderr);
}

/* Cut where the terminal ends, or each line would stay on the screen. */
static void
ui_line(char *line)
{
	struct winsize w;
	size_t most = UI_WIDTH;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 1)
		most = w.ws_col;
	if (strlen(line) >= most)
		line[most - 1] = '\0';
	/* One write, and what is left of the old line last: no flicker. */
	fprintf(stderr, "\r%s\033[K", line);
	fflush(stderr);
}

void
ui_rate(const char *what, uint64_t done, uint64_t total, int64_t spent_ms)
{
	double rate = spent_ms > 0 ? (double)done * 1000 / (double)spent_ms :
	    0;
	double left = rate > 0 ? (double)(total - done) / rate : 0;
	char line[120];
	int n;

	if (!ui_moves())
		return;
	n = snprintf(line, sizeof(line), "%-10s %3d %%   %.0f MB/s", what,
	    (int)((double)done * 100 / (double)total), rate / 1e6);
	/* What a moment tells of the speed is not worth telling on. */
	if (spent_ms < UI_SETTLE_MS || rate <= 0)
		;
	else if (left < 99.5)
		snprintf(line + n, sizeof(line) - (size_t)n, "   %.0f s left",
		    left < 1 ? 1 : left);
	else
		snprintf(line + n, sizeof(line) - (size_t)n,
		    "   %.0f min left", left / 60);
	ui_line(line);
}

static void
ui_progress(const struct pipe_event *ev)
{
	double part = ev->total > 0 ?
	    (double)ev->done / (double)ev->total : 0.0;
	char bar[UI_BAR + 1], line[80];
	int i, full = (int)(part * UI_BAR);

	for (i = 0; i < UI_BAR; i++)
		bar[i] = i < full ? '#' : '.';
	bar[UI_BAR] = '\0';
	snprintf(line, sizeof(line), "%-10s %s %3d %%", ev->step, bar,
	    (int)(part * 100.0));
	ui_line(line);
}

static void
ui_event(void *arg, const struct pipe_event *ev)
{
	struct env *v = arg;

	if (ev->text == NULL) {
		if (v->tty && ui_moves())
			ui_progress(ev);
		return;
	}
	ui_clear(v);
	fprintf(stderr, "%-10s ", ev->step);
	text_line(stderr, "", ev->text);
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
