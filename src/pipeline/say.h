/*
 * Facts for a person watching a run, and the time that each step took.
 */
#ifndef PIPELINE_SAY_H
#define PIPELINE_SAY_H

#include <stdint.h>

struct journey;
struct pipe_event;

/*
 * say(j, step, fmt, ...): one line for a person watching.
 */
void	say(struct journey *, const char *, const char *, ...)
	    __attribute__((format(printf, 3, 4)));

/*
 * say_progress(j, ev): progress of a step: all of an event but the run.
 */
void	say_progress(struct journey *, const struct pipe_event *);

/*
 * spent(j, step, since): add the time since then, in ms of the clock that only
 * goes forward, to the run's seconds.  Returns that time.
 */
int64_t	spent(struct journey *, const char *, int64_t);

/*
 * duration_text(ms, out): "1.8 s" or "4 min 12 s" into out[32]; returns out.
 */
const char *duration_text(int64_t, char [32]);

#endif
