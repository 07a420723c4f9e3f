/*
 * Proofs of a staged file: by its size, or by fetching it back.  A connection
 * that breaks meanwhile is made once more.
 */
#define OPENSSL_SUPPRESS_DEPRECATED	/* EVP needs set-up that can fail */
#include "stage_internal.h"

#include <openssl/sha.h>

#include "../src/base/log.h"

bool
stage_recover(struct stage *s, const struct err *why)
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
	char	where[300];

	if (stage_look(s, name, &st, e) == -1)
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

int
stage_content(struct stage *s, const char *name, struct err *e)
{
	unsigned char	 hash[SHA256_DIGEST_LENGTH];
	struct err	 why;
	char		 where[300];
	int		 rc;

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

int
stage_prove(struct stage *s, const char *name, bool content, struct err *e)
{
	struct err why;

	err_clear(&why);
	if (stage_size(s, name, &why) == -1) {
		if (why.code != ERR_UNSUPPORTED) {
			*e = why;
			return -1;
		}
		return stage_content(s, name, e);
	}
	if (!content || stage_content(s, name, &why) == 0)
		return 0;
	if (why.code != ERR_UNSUPPORTED) {
		*e = why;
		return -1;
	}
	log_say(s->x->log, LOG_WARN, "cannot be read back here; proven by "
	    "size only", LFF("name", name));
	return 0;
}
