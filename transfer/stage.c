/*
 * Staging: bring a file to a server so that its name appears only when it is
 * whole, and believe nothing but the server's state.
 *
 * A reply may be lost after the deed was done: after the last byte, and after
 * the rename.  Then the connection is made once more and what is there
 * decides.  A "226 Transfer complete" on the other hand may be false; the
 * size is always asked for.  Whatever fails, a file under its final name is
 * not removed: it may be the only good copy.  The one exception is a beginning
 * of our own file, compared byte by byte, on servers that cannot rename.
 */
#include "stage_internal.h"

#include "../src/base/fault.h"
#include "../src/base/log.h"
#include "names.h"

/*
 * The temporary name is gone and the final one is ours: by its size, and where
 * others could have taken it meanwhile by its content.
 */
static bool
was_renamed(struct stage *s)
{
	enum stage_there there;
	struct xfer_stat st;
	uint64_t same;
	struct err e;

	err_clear(&e);
	if (stage_look(s, s->temp, &st, &e) == 0 || e.code != ERR_NOTFOUND)
		return false;
	err_clear(&e);
	if (!stage_must_be_free(s))
		return stage_size(s, s->name, &e) == 0;
	if (stage_compare(s, s->name, &there, &same, &e) == 0)
		return there == THERE_OURS;
	return e.code != ERR_NOTFOUND && !s->down &&
	    stage_size(s, s->name, &e) == 0;
}

static int
rename_once(struct stage *s, struct err *e)
{
	return stage_must_be_free(s) ?
	    xfer_rename(s->x, s->temp, s->name, e) :
	    xfer_replace(s->x, s->temp, s->name, e);
}

/*
 * A refusal may be that of a second try: libcurl sends a command again when a
 * connection that was used before breaks without an answer.
 */
static int
rename_settled(struct stage *s, struct err *e)
{
	struct err why;
	bool again;

	err_clear(&why);
	if (rename_once(s, &why) == 0)
		return 0;
	again = stage_recover(s, &why);
	/* A gateway says 502 of a rename that was done behind it, too. */
	if ((again || why.code == ERR_NOTFOUND || why.code == ERR_EXISTS ||
	    why.remote == 502) &&
	    was_renamed(s)) {
		log_say(s->x->log, LOG_NOTE, "the answer to the rename was "
		    "lost; it was done", LFF("name", s->name));
		return 0;
	}
	if (again && !s->down) {
		err_clear(&why);
		if (rename_once(s, &why) == 0)
			return 0;
	}
	s->unverified = err_is(&why, ERR_CUT) || why.code == ERR_UNAVAILABLE;
	*e = why;
	return -1;
}

/* What broke off stays, to be gone on with; all else is of no use. */
static void
drop_temp(struct stage *s)
{
	struct err ignored;

	err_clear(&ignored);
	if (!s->down && !(s->broke && s->x->scheme->ops->put_from != NULL))
		xfer_remove(s->x, s->temp, &ignored);
}

static int
unverified(struct stage *s, struct err *e)
{
	s->unverified = true;
	return err_wrap(e, "the upload is not verified");
}

/*
 * Half a file under the final name helps nobody and may be taken for a whole
 * one.  It goes when it is certain that it is that.
 */
static int
half_direct(struct stage *s, const struct err *why, struct err *e)
{
	enum stage_there there;
	struct err again;
	uint64_t same;

	*e = *why;
	err_clear(&again);
	/* Servers make the name before the first byte is asked for. */
	s->unverified = s->reached > 0 || err_is(why, ERR_CUT);
	if (s->down || why->code == ERR_EXISTS ||
	    stage_compare(s, s->name, &there, &same, &again) == -1)
		return -1;
	if (there == THERE_BEGUN && xfer_remove(s->x, s->name, &again) == -1)
		return -1;
	s->unverified = there == THERE_OURS;
	return -1;
}

/* The name is taken by our own first try, which libcurl made unseen. */
static bool
taken_by_us(struct stage *s)
{
	enum stage_there there;
	struct err ignored;
	uint64_t same;

	err_clear(&ignored);
	return s->reached == s->src->size && stage_compare(s, s->name, &there,
	    &same, &ignored) == 0 && there == THERE_OURS;
}

