/*
 * Staging: bring a file to a server so that its name appears only when it is
 * whole, and believe nothing but the server's state.
 *
 * A reply may be lost after the deed was done: after the last byte, and after
 * the rename.  Then the connection is made once more and what is there
 * decides.  A "226 Transfer complete" on the other hand may be false; the
 * size is always asked for.  Whatever fails, a file under its final name is
 * never removed: it may be the only good copy.
 */
#include "stage_internal.h"

#include "../src/base/fault.h"
#include "../src/base/log.h"

#define UNIQUE_MAX	99	/* names tried */

/* The temporary name is gone and the final one has our size. */
static bool
was_renamed(struct stage *s)
{
	struct xfer_stat st;
	struct err	 e;

	err_clear(&e);
	if (stage_look(s, s->temp, &st, &e) == 0 || e.code != ERR_NOTFOUND)
		return false;
	err_clear(&e);
	return stage_size(s, s->name, &e) == 0;
}

static int
rename_settled(struct stage *s, struct err *e)
{
	struct err why;

	err_clear(&why);
	if (xfer_replace(s->x, s->temp, s->name, &why) == 0)
		return 0;
	if (stage_recover(s, &why)) {
		if (was_renamed(s)) {
			log_say(s->x->log, LOG_NOTE, "the answer to the rename "
			    "was lost; it was done",
			    LFF("name", s->name));
			return 0;
		}
		err_clear(&why);
		if (!s->down && xfer_replace(s->x, s->temp, s->name,
		    &why) == 0)
			return 0;
	}
	s->unverified = why.code == ERR_BROKEN || why.code == ERR_TIMEOUT ||
	    why.code == ERR_UNAVAILABLE;
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

/* Under the final name at once, then prove. */
static int
stage_direct(struct stage *s, struct err *e)
{

	if (stage_put(s, s->name, e) == -1) {
		s->unverified = s->reached > 0;
		return -1;
	}
	if (stage_prove(s, s->name, s->opts->readback, e) == -1)
		return unverified(s, e);
	return 0;
}

static int
no_rename(struct stage *s, struct xfer_staged *out, const struct err *why,
    struct err *e)
{

	drop_temp(s);
	if (s->opts->atomic == XFER_RENAME) {
		*e = *why;
		return err_wrap(e, "the server cannot rename, and atomic is "
		    "\"rename\"");
	}
	log_say(s->x->log, LOG_NOTE, "the server cannot rename; sending under "
	    "the final name", LFF("name", s->name));
	s->x->no_rename = out->direct = true;
	return stage_direct(s, e);
}

static int
stage_renamed(struct stage *s, struct xfer_staged *out, struct err *e)
{
	struct err why;

	err_clear(&why);
	if (stage_put(s, s->temp, e) == -1 ||
	    stage_prove(s, s->temp, s->opts->readback, e) == -1)
		goto fail;
	if (FAULT_POINT("stage-uploaded")) {
		err_set(e, ERR_BROKEN, "injected");
		goto fail;
	}
	if (rename_settled(s, &why) == -1) {
		if (why.code == ERR_UNSUPPORTED)
			return no_rename(s, out, &why, e);
		*e = why;
		goto fail;
	}
	if (stage_prove(s, s->name, false, e) == -1)
		return unverified(s, e);
	return 0;
fail:
	drop_temp(s);
	return -1;
}

/* 1: there is a file of that name, 0: none, -1: nobody knows. */
static int
is_there(struct stage *s, const char *name, struct err *e)
{
	struct xfer_stat st;
	struct err	 why;

	err_clear(&why);
	if (stage_look(s, name, &st, &why) == 0)
		return 1;
	if (why.code == ERR_NOTFOUND)
		return 0;
	*e = why;
	return -1;
}

static int
taken(struct stage *s, struct err *e)
{
	char	where[300];

	return err_set(e, ERR_EXISTS, "%s is there already at %s", s->name,
	    xfer_where(s->x, where, sizeof(where)));
}

/* NAME-2.EXT, NAME-3.EXT ... into out->name, until one is free. */
static int
find_unique(struct stage *s, struct xfer_staged *out, struct err *e)
{
	const char	*name = s->opts->name, *dot;
	size_t		 stem, room = sizeof(out->name);
	int		 i, rc = 1;

	dot = strrchr(name, '.');
	stem = dot != NULL && dot != name ? (size_t)(dot - name) :
	    strlen(name);
	for (i = 2; i <= UNIQUE_MAX && rc == 1; i++) {
		if (snprintf(out->name, room, "%.*s-%d%s", (int)stem, name, i,
		    name + stem) >= (int)room)
			return err_set(e, ERR_CONFIG, "the name %s is too "
			    "long", name);
		rc = is_there(s, out->name, e);
	}
	if (rc == 1)
		return taken(s, e);
	s->name = out->name;
	return rc;
}

/* The same file as ours has the final name. */
static int
is_ours(struct stage *s, struct err *e)
{

	if (stage_size(s, s->name, e) == -1)
		return -1;
	return stage_content(s, s->name, e);
}

/*
 * What is there before anything is sent: 1 when it is our file, 0 to go on,
 * -1 to stop.
 */
static int
look_first(struct stage *s, struct xfer_staged *out, struct err *e)
{
	struct err why;
	int	rc;

	err_clear(&why);
	if (s->opts->again && is_ours(s, &why) == 0)
		return 1;
	if (s->opts->on_exists == XFER_REPLACE)
		return 0;
	if ((rc = is_there(s, s->name, e)) != 1)
		return rc;
	if (s->opts->on_exists == XFER_UNIQUE)
		return find_unique(s, out, e);
	if (s->opts->on_exists == XFER_SKIP) {
		if (is_ours(s, e) == 0)
			return 1;
		if (e->code != ERR_MISMATCH)
			return -1;
		e->code = ERR_EXISTS;
		return err_wrap(e, "%s is there already", s->name);
	}
	return taken(s, e);
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
	char	*name;
	int	 rc;

	if (asprintf(&name, "%s%s", s->name, s->opts->marker) == -1)
		return err_nomem(e);
	rc = xfer_put(s->x, name, &nothing, e);
	free(name);
	return rc;
}

/* A signed URL: whoever signed it for PUT need not allow a look. */
static int
stage_in_place(struct stage *s, struct err *e)
{
	struct err why;

	if (s->opts->on_exists != XFER_REPLACE || s->opts->marker != NULL)
		return err_set(e, ERR_CONFIG, "to an address that is signed "
		    "for one file, on_exists can only be \"replace\", and "
		    "there is no done_marker");
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
stage_named(struct stage *s, struct xfer_staged *out, struct err *e)
{
	int	rc;

	if ((rc = look_first(s, out, e)) == 0) {
		out->direct = s->x->no_rename ||
		    s->opts->atomic == XFER_DIRECT ||
		    s->x->scheme->ops->replace == NULL;
		if (out->direct && s->opts->atomic != XFER_RENAME)
			rc = stage_direct(s, e);
		else
			rc = stage_renamed(s, out, e);
	}
	if (rc == -1)
		return -1;
	if (s->opts->marker != NULL && put_marker(s, e) == -1) {
		s->unverified = true;
		return err_wrap(e, "the file is there, but not its marker");
	}
	return 0;
}

static int
check_names(const struct xfer_stage_opts *o, struct err *e)
{
	const char *dir = o->temp_dir;

	if (o->name[0] == '\0')
		return err_set(e, ERR_CONFIG, "a staged file needs a name");
	if (strchr(o->name, '/') != NULL ||
	    (o->marker != NULL && strchr(o->marker, '/') != NULL))
		return err_set(e, ERR_CONFIG, "the file name \"%s\" has a "
		    "slash", o->name);
	if (strlen(o->name) >= sizeof(((struct xfer_staged *)0)->name))
		return err_set(e, ERR_CONFIG, "the name %s is too long",
		    o->name);
	if (dir != NULL && (dir[0] == '\0' || dir[strlen(dir) - 1] == '/'))
		return err_set(e, ERR_CONFIG, "temp_dir is \"%s\"; write a "
		    "folder without a slash at its end", dir);
	return 0;
}

static int
temp_name(const struct xfer_stage_opts *o, char **out, struct err *e)
{

	if (asprintf(out, "%s%s.%s.%s.part",
	    o->temp_dir != NULL ? o->temp_dir : "",
	    o->temp_dir != NULL ? "/" : "", o->name, o->tag) != -1)
		return 0;
	*out = NULL;
	return err_nomem(e);
}

static int
remove_if_there(struct xfer *x, const char *name, const char *end,
    struct err *e)
{
	struct err why;
	char	*whole;
	int	 rc;

	if (asprintf(&whole, "%s%s", name, end) == -1)
		return err_nomem(e);
	err_clear(&why);
	rc = xfer_remove(x, whole, &why);
	free(whole);
	if (rc == 0 || why.code == ERR_NOTFOUND)
		return 0;
	*e = why;
	return -1;
}

int
xfer_unstage(struct xfer *x, const struct xfer_stage_opts *opts,
    struct err *e)
{
	char	*temp;
	int	 rc = 0;

	if (opts->in_place)
		return 0;	/* the address is signed for a PUT only */
	if (temp_name(opts, &temp, e) == -1)
		return -1;
	if (opts->again)
		rc = remove_if_there(x, temp, "", e);
	free(temp);
	if (rc == 0 && opts->marker != NULL)
		rc = remove_if_there(x, opts->name, opts->marker, e);
	return rc == 0 ? remove_if_there(x, opts->name, "", e) : -1;
}

int
xfer_stage(struct xfer *x, const struct xfer_source *src,
    const struct xfer_stage_opts *opts, struct xfer_staged *out,
    struct err *e)
{
	struct stage	s = { .x = x, .src = src, .opts = opts };
	int		rc;

	memset(out, 0, sizeof(*out));
	if (check_names(opts, e) == -1)
		return -1;
	snprintf(out->name, sizeof(out->name), "%s", opts->name);
	s.name = opts->name;
	if (temp_name(opts, &s.temp, e) == -1)
		return -1;
	out->direct = opts->in_place;
	rc = opts->in_place ? stage_in_place(&s, e) : stage_named(&s, out, e);
	if (rc == -1 || s.unverified)
		out->verified = s.unverified ? "unverified" : NULL;
	else
		out->verified = s.read_back ? "readback" : "size";
	free(s.temp);
	return rc;
}
