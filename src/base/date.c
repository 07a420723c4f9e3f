/*
 * Days of the proleptic Gregorian calendar.
 *
 * Arithmetic goes through a count of days; both directions use years that
 * begin in March, so that the leap day comes last and every month has a fixed
 * place in its year.
 */
#include "str.h"

#include "date_internal.h"

#define ERA_DAYS	146097	/* days in 400 years */
#define EPOCH_DAYS	719468	/* 0000-03-01 to 1970-01-01 */

int
date_month_days(int year, int month)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
	};
	bool leap;

	leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

enum date_fault
date_parse(const char *p, size_t len, struct date *out)
{
	uint64_t year, month, day;

	if (len != 10 || p[4] != '-' || p[7] != '-' ||
	    str_u64(p, 4, 9999, &year) == -1 ||
	    str_u64(p + 5, 2, 99, &month) == -1 ||
	    str_u64(p + 8, 2, 99, &day) == -1)
		return DATE_FORMAT;
	if (year == 0 || month == 0 || month > 12 || day == 0 ||
	    (int)day > date_month_days((int)year, (int)month))
		return DATE_NOT_A_DAY;
	out->year = (int16_t)year;
	out->month = (int8_t)month;
	out->day = (int8_t)day;
	return DATE_OK;
}

void
date_format(const struct date *d, char out[11])
{
	unsigned year;

	year = d->year < 0 || d->year > 9999 ? 0 : (unsigned)d->year;
	snprintf(out, 11, "%04u-%02u-%02u", year, (unsigned)d->month % 100,
	    (unsigned)d->day % 100);
}

int
date_cmp(const struct date *a, const struct date *b)
{
	if (a->year != b->year)
		return a->year < b->year ? -1 : 1;
	if (a->month != b->month)
		return a->month < b->month ? -1 : 1;
	return (a->day > b->day) - (a->day < b->day);
}

bool
date_is_none(const struct date *d)
{
	return d->year == 0 && d->month == 0 && d->day == 0;
}

int64_t
date_to_days(int64_t year, int month, int day)
{
	int64_t era, year_of_era, day_of_year;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	year_of_era = year - era * 400;
	day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 -
	    year_of_era / 100 + day_of_year - EPOCH_DAYS;
}

int64_t
date_from_days(int64_t days, int *month, int *day)
{
	int64_t era, day_of_era, year_of_era, day_of_year, from_march;

	days += EPOCH_DAYS;
	era = (days >= 0 ? days : days - (ERA_DAYS - 1)) / ERA_DAYS;
	day_of_era = days - era * ERA_DAYS;
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
	    day_of_era / (ERA_DAYS - 1)) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 -
	    year_of_era / 100);
	from_march = (5 * day_of_year + 2) / 153;
	*day = (int)(day_of_year - (153 * from_march + 2) / 5) + 1;
	*month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
	return year_of_era + era * 400 + (*month <= 2);
}

struct date
date_add(const struct date *d, int days)
{
	struct date sum;
	int64_t year;
	int month, day;

	if (date_is_none(d))
		return *d;
	year = date_from_days(date_to_days(d->year, d->month, d->day) + days,
	    &month, &day);
	/* Past the calendar of date_parse there is nothing to point at. */
	if (year < 1 || year > 9999)
		return (struct date){ 0, 0, 0 };
	sum.year = (int16_t)year;
	sum.month = (int8_t)month;
	sum.day = (int8_t)day;
	return sum;
}
