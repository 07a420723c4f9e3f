/*
 * Trying what a drop needs, with small files of our own.
 *
 * Three files go over one connection, as in a run.  The first is written under
 * its final name.  The second is written under a temporary name and renamed to
 * that of the first; they differ in size, so that a rename that did nothing is
 * found out.  The third is larger and is timed.
 *
 * What a server lacks does not end the visit: it is noted, and the first thing
 * that would stop a run is the verdict.  The files are removed whatever
 * happens, a signal included.
 */
#include "doctor_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../transfer/names.h"
#include "../base/clock.h"
#include "../base/id.h"
#include "../base/log.h"
#include "../base/stop.h"
#include "../format/digest.h"
#include "../pipeline/ctx.h"

#define SIZE_FIRST	(16u << 10)	/* bytes of the file to be replaced */
#define SIZE_SECOND	(32u << 10)	/* of the one that replaces it */
#define SIZE_TIMED	(512u << 10)	/* of the one that is timed */
#define LOOKS		3	/* of which the quickest counts */
#define OLD_MS		(24LL * 3600 * 1000) /* files of a killed visit */
#define TIME_BACK_MS	(2LL * 24 * 3600 * 1000)
#define HURRY_MS	5000	/* for each answer, once asked to stop */
#define PREFIX		"coupondrop-doctor-"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
    "qrstuvwxyz0123456789-_";

/* Text that compresses badly and tells its place. */
static unsigned char
pattern(uint64_t at)
{
	if (at % 64 == 63)
		return '\n';
	return (unsigned char)digits[(at * 2654435761u >> 13) & 63];
}

static ssize_t
pattern_pread(void *arg, void *out, size_t n, uint64_t off, struct err *e)
{
	const uint64_t *size = arg;
	unsigned char *p = out;
	size_t i;

	(void)e;
	if (off >= *size)
		return 0;
	if (n > *size - off)
		n = (size_t)(*size - off);
	for (i = 0; i < n; i++)
		p[i] = pattern(off + i);
	return (ssize_t)n;
}

struct xfer_source
doctor_source(uint64_t *size)
{
	return (struct xfer_source){ pattern_pread, size, *size };
}

int
doctor_sha256(uint64_t size, unsigned char out[32], struct err *e)
{
	struct digest *digest = digest_new(e);
	unsigned char part[1024];
	uint64_t at;
	ssize_t n;

	if (digest == NULL)
		return -1;
	for (at = 0; at < size; at += (uint64_t)n) {
		n = pattern_pread(&size, part, sizeof(part), at, e);
		digest_add(digest, part, (size_t)n);
	}
	digest_finish(digest, out);
	return 0;
}

struct reading {
	uint64_t	at;
	bool		differs;
};

static int
pattern_write(void *arg, const void *p, size_t n, struct err *e)
{
	struct reading *r = arg;
	const unsigned char *got = p;
	size_t i;

	(void)e;
	for (i = 0; i < n; i++, r->at++)
		if (got[i] != pattern(r->at))
			r->differs = true;
	return 0;
}

static void
trouble(struct doctor *d, const struct err *why)
{
	if (d->trouble.code == ERR_NONE)
		d->trouble = *why;
}

/*
 * Set *word to "yes" or the word of why not.  -1 when the visit ends here,
 * with e set; else whether it can, 1 or 0.
 */
static int
verdict(const char **word, int rc, const struct err *why, struct err *e)
{
	*word = rc == 0 ? "yes" : err_row(why)->word;
	if (rc == -1 && err_is(why, ERR_ENDS)) {
		*e = *why;
		return -1;
	}
	return rc == 0;
}

static int
put(struct doctor *d, struct side *s, enum doctor_file which, uint64_t size,
    struct err *e)
{
	struct xfer_source src = doctor_source(&size);
	bool before = d->there[which];

	d->there[which] = true;
	if (xfer_put(s->x, d->name[which], &src, e) == 0)
		return 0;
	/* Without a connection nothing got there. */
	if (e->code == ERR_CONNECT || e->code == ERR_RESOLVE)
		d->there[which] = before;
	return -1;
}