/* Under the final name at once, then prove. */
static int
stage_direct(struct stage *s, struct err *e)
{
	struct err why;
	int rc;

	for (;;) {
		err_clear(&why);
		if (stage_put(s, s->name, &why) == 0)
			break;
		stage_refused(s, s->name, &why);
		if (why.code != ERR_EXISTS)
			return half_direct(s, &why, e);
		if (taken_by_us(s))
			break;
		if (s->opts->on_exists == XFER_REPLACE) {
			*e = why;
			return -1;
		}
		if ((rc = stage_taken(s, e)) != 0)
			return rc == 1 ? 0 : -1;
	}
	if (stage_prove(s, s->name, s->opts->proof != XFER_BY_SIZE, &why) == 0)
		return 0;
	if (why.code == ERR_MISMATCH)
		return half_direct(s, &why, e);
	*e = why;
	return unverified(s, e);
}

/*
 * The server has no rename, or this login may not: "permission denied", or
 * "no such file" about one that is there.
 */
static bool
cannot_rename(struct stage *s, const struct err *why)
{
	struct xfer_stat st;
	struct err ignored;

	if (why->code == ERR_UNSUPPORTED || why->code == ERR_DENIED)
		return true;
	err_clear(&ignored);
	return why->code == ERR_NOTFOUND && (s->blind ||
	    stage_look(s, s->temp, &st, &ignored) == 0);
}

static int
no_rename(struct stage *s, const struct err *why, struct err *e)
{
	drop_temp(s);
	if (s->opts->atomic == XFER_RENAME) {
		*e = *why;
		if (e->code == ERR_NOTFOUND)
			e->code = ERR_DENIED;	/* it is there */
		return err_wrap(e, "the server does not rename it, and atomic "
		    "is \"rename\"");
	}
	log_say(s->x->log, LOG_WARN, "the server does not rename; sending "
	    "under the final name, where half a file can be seen meanwhile "
	    "(\"atomic: direct\" saves the attempt)",
	    LFF("name", s->name), LFF("because", why->msg));
	s->out->direct = true;
	if (stage_direct(s, e) == -1)
		return -1;
	s->x->no_rename = true;
	return 0;
}

/* Give it its name; 1 when another file that is the same has that already. */
static int
take_name(struct stage *s, struct err *e)
{
	struct err why;
	int rc;

	for (;;) {
		err_clear(&why);
		if (rename_settled(s, &why) == 0)
			return 0;
		stage_refused(s, s->name, &why);
		if (why.code != ERR_EXISTS ||
		    s->opts->on_exists == XFER_REPLACE) {
			*e = why;
			return -1;
		}
		if ((rc = stage_taken(s, e)) != 0)
			return rc;
	}
}

static int
stage_renamed(struct stage *s, struct err *e)
{
	struct err why;
	int rc;

	err_clear(&why);
	if (stage_plain(s, s->temp, e) == -1)
		return -1;
	if (stage_put(s, s->temp, e) == -1) {
		stage_refused(s, s->temp, e);
		goto fail;
	}
	if (stage_prove(s, s->temp, s->opts->proof != XFER_BY_SIZE, e) == -1)
		goto fail;
	if (FAULT_POINT("stage-uploaded")) {
		err_set(e, ERR_BROKEN, "injected");
		goto fail;
	}
	if ((rc = take_name(s, &why)) == -1) {
		if (cannot_rename(s, &why))
			return no_rename(s, &why, e);
		*e = why;
		goto fail;
	}
	if (rc == 1) {
		drop_temp(s);
		return 0;
	}
	if (stage_prove(s, s->name, false, e) == -1) {
		/* "Renamed" may have been into a folder of that name. */
		stage_refused(s, s->name, e);
		return unverified(s, e);
	}
	return 0;
fail:
	drop_temp(s);
	return -1;
}

