/*
 * The staging recipe against a scripted backend: each test says what the
 * server does wrong, and checks what is left over there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../transfer/xfer.h"
#include "../../transfer/xfer_internal.h"

#define TEMP	".f.zip.r1.part"
#define CONTENT	"twelve bytes"

/* SHA-256 of CONTENT. */
static const unsigned char content_hash[32] = {
	0xd4, 0xce, 0x2c, 0x52, 0x7a, 0xfe, 0x67, 0x4c,
	0x7a, 0x08, 0x6b, 0xd7, 0x4e, 0x25, 0x60, 0x19,
	0xe3, 0xd5, 0xdc, 0xdb, 0x31, 0xee, 0xb6, 0xea,
	0xad, 0xef, 0x5a, 0xda, 0x8c, 0x43, 0x83, 0xb9,
};

/* What the server does at the n-th call of an operation. */
enum deed { NOTHING, DONE, HALF };
struct fault {
	char		 op;	/* o p g s r d: open put get stat rename ... */
	int		 nth;
	enum err_code	 code;	/* the answer; ERR_NONE: success */
	enum deed	 deed;	/* what happens over there all the same */
};

struct file {
	char	name[32];
	char	data[32];
	size_t	size;
	bool	there;
};

struct server {
	struct file	 files[4];
	const struct fault *faults;
	int		 calls[128];
	bool		 connected;
};

static struct file *
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
	if (answer(s, 'o', &deed, e) == -1)
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
fake_remove(struct xfer *x, const char *name, struct err *e)
{
	struct file	*f;
	enum deed	 deed;

	if (answer(x->priv, 'd', &deed, e) == -1)
		return -1;
	if ((f = file_of(x->priv, name, false)) == NULL)
		return err_set(e, ERR_NOTFOUND, "none");
	f->there = false;
	return 0;
}

static const struct xfer_ops fake_ops = {
	.name = "fake",
	.open = fake_open,
	.put = fake_put,
	.get = fake_get,
	.stat = fake_stat,
	.replace = fake_replace,
	.remove = fake_remove,
	.close = fake_close,
};
static const struct xfer_scheme fake_scheme = { "fake", &fake_ops, 1, 0 };

/* One staging against a scripted server. */
struct run {
	struct xfer		 x;
	struct server		 server;
	struct xfer_stage_opts	 opts;
	struct xfer_staged	 out;
	struct err		 e;
	const char		*content;
};

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

static void
prepare(struct run *r, const struct fault *faults)
{

	memset(r, 0, sizeof(*r));
	r->x.scheme = &fake_scheme;
	r->x.url.host = "h";
	r->x.url.path = "/";
	r->x.url.port = 1;
	r->x.priv = r->x.progress_arg = &r->server;
	r->server.faults = faults;
	r->server.connected = true;
	r->opts.name = "f.zip";
	r->opts.tag = "r1";
	memcpy(r->opts.sha256, content_hash, 32);
	r->content = CONTENT;
	err_clear(&r->e);
}

static int
stage(struct run *r)
{
	struct xfer_source src;

	src.pread = text_pread;
	src.arg = (void *)(uintptr_t)r->content;
	src.size = strlen(r->content);
	err_clear(&r->e);
	return xfer_stage(&r->x, &src, &r->opts, &r->out, &r->e);
}

static void
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

static void
check_good(struct run *r, const char *verified, bool direct)
{

	if (stage(r) == -1)
		fail_msg("%s", r->e.msg);
	assert_int_equal(r->e.code, ERR_NONE);
	assert_string_equal(r->out.verified, verified);
	assert_int_equal(r->out.direct, direct);
	has(r, "f.zip", r->content);
	has(r, TEMP, NULL);
}

static void
check_bad(struct run *r, enum err_code code)
{

	assert_int_equal(stage(r), -1);
	if (r->e.code != code)
		fail_msg("%s", r->e.msg);
}

