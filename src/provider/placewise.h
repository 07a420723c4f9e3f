/*
 * Placewise, as the table of providers needs it: imports of members of a
 * loyalty club, followed by their bulks.
 *
 * What the vendor says, and what is assumed where he says nothing, is in
 * platforms.md "Placewise".
 */
#ifndef PROVIDER_PLACEWISE_H
#define PROVIDER_PLACEWISE_H

#include "provider.h"

#define PLACEWISE_TITLE	"Placewise"

/* Places in the settings. */
enum { PLACEWISE_TOKEN, PLACEWISE_PRODUCT };

extern const struct pv_setting placewise_settings[];
extern const struct err_info placewise_errors[];
extern const struct pv_word placewise_states[];

/*
 * placewise_next(ask, state, event, step, e): the machine, as provider_next
 * calls it.  One import in one ask.
 */
int	placewise_next(const struct pv_ask *, struct pv_state *,
	    const struct pv_event *, struct pv_step *, struct err *);

/*
 * placewise_task_check(id, e): whether a text can be the id of an import:
 * SLUG/IMPORT.  ERR_REF.
 */
int	placewise_task_check(const char *, struct err *);

/*
 * placewise_club_check(text, e): whether a text can be the slug of a club.
 * ERR_CONFIG.
 */
int	placewise_club_check(const char *, struct err *);

#endif
