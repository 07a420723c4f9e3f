/* The server: files in memory, and the faults of a test. */
#include "stage_fixture.h"

/* SHA-256 of CONTENT. */
static const unsigned char content_hash[32] = {
	0xd4, 0xce, 0x2c, 0x52, 0x7a, 0xfe, 0x67, 0x4c,
	0x7a, 0x08, 0x6b, 0xd7, 0x4e, 0x25, 0x60, 0x19,
	0xe3, 0xd5, 0xdc, 0xdb, 0x31, 0xee, 0xb6, 0xea,
	0xad, 0xef, 0x5a, 0xda, 0x8c, 0x43, 0x83, 0xb9,
};

struct file *
file_of(struct server *s, const char *name, bool make)
{
	size_t	i;

	for (i = 0; i < 4; i++)
		if (s->files[i].there && strcmp(s->files[i].name, name) == 0)
			return &s->files[i];
	for (i = 0; i < 4 && make; i++)
		if (!s->files[i].there) {
			s->files[i].there = true;
			snprintf(s->files[i].name, sizeof(s->files[i].name),
			    "%s", name);
			return &s->files[i];
		}
	return NULL;
}

static int
answer(struct server *s, char op, enum deed *deed, struct err *e)
{
	const struct fault *f;

	*deed = DONE;
	s->calls[(int)op]++;
	if (op != 'o' && s->refused)
		fail_msg("'%c' without a connection", op);
	if (op != 'o' && !s->connected)
		return err_set(e, ERR_BROKEN, "not connected");
	for (f = s->faults; f != NULL && f->op != '\0'; f++) {
		if (f->op != op || (f->nth != 0 && f->nth != s->calls[(int)op]))
			continue;
		*deed = f->deed;
		if (f->code == ERR_BROKEN || f->code == ERR_TIMEOUT)
			s->connected = false;
		if (f->code != ERR_NONE)
			return err_set(e, f->code, "scripted");
	}
	return 0;
}

static int
fake_open(struct xfer *x, struct err *e)
{
	struct server	*s = x->progress_arg;
	enum deed	 deed;

	x->priv = s;
	s->refused = answer(s, 'o', &deed, e) == -1;
	if (s->refused)
		return -1;
	s->connected = true;
	return 0;
}

static void
fake_close(struct xfer *x)
{
	struct server *s = x->priv;

	if (s != NULL)
		s->connected = false;
}

static int
fake_put(struct xfer *x, const char *name, const struct xfer_source *src,
    struct err *e)
{
	struct server	*s = x->priv;
	struct file	*f;
	enum deed	 deed;
	ssize_t		 n;
	int		 rc;

	rc = answer(s, 'p', &deed, e);
	if (deed == NOTHING)
		return rc;
	f = file_of(s, name, true);
	assert_non_null(f);
	n = src->pread(src->arg, f->data, deed == HALF ? src->size / 2 :
	    src->size, 0, e);
	assert_true(n >= 0);
	f->size = (size_t)n;
	return rc;
}

/* Somebody else was faster. */
static void
taken_by_another(struct server *s, const char *name)
{
	struct file *f;

	f = file_of(s, name, true);
	assert_non_null(f);
	f->size = 8;
	memcpy(f->data, "another!", 8);
}

static int
fake_put_new(struct xfer *x, const char *name, const struct xfer_source *src,
    struct err *e)
{
	struct server	*s = x->priv;
	struct file	*f;
	enum deed	 deed;
	int		 rc;

	rc = answer(s, 'w', &deed, e);
	if (deed == NOTHING)
		return rc;
	if (deed == TAKEN)
		taken_by_another(s, name);
	if (file_of(s, name, false) != NULL)
		return err_set(e, ERR_EXISTS, "taken");
	f = file_of(s, name, true);
	assert_non_null(f);
	f->size = deed == HALF ? src->size / 2 : src->size;
	assert_int_equal(src->pread(src->arg, f->data, f->size, 0, e),
	    f->size);
	return rc;
}

static int
fake_put_from(struct xfer *x, const char *name, const struct xfer_source *src,
    uint64_t off, struct err *e)
{
	struct server	*s = x->priv;
	struct file	*f;
	enum deed	 deed;
	ssize_t		 n;
	int		 rc;

	rc = answer(s, 'a', &deed, e);
	if (deed == NOTHING)
		return rc;
	f = file_of(s, name, false);
	assert_non_null(f);
	assert_true(x->scheme->ops->rewrites ? f->size >= off :
	    f->size == off);
	n = src->pread(src->arg, f->data + off, src->size - off, off, e);
	assert_true(n >= 0);
	f->size = off + (size_t)n;
	return rc;
}

