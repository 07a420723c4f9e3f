/* cleanup: take away what ended runs left behind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/str.h"
#include "../config/set.h"
#include "../format/jsonx.h"
#include "../doctor/cleanup.h"
#include "../ledger/find.h"
#include "../pipeline/job.h"
#include "../pipeline/rundir.h"
#include "../report/json.h"
#include "../report/text.h"
#include "cmd.h"

struct cleaned {
	struct env	*v;
	struct ctx	 c;
	json_t		*list;
	size_t		 n, removed;
	bool		 look;
	size_t		 waiting; /* files of runs that have not ended */
	size_t		 untidy;	/* runs that could not be tidied up */
};

static void
cleaned_line(const struct cleaned *w, const struct cleanup_item *i)
{
	char shown[ID_LEN + 1];
	const char *did = i->removed ? "removed" :
	    i->err.code != ERR_NONE ? "STAYS" : "would go";

	printf("%-8s  %-11s  %-12s  %s  %s%s", did, i->kind,
	    i->where != NULL ? i->where : "this machine",
	    i->run[0] != '\0' ? ledger_short(w->c.ledger, i->run, shown) :
	    "-", i->url != NULL ? i->url : "", i->url == NULL ||
	    i->url[strlen(i->url) - 1] == '/' ? "" : "/");
	text_line(stdout, "", i->name);
	if (i->err.code != ERR_NONE)
		printf("          %s\n", i->err.msg);
}

static void
cleaned_item(void *arg, const struct cleanup_item *i)
{
	struct cleaned *w = arg;

	w->n++;
	w->removed += i->removed;
	if (!w->v->json) {
		cleaned_line(w, i);
		return;
	}
	json_array_append_new(w->list, json_pack(
	    "{s:s, s:o, s:o, s:o, s:s?, s:o, s:b, s:o}", "kind", i->kind,
	    "endpoint", jsonx_str(i->where), "url", jsonx_str(i->url),
	    "name", jsonx_str(i->name),
	    "run", i->run[0] != '\0' ? i->run : NULL, "bytes",
	    i->bytes < 0 ? json_null() : json_integer(i->bytes), "removed",
	    i->removed, "error", json_error(&i->err)));
}

static void
cleaned_run(void *arg, const char *id, const struct err *why)
{
	struct cleaned *w = arg;
	struct cleanup_item item = { .kind = "untidy", .bytes = -1,
	    .removed = !w->look && why->code == ERR_NONE, .err = *why };
	struct err ignored;
	char *dir;

	if (why->code == ERR_LOCKED)	/* who is at work on it tidies up */
		return;
	err_clear(&ignored);
	dir = pipeline_run_dir(w->c.set, id, &ignored);
	snprintf(item.run, sizeof(item.run), "%s", id);
	item.name = dir != NULL ? dir : id;
	w->untidy += why->code != ERR_NONE;
	cleaned_item(w, &item);
	free(dir);
}

/* What stayed when runs ended, then what nothing was noted of. */
static int
cleanup_all(struct cleaned *w, const struct cleanup_opts *o)
{
	struct env *v = w->v;
	const struct job_way way = { .c = &w->c, .config = &v->config };

	w->look = o->dry_run;
	if (cleanup_waiting(&w->c, &w->waiting, &v->err) == -1)
		return -1;
	if ((o->job == NULL || set_job_find(w->c.set, o->job) != NULL) &&
	    job_tidy(&way, NULL, o->job, o->dry_run, cleaned_run, w,
	    &v->err) == -1)
		return -1;
	if (cleanup_leftovers(&w->c, o, cleaned_item, w, &v->err) == -1)
		return -1;
	return w->untidy == 0 ? 0 : err_set(&v->err, ERR_PARTIAL, "%zu run%s "
	    "could not be tidied up", w->untidy, w->untidy == 1 ? "" : "s");
}

static int
cleanup_answer(struct cleaned *w, int code)
{
	bool dry = line_has(&w->v->line, F_DRY_RUN);
	char files[64];
	json_t *o;

	if (!w->v->json) {
		if (w->n == 0 && code == 0)
			puts("nothing of ended runs is left behind");
		if (w->waiting > 0 && code == 0)
			printf("%s of runs that have not ended may be on file "
			    "servers, and %s there until then\n",
			    str_count(w->waiting, "file", files),
			    w->waiting == 1 ? "stays" : "stay");
		if (w->n > 0 && dry)
			printf("%zu would go; nothing was removed\n", w->n);
		return code;
	}
	o = json_schema("coupondrop.cleanup/1", code);
	json_object_set_new(o, "dry_run", json_boolean(dry));
	json_object_set_new(o, "removed", json_integer((json_int_t)
	    w->removed));
	json_object_set(o, "items", w->list);
	json_object_set_new(o, "waiting", json_integer((json_int_t)
	    w->waiting));
	json_object_set_new(o, "error", json_error(&w->v->err));
	return env_answer(w->v, o, code);
}

static int
cleanup_run(struct env *v)
{
	struct cleaned w = { .v = v, .list = json_array() };
	struct cleanup_opts o = { .job = v->line.flag[F_JOB],
	    .dry_run = line_has(&v->line, F_DRY_RUN) };
	int code;

	env_time(v, F_OLDER, &o.older_ms);
	if (v->err.code == ERR_NONE && v->line.nargs > 0)
		err_set(&v->err, ERR_USAGE, "cleanup takes no argument: %s",
		    v->line.args[0]);
	if (v->err.code != ERR_NONE || env_pipeline(v, &w.c) == -1)
		code = env_fail(v);
	else {
		code = cleanup_all(&w, &o) == 0 ? 0 : env_fail(v);
		code = cleanup_answer(&w, code);
	}
	json_decref(w.list);
	env_pipeline_close(&w.c);
	return code;
}

const struct command cmd_cleanup = {
	"cleanup", "[-j JOB] [--dry-run]", "remove what ended runs left behind",
	"when something went wrong",
	FLAGS_COMMON | FLAG(F_JOB) | FLAG(F_DRY_RUN) | FLAG(F_OLDER) |
	    FLAG(F_INSECURE), SETTINGS_NONE,
	"Looks on the file servers for temporary and uploaded files of runs "
	"that have\nended, and here for folders of runs that ended long ago, "
	"for files that were\nbeing written when a run was interrupted and for "
	"what stayed when tidying up\nfailed, and removes them.  Only what "
	"this ledger knows is touched: files of\nother hosts, of runs that "
	"can still be resumed, and files that are not ours stay\nwhere they "
	"are.  A folder here of a run that the ledger does not know goes, "
	"unless\nit holds packages or rows: then it is named, and stays.  "
	"What a killed dry run\nleft goes, too, and so does a copy of the "
	"ledger that an upgrade made, when it is\nolder than --older-than and "
	"a run has ended since.\n\n"
	"Where an endpoint has moved, its former address is looked at as well, "
	"as long as\nan endpoint leads to the same server with the same user; "
	"else what may lie there\nis named, until the run is older than "
	"--older-than.\n\n"
	"  coupondrop cleanup --dry-run     show what would go\n"
	"  coupondrop cleanup -j nightly    only its file server and runs",
	cleanup_run
};
