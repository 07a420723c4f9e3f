/*
 * From spooled groups to parts: one packed file for each, or small plain
 * batches when rows travel inside the call.  Every file appears whole or not
 * at all, and the codes to look up are drawn on the way.
 */
#include "parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/buf.h"
#include "../base/limits.h"
#include "../base/list.h"
#include "../base/stop.h"
#include "../base/tmpfile.h"
#include "../config/staged.h"
#include "../config/staged.h"
#include "../coupon/layout.h"
#include "../coupon/spool.h"
#include "../format/pack.h"
#include "journey.h"
#include "rundir.h"
#include "samples.h"

#define PART_CHUNK	(256u << 10)	/* bytes handed to the packer at once */
#define PART_MODE	0600

/* All parts of a run while they are made. */
struct maker {
	struct journey		*j;
	struct ledger_part	*parts;
	size_t			 n, cap;
	/* the part being written */
	const struct spool_group *group;
	struct tmpfile		 tmp;
	struct pack		*pack;
	struct buf		 buf;
	struct layout		 layout;
	uint64_t		 row, limit;	/* in this part */
	uint64_t		 done, batch;	/* of the group */
	struct ledger_sample	*samples;
	size_t			 nsamples;
	struct sample_plan	 plan;
};

void
parts_free(struct ledger_part *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		ledger_part_release(&p[i]);
	free(p);
}

static const char *
maker_host(char out[64])
{
	size_t i;

	if (gethostname(out, 63) != 0)
		memcpy(out, "host", 5);
	out[63] = '\0';
	out[strcspn(out, ".")] = '\0';
	for (i = 0; out[i] != '\0'; i++)
		if (!((out[i] >= 'a' && out[i] <= 'z') ||
		    (out[i] >= 'A' && out[i] <= 'Z') ||
		    (out[i] >= '0' && out[i] <= '9') || out[i] == '-'))
			out[i] = '-';
	return out;
}

/*
 * The next part, with how its staged name is made: host, run and number, so
 * that no other run has it and id_within recognises it.
 */
static struct ledger_part *
maker_add(struct maker *m, struct err *e)
{
	struct ledger_part *p;
	char host[64], name[200], path[4600];

	if (list_grow(&m->parts, m->n, &m->cap, sizeof(*p), e) == -1)
		return NULL;
	p = &m->parts[m->n];
	memset(p, 0, sizeof(*p));
	p->no = (int)m->n + 1;
	p->redeemed = m->layout.kind == LAYOUT_COLUMNS ? -1 :
	    m->group->redeemed;
	if (m->layout.kind != LAYOUT_COLUMNS)
		p->date = m->group->date;
	p->inlined = m->j->end == NULL;
	p->total = p->updated = p->failed = -1;
	p->asked = p->applied = p->already = -1;
	p->missing = p->refused = p->unknown = -1;
	snprintf(name, sizeof(name), "coupons-%s-%s-%d.%s", maker_host(host),
	    m->j->run.id, p->no, staged_suffix(m->j->job, m->j->end));
	snprintf(path, sizeof(path), "%s/%s", m->j->dir, name);
	p->artifact = str_dup(name, e);
	p->local = str_dup(path, e);
	m->n++;
	return p->artifact == NULL || p->local == NULL ? NULL : p;
}

static int
maker_begin(struct maker *m, uint64_t rows, struct err *e)
{
	/* The entry's name and time are constant: same rows, same bytes. */
	struct pack_opts opts = { .kind = m->j->end == NULL ? PACK_NONE :
	    m->j->job->packing, .entry = "coupons.csv" };
	struct ledger_part *p = maker_add(m, e);
	size_t want;

	if (p == NULL)
		return -1;
	p->rows = (int64_t)rows;
	m->row = 0;
	m->limit = rows;
	/* An answer for each row is kept with it. */
	want = p->inlined ? rows : (size_t)sample_want(&m->j->job->verify,
	    (int64_t)rows);
	sample_plan_init(&m->plan, rows, want,
	    sample_seed(m->j->run.id, p->no));
	free(m->samples);
	m->nsamples = 0;
	m->samples = calloc(want > 0 ? want : 1, sizeof(*m->samples));
	if (m->samples == NULL)
		return err_nomem(e);
	if (tmpfile_open(&m->tmp, p->local, PART_MODE, e) == -1)
		return -1;
	m->pack = pack_open(m->tmp.fd, &opts, e);
	if (m->pack == NULL)
		return -1;
	buf_clear(&m->buf);
	return layout_head(&m->layout, &m->buf, e);
}

