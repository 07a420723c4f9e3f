/* Looking up settings by name. */
#include "settings.h"

#include <string.h>

const struct set_provider *
set_provider_find(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->nproviders; i++)
		if (strcmp(s->providers[i].name, name) == 0)
			return &s->providers[i];
	return NULL;
}

const struct set_endpoint *
set_endpoint_find(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->nendpoints; i++)
		if (strcmp(s->endpoints[i].name, name) == 0)
			return &s->endpoints[i];
	return NULL;
}

const struct set_job *
set_job_find(const struct settings *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->njobs; i++)
		if (strcmp(s->jobs[i].name, name) == 0)
			return &s->jobs[i];
	return NULL;
}
