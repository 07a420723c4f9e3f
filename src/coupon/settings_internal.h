/*
 * The settings of a checking: what they may be, and what they mean.
 */
#ifndef COUPON_SETTINGS_INTERNAL_H
#define COUPON_SETTINGS_INTERNAL_H

#include "../base/str.h"

struct check_opts;
struct err;

/*
 * settings_first(o): the first day that is accepted.
 */
struct date settings_first(const struct check_opts *);

/*
 * settings_check(o, e): settings that contradict each other, or mean what
 * nobody means.  ERR_CONFIG with a sentence that begins with the setting.
 */
int	settings_check(const struct check_opts *, struct err *);

#endif
