/*
 * Settings that only some types of providers have, from the providers' rows.
 */
#ifndef CONFIG_EXTRA_H
#define CONFIG_EXTRA_H

#include "../base/err.h"
#include "../provider/setting.h"
#include "options.h"
#include "settings.h"

/*
 * option_of_setting(s, o): the row of a provider as a row of options, whose
 * field is one of struct set_extra.
 */
void	option_of_setting(const struct pv_setting *, struct option *);

/*
 * extra_row(written): the first row, of any provider, for a key as written, or
 * NULL.
 */
const struct pv_setting *extra_row(const char *);

/*
 * extra_set(p, row, node, dir, e): as option_set, for such a setting.
 */
int	extra_set(struct set_provider *, const struct pv_setting *,
	    const struct node *, const char *, struct err *);

/*
 * extra_release(p): free what was set.
 */
void	extra_release(struct set_provider *);

#endif
