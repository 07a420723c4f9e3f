/*
 * The form of rows that a run wrote for a person.  They are sent again once
 * their cause is mended, by the same job, whose own files may look otherwise.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../config/settings.h"
#include "../coupon/check.h"
#include "pipeline.h"
#include "rundir.h"

/* The name of a file in the folder of a run, or NULL for any other path. */
static const char *
name_in_run(const struct settings *set, const char *path, char real[PATH_MAX])
{
	char state[PATH_MAX], id[ID_LEN + 1];
	const char *at;
	size_t n;

	if (set->state_dir == NULL || realpath(set->state_dir, state) == NULL ||
	    realpath(path, real) == NULL)
		return NULL;
	n = strlen(state);
	if (strncmp(real, state, n) != 0 ||
	    strncmp(real + n, "/runs/", 6) != 0)
		return NULL;
	at = real + n + 6;
	n = strcspn(at, "/");
	if (n != ID_LEN || at[n] != '/')
		return NULL;
	memcpy(id, at, n);
	id[n] = '\0';
	return id_is(id) ? at + n + 1 : NULL;
}

const struct check_opts *
pipeline_form(const struct settings *set, const char *path,
    const struct check_opts *job, struct check_opts *own)
{
	char real[PATH_MAX];
	const char *name = name_in_run(set, path, real);
	bool aside = name != NULL && strcmp(name, "set-aside.csv") == 0;

	/* Columns without names are in other places when set aside. */
	if (name == NULL || rundir_kind(name) != RUNDIR_ROWS ||
	    (aside && job->no_header))
		return job;
	*own = *job;
	own->format = CHECK_CSV;
	own->delimiter = 0;
	if (aside) {	/* its cells are as they were */
		if (job->encoding != NULL &&
		    (strncasecmp(job->encoding, "utf-16", 6) == 0 ||
		    strncasecmp(job->encoding, "utf-32", 6) == 0))
			own->encoding = NULL;	/* they are now in UTF-8 */
		return own;
	}
	own->encoding = NULL;
	own->no_header = false;
	own->col_code = own->col_redeemed = own->col_date = NULL;
	own->date_format = NULL;
	own->words_true = own->words_false = NULL;
	return own;
}
