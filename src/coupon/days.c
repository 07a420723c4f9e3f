/*
 * Rows per day.  Counting, rather than keeping the extremes, lets rows be
 * taken back.
 */
#include "days_internal.h"

#include "../base/err.h"
#include "../base/str.h"
#include "check.h"

#define YEAR_SLOTS	(12 * 31)

int
days_count(struct days *d, const struct date *date, int n, struct err *e)
{
	uint64_t *slots;

	if (date_is_none(date))
		return 0;
	slots = d->year[date->year];
	if (slots == NULL) {
		slots = calloc(YEAR_SLOTS, sizeof(*slots));
		if (slots == NULL)
			return err_nomem(e);
		d->year[date->year] = slots;
		if (d->to == 0 || date->year < d->from)
			d->from = date->year;
		if (date->year >= d->to)
			d->to = date->year + 1;
	}
	slots[(date->month - 1) * 31 + date->day - 1] += (uint64_t)(int64_t)n;
	return 0;
}

void
days_range(const struct days *d, struct date *first, struct date *last)
{
	int i, year;

	memset(first, 0, sizeof(*first));
	memset(last, 0, sizeof(*last));
	for (year = d->from; year < d->to; year++) {
		for (i = 0; d->year[year] != NULL && i < YEAR_SLOTS; i++) {
			if (d->year[year][i] == 0)
				continue;
			last->year = (int16_t)year;
			last->month = (int8_t)(i / 31 + 1);
			last->day = (int8_t)(i % 31 + 1);
			if (date_is_none(first))
				*first = *last;
		}
	}
}

int
days_list(const struct days *d, struct day_rows **list, size_t *n,
    struct err *e)
{
	struct day_rows *to;
	int i, year;

	*n = 0;
	for (year = d->from; year < d->to; year++)
		for (i = 0; d->year[year] != NULL && i < YEAR_SLOTS; i++)
			*n += d->year[year][i] != 0;
	*list = to = calloc(*n + 1, sizeof(*to));
	if (to == NULL)
		return err_nomem(e);
	for (year = d->from; year < d->to; year++) {
		for (i = 0; d->year[year] != NULL && i < YEAR_SLOTS; i++) {
			if (d->year[year][i] == 0)
				continue;
			to->day.year = (int16_t)year;
			to->day.month = (int8_t)(i / 31 + 1);
			to->day.day = (int8_t)(i % 31 + 1);
			to++->rows = d->year[year][i];
		}
	}
	return 0;
}

void
days_free(struct days *d)
{
	int year;

	if (d == NULL)
		return;
	for (year = d->from; year < d->to; year++)
		free(d->year[year]);
	free(d);
}
