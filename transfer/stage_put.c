/*
 * Bringing the bytes of a staging over.
 *
 * What broke off is gone on with only when the bytes that are there were
 * fetched and are ours: a server may have cut its last block, or have another
 * file there.  How far to go on from is asked each time, never remembered.
 */
#include "stage_internal.h"

#include "../src/base/log.h"

/* A source that notes how far it was read. */
static ssize_t
noting_pread(void *arg, void *p, size_t n, uint64_t off, struct err *e)
{
	struct stage *s = arg;
	ssize_t got;

	got = s->src->pread(s->src->arg, p, n, off, e);
	if (got > 0 && off + (uint64_t)got > s->reached)
		s->reached = off + (uint64_t)got;
	return got;
}

/*
 * How many bytes of the source name already has: 0 unless they were fetched
 * and compared.  What several connections began has holes; only the part
 * before the first one counts.
 */
static uint64_t
proven_prefix(struct stage *s, enum stage_there there, uint64_t same)
{
	const struct xfer_ops *ops = s->x->scheme->ops;

	if (ops->put_from == NULL || there == THERE_NOTHING ||
	    (there == THERE_OTHER && !ops->rewrites))
		return 0;
	return same;
}

static bool
is_final(const struct stage *s, const char *name)
{
	return name != s->temp;
}

static int
put_once(struct stage *s, const char *name, const struct xfer_source *src,
    struct err *e)
{
	if (!is_final(s, name) || !stage_must_be_free(s))
		return xfer_put(s->x, name, src, e);
	/* Holes of ours could not be told from a file of others. */
	s->x->one_stream = true;
	return xfer_put_new(s->x, name, src, e);
}

/* One put, after making missing folders if that is wanted. */
static int
put_made(struct stage *s, const char *name, const struct xfer_source *src,
    struct err *e)
{
	struct err why, ignored;
	char *folder, *slash;

	err_clear(&why);
	if (put_once(s, name, src, &why) == 0)
		return 0;
	if (!s->opts->mkdir || (why.code != ERR_NOTFOUND &&
	    why.code != ERR_DENIED)) {
		*e = why;
		return -1;
	}
	if ((folder = strdup(name)) == NULL)
		return err_nomem(e);
	slash = strrchr(folder, '/');
	*(slash != NULL ? slash : folder) = '\0';
	err_clear(&ignored);
	xfer_mkdirs(s->x, "", &ignored);
	if (folder[0] != '\0')
		xfer_mkdirs(s->x, folder, &ignored);
	free(folder);
	return put_once(s, name, src, e);
}

/* From the beginning, or from the end of what is proven to be there. */
static int
put_rest(struct stage *s, const char *name, uint64_t from, struct err *e)
{
	struct xfer_source noting = { noting_pread, s, s->src->size };

	if (from == 0)
		return put_made(s, name, &noting, e);
	s->reached = from;
	log_say(s->x->log, LOG_NOTE, "going on with an upload that broke off",
	    LFF("name", name), LFI("byte", (int64_t)from));
	if (from == s->src->size ||
	    xfer_put_from(s->x, name, &noting, from, e) == 0)
		return 0;
	if (e->code != ERR_UNSUPPORTED)
		return -1;
	log_say(s->x->log, LOG_NOTE, "the server does not go on with a file; "
	    "sending all of it", LFF("name", name));
	err_clear(e);
	return put_made(s, name, &noting, e);
}

/* What an earlier try left, if anything of it can be used. */
static uint64_t
left_there(struct stage *s, const char *name)
{
	enum stage_there there;
	struct err why;
	uint64_t same, from;

	err_clear(&why);
	if (s->x->scheme->ops->put_from == NULL ||
	    stage_compare(s, name, &there, &same, &why) == -1)
		return 0;
	from = proven_prefix(s, there, same);
	if (from == 0 && there == THERE_OTHER)
		log_say(s->x->log, LOG_NOTE, "what is there of an earlier try "
		    "is not used", LFF("name", name));
	return from;
}

/*
 * Under a temporary name nobody else writes: where it cannot be read, its size
 * is proof enough that the last byte has arrived.
 */
static bool
whole_by_size(struct stage *s, const char *name, const struct err *why)
{
	struct err ignored;

	err_clear(&ignored);
	return (why->code == ERR_DENIED || why->code == ERR_UNSUPPORTED) &&
	    !is_final(s, name) && s->reached == s->src->size &&
	    stage_size(s, name, &ignored) == 0;
}

/*
 * The connection broke and a new one stands: what has arrived?  0 when all is
 * there or could be brought over now.
 */
static int
settle(struct stage *s, const char *name, struct err *e)
{
	enum stage_there there = THERE_NOTHING;
	uint64_t same = 0;
	struct err why;

	err_clear(&why);
	if (stage_compare(s, name, &there, &same, &why) == -1 &&
	    whole_by_size(s, name, &why))
		there = THERE_OURS;
	if (there == THERE_OURS) {
		log_say(s->x->log, LOG_NOTE, "the connection broke after the "
		    "last byte; the file is whole", LFF("name", name));
		return 0;
	}
	if (s->down || s->x->scheme->ops->put_from == NULL)
		return -1;
	if (is_final(s, name) && there == THERE_BEGUN)
		s->begun = true;
	err_clear(e);
	return put_rest(s, name, proven_prefix(s, there, same), e);
}

int
stage_put(struct stage *s, const char *name, struct err *e)
{
	struct err why;
	uint64_t from = 0;

	s->reached = 0;
	if (s->opts->again && !(is_final(s, name) && stage_must_be_free(s)))
		from = left_there(s, name);
	err_clear(&why);
	if (put_rest(s, name, from, &why) == 0)
		return 0;
	if (stage_recover(s, &why) && err_is(&why, ERR_CUT) &&
	    settle(s, name, &why) == 0)
		return 0;
	s->broke = err_is(&why, ERR_CUT);
	*e = why;
	return -1;
}