static int
fake_get(struct xfer *x, const char *name, const struct xfer_sink *sink,
    struct err *e)
{
	struct file	*f;
	enum deed	 deed;

	if (answer(x->priv, 'g', &deed, e) == -1)
		return -1;
	if ((f = file_of(x->priv, name, false)) == NULL)
		return err_set(e, ERR_NOTFOUND, "none");
	if (f->size > sink->max)
		return err_set(e, ERR_LIMIT, "too long");
	if (deed == HALF && f->size > 0)
		f->data[0] ^= 1;
	return sink->write(sink->arg, f->data, f->size, e);
}

static int
fake_stat(struct xfer *x, const char *name, struct xfer_stat *out,
    struct err *e)
{
	struct file	*f;
	enum deed	 deed;

	if (answer(x->priv, 's', &deed, e) == -1)
		return -1;
	if ((f = file_of(x->priv, name, false)) == NULL)
		return err_set(e, ERR_NOTFOUND, "none");
	out->size = deed == HALF ? f->size / 2 : f->size;
	return 0;
}

static int
fake_replace(struct xfer *x, const char *from, const char *to, struct err *e)
{
	struct file	*f, *old;
	enum deed	 deed;
	int		 rc;

	rc = answer(x->priv, 'r', &deed, e);
	if (deed == NOTHING)
		return rc;
	if ((f = file_of(x->priv, from, false)) == NULL)
		return err_set(e, ERR_NOTFOUND, "none");
	if ((old = file_of(x->priv, to, false)) != NULL)
		old->there = false;
	snprintf(f->name, sizeof(f->name), "%s", to);
	return rc;
}

static int
fake_rename(struct xfer *x, const char *from, const char *to, struct err *e)
{
	struct server	*s = x->priv;
	struct file	*f;
	enum deed	 deed;
	int		 rc;

	rc = answer(s, 'n', &deed, e);
	if (deed == NOTHING)
		return rc;
	if (deed == TAKEN)
		taken_by_another(s, to);
	if (file_of(s, to, false) != NULL)
		return err_set(e, ERR_DENIED, "worded in its own way");
	if ((f = file_of(s, from, false)) == NULL)
		return err_set(e, ERR_NOTFOUND, "none");
	snprintf(f->name, sizeof(f->name), "%s", to);
	return rc;
}

static int
fake_remove(struct xfer *x, const char *name, struct err *e)
{
	struct file	*f;
	enum deed	 deed;

	if (answer(x->priv, 'd', &deed, e) == -1)
		return -1;
	if ((f = file_of(x->priv, name, false)) == NULL)
		return err_set(e, ERR_NOTFOUND, "none");
	f->there = deed == NOTHING;
	return 0;
}

/* Right for CONTENT and nothing else; HALF: for no file at all. */
static int
fake_hash(struct xfer *x, const char *name, unsigned char out[32],
    struct err *e)
{
	struct file	*f;
	enum deed	 deed;

	if (answer(x->priv, 'h', &deed, e) == -1)
		return -1;
	if ((f = file_of(x->priv, name, false)) == NULL)
		return err_set(e, ERR_NOTFOUND, "none");
	memset(out, 0, 32);
	if (deed != HALF && f->size == strlen(CONTENT) &&
	    memcmp(f->data, CONTENT, f->size) == 0)
		memcpy(out, content_hash, 32);
	return 0;
}

static int
fake_kind(struct xfer *x, const char *name, enum xfer_kind *out,
    struct err *e)
{
	struct file	*f;
	enum deed	 deed;

	if (answer(x->priv, 'k', &deed, e) == -1)
		return -1;
	f = file_of(x->priv, name, false);
	*out = f == NULL ? XFER_NOTHING : f->kind == XFER_UNKNOWN ?
	    XFER_FILE : f->kind;
	return 0;
}

#define COMMON .name = "fake", .open = fake_open, .put = fake_put, \
	.put_new = fake_put_new, .get = fake_get, .stat = fake_stat, \
	.replace = fake_replace, .rename = fake_rename, \
	.remove = fake_remove, .close = fake_close

