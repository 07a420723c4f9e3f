/*
 * Rows that files have in common, as text: a first line, how many files there
 * are, a line for each with its path, and a line for each row with its code.
 * Paths and codes have their lengths in front, as they may hold any byte.
 */
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/buf.h"
#include "../base/limits.h"
#include "../base/tmpfile.h"

#define COMMON_HEAD	"coupondrop rows in common 1\n"
#define COMMON_FILES	1000000		/* more are not in one call */

/* The files being read: where each of them is in the list of all. */
struct making {
	FILE			*to;
	struct check_input	*in;
	unsigned		*number;
	size_t			 n;
};

static int
common_put(void *arg, const struct check_row *row, struct err *e)
{
	const struct making *m = arg;
	const struct coupon *c = &row->coupon;
	const struct place *at = &row->place;

	fprintf(m->to, "%u %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
	    " %d %d %d %d %zu ", m->number[row->file], at->record, at->line,
	    at->column, at->byte, c->redeemed, c->date.year, c->date.month,
	    c->date.day, c->len);
	fwrite(c->code, 1, c->len, m->to);
	putc('\n', m->to);
	return ferror(m->to) ? err_sys(e, ERR_IO, errno, "rows in common") : 0;
}

/*
 * Open a file, and write what it is.  One that cannot be opened is left out,
 * but not for want of descriptors: then none would be compared with any.
 */
static int
common_add(struct making *m, unsigned number, const struct common_input *in,
    struct err *e)
{
	struct stat st = { 0 };
	int fd, why = 0;

	fd = in->fd != -1 ? fcntl(in->fd, F_DUPFD_CLOEXEC, 0) :
	    open(in->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1)
		why = errno;
	if (why == EMFILE || why == ENFILE || why == ENOMEM)
		return err_sys(e, ERR_INPUT, why, "open %s", in->path);
	fprintf(m->to, "%d %jd %jd %jd %jd %zu %s\n", why, (intmax_t)st.st_dev,
	    (intmax_t)st.st_ino, (intmax_t)st.st_size,
	    (intmax_t)(st.st_mtim.tv_sec * 1000000000LL +
	    st.st_mtim.tv_nsec), strlen(in->path), in->path);
	if (why == 0) {
		m->in[m->n].fd = fd;
		m->in[m->n].name = in->path;
		m->in[m->n].opts = in->opts;
		m->number[m->n++] = number;
	} else if (fd != -1)
		close(fd);
	return 0;
}

/*
 * A file that is itself at fault stops at its own check.  Want of memory or
 * disk would leave a good one out of the comparison, and nobody would know.
 */
static int
common_complete(const struct making *m, struct err *e)
{
	const struct check_input *in;
	size_t i;

	for (i = 0; i < m->n; i++) {
		in = &m->in[i];
		if (in->rc == 0 || in->err.code == ERR_INPUT ||
		    in->err.code == ERR_LIMIT || in->err.code == ERR_CONFIG)
			continue;
		*e = in->err;
		return err_wrap(e, "%s cannot be compared with the others",
		    in->name);
	}
	return 0;
}

static int
common_write(struct making *m, const struct common_input *in, size_t n,
    struct err *e)
{
	size_t i;
	int rc = 0;

	m->in = calloc(n, sizeof(*m->in));
	m->number = calloc(n, sizeof(*m->number));
	if (m->in == NULL || m->number == NULL)
		return err_nomem(e);
	fprintf(m->to, COMMON_HEAD "%zu\n", n);
	for (i = 0; rc == 0 && i < n; i++)
		rc = common_add(m, (unsigned)i, &in[i], e);
	if (rc == 0)
		rc = check_common(m->in, m->n, common_put, m, e);
	if (rc == 0)
		rc = common_complete(m, e);
	for (i = 0; i < m->n; i++) {
		close(m->in[i].fd);
		check_release(&m->in[i].res);
	}
	return rc;
}

int
common_make(const char *path, const struct common_input *in, size_t n,
    struct err *e)
{
	struct tmpfile tmp = { .fd = -1 };
	struct making m = { 0 };
	int rc;