static int
maker_end(struct maker *m, struct err *e)
{
	struct ledger_part *p = &m->parts[m->n - 1];
	struct pack_facts facts;

	if (pack_write(m->pack, m->buf.data, m->buf.len, e) == -1 ||
	    pack_close(m->pack, &facts, e) == -1)
		return -1;
	pack_free(m->pack);
	m->pack = NULL;
	p->bytes = (int64_t)facts.out_bytes;
	memcpy(p->sha256, facts.sha256, sizeof(p->sha256));
	if (tmpfile_commit(&m->tmp, e) == -1)
		return -1;
	return ledger_samples_add(m->j->c->ledger, m->j->run.id, p->no,
	    m->samples, m->nsamples, e);
}

static int
maker_row(void *arg, const struct coupon *c, struct err *e)
{
	struct maker *m = arg;
	uint64_t left;

	if (m->row == m->limit) {	/* inline: the next batch */
		if (maker_end(m, e) == -1)
			return -1;
		left = m->group->rows - m->done;
		if (maker_begin(m, left < m->batch ? left : m->batch, e) == -1)
			return -1;
	}
	if (sample_pick(&m->plan, m->row))
		sample_fill(c, &m->samples[m->nsamples++]);
	m->row++;
	m->done++;
	if (layout_row(&m->layout, c, &m->buf, e) == -1)
		return -1;
	if (m->buf.len < PART_CHUNK)
		return 0;
	if (stop_check(e) == -1 ||
	    pack_write(m->pack, m->buf.data, m->buf.len, e) == -1)
		return -1;
	buf_clear(&m->buf);
	return 0;
}

static int
maker_group(struct maker *m, struct spool *spool, size_t i, struct err *e)
{
	m->done = 0;
	m->batch = (uint64_t)m->j->job->batch;
	if (m->j->end != NULL || m->group->rows < m->batch)
		m->batch = m->group->rows;
	if (maker_begin(m, m->batch, e) == -1 ||
	    spool_each(spool, i, maker_row, m, e) == -1)
		return -1;
	return maker_end(m, e);
}

/* Limits that stop before anything is packed. */
static int
maker_allowed(const struct journey *j, const struct spool_group *g, size_t n,
    struct err *e)
{
	uint64_t rows = 0;
	char many[64];
	size_t i;

	if ((int64_t)n > j->job->max_parts)
		return err_set(e, ERR_SANITY, "%zu different dates would need "
		    "as many files, the limit is %lld (max_parts); "
		    "\"file_layout: columns\" puts them into one", n,
		    (long long)j->job->max_parts);
	for (i = 0; i < n; i++)
		rows += g[i].rows;
	if (j->end == NULL && rows > (uint64_t)j->job->inline_max)
		return err_set(e, ERR_SANITY, "%s are too many to send "
		    "without a file server, the limit is %lld (inline_max); "
		    "set an endpoint", str_count(rows, "row", many),
		    (long long)j->job->inline_max);
	return 0;
}

int
pack_parts(struct journey *j, struct spool *spool, struct ledger_part **parts,
    size_t *n, struct err *e)
{
	struct maker m = { .j = j, .tmp = { .fd = -1 },
	    .layout = j->job->layout };
	const struct spool_group *g;
	size_t ngroups, i;
	int rc = -1;

	g = spool_groups(spool, &ngroups);
	if (maker_allowed(j, g, ngroups, e) == -1)
		return -1;
	if (j->end == NULL)	/* rows travel in the call, one by one */
		m.layout = (struct layout){ .kind = LAYOUT_CODES };
	buf_init(&m.buf, PART_CHUNK + LIM_LINE_BYTES);
	for (i = 0; i < ngroups; i++) {
		m.group = &g[i];
		if (maker_group(&m, spool, i, e) == -1)
			goto out;
	}
	*parts = m.parts;
	*n = m.n;
	m.parts = NULL;
	m.n = 0;
	rc = 0;
out:
	pack_free(m.pack);
	tmpfile_abort(&m.tmp);
	buf_release(&m.buf);
	free(m.samples);
	parts_free(m.parts, m.n);
	return rc;
}

int
unpack_parts(struct journey *j, struct err *e)
{
	if (rundir_sweep(j->dir, RUNDIR_PACKAGE, e) == -1)
		return -1;
	return ledger_forget_samples(j->c->ledger, j->run.id, e);
}
