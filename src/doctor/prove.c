/*
 * A file by the recipe of a run: would a run get through as it is configured,
 * and with each line that is to be advised?
 *
 * The tries ask for more than a run needs, so only this can say that a run
 * would fail, and no line is advised that was not in force once.
 */
#include "doctor_internal.h"

#include <stdlib.h>
#include <string.h>

#include "../config/options.h"
#include "../pipeline/ctx.h"

#define SIZE	(16u << 10)	/* bytes of the file */

/* One file to this endpoint, which is removed again. */
static int
trial(struct doctor *d, const struct set_endpoint *configured, struct err *e)
{
	const char *pins[] = { d->out->pin, NULL };
	struct set_endpoint end = *configured;
	struct xfer_stage_opts opts = end.stage;
	uint64_t size = SIZE;
	struct xfer_source src = doctor_source(&size);
	struct xfer_staged st;
	struct side s = { 0 };
	int rc = -1;

	memset(d->there, 0, sizeof(d->there));
	if (doctor_name(d, e) == -1 ||
	    doctor_sha256(size, opts.sha256, e) == -1)
		return -1;
	opts.name = d->name[DOCTOR_FINAL];
	opts.marker = NULL;
	opts.believe = d->job->rehearse == REHEARSE_FULL;
	if (d->pinned[0])
		end.upload.host_keys = pins;
	if (side_open(d->c, &end, false, &s, e) == 0) {
		d->there[DOCTOR_FINAL] = d->there[DOCTOR_TEMP] = true;
		rc = xfer_stage(s.x, &src, &opts, &st, e);
	}
	doctor_remove(d, &s);
	side_close(&s);
	return rc;
}

/* The same with a line of the configuration in force. */
static int
trial_with(struct doctor *d, const char *line, struct err *e)
{
	struct set_endpoint end = *d->end;
	size_t n = strcspn(line, ":");
	const struct option *o;
	char key[64], **text;
	int rc;

	snprintf(key, sizeof(key), "%.*s", (int)n, line);
	o = option_find(SECT_ENDPOINT, key);
	if (o == NULL)
		return 0;
	text = (char **)(void *)((char *)&end + o->offset);
	/* What was there is still the configuration's. */
	if (o->type == OPT_STR)
		*text = NULL;
	rc = option_set_text(o, &end, line + n + 2, e);
	if (rc == 0)
		rc = trial(d, &end, e);
	if (o->type == OPT_STR)
		free(*text);
	return rc;
}

/* What a person has to vouch for, and what changes nothing of an upload. */
static bool
goes_untried(const char *line)
{
	return strncmp(line, "host_key:", 9) == 0 ||
	    strncmp(line, "keep_staged:", 12) == 0;
}

void
doctor_prove(struct doctor *d)
{
	struct doctor_side *o = &d->out->upload;
	size_t i, kept = 0, lines = o->nset;
	struct err why;

	if (!d->whole)
		return;
	err_clear(&why);
	if (o->err.code != ERR_NONE && o->err.code != ERR_MISMATCH &&
	    o->err.code != ERR_HOSTKEY && trial(d, d->end, &why) == 0) {
		err_clear(&o->err);
		for (i = 0; i < lines; i++)
			o->set[i].needed = false;
	}
	for (i = 0; i < lines; i++) {
		struct doctor_line *line = &o->set[i];

		err_clear(&why);
		if (goes_untried(line->text) ||
		    trial_with(d, line->text, &why) == 0) {
			o->set[kept++] = *line;
			continue;
		}
		doctor_note(o, "\"%s\" was tried and does not work here: %s",
		    line->text, why.msg);
		free(line->text);
		if (why.code == ERR_STOPPED && o->err.code == ERR_NONE)
			o->err = why;
	}
	/* The removals of the trials may have added some. */
	while (i < o->nset)
		o->set[kept++] = o->set[i++];
	o->nset = kept;
}