	if (tmpfile_open(&tmp, path, 0600, e) == -1)
		return -1;
	m.to = tmpfile_stream(&tmp, e);
	rc = m.to == NULL ? -1 : common_write(&m, in, n, e);
	if (m.to != NULL && fclose(m.to) == EOF && rc == 0)
		rc = err_sys(e, ERR_IO, errno, "write %s", path);
	if (rc == 0)
		rc = tmpfile_commit(&tmp, e);
	tmpfile_abort(&tmp);
	free(m.in);
	free(m.number);
	return rc;
}

static int
common_damaged(const struct common *c, struct err *e)
{
	return err_set(e, ERR_IO, "%s is damaged; remove it, and it is made "
	    "anew", c->path);
}

static int
common_read_file(struct common *c, struct common_file *file, struct err *e)
{
	size_t len;

	if (fscanf(c->f, "%d %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64
	    " %zu", &file->why, &file->dev, &file->ino, &file->size,
	    &file->mtime_ns, &len) != 6 || getc(c->f) != ' ' ||
	    len > LIM_LINE_BYTES)
		return common_damaged(c, e);
	file->path = calloc(1, len + 1);
	if (file->path == NULL)
		return err_nomem(e);
	if (fread(file->path, 1, len, c->f) != len || getc(c->f) != '\n')
		return common_damaged(c, e);
	return 0;
}

int
common_open(struct common *c, const char *path, struct err *e)
{
	char head[sizeof(COMMON_HEAD)];
	size_t i, n;

	memset(c, 0, sizeof(*c));
	c->f = fopen(path, "re");
	if (c->f == NULL)
		return errno == ENOENT ? 0 :
		    err_sys(e, ERR_IO, errno, "open %s", path);
	c->path = str_dup(path, e);
	if (c->path == NULL)
		return -1;
	/* One of another version is made anew. */
	if (fgets(head, sizeof(head), c->f) == NULL ||
	    strcmp(head, COMMON_HEAD) != 0)
		return 0;
	if (fscanf(c->f, "%zu", &n) != 1 || getc(c->f) != '\n' ||
	    n > COMMON_FILES)
		return common_damaged(c, e);
	c->file = calloc(n + 1, sizeof(*c->file));
	if (c->file == NULL)
		return err_nomem(e);
	for (i = 0; i < n; i++) {
		c->n = i + 1;
		if (common_read_file(c, &c->file[i], e) == -1)
			return -1;
	}
	c->rows = ftello(c->f);
	return 1;
}

/* The next row, its code in a buffer: 1, or 0 after the last one. */
static int
common_next(struct common *c, struct check_row *row, struct buf *code,
    struct err *e)
{
	int got, year, month, day;

	got = fscanf(c->f, "%u %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
	    " %d %d %d %d %zu", &row->file, &row->place.record,
	    &row->place.line, &row->place.column, &row->place.byte,
	    &row->coupon.redeemed, &year, &month, &day, &row->coupon.len);
	if (got == EOF && !ferror(c->f))
		return 0;
	if (got != 10 || row->file >= c->n || getc(c->f) != ' ' ||
	    row->coupon.len > LIM_LINE_BYTES)
		return common_damaged(c, e);
	if (buf_reserve(code, row->coupon.len, e) == -1)
		return -1;
	if (fread(code->data, 1, row->coupon.len, c->f) != row->coupon.len ||
	    getc(c->f) != '\n')
		return common_damaged(c, e);
	row->coupon.code = code->data;
	row->coupon.record = row->place.record;
	row->coupon.date = (struct date){ (int16_t)year, (int8_t)month,
	    (int8_t)day };
	return 1;
}

int
common_each(struct common *c, check_row_f *f, void *arg, struct err *e)
{
	struct check_row row;
	struct buf code;
	int rc;

	if (fseeko(c->f, c->rows, SEEK_SET) == -1)
		return err_sys(e, ERR_IO, errno, "read %s", c->path);
	buf_init(&code, LIM_LINE_BYTES);
	memset(&row, 0, sizeof(row));
	while ((rc = common_next(c, &row, &code, e)) == 1)
		if (f(arg, &row, e) == -1) {
			rc = -1;
			break;
		}
	buf_release(&code);
	return rc;
}

void
common_close(struct common *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->file[i].path);
	free(c->file);
	free(c->path);
	if (c->f != NULL)
		fclose(c->f);
	memset(c, 0, sizeof(*c));
}
