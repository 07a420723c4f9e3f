/*
 * Proofs of a staged file: by its size, or by fetching it back.  A connection
 * that breaks meanwhile is made once more.
 */
#define OPENSSL_SUPPRESS_DEPRECATED	/* EVP needs set-up that can fail */
#include "stage_internal.h"

#include <openssl/sha.h>

#include "../src/base/clock.h"
#include "../src/base/log.h"

#define LOOK_FIRST_MS	50	/* pause before the second look; it doubles */
#define LOOK_MOST_MS	2000	/* but no longer than this */
#define COMPARE_CHUNK	(64 * 1024)

bool
stage_recover(struct stage *s, const struct err *why)
{
	struct err again;

	if (why->code == ERR_UNAVAILABLE)
		return true;
	if (!err_is(why, ERR_CUT)) {
		s->down |= err_is(why, ERR_ENDS);
		return false;
	}
	err_clear(&again);
	if (s->reopened || s->down || xfer_reopen(s->x, &again) == -1) {
		s->down = true;
		return false;
	}
	s->reopened = true;
	return true;
}

int
stage_look(struct stage *s, const char *name, struct xfer_stat *st,
    struct err *e)
{
	struct err why;

	err_clear(&why);
	if (xfer_stat(s->x, name, st, &why) == 0)
		return 0;
	if (stage_recover(s, &why)) {
		err_clear(&why);
		if (xfer_stat(s->x, name, st, &why) == 0)
			return 0;
	}
	*e = why;
	return -1;
}

int
stage_size(struct stage *s, const char *name, struct err *e)
{
	struct xfer_stat st;
	char where[300];

	if (stage_look(s, name, &st, e) == -1)
		return -1;
	if (st.is_dir || st.size != s->src->size)
		return err_set(e, ERR_MISMATCH, "%s has %llu bytes at %s, but "
		    "%llu were sent", name, (unsigned long long)st.size,
		    xfer_where(s->x, where, sizeof(where)),
		    (unsigned long long)s->src->size);
	return 0;
}

/* Whether fetched bytes are those of the source. */
struct compare {
	struct stage	*s;
	uint64_t	 at;	/* bytes compared */
	bool		 differs;
	char		 ours[COMPARE_CHUNK];
};

static size_t
common(const char *a, const char *b, size_t n)
{
	size_t i;

	for (i = 0; i < n && a[i] == b[i]; i++)
		;
	return i;
}

