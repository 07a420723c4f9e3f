/*
 * Bringing the bytes of a staging over.
 *
 * What broke off is gone on with only when the bytes that are there were
 * fetched and are ours: a server may have cut its last block, or have another
 * file there.  How far to go on from is asked each time, never remembered.
 */
#include "stage_internal.h"

#include "../src/base/log.h"

#define COMPARE_CHUNK	(64 * 1024)

/* A source that notes how far it was read. */
static ssize_t
noting_pread(void *arg, void *p, size_t n, uint64_t off, struct err *e)
{
	struct stage	*s = arg;
	ssize_t		 got;

	got = s->src->pread(s->src->arg, p, n, off, e);
	if (got > 0 && off + (uint64_t)got > s->reached)
		s->reached = off + (uint64_t)got;
	return got;
}

/* Whether fetched bytes are those of the source. */
struct compare {
	struct stage	*s;
	uint64_t	 at;	/* bytes compared */
	bool		 differs;
	char		 ours[COMPARE_CHUNK];
};

static int
compare_write(void *arg, const void *p, size_t n, struct err *e)
{
	struct compare	*c = arg;
	const char	*theirs = p;
	ssize_t		 got;
	size_t		 want;

	while (n > 0) {
		want = n < sizeof(c->ours) ? n : sizeof(c->ours);
		got = c->s->src->pread(c->s->src->arg, c->ours, want, c->at,
		    e);
		if (got == -1)
			return -1;
		if (got == 0 || memcmp(c->ours, theirs, (size_t)got) != 0) {
			c->differs = true;
			return err_set(e, ERR_MISMATCH, "it differs from what "
			    "was sent after byte %llu",
			    (unsigned long long)c->at);
		}
		theirs += got;
		n -= (size_t)got;
		c->at += (uint64_t)got;
	}
	return 0;
}

/*
 * How many bytes of the source name already has: 0 unless they were fetched
 * and compared.
 */
static uint64_t
proven_prefix(struct stage *s, const char *name)
{
	struct xfer_sink sink = { compare_write, NULL, s->src->size };
	struct xfer_stat st;
	struct compare	*c;
	struct err	 why;
	uint64_t	 n = 0;

	err_clear(&why);
	if (s->x->scheme->ops->put_from == NULL ||
	    xfer_stat(s->x, name, &st, &why) == -1 || st.is_dir ||
	    st.size == 0 || st.size > s->src->size ||
	    (c = calloc(1, sizeof(*c))) == NULL)
		return 0;
	c->s = s;
	sink.arg = c;
	if (xfer_get(s->x, name, &sink, &why) == 0 && c->at == st.size)
		n = c->at;
	else
		log_say(s->x->log, LOG_NOTE, "what is there of an earlier try "
		    "is not used", LFF("name", name), LFF("because", why.msg));
	free(c);
	return n;
}

/* One put, after making missing folders if that is wanted. */
static int
put_made(struct stage *s, const char *name, const struct xfer_source *src,
    struct err *e)
{
	struct err why, ignored;
	char	*folder, *slash;

	err_clear(&why);
	if (xfer_put(s->x, name, src, &why) == 0)
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
	return xfer_put(s->x, name, src, e);
}

/* From the beginning, or from the end of what is proven to be there. */
static int
put_or_go_on(struct stage *s, const char *name, bool look, struct err *e)
{
	struct xfer_source noting = { noting_pread, s, s->src->size };
	uint64_t	from;

	from = look ? proven_prefix(s, name) : 0;
	if (from == 0)
		return put_made(s, name, &noting, e);
	s->reached = from;
	log_say(s->x->log, LOG_NOTE, "going on with an upload that broke off",
	    LFF("name", name), LFI("byte", (int64_t)from));
	if (from == s->src->size)
		return 0;
	return xfer_put_from(s->x, name, &noting, from, e);
}

static bool
broke_off(const struct err *why)
{

	return why->code == ERR_BROKEN || why->code == ERR_TIMEOUT;
}

int
stage_put(struct stage *s, const char *name, struct err *e)
{
	struct err	why, size;

	err_clear(&why);
	err_clear(&size);
	s->reached = 0;
	if (put_or_go_on(s, name, s->opts->again, &why) == 0)
		return 0;
	if (stage_recover(s, &why) && broke_off(&why)) {
		if (s->reached == s->src->size &&
		    stage_size(s, name, &size) == 0) {
			log_say(s->x->log, LOG_NOTE, "the connection broke "
			    "after the last byte; the file is whole",
			    LFF("name", name));
			return 0;
		}
		if (!s->down && s->x->scheme->ops->put_from != NULL) {
			err_clear(&why);
			if (put_or_go_on(s, name, true, &why) == 0)
				return 0;
		}
	}
	s->broke = broke_off(&why);
	*e = why;
	return -1;
}
