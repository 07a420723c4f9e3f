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

#include "../base/clock.h"
#include "../base/str.h"
#include "../pipeline/ctx.h"
#include "../report/run.h"
#include "../report/text.h"
#include "cmd.h"
#include "paste.h"
#include "ui.h"

#define UI_BAR		12	/* characters of the bar */
#define UI_WIDTH	80	/* where a terminal does not tell */
#define UI_HEIGHT	24
#define UI_SETTLE_MS	500

bool
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

void
ui_size(size_t *columns, size_t *rows)
{
	struct winsize w;

	*columns = UI_WIDTH;
	*rows = UI_HEIGHT;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == -1)
		return;
	if (w.ws_col > 1)
		*columns = w.ws_col;
	if (w.ws_row > 1)
		*rows = w.ws_row;
}

void
ui_error(const struct env *v, const char *msg)
{
	char *pasted = paste_text(v, msg), cause[4 * PATH_MAX];
	const char *whole = pasted != NULL ? pasted : msg;
	size_t way = headline_cause(whole, cause, sizeof(cause));

	text_fold(stderr, "coupondrop: ", cause);
	if (way > 0) {
		snprintf(cause, sizeof(cause), "%.*s", (int)way, whole);
		text_fold(stderr, "  step: ", cause);
	}
	free(pasted);
}

void
ui_advice(const struct env *v, const char *text)
{
	char *pasted = paste_text(v, text);

	text_fold(stderr, "  ", pasted != NULL ? pasted : text);
	free(pasted);
}

/* Cut where the terminal ends, or each line would stay on the screen. */
static void
ui_line(char *line)
{
	size_t most, rows;

	ui_size(&most, &rows);
	if (strlen(line) >= most)
		line[most - 1] = '\0';
	/* One write, and what is left of the old line last: no flicker. */
	fprintf(stderr, "\r%s\033[K", line);
	fflush(stderr);
}

/* Bytes as people count them: "12.3 MB". */
static const char *
bytes_text(double n, char out[32])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	size_t i = 0;

	while (n >= 999.95 && i + 1 < sizeof(units) / sizeof(units[0])) {
		n /= 1000;
		i++;
	}
	snprintf(out, 32, i == 0 ? "%.0f %s" : "%.1f %s", n, units[i]);
	return out;
}

/* How fast, and how long yet; nothing while a moment tells little of it. */
static void
rate_text(const struct pipe_event *ev, int64_t spent_ms, char out[120])
{
	double rate = spent_ms > 0 ? (double)ev->done * 1000 /
	    (double)spent_ms : 0;
	double left = rate > 0 ? (double)(ev->total - ev->done) / rate : 0;
	char speed[48] = "", n[32];

	out[0] = '\0';
	if (spent_ms < UI_SETTLE_MS || rate <= 0)
		return;
	if (ev->bytes)
		snprintf(speed, sizeof(speed), "  %s/s", bytes_text(rate, n));
	if (left < 99.5)
		snprintf(out, 120, "%s  %.0f s left", speed, left < 1 ? 1 :
		    left);
	else
		snprintf(out, 120, "%s  %.0f min left", speed, left / 60);
}

void
ui_progress_text(const struct pipe_event *ev, int64_t spent_ms, char out[400])
{
	double part = ev->total > 0 ?
	    (double)ev->done / (double)ev->total : 0.0;
	char bar[UI_BAR + 2], file[64] = "", which[48] = "";
	char n[2][32], rate[120], size[80];
	int i, full = (int)(part * UI_BAR);

	for (i = 0; i < UI_BAR; i++)
		bar[i] = i < full ? '#' : '.';
	snprintf(bar + UI_BAR, 2, " ");
	/* Which file is told where the bar would be, or the line is long. */
	if (ev->files > 1)
		bar[0] = '\0';
	if (ev->files > 1)
		snprintf(file, sizeof(file), "file %zu of %zu%s", ev->file,
		    ev->files, ev->of > 1 ? ", " : " ");
	if (ev->of > 1)
		snprintf(which, sizeof(which), "%zu of %zu ", ev->nth, ev->of);
	if (ev->bytes)
		snprintf(size, sizeof(size), "%s of %s", bytes_text(
		    (double)ev->done, n[0]), bytes_text((double)ev->total,
		    n[1]));
	else
		snprintf(size, sizeof(size), "%s of %s", str_group(ev->done,
		    n[0]), str_group(ev->total, n[1]));
	rate_text(ev, spent_ms, rate);
	snprintf(out, 400, "%-10s %s%s%3d %% %s %s%s", ev->step, file, which,
	    (int)(part * 100.0), bar, size, rate);
}

void
ui_rate(const char *what, uint64_t done, uint64_t total, int64_t spent_ms)
{
	const struct pipe_event ev = { .step = what, .done = done,
	    .total = total, .bytes = true };
	char line[400];

	if (!ui_moves())
		return;
	ui_progress_text(&ev, spent_ms, line);
	ui_line(line);
}

/* The clock of a line starts with it. */
static void
ui_progress(struct env *v, const struct pipe_event *ev)
{
	int64_t now = clock_mono(v->clock);
	char line[400];

	if (strcmp(v->shown.step, ev->step) != 0 || v->shown.nth !=
	    ev->nth || v->shown.file != ev->file) {
		snprintf(v->shown.step, sizeof(v->shown.step), "%s", ev->step);
		v->shown.nth = ev->nth;
		v->shown.file = ev->file;
		v->shown.since = now;
	}
	ui_progress_text(ev, now - v->shown.since, line);
	ui_line(line);
}

static void
ui_event(void *arg, const struct pipe_event *ev)
{
	struct env *v = arg;
	char before[112], file[64] = "";

	if (ev->text == NULL) {
		if (v->tty && ui_moves())
			ui_progress(v, ev);
		return;
	}
	v->shown.step[0] = '\0';
	ui_clear(v);
	if (ev->files > 1)
		snprintf(file, sizeof(file), "file %zu of %zu: ", ev->file,
		    ev->files);
	snprintf(before, sizeof(before), "%-10s %s", ev->step, file);
	text_fold(stderr, before, ev->text);
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