/* The same, with its time. */
static int
put_timed(struct doctor *d, struct side *s, enum doctor_file which,
    uint64_t size, struct err *e)
{
	struct doctor_side *o = &d->out->upload;
	int64_t began = clock_mono(d->c->clock), t;

	if (put(d, s, which, size, e) == -1)
		return -1;
	t = clock_mono(d->c->clock) - began;
	if (o->ntransfers < DOCTOR_TRANSFERS) {
		o->transfers[o->ntransfers].bytes = (int64_t)size;
		o->transfers[o->ntransfers++].ms = t;
	}
	o->bytes_per_s = (int64_t)size * 1000 / (t > 0 ? t : 1);
	return 0;
}

static bool
is_configured(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static int
put_first(struct doctor *d, struct side *s, struct err *e)
{
	struct doctor_side *o = &d->out->upload;
	struct err why, ignored;
	int rc;

	err_clear(&why);
	err_clear(&ignored);
	rc = put_timed(d, s, DOCTOR_FINAL, SIZE_FIRST, &why);
	if (rc == -1 && d->end->stage.mkdir && !err_is(&why, ERR_ENDS)) {
		xfer_mkdirs(s->x, "", &ignored);
		if (is_configured(d->end->stage.temp_dir))
			xfer_mkdirs(s->x, d->end->stage.temp_dir, &ignored);
		err_clear(&why);
		rc = put_timed(d, s, DOCTOR_FINAL, SIZE_FIRST, &why);
	}
	d->size = SIZE_FIRST;
	o->put = rc == 0 ? "yes" : err_row(&why)->word;
	if (rc == -1)
		*e = why;
	return rc;
}

static int
check_size(const struct doctor *d, uint64_t size, struct err *e)
{
	if (size == d->size)
		return 0;
	return err_set(e, ERR_MISMATCH, "a file of %llu bytes was put, and "
	    "has %llu there", (unsigned long long)d->size,
	    (unsigned long long)size);
}

/* Look the file up: its size, the time of an answer, the server's clock. */
static int
look(struct doctor *d, struct side *s, struct err *e)
{
	struct doctor_side *o = &d->out->upload;
	int64_t began, best = INT64_MAX, t;
	struct xfer_stat st;
	int i;

	for (i = 0; i < LOOKS; i++) {
		began = clock_mono(d->c->clock);
		if (xfer_stat(s->x, d->name[DOCTOR_FINAL], &st, e) == -1)
			return -1;
		t = clock_mono(d->c->clock) - began;
		best = t < best ? t : best;
	}
	o->answer_ms = best;
	if (st.mtime_ms != 0)
		o->clock_ahead_s = (st.mtime_ms -
		    clock_wall(d->c->clock)) / 1000;
	return check_size(d, st.size, e);
}

static int
try_look(struct doctor *d, struct side *s, struct err *e)
{
	struct doctor_side *o = &d->out->upload;
	struct err why;
	int can;

	err_clear(&why);
	can = verdict(&o->look_up, look(d, s, &why), &why, e);
	if (can != 0)
		return can == -1 ? -1 : 0;
	d->blind = why.code == ERR_UNSUPPORTED;
	if (d->blind)
		return 0;
	if (why.code == ERR_DENIED && d->job->rehearse == REHEARSE_FULL &&
	    d->end->stage.on_exists == XFER_REPLACE) {
		doctor_note(o, "uploads cannot be looked up here; each is "
		    "proven by the pick-up");
		return 0;
	}
	doctor_note(o, "a run has to look its files up; ask the server's "
	    "owner to permit that, or set on_exists: replace for the "
	    "endpoint and rehearse: full for the job");
	trouble(d, &why);
	return 0;
}

/* Put a file under a temporary name and rename it over the first one. */
static int
replace(struct doctor *d, struct side *s, struct err *e)
{
	struct xfer_stat st;
	struct err ignored;

	if (put_timed(d, s, DOCTOR_TEMP, SIZE_SECOND, e) == -1)
		return err_wrap(e, "under a temporary name");
	d->temp_taken = true;
	d->there[DOCTOR_OLD] = true;	/* if it breaks half-way */
	if (xfer_replace(s->x, d->name[DOCTOR_TEMP], d->name[DOCTOR_FINAL],
	    e) == -1)
		return -1;
	d->there[DOCTOR_TEMP] = d->there[DOCTOR_OLD] = false;
	d->size = SIZE_SECOND;
	err_clear(&ignored);
	if (xfer_stat(s->x, d->name[DOCTOR_FINAL], &st, &ignored) == -1)
		return 0;
	if (check_size(d, st.size, e) == 0)
		return 0;
	d->there[DOCTOR_TEMP] = true;
	return err_wrap(e, "the rename did not replace the file");
}

static int
try_replace(struct doctor *d, struct side *s, struct err *e)
{
	struct doctor_side *o = &d->out->upload;
	enum xfer_atomic how = d->end->stage.atomic;
	const char *done;
	struct err why;
	int can;

	err_clear(&why);
	can = verdict(&o->replace, replace(d, s, &why), &why, e);
	if (can == -1)
		return -1;
	done = xfer_facts(s->x)->replaced;
	if (can == 1) {
		o->replace_how = done;
		if (how == XFER_DIRECT)
			doctor_set(o, false, "renaming works here, so nobody "
			    "need ever see half a file", "atomic: auto");
		return 0;
	}
	/* Whether a run meets this, too, shows when it is tried (prove.c). */
	if (how != XFER_DIRECT) {
		trouble(d, &why);
		doctor_set(o, true, "this server cannot replace a file by "
		    "renaming", "atomic: direct");
	}
	/* What has the final name now is not known. */
	d->size = SIZE_FIRST;
	return put(d, s, DOCTOR_FINAL, SIZE_FIRST, e);
}

/* Fetch the file and compare. */
static int
read_back(struct doctor *d, struct xfer *x, struct err *e)
{
	struct reading r = { 0 };
	struct xfer_sink sink = { pattern_write, &r, SIZE_SECOND };

	if (xfer_get(x, d->name[DOCTOR_FINAL], &sink, e) == -1)
		return -1;
	if (r.differs || r.at != d->size)
		return err_set(e, ERR_MISMATCH, "what was fetched is not what "
		    "was put: %llu bytes instead of %llu%s",
		    (unsigned long long)r.at, (unsigned long long)d->size,
		    r.differs ? ", and they differ" : "");
	return 0;
}

static bool
is_yes(const char *word)
{
	return word != NULL && strcmp(word, "yes") == 0;
}

/* Is the SHA-256 that the server tells that of the file? */
static int
check_hash(struct doctor *d, struct xfer *x, struct err *e)
{
	unsigned char theirs[32], ours[32];

	if (xfer_hash(x, d->name[DOCTOR_FINAL], theirs, e) == -1 ||
	    doctor_sha256(d->size, ours, e) == -1)
		return -1;
	if (memcmp(theirs, ours, sizeof(ours)) != 0)
		return err_set(e, ERR_MISMATCH, "the SHA-256 that the server "
		    "tells is not that of what was put");
	return 0;
}

static int
try_read(struct doctor *d, struct side *s, struct err *e)
{
	struct doctor_side *o = &d->out->upload;
	enum xfer_proof proof = d->end->stage.proof;
	bool hash = is_yes(o->hash);
	struct err why;
	int can;

	err_clear(&why);
	can = verdict(&o->read, read_back(d, s->x, &why), &why, e);
	if (can == 1 && hash && proof == XFER_BY_READBACK)
		doctor_set(o, false, "the server tells the SHA-256 of a file, "
		    "which spares fetching it", "proof: hash");
	if (can != 0 || (hash && proof == XFER_BY_HASH &&
	    why.code != ERR_MISMATCH))
		return can == -1 ? -1 : 0;
	if (why.code == ERR_MISMATCH || d->blind)
		trouble(d, &why);
	else if (side_reads_back(d->end)) {
		doctor_set(o, why.code != ERR_UNSUPPORTED, "what is uploaded "
		    "cannot be read here", hash ? "proof: hash" :
		    "proof: size");
		if (why.code != ERR_UNSUPPORTED)
			trouble(d, &why);
	}
	return 0;
}

/* No run needs it, but other programs fail where it is refused. */
static int
set_time(struct doctor *d, struct side *s, struct err *e)
{
	int64_t to = clock_wall(d->c->clock) - TIME_BACK_MS, off;
	struct xfer_stat st;
	struct err ignored;

	if (xfer_set_time(s->x, d->name[DOCTOR_FINAL], to, e) == -1)
		return -1;
	err_clear(&ignored);
	if (xfer_stat(s->x, d->name[DOCTOR_FINAL], &st, &ignored) == -1 ||
	    st.mtime_ms == 0)
		return 0;
	off = st.mtime_ms - to;
	if (off > -2000 && off < 2000)
		return 0;
	return err_set(e, ERR_MISMATCH, "the server took a time for the file "
	    "and did not set it");
}

/* What visits that were killed left in a folder, more than a day ago. */
struct sweep {
	char	old[ID_LEN + 1];	/* ids below are older */
	char	name[16][100];
	size_t	n;
};

static int
sweep_entry(void *arg, const char *name, uint64_t size, struct err *e)
{
	struct sweep *w = arg;
	const char *id = name + (name[0] == '.');

	(void)size;
	(void)e;
	if (strncmp(id, PREFIX, sizeof(PREFIX) - 1) != 0)
		return 0;
	id += sizeof(PREFIX) - 1;
	if (strlen(id) > ID_LEN && id[ID_LEN] == '.' &&
	    strncmp(id, w->old, ID_LEN) < 0 && w->n < 16 &&
	    strlen(name) < sizeof(w->name[0]))
		snprintf(w->name[w->n++], sizeof(w->name[0]), "%s", name);
	return 0;
}

static int
sweep(struct doctor *d, struct side *s, const char *dir, struct err *e)
{
	struct sweep w = { .n = 0 };
	struct err ignored;
	char path[300];
	size_t i;

	if (id_new(clock_wall(d->c->clock) - OLD_MS, w.old, e) == -1 ||
	    xfer_list(s->x, dir, sweep_entry, &w, e) == -1)
		return -1;
	for (i = 0; i < w.n; i++) {
		snprintf(path, sizeof(path), "%s%s%s", dir,
		    dir[0] != '\0' ? "/" : "", w.name[i]);
		err_clear(&ignored);
		if (xfer_remove(s->x, path, &ignored) == 0)
			log_say(d->c->log, LOG_NOTE, "removed what an "
			    "earlier visit left", LFF("name", path));
	}
	return 0;
}

static int
try_list(struct doctor *d, struct side *s, struct err *e)
{
	struct doctor_side *o = &d->out->upload;
	const char *dir = d->end->stage.temp_dir;
	struct err why;
	int can;

	err_clear(&why);
	can = verdict(&o->list, sweep(d, s, "", &why), &why, e);
	if (can != 1 || !is_configured(dir))
		return can == -1 ? -1 : 0;
	/* This folder may be missing before the first run. */
	if (sweep(d, s, dir, &why) == -1 && err_is(&why, ERR_ENDS)) {
		*e = why;
		return -1;
	}
	return 0;
}

int
doctor_name(struct doctor *d, struct err *e)
{
	const char *dir = d->end->stage.temp_dir;
	char id[ID_LEN + 1], *temp, *old = NULL;
	int rc = -1;

	if (id_new(clock_wall(d->c->clock), id, e) == -1)
		return -1;
	snprintf(d->name[DOCTOR_FINAL], sizeof(d->name[0]), PREFIX "%s.txt",
	    id);
	temp = xfer_name_temp(is_configured(dir) ? dir : NULL,
	    d->name[DOCTOR_FINAL], NULL, e);
	if (temp == NULL || (old = xfer_name_old(temp, e)) == NULL)
		goto done;
	if (strlen(temp) >= 200) {
		err_set(e, ERR_CONFIG, "the name of temp_dir is too long");
		goto done;
	}
	snprintf(d->name[DOCTOR_TEMP], sizeof(d->name[0]), "%s", temp);
	snprintf(d->name[DOCTOR_OLD], sizeof(d->name[0]), "%s", old);
	rc = 0;
done:
	free(old);
	free(temp);
	return rc;
}

int
doctor_upload(struct doctor *d, struct side *s, struct err *e)
{
	struct doctor_side *o = &d->out->upload;
	struct err why;
	int rc = -1;

	err_clear(&why);
	if (url_is_file(d->end->upload.url)) {
		o->untried = "the address is signed for one file, and trying "
		    "it would use it up";
		return 0;
	}
	if (doctor_name(d, e) == -1 || doctor_connect(d, false, s, e) == -1)
		return -1;
	/* The final name is still to be fetched from the other side. */
	if (try_list(d, s, e) == 0 && put_first(d, s, e) == 0 &&
	    try_look(d, s, e) == 0 && try_replace(d, s, e) == 0 &&
	    verdict(&o->hash, check_hash(d, s->x, &why), &why, e) != -1 &&
	    try_read(d, s, e) == 0 &&
	    verdict(&o->set_time, set_time(d, s, &why), &why, e) != -1 &&
	    (d->temp_taken ? put_timed(d, s, DOCTOR_TEMP, SIZE_TIMED, e) :
	    put_timed(d, s, DOCTOR_FINAL, SIZE_FIRST, e)) == 0)
		rc = 0;
	d->whole = rc == 0;
	if (d->whole) {
		xfer_learn(s->x);
		o->write_only = !is_yes(o->read) && !is_yes(o->list);
	}
	if (rc == 0 || is_yes(o->put) || !err_is(e, ERR_UNREACHED))
		doctor_facts(d, false, s);
	if (rc == 0 && d->trouble.code != ERR_NONE) {
		*e = d->trouble;
		return -1;
	}
	return rc;
}

int
doctor_pull(struct doctor *d, struct err *e)
{
	struct doctor_side *o = &d->out->pull;
	struct side s = { 0 };
	int64_t began;
	int rc = -1;

	err_clear(&d->trouble);
	if (url_is_file(d->end->pull.url))
		o->untried = "the address is signed for one file, which is "
		    "not there before a run";
	else if (d->out->upload.untried != NULL)
		o->untried = "nothing could be uploaded that could be fetched";
	if (o->untried != NULL)
		return 0;
	if (doctor_connect(d, true, &s, e) == 0) {
		began = clock_mono(d->c->clock);
		rc = read_back(d, s.x, e);
		o->read = rc == 0 ? "yes" : err_row(e)->word;
		if (rc == 0) {
			o->fetch_ms = clock_mono(d->c->clock) - began;
			xfer_learn(s.x);
		}
		doctor_facts(d, true, &s);
	}
	if (rc == 0 && d->trouble.code != ERR_NONE) {
		*e = d->trouble;
		rc = -1;
	}
	side_close(&s);
	return rc;
}

/* Whether any file may still be there. */
static bool
remove_all(struct doctor *d, struct xfer *x, struct err *why)
{
	bool left = false, made;
	struct xfer_stat st;
	struct err ignored;
	int i;

	err_clear(&ignored);
	for (i = 0; i < DOCTOR_FILES; i++) {
		if (!d->there[i])
			continue;
		/* A server may refuse to remove a name that it never took. */
		made = i == DOCTOR_FINAL || (i == DOCTOR_TEMP && d->temp_taken);
		err_clear(why);
		if (xfer_remove(x, d->name[i], why) == 0 ||
		    why->code == ERR_NOTFOUND ||
		    (!made && !err_is(why, ERR_ENDS) &&
		    xfer_stat(x, d->name[i], &st, &ignored) == -1))
			d->there[i] = false;
		else
			left = true;
	}
	return left;
}

/* A connection that was interrupted is of no more use. */
static bool
remove_anew(struct doctor *d, struct side *s, bool hurry, struct err *why)
{
	struct set_endpoint end = *d->end;
	const char *pins[] = { d->out->pin, NULL };

	side_close(s);
	if (d->pinned[0])
		end.upload.host_keys = pins;
	if (hurry)
		end.upload.times = (struct xfer_times){
		    .connect_ms = HURRY_MS, .reply_ms = HURRY_MS,
		    .final_ms = HURRY_MS, .stall_ms = HURRY_MS };
	err_clear(why);
	if (side_open(d->c, &end, false, s, why) == -1)
		return true;
	return remove_all(d, s->x, why);
}

void
doctor_remove(struct doctor *d, struct side *s)
{
	struct doctor_side *o = &d->out->upload;
	struct err why;
	bool tried = d->there[DOCTOR_FINAL], left = false;
	int i, sig = stop_take();

	err_clear(&why);
	if (sig == 0 && s->x != NULL)
		left = remove_all(d, s->x, &why);
	for (i = 0; i < DOCTOR_FILES; i++)
		left |= d->there[i];
	if (left && (sig != 0 || err_is(&why, ERR_ENDS)))
		left = remove_anew(d, s, sig != 0, &why);
	if (tried)
		o->remove = left ? err_row(&why)->word : "yes";
	if (left)
		doctor_note(o, "files named %s may have stayed there: %s",
		    d->name[DOCTOR_FINAL], why.msg);
	if (left && !err_is(&why, ERR_ENDS) && !d->end->keep_staged)
		doctor_set(o, false, "files cannot be removed there, so "
		    "that need not be tried", "keep_staged: yes");
	stop_put(sig);
}
