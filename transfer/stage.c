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
#define OPENSSL_SUPPRESS_DEPRECATED	/* EVP needs set-up that can fail */
#include "xfer.h"

#include <openssl/sha.h>

#include "../src/base/log.h"
#include "xfer_internal.h"

struct stage {
	struct xfer			*x;
	const struct xfer_source	*src;
	const struct xfer_stage_opts	*opts;
	char		*temp;		/* temporary name */
	uint64_t	 reached;	/* end of the bytes that were read */
	bool		 reopened;	/* the one new connection was made */
	bool		 down;		/* the server does not answer */
	bool		 read_back;	/* content was compared */
};

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

/*
 * After an error that leaves the outcome open: connect again, once in a
 * staging.  True when there is a working connection to ask for the state.
 */
static bool
recover(struct stage *s, const struct err *why)
{
	struct err again;

	if (why->code == ERR_UNAVAILABLE)
		return true;
	if (why->code != ERR_BROKEN && why->code != ERR_TIMEOUT) {
		s->down |= why->code == ERR_STOPPED ||
		    why->code == ERR_CONNECT || why->code == ERR_RESOLVE;
		return false;
	}
	err_clear(&again);
	if (s->reopened || xfer_reopen(s->x, &again) == -1) {
		s->down = true;
		return false;
	}
	s->reopened = true;
	return true;
}

/* xfer_stat, and once more on a new connection. */
static int
look_up(struct stage *s, const char *name, struct xfer_stat *st, struct err *e)
{
	struct err why;

	err_clear(&why);
	if (xfer_stat(s->x, name, st, &why) == 0)
		return 0;
	if (recover(s, &why)) {
		err_clear(&why);
		if (xfer_stat(s->x, name, st, &why) == 0)
			return 0;
	}
	*e = why;
	return -1;
}

static int
prove_size(struct stage *s, const char *name, struct err *e)
{
	struct xfer_stat st;
	char	where[300];

	if (look_up(s, name, &st, e) == -1)
		return -1;
	if (st.is_dir || st.size != s->src->size)
		return err_set(e, ERR_MISMATCH, "%s has %llu bytes at %s, but "
		    "%llu were sent", name, (unsigned long long)st.size,
		    xfer_where(s->x, where, sizeof(where)),
		    (unsigned long long)s->src->size);
	return 0;
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
	SHA256_CTX	 sha;
	struct xfer_sink sink = { hash_write, &sha, s->src->size };

	SHA256_Init(&sha);
	if (xfer_get(s->x, name, &sink, e) == -1)
		return -1;
	SHA256_Final(hash, &sha);
	return 0;
}

static int
prove_content(struct stage *s, const char *name, struct err *e)
{
	unsigned char	 hash[SHA256_DIGEST_LENGTH];
	struct err	 why;
	char		 where[300];
	int		 rc;

	err_clear(&why);
	rc = fetch_hash(s, name, hash, &why);
	if (rc == -1 && recover(s, &why)) {
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

/*
 * Prove what has this name: by size where the server can tell it, and by
 * content when that was asked for or is the only way.
 */
static int
prove(struct stage *s, const char *name, bool content, struct err *e)
{
	struct err why;

	err_clear(&why);
	if (prove_size(s, name, &why) == -1) {
		if (why.code != ERR_UNSUPPORTED) {
			*e = why;
			return -1;
		}
		return prove_content(s, name, e);
	}
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

/* Put; when the connection broke after the last byte, the size decides. */
static int
put_settled(struct stage *s, const char *name, struct err *e)
{
	struct xfer_source noting = { noting_pread, s, s->src->size };
	struct err	why, size;

	err_clear(&why);
	err_clear(&size);
	if (xfer_put(s->x, name, &noting, &why) == 0)
		return 0;
	if (recover(s, &why) && s->reached == s->src->size &&
	    why.code != ERR_UNAVAILABLE && prove_size(s, name, &size) == 0) {
		log_say(s->x->log, LOG_NOTE, "the connection broke after the "
		    "last byte; the file is whole", LFF("name", name));
		return 0;
	}
	*e = why;
	return -1;
}

/* The temporary name is gone and the final one has our size. */
static bool
was_renamed(struct stage *s)
{
	struct xfer_stat st;
	struct err	 e;

	err_clear(&e);
	if (look_up(s, s->temp, &st, &e) == 0 || e.code != ERR_NOTFOUND)
		return false;
	err_clear(&e);
	return prove_size(s, s->opts->name, &e) == 0;
}

static int
rename_settled(struct stage *s, struct err *e)
{
	struct err why;

	err_clear(&why);
	if (xfer_replace(s->x, s->temp, s->opts->name, &why) == 0)
		return 0;
	if (recover(s, &why)) {
		if (was_renamed(s)) {
			log_say(s->x->log, LOG_NOTE, "the answer to the rename "
			    "was lost; it was done",
			    LFF("name", s->opts->name));
			return 0;
		}
		err_clear(&why);
		if (!s->down && xfer_replace(s->x, s->temp, s->opts->name,
		    &why) == 0)
			return 0;
	}
	*e = why;
	return -1;
}

static void
drop_temp(struct stage *s)
{
	struct err ignored;

	err_clear(&ignored);
	if (!s->down)
		xfer_remove(s->x, s->temp, &ignored);
}

/* The server has no rename: under the final name at once, then prove. */
static int
stage_direct(struct stage *s, struct err *e)
{

	s->reached = 0;
	if (put_settled(s, s->opts->name, e) == -1)
		return -1;
	if (prove(s, s->opts->name, s->opts->readback, e) == -1)
		return err_wrap(e, "the upload is not verified");
	return 0;
}

static int
stage_renamed(struct stage *s, struct xfer_staged *out, struct err *e)
{
	struct err why;

	err_clear(&why);
	if (put_settled(s, s->temp, e) == -1 ||
	    prove(s, s->temp, s->opts->readback, e) == -1)
		goto fail;
	if (rename_settled(s, &why) == -1) {
		if (why.code == ERR_UNSUPPORTED) {
			log_say(s->x->log, LOG_NOTE, "the server cannot "
			    "rename; sending under the final name",
			    LFF("name", s->opts->name));
			s->x->no_rename = out->direct = true;
			drop_temp(s);
			return stage_direct(s, e);
		}
		*e = why;
		goto fail;
	}
	if (prove(s, s->opts->name, false, e) == -1)
		return err_wrap(e, "the upload is not verified");
	return 0;
fail:
	drop_temp(s);
	return -1;
}

int
xfer_stage(struct xfer *x, const struct xfer_source *src,
    const struct xfer_stage_opts *opts, struct xfer_staged *out,
    struct err *e)
{
	struct stage	s = { .x = x, .src = src, .opts = opts };
	int		rc;

	memset(out, 0, sizeof(*out));
	if (opts->name[0] == '\0')
		return err_set(e, ERR_CONFIG, "a staged file needs a name");
	if (asprintf(&s.temp, ".%s.%s.part", opts->name, opts->tag) == -1)
		return err_nomem(e);
	out->direct = x->no_rename || x->scheme->ops->replace == NULL;
	if (out->direct)
		rc = stage_direct(&s, e);
	else
		rc = stage_renamed(&s, out, e);
	out->verified = s.read_back ? "readback" : "size";
	free(s.temp);
	return rc;
}
