/*
 * The null backend: takes everything, keeps only the sizes, so that a dry run
 * goes the whole way and its proofs by size hold.  There is no get: nothing
 * was kept.
 */
#include "files.h"

#include "../src/base/stop.h"
#include "../src/base/str.h"
#include "xfer_internal.h"

#define NULL_CHUNK	(64 * 1024)

struct entry {
	struct entry	*next;
	char		*name;
	uint64_t	 size;
};

static struct entry **
entry_find(struct xfer *x, const char *name)
{
	struct entry **at;

	for (at = (struct entry **)&x->priv; *at != NULL; at = &(*at)->next)
		if (strcmp((*at)->name, name) == 0)
			break;
	return at;
}

static void
entry_drop(struct entry **at)
{
	struct entry *gone;

	if ((gone = *at) == NULL)
		return;
	*at = gone->next;
	free(gone->name);
	free(gone);
}

static int
entry_set(struct xfer *x, const char *name, uint64_t size, struct err *e)
{
	struct entry **at, *made;

	at = entry_find(x, name);
	if (*at == NULL) {
		if ((made = calloc(1, sizeof(*made))) == NULL)
			return err_nomem(e);
		if ((made->name = str_dup(name, e)) == NULL) {
			free(made);
			return -1;
		}
		*at = made;
	}
	(*at)->size = size;
	return 0;
}

/* The source is read to its end, so that a dry run meets its errors. */
static int
null_put(struct xfer *x, const char *name, const struct xfer_source *src,
    struct err *e)
{
	char *chunk;
	uint64_t off = 0;
	ssize_t n = 0;

	if ((chunk = malloc(NULL_CHUNK)) == NULL)
		return err_nomem(e);
	while (off < src->size) {
		if ((n = stop_check(e)) == -1)
			break;
		n = src->pread(src->arg, chunk, NULL_CHUNK, off, e);
		if (n == 0)
			n = err_set(e, ERR_IO, "the file to send has become "
			    "shorter while it was sent");
		if (n == -1)
			break;
		off += (uint64_t)n;
		xfer_told(x, off, src->size);
	}
	free(chunk);
	if (n == -1)
		return -1;
	return entry_set(x, name, off, e);
}

static int
null_stat(struct xfer *x, const char *name, struct xfer_stat *out,
    struct err *e)
{
	struct entry *found;

	if ((found = *entry_find(x, name)) == NULL)
		return err_set(e, ERR_NOTFOUND, "nothing was put there");
	out->size = found->size;
	return 0;
}

static int
null_replace(struct xfer *x, const char *from, const char *to, struct err *e)
{
	struct xfer_stat st = { 0 };

	if (null_stat(x, from, &st, e) == -1 ||
	    entry_set(x, to, st.size, e) == -1)
		return -1;
	if (strcmp(from, to) != 0)
		entry_drop(entry_find(x, from));
	return 0;
}

static int
null_remove(struct xfer *x, const char *name, struct err *e)
{
	struct xfer_stat st;

	if (null_stat(x, name, &st, e) == -1)
		return -1;
	entry_drop(entry_find(x, name));
	return 0;
}

static void
null_close(struct xfer *x)
{
	while (x->priv != NULL)
		entry_drop((struct entry **)&x->priv);
}

const struct xfer_ops xfer_null_ops = {
	.name = "null",
	.put = null_put,
	.stat = null_stat,
	.replace = null_replace,
	.remove = null_remove,
	.close = null_close,
};
