/*
 * Which50, as the table of providers needs it: imports of contacts into a list.
 *
 * What the vendor says, and what is assumed where he says nothing, is in
 * platforms.md "Which50".
 */
#ifndef PROVIDER_WHICH50_H
#define PROVIDER_WHICH50_H

#include "provider.h"

#define WHICH50_TITLE	"Which50"

/* Places in the settings. */
enum { WHICH50_HEADER, WHICH50_VALUE };

extern const struct pv_setting which50_settings[];
extern const struct pv_word which50_states[];
extern const struct err_info which50_errors[];

/*
 * which50_next(ask, state, event, step, e): the machine, as provider_next calls
 * it.  One import in one ask.
 */
int	which50_next(const struct pv_ask *, struct pv_state *,
	    const struct pv_event *, struct pv_step *, struct err *);

/*
 * which50_task_check(id, e): whether a text can be the id of an import:
 * LIST/IMPORT, two numbers.  ERR_REF.
 */
int	which50_task_check(const char *, struct err *);

/*
 * which50_list_check(text, e): whether a text can be the id of a list.
 * ERR_CONFIG.
 */
int	which50_list_check(const char *, struct err *);

#endif