static int
compare_write(void *arg, const void *p, size_t n, struct err *e)
{
	struct compare *c = arg;
	const char *theirs = p;
	ssize_t got;
	size_t want;

	while (n > 0) {
		want = n < sizeof(c->ours) ? n : sizeof(c->ours);
		got = c->s->src->pread(c->s->src->arg, c->ours, want, c->at,
		    e);
		if (got == -1)
			return -1;
		if (got == 0 || memcmp(c->ours, theirs, (size_t)got) != 0) {
			c->at += common(c->ours, theirs, (size_t)got);
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

int
stage_compare(struct stage *s, const char *name, enum stage_there *out,
    uint64_t *same, struct err *e)
{
	struct xfer_sink sink = { compare_write, NULL, s->src->size };
	struct xfer_stat st;
	struct compare *c;
	struct err why;
	int rc;

	*same = 0;
	*out = THERE_NOTHING;
	err_clear(&why);
	if (stage_look(s, name, &st, &why) == -1) {
		if (why.code == ERR_NOTFOUND)
			return 0;
		*e = why;
		return -1;
	}
	*out = THERE_OTHER;
	if (st.is_dir || st.size > s->src->size)
		return 0;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return err_nomem(e);
	c->s = s;
	sink.arg = c;
	rc = st.size == 0 ? 0 : xfer_get(s->x, name, &sink, &why);
	*same = c->at;
	if (rc == 0 && c->at == st.size)
		*out = c->at == s->src->size ? THERE_OURS : THERE_BEGUN;
	else if (rc == -1 && !c->differs && why.code != ERR_LIMIT) {
		*e = why;
		rc = -2;
	}
	s->read_back |= *out == THERE_OURS;
	free(c);
	return rc == -2 ? -1 : 0;
}

static int
hash_write(void *arg, const void *p, size_t n, struct err *e)
{
	(void)e;
	SHA256_Update(arg, p, n);
	return 0;
}

/* Fetch name and work out its SHA-256. */
static int
fetch_hash(struct stage *s, const char *name, unsigned char *hash,
    struct err *e)
{
	SHA256_CTX sha;
	struct xfer_sink sink = { hash_write, &sha, s->src->size };

	SHA256_Init(&sha);
	if (xfer_get(s->x, name, &sink, e) == -1)
		return -1;
	SHA256_Final(hash, &sha);
	return 0;
}

/* Prove that name has the content of the source, by fetching it. */
static int
prove_content(struct stage *s, const char *name, struct err *e)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	struct err why;
	char where[300];
	int rc;

	err_clear(&why);
	rc = fetch_hash(s, name, hash, &why);
	if (rc == -1 && stage_recover(s, &why)) {
		err_clear(&why);
		rc = fetch_hash(s, name, hash, &why);
	}
	if (rc == -1 && why.code != ERR_LIMIT) {
		*e = why;
		return -1;
	}
	if (rc == -1 ||
	    memcmp(hash, s->opts->sha256, SHA256_DIGEST_LENGTH) != 0)
		return err_set(e, ERR_MISMATCH, "%s at %s was read back and "
		    "its content is not what was sent", name,
		    xfer_where(s->x, where, sizeof(where)));
	s->read_back = true;
	return 0;
}

/* As the server tells it: 1 when it does not, and only fetching helps. */
static int
prove_hash(struct stage *s, const char *name, struct err *e)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	struct err why;
	char where[300];
	int rc;

	err_clear(&why);
	rc = xfer_hash(s->x, name, hash, &why);
	if (rc == -1 && stage_recover(s, &why)) {
		err_clear(&why);
		rc = xfer_hash(s->x, name, hash, &why);
	}
	if (rc == -1) {
		if (!s->down)
			return 1;
		*e = why;
		return -1;
	}
	if (memcmp(hash, s->opts->sha256, SHA256_DIGEST_LENGTH) != 0)
		return err_set(e, ERR_MISMATCH, "the SHA-256 of %s that %s "
		    "worked out is not that of what was sent", name,
		    xfer_where(s->x, where, sizeof(where)));
	s->hashed = true;
	return 0;
}

/*
 * A store behind several machines may show a file, or its new size, a moment
 * after it said that it has it.
 */
static int
size_in_time(struct stage *s, const char *name, struct err *e)
{
	const struct xfer_times *t = &s->x->times;
	int64_t began = clock_mono(s->x->clock), most;
	int64_t nap = LOOK_FIRST_MS;
	struct err why;

	for (;;) {
		err_clear(&why);
		if (stage_size(s, name, &why) == 0)
			return 0;
		most = why.code == ERR_MISMATCH ? t->stale_ms :
		    why.code == ERR_NOTFOUND ? t->unseen_ms : 0;
		if (clock_mono(s->x->clock) + nap > began + most) {
			*e = why;
			return -1;
		}
		clock_sleep(s->x->clock, nap);
		if ((nap *= 2) > LOOK_MOST_MS)
			nap = LOOK_MOST_MS;
	}
}

/*
 * Its size cannot be had.  A server that just said that it has the file and
 * now finds none shows nothing to this login: many a drop folder is write-only.
 */
static int
prove_unseen(struct stage *s, const char *name, struct err *why,
    struct err *e)
{
	bool hidden = why->code == ERR_NOTFOUND && s->x->scheme->ops->vague;

	if (s->opts->believe && (hidden || why->code == ERR_DENIED)) {
		log_say(s->x->log, LOG_NOTE, "the server permits no look; the "
		    "file is not verified yet", LFF("name", name));
		s->blind = s->unverified = true;
		return 0;
	}
	if (why->code == ERR_UNSUPPORTED)
		return prove_content(s, name, e);
	*e = *why;
	if (!hidden)
		return -1;
	if (prove_content(s, name, why) == 0) {
		err_clear(e);
		return 0;
	}
	if (why->code == ERR_NOTFOUND || why->code == ERR_DENIED) {
		e->code = ERR_DENIED;
		return err_wrap(e, "the server took the file but does not show "
		    "it; where a folder is write-only, \"rehearse: full\" "
		    "proves it by the address it is fetched from");
	}
	*e = *why;
	return -1;
}

int
stage_prove(struct stage *s, const char *name, bool content, struct err *e)
{
	struct err why;
	int rc;

	err_clear(&why);
	if (size_in_time(s, name, &why) == -1)
		return prove_unseen(s, name, &why, e);
	if (content && s->opts->proof == XFER_BY_HASH &&
	    (rc = prove_hash(s, name, e)) != 1)
		return rc;
	if (!content || prove_content(s, name, &why) == 0)
		return 0;
	if (why.code != ERR_UNSUPPORTED) {
		*e = why;
		return -1;
	}
	log_say(s->x->log, LOG_WARN, "cannot be read back here; proven by "
	    "size only", LFF("name", name));
	return 0;
}
