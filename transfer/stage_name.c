/*
 * The final name of a staging: whether it is free, and what to do if not.
 *
 * Looking is not enough: two hosts may look at the same moment.  So a name
 * that has to be free is looked at before anything is sent, and then taken by
 * a call that fails when it is not; whoever fails comes here again.  What an
 * earlier try of the same run has left there is known by its bytes.
 */
#include "stage_internal.h"

#include "names.h"

#define UNIQUE_MAX	99	/* names tried */

bool
stage_must_be_free(const struct stage *s)
{
	return s->opts->on_exists != XFER_REPLACE && !s->begun;
}

static int
taken(struct stage *s, struct err *e)
{
	char where[300];

	return err_set(e, ERR_EXISTS, "%s is there already at %s", s->name,
	    xfer_where(s->x, where, sizeof(where)));
}

static int
look_kind(struct stage *s, const char *name, enum xfer_kind *out,
    struct err *e)
{
	struct err why;

	err_clear(&why);
	if (xfer_kind(s->x, name, out, &why) == 0)
		return 0;
	if (stage_recover(s, &why)) {
		err_clear(&why);
		if (xfer_kind(s->x, name, out, &why) == 0)
			return 0;
	}
	*e = why;
	return -1;
}

static int
not_plain(struct stage *s, const char *name, enum xfer_kind kind,
    struct err *e)
{
	char where[300];

	xfer_where(s->x, where, sizeof(where));
	if (kind == XFER_FOLDER)
		return err_set(e, ERR_EXISTS, "%s is a folder at %s, so that "
		    "no file can have this name; have it moved away", name,
		    where);
	if (kind == XFER_LINK)
		return err_set(e, ERR_EXISTS, "%s is a link at %s, and none "
		    "is followed, for it may lead to a file of others; have "
		    "it removed", name, where);
	return 0;
}

int
stage_plain(struct stage *s, const char *name, struct err *e)
{
	enum xfer_kind kind;

	if (!s->x->scheme->ops->links)
		return 0;
	return look_kind(s, name, &kind, e) == -1 ? -1 :
	    not_plain(s, name, kind, e);
}

int
stage_refused(struct stage *s, const char *name, struct err *e)
{
	enum xfer_kind kind;
	struct err why;

	if (e->remote == 0 || s->down)
		return -1;
	err_clear(&why);
	if (xfer_kind(s->x, name, &kind, &why) == 0 &&
	    not_plain(s, name, kind, &why) == -1)
		*e = why;
	return -1;
}

/* 1: there is a file of that name, 0: none, -1: nobody knows. */
static int
is_there(struct stage *s, const char *name, struct err *e)
{
	enum xfer_kind kind;
	struct xfer_stat st;
	struct err why;

	if (s->x->scheme->ops->links) {
		if (look_kind(s, name, &kind, e) == -1)
			return -1;
		if (kind == XFER_LINK || kind == XFER_FOLDER)
			return 1;
	}
	err_clear(&why);
	if (stage_look(s, name, &st, &why) == 0)
		return 1;
	if (why.code == ERR_NOTFOUND)
		return 0;
	*e = why;
	return -1;
}

/* An earlier try may have left it: 1 when whole, 0 when begun, -1 if not. */
static int
is_ours(struct stage *s, const char *name)
{
	enum stage_there there;
	struct err ignored;
	uint64_t same;

	err_clear(&ignored);
	if (stage_plain(s, name, &ignored) == -1 ||
	    stage_compare(s, name, &there, &same, &ignored) == -1)
		return -1;
	if (there == THERE_OURS)
		return 1;
	if (there != THERE_BEGUN)
		return -1;
	s->begun = true;
	return 0;
}

/* NAME-N.EXT into the name of the staging. */
static int
number_name(struct stage *s, int n, struct err *e)
{
	const char *name = s->opts->name, *dot;
	size_t stem, room = sizeof(s->out->name);

	dot = strrchr(name, '.');
	stem = dot != NULL && dot != name ? (size_t)(dot - name) :
	    strlen(name);
	if (snprintf(s->out->name, room, "%.*s-%d%s", (int)stem, name, n,
	    name + stem) >= (int)room)
		return err_set(e, ERR_CONFIG, "the name %s is too long", name);
	s->name = s->out->name;
	return 0;
}

/* NAME-2.EXT, NAME-3.EXT ... until one is free, or ours. */
static int
find_unique(struct stage *s, struct err *e)
{
	int i, rc;

	for (i = 2; i <= UNIQUE_MAX; i++) {
		if (number_name(s, i, e) == -1)
			return -1;
		if ((rc = is_there(s, s->name, e)) != 1)
			return rc;
		if (s->opts->again && (rc = is_ours(s, s->name)) != -1)
			return rc;
	}
	return taken(s, e);
}

/* Is it the very file that we would put there? */
static int
skip(struct stage *s, struct err *e)
{
	enum stage_there there;
	uint64_t same;

	if (stage_compare(s, s->name, &there, &same, e) == -1)
		return -1;
	if (there == THERE_OURS)
		return 1;
	taken(s, e);
	return err_wrap(e, "another file has the name");
}

int
stage_taken(struct stage *s, struct err *e)
{
	if (s->opts->on_exists == XFER_UNIQUE)
		return find_unique(s, e);
	if (s->opts->on_exists == XFER_SKIP)
		return skip(s, e);
	return taken(s, e);
}

int
stage_look_first(struct stage *s, struct err *e)
{
	char *temp;
	int rc;

	if (s->opts->on_exists != XFER_UNIQUE &&
	    stage_plain(s, s->name, e) == -1)
		return -1;
	if (s->opts->again && (rc = is_ours(s, s->name)) != -1)
		return rc;
	if (s->opts->on_exists == XFER_REPLACE)
		return 0;
	if ((rc = is_there(s, s->name, e)) != 1)
		return rc;
	if ((rc = stage_taken(s, e)) != 0)
		return rc;
	if ((temp = xfer_name_temp(s->opts->temp_dir, s->name, s->opts->tag,
	    e)) == NULL)
		return -1;
	free(s->temp);
	s->temp = temp;
	return 0;
}
