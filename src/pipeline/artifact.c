/*
 * Reading the rows of a packed part back.  The layout is our own, so the first
 * line tells whether it has a header and columns.
 */
#include "artifact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/io.h"
#include "../base/limits.h"
#include "../base/stop.h"
#include "../base/str.h"
#include "../coupon/spool.h"
#include "../format/reader.h"
#include "../format/unpack.h"
#include "../ledger/parts.h"

#define ARTIFACT_CHUNK	(64u << 10)

struct artifact {
	const struct ledger_part *part;
	int			(*f)(void *, const struct coupon *,
				    struct err *);
	void			*arg;
	uint64_t		 line, record;
};

/* One row of the file; values in the row win over the part's. */
static int
artifact_record(void *arg, const struct record *r, struct err *e)
{
	struct artifact *a = arg;
	struct coupon c = { .code = r->cells[0].p, .len = r->cells[0].len,
	    .redeemed = a->part->redeemed, .date = a->part->date };

	if (a->line++ == 0 && c.len == 11 &&
	    memcmp(c.code, "coupon_code", 11) == 0)
		return 0;
	if (r->n > 1 && r->cells[1].len == 1)
		c.redeemed = r->cells[1].p[0] == '1';
	if (r->n > 2 && r->cells[2].len > 0 && date_parse(r->cells[2].p,
	    r->cells[2].len, &c.date) != DATE_OK)
		return err_set(e, ERR_IO, "the package %s is damaged",
		    a->part->artifact);
	c.record = ++a->record;
	return a->f(a->arg, &c, e);
}

static int
artifact_issue(void *arg, enum reader_issue issue, const struct place *place,
    const struct place *dropped, struct err *e)
{
	struct artifact *a = arg;

	(void)issue;
	(void)dropped;
	return err_set(e, ERR_IO, "the package %s is damaged in line %llu",
	    a->part->artifact, (unsigned long long)place->line);
}

static int
artifact_feed(struct unpack *u, struct reader *r, struct err *e)
{
	char *chunk = malloc(ARTIFACT_CHUNK);
	ssize_t n;
	int rc = 0;

	if (chunk == NULL)
		return err_nomem(e);
	while (rc == 0 && (n = unpack_read(u, chunk, ARTIFACT_CHUNK, e)) != 0)
		rc = n == -1 || stop_check(e) == -1 ? -1 :
		    reader_feed(r, chunk, (size_t)n, e);
	free(chunk);
	return rc == 0 ? reader_finish(r, e) : rc;
}

int
artifact_open(const struct ledger_part *p, struct err *e)
{
	struct stat st;
	int fd = open(p->local, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_IO, "the package %s is gone; call the "
		    "run off with \"coupondrop resume RUN --give-up\" and run "
		    "its file again", p->local);
	if (fd < 0)
		return err_sys(e, ERR_IO, errno, "open the package %s",
		    p->local);
	if (fstat(fd, &st) == -1)
		err_sys(e, ERR_IO, errno, "look at the package %s", p->local);
	else if (st.st_size != p->bytes)
		err_set(e, ERR_IO, "the package %s has %lld bytes, %lld were "
		    "written; it is damaged", p->local, (long long)st.st_size,
		    (long long)p->bytes);
	else
		return fd;
	close(fd);
	return -1;
}

enum pack_kind
artifact_kind(const struct ledger_part *p, enum pack_kind dflt)
{
	unsigned char head[4];
	struct err ignored;
	int fd = open(p->local, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return dflt;
	err_clear(&ignored);
	if (io_pread_all(fd, head, sizeof(head), 0, &ignored) == -1)
		memset(head, 0, sizeof(head));
	close(fd);
	if (memcmp(head, "PK\003\004", 4) == 0)
		return PACK_ZIP;
	return head[0] == 0x1f && head[1] == 0x8b ? PACK_GZIP : PACK_NONE;
}

int
artifact_each(const struct ledger_part *p,
    int (*f)(void *, const struct coupon *, struct err *), void *arg,
    struct err *e)
{
	static const struct reader_ops ops = { artifact_record,
	    artifact_issue };
	const struct reader_opts opts = { .csv = true, .delimiter = ',',
	    .max_line = LIM_LINE_BYTES, .max_cells = LIM_COLUMNS };
	/* Ours, of a known size; rows may be longer than those read. */
	const struct unpack_caps caps = { 0, LIM_RATIO, LIM_RATIO_FROM };
	struct artifact a = { .part = p, .f = f, .arg = arg };
	struct reader *r = NULL;
	struct unpack *u = NULL;
	char rows[64];
	int fd, rc = -1;

	fd = artifact_open(p, e);
	if (fd < 0)
		return -1;
	u = unpack_open(fd, &caps, e);
	if (u != NULL)
		r = reader_new(&opts, &ops, &a, e);
	if (r != NULL)
		rc = artifact_feed(u, r, e);
	if (rc == 0 && a.record != (uint64_t)p->rows)
		rc = err_set(e, ERR_IO, "the package %s has %s, not the %lld "
		    "that were packed", p->artifact, str_count(a.record,
		    "row", rows), (long long)p->rows);
	reader_free(r);
	unpack_free(u);
	close(fd);
	return rc;
}
