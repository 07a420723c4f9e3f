/*
 * Whether settings would do for a run.
 *
 * What a run refuses before it has reached anybody is refused here too, and by
 * the functions that a run calls, so that nothing is called good that cannot
 * run.  Secrets are read (their commands run) and files looked at; nobody is
 * contacted.
 */
#ifndef CONFIG_READY_H
#define CONFIG_READY_H

#include "../base/err.h"
#include "options.h"
#include "settings.h"

struct clock;

/* What is told of each refusal. */
struct ready_told {
	/*
	 * Called with the argument below, where it is (a member of a section),
	 * the reason, and e; -1 ends the look.  why->key is the setting to
	 * blame, of an endpoint always; NULL is the member as a whole.
	 */
	int	(*refused)(void *, enum section, const char *,
		    const struct err *, struct err *);
	void	*arg;
};

/*
 * ready_all(s, clock, told, e): look at every provider, endpoint and job, on
 * the day of that clock.  -1 when out of memory, stopped, or refused said so.
 */
int	ready_all(const struct settings *, const struct clock *,
	    const struct ready_told *, struct err *);

/*
 * ready_job(s, job, clock, told, e): look at one job, its provider and its
 * endpoint.
 */
int	ready_job(const struct settings *, const struct set_job *,
	    const struct clock *, const struct ready_told *, struct err *);

#endif
