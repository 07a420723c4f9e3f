/*
 * Standing still: a file of a job's source may still be written when it is
 * found.  It is taken when its size and time have stayed the same for a while,
 * or when the file beside it says that it is complete; and it is looked at
 * again before its rows go out and when they have.
 *
 * Only what is seen counts, by the monotonic clock: the times of a file on
 * another machine say nothing of how long ago that was.
 */
#include "still.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../base/stop.h"
#include "../config/settings.h"
#include "journey.h"
#include "say.h"

#define STILL_TIMES	10	/* as long as `settle` it may take */
#define STILL_LOOK_MS	1000	/* longest pause between two looks */

static int64_t
time_ns(const struct stat *st)
{
	return st->st_mtim.tv_sec * 1000000000LL + st->st_mtim.tv_nsec;
}

static bool
looks_alike(const struct pipe_still *f, const struct stat *st)
{
	return f->dev == (int64_t)st->st_dev && f->ino == (int64_t)st->st_ino &&
	    f->size == st->st_size && f->mtime_ns == time_ns(st);
}

char *
still_marker(const char *path, const char *pattern, struct err *e)
{
	const char *base = strrchr(path, '/');
	const char *at = strstr(pattern, "{name}");
	char *out;

	base = base != NULL ? base + 1 : path;
	if (at == NULL) {
		err_set(e, ERR_CONFIG, "done_file \"%s\" has no {name}",
		    pattern);
		return NULL;
	}
	if (asprintf(&out, "%.*s%.*s%s%s", (int)(base - path), path,
	    (int)(at - pattern), pattern, base, at + 6) < 0) {
		err_nomem(e);
		return NULL;
	}
	return out;
}

/*
 * Whether the file that says so is there and not older: yesterday's says
 * nothing of today's file under the same name.
 */
static int
still_done(const struct set_job *job, const struct pipe_still *f,
    struct err *why, struct err *e)
{
	char *marker = still_marker(f->path, job->done_file, e);
	struct stat st;
	int done = 0;

	if (marker == NULL)
		return -1;
	if (stat(marker, &st) == -1)
		err_set(why, ERR_CHANGING, "%s is not taken yet: %s "
		    "(done_file) is not there", f->path, marker);
	else if (time_ns(&st) < f->mtime_ns)
		err_set(why, ERR_CHANGING, "%s is not taken yet: %s "
		    "(done_file) is older than the file", f->path, marker);
	else
		done = 1;
	free(marker);
	return done;
}

/* One look at one file: 1 when it can be taken, with why not in *why. */
static int
still_look(const struct set_job *job, struct pipe_still *f, int64_t now,
    struct err *why, struct err *e)
{
	struct stat st;

	/* What is gone, or no file at all, its run will tell of. */
	if (stat(f->path, &st) == -1 || !S_ISREG(st.st_mode))
		return 1;
	if (!f->seen || !looks_alike(f, &st)) {
		f->seen = true;
		f->dev = (int64_t)st.st_dev;
		f->ino = (int64_t)st.st_ino;
		f->size = st.st_size;
		f->mtime_ns = time_ns(&st);
		f->since_ms = now;
	}
	if (job->done_file != NULL)
		return still_done(job, f, why, e);
	if (now - f->since_ms >= job->settle_ms)
		return 1;
	err_set(why, ERR_CHANGING, "%s is still being written: its size or "
	    "time changed less than %g s ago (settle)", f->path,
	    (double)job->settle_ms / 1000);
	return 0;
}

int
still_step(const struct set_job *job, struct pipe_still *const *files,
    size_t n, int64_t waited_ms, int64_t now_ms, struct err *e)
{
	bool late = waited_ms >= STILL_TIMES * job->settle_ms;
	int pending = 0, rc;
	struct err why;
	size_t i;

	for (i = 0; i < n; i++) {
		if (files[i]->ready)
			continue;
		err_clear(&why);
		rc = still_look(job, files[i], now_ms, &why, e);
		if (rc < 0)
			return -1;
		files[i]->ready = rc == 1;
		if (rc == 0 && late)
			files[i]->err = why;
		pending += rc == 0 && !late;
	}
	return pending;
}

int
pipeline_still(struct ctx *c, const struct set_job *job,
    struct pipe_still *const *files, size_t n, struct err *e)
{
	int64_t start = clock_mono(c->clock), now = start, pause;
	int pending;

	pause = job->settle_ms / 10;
	pause = pause < 1 ? 1 : pause > STILL_LOOK_MS ? STILL_LOOK_MS : pause;
	while ((pending = still_step(job, files, n, now - start, now,
	    e)) > 0) {
		clock_sleep(c->clock, pause);
		if (stop_check(e) == -1)
			return -1;
		now = clock_mono(c->clock);
	}
	return pending;
}

bool
pipeline_is_marker(const struct set_job *job, const char *path)
{
	const char *base = strrchr(path, '/'), *at;
	size_t before, after, n;

	if (job->done_file == NULL ||
	    (at = strstr(job->done_file, "{name}")) == NULL)
		return false;
	base = base != NULL ? base + 1 : path;
	n = strlen(base);
	before = (size_t)(at - job->done_file);
	after = strlen(at + 6);
	return n > before + after &&
	    strncmp(base, job->done_file, before) == 0 &&
	    strcmp(base + n - after, at + 6) == 0;
}

bool
pipeline_stands(const struct pipe_still *f, struct err *why)
{
	struct stat st;

	if (!f->seen || stat(f->path, &st) == -1 || looks_alike(f, &st))
		return true;
	err_set(why, ERR_CHANGING, "%s is still being written: it changed "
	    "while it waited for its turn", f->path);
	return false;
}

/* 1 when the file that was read is there and is not what it was. */
static int
source_changed(const struct journey *j, bool *grown)
{
	const struct ledger_source *s = &j->run.source;
	struct stat st;

	/* Another file in its place is another run's. */
	if (stat(s->path, &st) == -1 || st.st_dev != (dev_t)s->dev ||
	    st.st_ino != (ino_t)s->ino)
		return 0;
	*grown = st.st_size > s->size;
	return st.st_size != s->size || time_ns(&st) != s->mtime_ns;
}

int
still_before(const struct journey *j, struct err *e)
{
	bool grown;
	size_t i;

	for (i = 0; i < j->nparts; i++)
		if (j->parts[i].intent_ms != 0)
			return 0;
	if (!j->read || !source_changed(j, &grown))
		return 0;
	return err_set(e, ERR_CHANGING, "%s has %s since it was read; nothing "
	    "was announced, the next run takes it as it is then",
	    j->run.source.name, grown ? "grown" : "changed");
}

void
still_after(struct journey *j)
{
	const char *what;
	bool grown;

	if (parts_in(j, PART_DONE) == 0 || !source_changed(j, &grown))
		return;
	what = grown ? "the source has grown since it was read; what was "
	    "added was not sent" : "the source has changed since it was "
	    "read; this run sent what it held then";
	log_say(j->c->log, LOG_WARN, what, LFS("file", j->run.source.path));
	say(j, "account", "%s", what);
}
