/*
 * On whose clocks times are told: a run's on those of its job, or of this
 * machine where it has none.  So a run has the same time in status, runs and
 * show, and the time that the schedule of its job names.
 */
#ifndef CMD_ZONE_H
#define CMD_ZONE_H

#include "../base/err.h"

struct clock;
struct set_job;
struct settings;
struct tz;

/*
 * zone_job(set, name): the job of that name; NULL when it is gone, or when name
 * is NULL.
 */
const struct set_job *zone_job(const struct settings *, const char *);

/*
 * zone_of(job): the zone of a job, which may be NULL; "" is this machine's.
 */
const char *zone_of(const struct set_job *);

/*
 * zone_words(zone): how it is called in "times: ..."; NULL: they differ.
 */
const char *zone_words(const char *);

/*
 * zone_open(clock, job, e): the zone of a job, to be freed with tz_free.  NULL
 * with e as tz_open.
 */
struct tz *zone_open(const struct clock *, const struct set_job *,
	    struct err *);

#endif