static void
test_plain(void **state)
{
	struct run r;

	(void)state;
	prepare(&r, NULL);
	check_good(&r, "size", false);
	assert_int_equal(r.server.calls['g'], 0);
	/* again over the same name */
	check_good(&r, "size", false);
	prepare(&r, NULL);
	r.opts.readback = true;
	check_good(&r, "readback", false);
	prepare(&r, NULL);
	r.content = "";
	check_good(&r, "size", false);
}

/* What an older attempt left under the temporary name is replaced. */
static void
test_old_temp(void **state)
{
	struct run	 r;
	struct file	*f;

	(void)state;
	prepare(&r, NULL);
	f = file_of(&r.server, TEMP, true);
	f->size = 20;
	check_good(&r, "size", false);
}

static void
test_short_upload(void **state)
{
	static const struct fault lies[] = {
		{ 'p', 0, ERR_NONE, HALF }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, lies);
	check_bad(&r, ERR_MISMATCH);
	assert_non_null(strstr(r.e.msg, "6 bytes"));
	assert_non_null(strstr(r.e.msg, "12 were sent"));
	has(&r, "f.zip", NULL);
	has(&r, TEMP, NULL);
}

static void
test_damaged(void **state)
{
	static const struct fault damage[] = {
		{ 'g', 1, ERR_NONE, HALF }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, damage);
	r.opts.readback = true;
	check_bad(&r, ERR_MISMATCH);
	has(&r, "f.zip", NULL);
	has(&r, TEMP, NULL);
}

static void
test_refused(void **state)
{
	static const struct fault full[] = {
		{ 'p', 0, ERR_REMOTE_FULL, HALF }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, full);
	check_bad(&r, ERR_REMOTE_FULL);
	assert_int_equal(r.server.calls['o'], 0);
	has(&r, TEMP, NULL);
}

/* The answer after the last byte is lost: what is there decides. */
static void
test_put_answer_lost(void **state)
{
	static const struct fault whole[] = {
		{ 'p', 1, ERR_BROKEN, DONE }, { 0 } };
	static const struct fault late[] = {
		{ 'p', 1, ERR_TIMEOUT, DONE }, { 0 } };
	static const struct fault half[] = {
		{ 'p', 1, ERR_BROKEN, HALF }, { 0 } };
	static const struct fault gone[] = {
		{ 'p', 1, ERR_BROKEN, DONE }, { 'o', 0, ERR_CONNECT, NOTHING },
		{ 0 } };
	struct run r;

	(void)state;
	prepare(&r, whole);
	check_good(&r, "size", false);
	assert_int_equal(r.server.calls['o'], 1);
	assert_int_equal(r.server.calls['p'], 1);
	prepare(&r, late);
	check_good(&r, "size", false);
	prepare(&r, half);
	check_bad(&r, ERR_BROKEN);
	has(&r, TEMP, NULL);
	prepare(&r, gone);
	check_bad(&r, ERR_BROKEN);
	has(&r, "f.zip", NULL);
}