/* An empty file that says: the other one is whole. */
static ssize_t
nothing_pread(void *arg, void *p, size_t n, uint64_t off, struct err *e)
{
	(void)arg;
	(void)p;
	(void)n;
	(void)off;
	(void)e;
	return 0;
}

static int
put_marker(struct stage *s, struct err *e)
{
	const struct xfer_source nothing = { nothing_pread, NULL, 0 };
	char *name;
	int rc;

	if (asprintf(&name, "%s%s", s->name, s->opts->marker) == -1)
		return err_nomem(e);
	if ((rc = stage_plain(s, name, e)) == 0 &&
	    (rc = xfer_put(s->x, name, &nothing, e)) == -1)
		stage_refused(s, name, e);
	free(name);
	return rc;
}

/* A signed URL: whoever signed it for PUT need not allow a look. */
static int
stage_in_place(struct stage *s, struct err *e)
{
	struct err why;

	err_clear(&why);
	if (stage_put(s, "", e) == -1) {
		s->unverified = s->reached > 0;
		return -1;
	}
	if (stage_prove(s, "", false, &why) == 0)
		return 0;
	s->unverified = true;
	if (why.code == ERR_DENIED || why.code == ERR_LOGIN ||
	    why.code == ERR_UNSUPPORTED)
		return 0;
	*e = why;
	return -1;
}

static int
stage_named(struct stage *s, struct err *e)
{
	int rc;

	if ((rc = stage_look_first(s, e)) == 0) {
		s->out->direct = s->x->no_rename ||
		    s->opts->atomic == XFER_DIRECT ||
		    s->x->scheme->ops->replace == NULL;
		if (s->out->direct && s->opts->atomic != XFER_RENAME)
			rc = stage_direct(s, e);
		else
			rc = stage_renamed(s, e);
	}
	if (rc == -1)
		return -1;
	if (s->opts->marker != NULL && put_marker(s, e) == -1) {
		s->unverified = true;
		return err_wrap(e, "the file is there, but not its marker");
	}
	return 0;
}

int
xfer_stage_check(const struct xfer_stage_opts *o, struct err *e)
{
	const char *dir = o->temp_dir;

	if (o->in_place && (o->on_exists != XFER_REPLACE ||
	    o->marker != NULL)) {
		err_set(e, ERR_CONFIG, "to an address that is signed for one "
		    "file, on_exists can only be \"replace\", and there is no "
		    "done_marker");
		return err_key(e, o->marker != NULL ? "done_marker" :
		    "on_exists");
	}
	if (o->marker != NULL && strchr(o->marker, '/') != NULL) {
		err_set(e, ERR_CONFIG, "done_marker \"%s\" has a slash",
		    o->marker);
		return err_key(e, "done_marker");
	}
	if (dir != NULL && (dir[0] == '\0' || dir[strlen(dir) - 1] == '/')) {
		err_set(e, ERR_CONFIG, "temp_dir is \"%s\"; write a folder "
		    "without a slash at its end", dir);
		return err_key(e, "temp_dir");
	}
	return 0;
}

static int
check_names(const struct xfer_stage_opts *o, struct err *e)
{
	if (o->name[0] == '\0')
		return err_set(e, ERR_CONFIG, "a staged file needs a name");
	if (strchr(o->name, '/') != NULL)
		return err_set(e, ERR_CONFIG, "the file name \"%s\" has a "
		    "slash", o->name);
	if (strlen(o->name) >= sizeof(((struct xfer_staged *)0)->name))
		return err_set(e, ERR_CONFIG, "the name %s is too long",
		    o->name);
	return xfer_stage_check(o, e);
}

/* What has the name was never put there by us. */
static bool
is_foreign(struct xfer *x, const char *name)
{
	enum xfer_kind kind;
	struct err ignored;

	err_clear(&ignored);
	return xfer_kind(x, name, &kind, &ignored) == 0 &&
	    (kind == XFER_FOLDER || kind == XFER_LINK);
}

static int
remove_if_there(struct xfer *x, const char *name, const char *end,
    struct err *e)
{
	struct err why;
	char *whole;
	int rc = 0;