static const struct xfer_ops fake_ops = { COMMON };
static const struct xfer_ops append_ops = { COMMON,
	.put_from = fake_put_from };
static const struct xfer_ops rewrite_ops = { COMMON,
	.put_from = fake_put_from, .rewrites = true };
static const struct xfer_ops hash_ops = { COMMON, .hash = fake_hash };
static const struct xfer_ops vague_ops = { COMMON, .vague = true };
static const struct xfer_scheme vague_scheme = { "fake", &vague_ops, 1, 0 };
static const struct xfer_ops link_ops = { COMMON, .kind = fake_kind,
	.links = true };
static const struct xfer_scheme link_scheme = { "fake", &link_ops, 1, 0 };
static const struct xfer_scheme hash_scheme = { "fake", &hash_ops, 1, 0 };
static const struct xfer_scheme fake_scheme = { "fake", &fake_ops, 1, 0 };
static const struct xfer_scheme append_scheme = { "fake", &append_ops, 1, 0 };
static const struct xfer_scheme rewrite_scheme = { "fake", &rewrite_ops, 1,
	0 };

static ssize_t
text_pread(void *arg, void *out, size_t n, uint64_t off, struct err *e)
{
	const char *text = arg;

	(void)e;
	if (off >= strlen(text))
		return 0;
	if (n > strlen(text) - off)
		n = strlen(text) - (size_t)off;
	memcpy(out, text + off, n);
	return (ssize_t)n;
}

void
prepare(struct run *r, const struct fault *faults)
{

	memset(r, 0, sizeof(*r));
	fake_clock_init(&r->clock, 0);
	r->x.clock = &r->clock.clock;
	r->x.scheme = &fake_scheme;
	r->x.url.host = "h";
	r->x.url.path = "/";
	r->x.url.port = 1;
	r->x.priv = r->x.progress_arg = &r->server;
	r->server.faults = faults;
	r->server.connected = true;
	r->x.times.stale_ms = 200;	/* two looks more */
	r->x.times.unseen_ms = 200;
	r->opts.name = "f.zip";
	r->opts.tag = "r1";
	memcpy(r->opts.sha256, content_hash, 32);
	r->content = CONTENT;
	err_clear(&r->e);
}

void
is_vague(struct run *r)
{

	r->x.scheme = &vague_scheme;
}

void
has_links(struct run *r)
{

	r->x.scheme = &link_scheme;
}

void
can_hash(struct run *r)
{

	r->x.scheme = &hash_scheme;
	r->opts.proof = XFER_BY_HASH;
}

int
stage(struct run *r)
{
	struct xfer_source src;

	src.pread = text_pread;
	src.arg = (void *)(uintptr_t)r->content;
	src.size = strlen(r->content);
	err_clear(&r->e);
	return xfer_stage(&r->x, &src, &r->opts, &r->out, &r->e);
}

int
unstage(struct run *r, bool proven)
{
	struct xfer_source src;

	src.pread = text_pread;
	src.arg = (void *)(uintptr_t)r->content;
	src.size = strlen(r->content);
	err_clear(&r->e);
	return xfer_unstage(&r->x, proven ? NULL : &src, &r->opts, &r->e);
}

void
has(struct run *r, const char *name, const char *want)
{
	struct file *f;

	f = file_of(&r->server, name, false);
	if (want == NULL) {
		assert_null(f);
		return;
	}
	assert_non_null(f);
	assert_int_equal(f->size, strlen(want));
	assert_memory_equal(f->data, want, f->size);
}

void
check_good(struct run *r, enum xfer_verified verified, bool direct)
{

	if (stage(r) == -1)
		fail_msg("%s", r->e.msg);
	assert_int_equal(r->e.code, ERR_NONE);
	assert_int_equal(r->out.verified, verified);
	assert_int_equal(r->out.direct, direct);
	has(r, "f.zip", r->content);
	has(r, TEMP, NULL);
}

void
check_bad(struct run *r, enum err_code code)
{

	assert_int_equal(stage(r), -1);
	if (r->e.code != code)
		fail_msg("%s", r->e.msg);
}

void
add_file(struct run *r, const char *name, const char *content)
{
	struct file *f;

	f = file_of(&r->server, name, true);
	f->size = strlen(content);
	memcpy(f->data, content, f->size);
}

void
can_append(struct run *r)
{

	r->x.scheme = &append_scheme;
}

void
can_rewrite(struct run *r)
{

	r->x.scheme = &rewrite_scheme;
}
