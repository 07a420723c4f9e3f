/* On whose clocks times are told. */
#include "zone.h"

#include <string.h>

#include "../base/clock.h"
#include "../config/settings.h"

const struct set_job *
zone_job(const struct settings *set, const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < set->njobs; i++)
		if (strcmp(set->jobs[i].name, name) == 0)
			return &set->jobs[i];
	return NULL;
}

const char *
zone_of(const struct set_job *job)
{
	return job != NULL && job->check.timezone != NULL ?
	    job->check.timezone : "";
}

const char *
zone_words(const char *zone)
{
	if (zone == NULL)
		return "each job's zone";
	return zone[0] != '\0' ? zone : "this machine's zone";
}

struct tz *
zone_open(const struct clock *clock, const struct set_job *job, struct err *e)
{
	const char *zone = zone_of(job);

	return tz_open(clock, zone[0] != '\0' ? zone : NULL, e);
}
