/*
 * Unicommerce Uniware, as the table of providers needs it: export jobs.
 *
 * What the vendor says, and what is assumed where he says nothing, is in
 * platforms.md "Unicommerce Uniware".
 */
#ifndef PROVIDER_UNIWARE_H
#define PROVIDER_UNIWARE_H

#include "provider.h"

#define UNIWARE_TITLE	"Uniware"

/* Places in the settings. */
enum { UNIWARE_USER, UNIWARE_PASSWORD, UNIWARE_FACILITY };

extern const struct pv_setting uniware_settings[];
extern const struct pv_word uniware_states[];
extern const struct err_info uniware_errors[];

/*
 * uniware_next(ask, state, event, step, e): the machine, as provider_next calls
 * it.  One job in one ask.
 */
int	uniware_next(const struct pv_ask *, struct pv_state *,
	    const struct pv_event *, struct pv_step *, struct err *);

/*
 * uniware_task_check(id, e): whether a text can be the id of a job: JOBCODE, or
 * FACILITY/JOBCODE.  ERR_REF.
 */
int	uniware_task_check(const char *, struct err *);

/*
 * uniware_facility_check(text, e): whether a text can be the code of a
 * facility.  ERR_CONFIG.
 */
int	uniware_facility_check(const char *, struct err *);

#endif