static void
test_rename_answer_lost(void **state)
{
	static const struct fault done[] = {
		{ 'r', 1, ERR_BROKEN, DONE }, { 0 } };
	static const struct fault not_done[] = {
		{ 'r', 1, ERR_BROKEN, NOTHING }, { 0 } };
	static const struct fault gateway[] = {
		{ 'r', 1, ERR_UNAVAILABLE, DONE }, { 0 } };
	static const struct fault refused[] = {
		{ 'r', 0, ERR_DENIED, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, done);
	check_good(&r, "size", false);
	assert_int_equal(r.server.calls['r'], 1);
	prepare(&r, not_done);
	check_good(&r, "size", false);
	assert_int_equal(r.server.calls['r'], 2);
	prepare(&r, gateway);
	check_good(&r, "size", false);
	prepare(&r, refused);
	check_bad(&r, ERR_DENIED);
	has(&r, TEMP, NULL);
}

/* An old file of the same size does not make a lost rename a success. */
static void
test_rename_not_done(void **state)
{
	static const struct fault lost[] = {
		{ 'r', 0, ERR_BROKEN, NOTHING }, { 0 } };
	struct run	 r;
	struct file	*f;

	(void)state;
	prepare(&r, lost);
	f = file_of(&r.server, "f.zip", true);
	f->size = strlen(CONTENT);
	memset(f->data, 'o', f->size);
	check_bad(&r, ERR_BROKEN);
	has(&r, "f.zip", "oooooooooooo");
}

static void
test_no_rename(void **state)
{
	static const struct fault none[] = {
		{ 'r', 0, ERR_UNSUPPORTED, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, none);
	check_good(&r, "size", true);
	/* learnt: the next file goes straight to its name */
	check_good(&r, "size", true);
	assert_int_equal(r.server.calls['r'], 1);
	assert_int_equal(r.server.calls['p'], 3);
}

/* A failed proof of the final name removes nothing. */
static void
test_final_stays(void **state)
{
	static const struct fault after[] = {
		{ 's', 2, ERR_NONE, HALF }, { 0 } };
	static const struct fault direct[] = {
		{ 'r', 0, ERR_UNSUPPORTED, NOTHING },
		{ 's', 2, ERR_DENIED, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, after);
	check_bad(&r, ERR_MISMATCH);
	has(&r, "f.zip", CONTENT);
	assert_non_null(strstr(r.e.msg, "not verified"));
	prepare(&r, direct);
	check_bad(&r, ERR_DENIED);
	has(&r, "f.zip", CONTENT);
	assert_int_equal(r.server.calls['d'], 1);
}

/* A server that tells no sizes is read back; one that gives nothing back is
 * believed by size. */
static void
test_other_proofs(void **state)
{
	static const struct fault no_size[] = {
		{ 's', 0, ERR_UNSUPPORTED, NOTHING }, { 0 } };
	static const struct fault no_get[] = {
		{ 'g', 0, ERR_UNSUPPORTED, NOTHING }, { 0 } };
	static const struct fault neither[] = {
		{ 's', 0, ERR_UNSUPPORTED, NOTHING },
		{ 'g', 0, ERR_UNSUPPORTED, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, no_size);
	check_good(&r, "readback", false);
	prepare(&r, no_get);
	r.opts.readback = true;
	check_good(&r, "size", false);
	prepare(&r, neither);
	check_bad(&r, ERR_UNSUPPORTED);
}

/* The connection breaks while proving: asked again on a new one, once. */
static void
test_proof_broken(void **state)
{
	static const struct fault once[] = {
		{ 's', 1, ERR_BROKEN, NOTHING }, { 0 } };
	static const struct fault reading[] = {
		{ 'g', 1, ERR_TIMEOUT, NOTHING }, { 0 } };
	static const struct fault always[] = {
		{ 's', 0, ERR_BROKEN, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, once);
	check_good(&r, "size", false);
	prepare(&r, reading);
	r.opts.readback = true;
	check_good(&r, "readback", false);
	prepare(&r, always);
	check_bad(&r, ERR_BROKEN);
	assert_int_equal(r.server.calls['o'], 1);
}

static void
test_names(void **state)
{
	struct run r;

	(void)state;
	prepare(&r, NULL);
	r.opts.name = "";
	check_bad(&r, ERR_CONFIG);
	r.opts.name = "a/b";
	check_bad(&r, ERR_CONFIG);
	r.opts.name = "a\nb";
	check_bad(&r, ERR_CONFIG);
	assert_int_equal(r.server.calls['p'], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_old_temp),
		cmocka_unit_test(test_short_upload),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_put_answer_lost),
		cmocka_unit_test(test_rename_answer_lost),
		cmocka_unit_test(test_rename_not_done),
		cmocka_unit_test(test_no_rename),
		cmocka_unit_test(test_final_stays),
		cmocka_unit_test(test_other_proofs),
		cmocka_unit_test(test_proof_broken),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
