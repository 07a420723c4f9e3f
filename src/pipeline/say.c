/* Facts for a person watching a run, and the time each step took. */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>

#include "../base/clock.h"
#include "ctx.h"
#include "journey.h"

void
say(struct journey *j, const char *step, const char *fmt, ...)
{
	struct pipe_event ev = { .run = j->run.id, .step = step,
	    .file = j->c->file, .files = j->c->files };
	char text[512];
	va_list ap;

	if (j->c->ui.event == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ev.text = text;
	j->c->ui.event(j->c->ui.arg, &ev);
}

void
say_progress(struct journey *j, const struct pipe_event *how)
{
	struct pipe_event ev = *how;

	ev.run = j->run.id;
	ev.file = j->c->file;
	ev.files = j->c->files;
	if (j->c->ui.event != NULL)
		j->c->ui.event(j->c->ui.arg, &ev);
}

int64_t
spent(struct journey *j, const char *step, int64_t since)
{
	int64_t ms = clock_mono(j->c->clock) - since;
	double s = (double)ms / 1000.0;
	json_t *old = json_object_get(j->seconds, step);

	if (old != NULL)
		s += json_number_value(old);
	/* Tenths are enough, and keep the JSON short. */
	json_object_set_new(j->seconds, step,
	    json_real((double)(int64_t)(s * 10.0 + 0.5) / 10.0));
	return ms;
}

const char *
duration_text(int64_t ms, char out[32])
{
	int64_t s = (ms + 500) / 1000;

	if (ms < 60000)
		snprintf(out, 32, "%lld.%lld s", (long long)(ms / 1000),
		    (long long)(ms % 1000 / 100));
	else if (s < 3600)
		snprintf(out, 32, "%lld min %lld s", (long long)(s / 60),
		    (long long)(s % 60));
	else
		snprintf(out, 32, "%lld h %lld min", (long long)(s / 3600),
		    (long long)(s % 3600 / 60));
	return out;
}
