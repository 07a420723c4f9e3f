/*
 * Days as a running number, shared by dates, clock and time zones.
 */
#ifndef BASE_DATE_INTERNAL_H
#define BASE_DATE_INTERNAL_H

#include <stdint.h>

/*
 * date_to_days(year, month, day): days from 1970-01-01 to that day, which
 * must exist; negative before.  year may be any that fits 32 bits.
 */
int64_t	date_to_days(int64_t, int, int);

/*
 * date_from_days(days, month, day): the year of that day, month (1 to 12) and
 * day (1 to 31) through the pointers.
 */
int64_t	date_from_days(int64_t, int *, int *);

#endif
