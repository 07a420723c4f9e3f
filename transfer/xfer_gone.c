/*
 * Removing a file, and finding out that it is gone.
 *
 * Neither answer to a removal is proof: servers say "Delete operation failed"
 * about a file that was never there and about one that this login may not
 * touch, and others say "done" and keep it.  So a look follows: by its size,
 * and where that is refused or leaves a doubt by the list of its folder.
 */
#include "xfer_internal.h"

#include "../src/base/clock.h"

#define GONE_FIRST_MS	50	/* pause before the second look; it doubles */

enum sight { SIGHT_GONE, SIGHT_THERE, SIGHT_NONE };

struct seeking {
	const char	*name;	/* within its folder */
	bool		 found;
};

static int
seek_entry(void *arg, const char *name, uint64_t size, struct err *e)
{
	struct seeking *s = arg;

	(void)size;
	(void)e;
	s->found |= strcmp(name, s->name) == 0;
	return 0;
}

/* Is the name in the list of its folder?  why says why there is no list. */
static enum sight
look_in_list(struct xfer *x, const char *name, struct err *why)
{
	struct seeking s = { .name = name };
	const char *slash = strrchr(name, '/');
	char *folder;
	int rc;

	if (slash != NULL)
		s.name = slash + 1;
	folder = slash == name ? strdup("/") : strndup(name,
	    slash == NULL ? 0 : (size_t)(slash - name));
	if (folder == NULL) {
		err_nomem(why);
		return SIGHT_NONE;
	}
	rc = xfer_list(x, folder, seek_entry, &s, why);
	free(folder);
	if (s.found)
		return SIGHT_THERE;
	if (rc == -1)
		return why->code == ERR_NOTFOUND ? SIGHT_GONE : SIGHT_NONE;
	return s.name[0] == '.' && rc == 1 ? SIGHT_NONE : SIGHT_GONE;
}

/*
 * One look.  doubt: the removal was refused in words that could mean either,
 * so "not there" is asked twice.
 */
static enum sight
look_once(struct xfer *x, const char *name, bool doubt, struct err *why)
{
	struct xfer_stat st = { 0 };
	struct err list;
	enum sight seen;
	bool missing;

	if (xfer_stat(x, name, &st, why) == 0 || why->remote / 100 == 2)
		return SIGHT_THERE;	/* 2xx: there, but without a size */
	if (err_is(why, ERR_ENDS))
		return SIGHT_NONE;
	missing = why->code == ERR_NOTFOUND;
	if ((missing && !doubt) || x->scheme->ops->list == NULL)
		return missing ? SIGHT_GONE : SIGHT_NONE;
	err_clear(&list);
	seen = look_in_list(x, name, &list);
	if (seen != SIGHT_NONE)
		return seen;
	if (err_is(&list, ERR_ENDS)) {
		*why = list;
		return SIGHT_NONE;
	}
	return missing ? SIGHT_GONE : SIGHT_NONE;
}

/* A store of several machines may show for a moment what is gone. */
static enum sight
look_in_time(struct xfer *x, const char *name, struct err *why)
{
	int64_t until = clock_mono(x->clock) + x->times.stale_ms;
	int64_t nap = GONE_FIRST_MS;
	enum sight seen;

	for (;; nap *= 2) {
		err_clear(why);
		seen = look_once(x, name, false, why);
		if (seen != SIGHT_THERE || clock_mono(x->clock) + nap > until)
			return seen;
		clock_sleep(x->clock, nap);
	}
}

/* The server said that it removed the file. */
static int
prove_gone(struct xfer *x, const char *name, struct err *e)
{
	struct err why;

	switch (look_in_time(x, name, &why)) {
	case SIGHT_GONE:
		return 0;
	case SIGHT_THERE:
		return err_set(e, ERR_PROTOCOL, "the server said that it "
		    "removed the file, but it is still there");
	case SIGHT_NONE:
		break;
	}
	if (!err_is(&why, ERR_ENDS))
		return 0;	/* no look is permitted: its word must do */
	*e = why;
	return err_wrap(e, "it is not known whether the file is gone");
}

int
xfer_remove_proven(struct xfer *x, const char *name, struct err *e)
{
	struct err said, why;

	err_clear(&said);
	if (x->scheme->ops->remove(x, name, &said) == 0)
		return prove_gone(x, name, e);
	*e = said;
	if (err_is(&said, ERR_ENDS))
		return -1;
	err_clear(&why);
	switch (look_once(x, name, said.code != ERR_NOTFOUND, &why)) {
	case SIGHT_GONE:
		e->code = ERR_NOTFOUND;
		break;
	case SIGHT_THERE:
		if (e->code == ERR_NOTFOUND)
			e->code = ERR_DENIED;
		return err_wrap(e, "the file is still there");
	case SIGHT_NONE:
		if (err_is(&why, ERR_ENDS))
			*e = why;
		break;
	}
	return -1;
}
