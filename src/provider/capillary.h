/*
 * Capillary, as the table of providers needs it: coupon uploads of a series
 * followed by their jobs.
 *
 * What the vendor says, and what is assumed where he says nothing, is in
 * platforms.md "Capillary".
 */
#ifndef PROVIDER_CAPILLARY_H
#define PROVIDER_CAPILLARY_H

#include "provider.h"

#define CAPILLARY_TITLE	"Capillary"

/* Places in the settings. */
enum { CAPILLARY_KEY, CAPILLARY_SECRET, CAPILLARY_AUTH };

extern const struct pv_setting capillary_settings[];
extern const struct pv_word capillary_states[];
extern const struct err_info capillary_errors[];

/*
 * capillary_next(ask, state, event, step, e): the machine, as provider_next
 * calls it.  The tasks of one ask are of one list: see capillary_together.
 */
int	capillary_next(const struct pv_ask *, struct pv_state *,
	    const struct pv_event *, struct pv_step *, struct err *);

/*
 * capillary_together(a, b): whether one answer tells of both tasks: those of
 * one series and kind.
 */
bool	capillary_together(const char *, const char *);

/*
 * capillary_task_check(id, e): whether a text can be the id of a job:
 * SERIES/JOB or redeem/SERIES/JOB.  ERR_REF.
 */
int	capillary_task_check(const char *, struct err *);

/*
 * capillary_series_check(text, e): whether a text can be the number of a series
 * of coupons.  ERR_CONFIG.
 */
int	capillary_series_check(const char *, struct err *);

#endif