	if (asprintf(&whole, "%s%s", name, end) == -1)
		return err_nomem(e);
	err_clear(&why);
	if (!is_foreign(x, whole))
		rc = xfer_remove(x, whole, &why);
	free(whole);
	if (rc == 0 || why.code == ERR_NOTFOUND)
		return 0;
	*e = why;
	return -1;
}

/* Whether the file may go: ours, or the beginning of ours. */
static int
may_go(struct stage *s, bool *out, struct err *e)
{
	enum stage_there there;
	struct err why, size;
	uint64_t same;

	err_clear(&why);
	err_clear(&size);
	*out = false;
	if (is_foreign(s->x, s->name))
		return 0;
	if (stage_compare(s, s->name, &there, &same, &why) == 0) {
		*out = there == THERE_OURS || there == THERE_BEGUN;
		return 0;
	}
	*out = true;
	if ((why.code == ERR_DENIED || why.code == ERR_UNSUPPORTED) &&
	    stage_size(s, s->name, &size) == 0)
		return 0;
	*e = why;
	return -1;
}

int
xfer_unstage(struct xfer *x, const struct xfer_source *src,
    const struct xfer_stage_opts *opts, struct err *e)
{
	struct stage s = { .x = x, .src = src, .opts = opts };
	bool go = true;
	int rc = 0;

	if (opts->in_place)
		return 0;	/* the address is signed for a PUT only */
	s.name = opts->name;
	if ((s.temp = xfer_name_temp(opts->temp_dir, s.name, opts->tag,
	    e)) == NULL)
		return -1;
	if (opts->again)
		rc = remove_if_there(x, s.temp, "", e);
	free(s.temp);
	if (rc == 0 && src != NULL)
		rc = may_go(&s, &go, e);
	if (rc == 0 && go && opts->marker != NULL)
		rc = remove_if_there(x, s.name, opts->marker, e);
	return rc == 0 && go ? remove_if_there(x, s.name, "", e) : rc;
}

static int
is_there(struct xfer *x, const char *name, const char *end, struct err *e)
{
	struct xfer_stat st;
	struct err why;
	char *whole;
	int rc;

	if (asprintf(&whole, "%s%s", name, end) == -1)
		return err_nomem(e);
	err_clear(&why);
	if (is_foreign(x, whole)) {
		free(whole);
		return 0;
	}
	rc = xfer_stat(x, whole, &st, &why);
	free(whole);
	if (rc == 0 || why.code == ERR_NOTFOUND)
		return rc == 0;
	*e = why;
	return -1;
}

int
xfer_staged_there(struct xfer *x, const struct xfer_stage_opts *opts,
    struct err *e)
{
	char *temp;
	int rc;

	if ((temp = xfer_name_temp(opts->temp_dir, opts->name, opts->tag,
	    e)) == NULL)
		return -1;
	rc = is_there(x, opts->name, "", e);
	if (rc == 0)
		rc = is_there(x, temp, "", e);
	if (rc == 0 && opts->marker != NULL)
		rc = is_there(x, opts->name, opts->marker, e);
	free(temp);
	return rc;
}

int
xfer_stage(struct xfer *x, const struct xfer_source *src,
    const struct xfer_stage_opts *opts, struct xfer_staged *out,
    struct err *e)
{
	struct stage s = { .x = x, .src = src, .opts = opts, .out = out };
	int rc;

	memset(out, 0, sizeof(*out));
	if (check_names(opts, e) == -1)
		return -1;
	snprintf(out->name, sizeof(out->name), "%s", opts->name);
	s.name = opts->name;
	if ((s.temp = xfer_name_temp(opts->temp_dir, s.name, opts->tag,
	    e)) == NULL)
		return -1;
	out->direct = opts->in_place;
	rc = opts->in_place ? stage_in_place(&s, e) : stage_named(&s, e);
	out->verified = s.unverified ? XFER_VERIFIED_UNSURE :
	    rc == -1 ? XFER_VERIFIED_NOT :
	    s.read_back ? XFER_VERIFIED_READBACK :
	    s.hashed ? XFER_VERIFIED_HASH : XFER_VERIFIED_SIZE;
	free(s.temp);
	return rc;
}
