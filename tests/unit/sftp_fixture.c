/*
 * The in-memory SFTP server.
 */
#include "sftp_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/clock.h"

#define FIX_MAX	(128u << 20)

static struct err ignored;

static void
u32(struct buf *b, uint32_t v)
{
	unsigned char p[4] = {
		(unsigned char)(v >> 24), (unsigned char)(v >> 16),
		(unsigned char)(v >> 8), (unsigned char)v,
	};

	assert_int_equal(buf_add(b, p, 4, &ignored), 0);
}

static void
u64(struct buf *b, uint64_t v)
{
	u32(b, (uint32_t)(v >> 32));
	u32(b, (uint32_t)v);
}

static void
str(struct buf *b, const void *p, size_t n)
{
	u32(b, (uint32_t)n);
	assert_int_equal(buf_add(b, p, n, &ignored), 0);
}

/* Append a packet of this type, id and body. */
static void
packet(struct buf *out, unsigned type, uint32_t id, const struct buf *body)
{
	unsigned char t = (unsigned char)type;

	u32(out, (uint32_t)(5 + body->len));
	buf_add(out, &t, 1, &ignored);
	u32(out, id);
	buf_add(out, body->data, body->len, &ignored);
}

static void
status(struct fix *f, struct buf *out, uint32_t id, uint32_t code)
{
	struct buf b;

	buf_init(&b, 1024);
	u32(&b, code);
	if (!f->plan.bare) {
		str(&b, "words", 5);
		str(&b, "", 0);
	}
	packet(out, SFTP_STATUS, id, &b);
	buf_release(&b);
}

struct fix_file *
fix_file(struct fix *f, const char *name, bool make)
{
	size_t i;

	for (i = 0; i < FIX_FILES; i++)
		if (strcmp(f->files[i].name, name) == 0)
			return &f->files[i];
	for (i = 0; make && i < FIX_FILES; i++)
		if (f->files[i].name[0] == '\0') {
			snprintf(f->files[i].name, sizeof(f->files[i].name),
			    "%s", name);
			return &f->files[i];
		}
	return NULL;
}

static void
forget(struct fix_file *file)
{
	buf_release(&file->data);
	file->name[0] = '\0';
}

static struct fix_file *
take_file(struct fix *f, struct sftp_bytes *b, bool make)
{
	struct sftp_bytes s;
	char name[64];

	assert_int_equal(sftp_take_str(b, &s), 0);
	assert_true(s.n < sizeof(name));
	snprintf(name, sizeof(name), "%.*s", (int)s.n, (const char *)s.p);
	return fix_file(f->disk, name, make);
}

/* A handle is the number of the file. */
static struct fix_file *
take_handle(struct fix *f, struct sftp_bytes *b)
{
	struct sftp_bytes s;

	assert_int_equal(sftp_take_str(b, &s), 0);
	assert_int_equal(s.n, 1);
	return &f->disk->files[*(const unsigned char *)s.p];
}

static void
do_open(struct fix *f, struct buf *out, uint32_t id, struct sftp_bytes *b)
{
	struct fix_file *file;
	struct sftp_bytes path = *b;
	unsigned char handle;
	uint32_t flags = 0;
	struct buf body;

	sftp_take_str(&path, &(struct sftp_bytes){ NULL, 0 });
	sftp_take_u32(&path, &flags);
	file = take_file(f, b, (flags & SFTP_F_CREAT) != 0);
	if (file == NULL) {
		status(f, out, id, SFTP_NO_SUCH_FILE);
		return;
	}
	if ((flags & SFTP_F_TRUNC) != 0)
		buf_clear(&file->data);
	f->opens++;
	handle = (unsigned char)(file - f->disk->files);
	buf_init(&body, 64);
	str(&body, &handle, 1);
	packet(out, SFTP_HANDLE, id, &body);
	buf_release(&body);
}

static void
do_write(struct fix *f, struct buf *out, uint32_t id, struct sftp_bytes *b)
{
	struct fix_file *file = take_handle(f, b);
	struct sftp_bytes data;
	uint64_t off;

	assert_int_equal(sftp_take_u64(b, &off), 0);
	assert_int_equal(sftp_take_str(b, &data), 0);
	f->writes++;
	if (data.n > f->largest_write)
		f->largest_write = (uint32_t)data.n;
	if ((f->plan.bad_write != 0 && f->writes >= f->plan.bad_write) ||
	    (f->plan.bad_size != 0 && data.n > f->plan.bad_size)) {
		status(f, out, id, f->plan.bad_code);
		return;
	}
	if (off + data.n > file->data.len) {
		assert_int_equal(buf_reserve(&file->data,
		    off + data.n - file->data.len, &ignored), 0);
		file->data.len = off + data.n;
	}
	memcpy(file->data.data + off, data.p, data.n);
	status(f, out, id, SFTP_OK);
}

static void
do_read(struct fix *f, struct buf *out, uint32_t id, struct sftp_bytes *b)
{
	struct fix_file *file = take_handle(f, b);
	struct buf body;
	uint32_t want;
	uint64_t off;

	assert_int_equal(sftp_take_u64(b, &off), 0);
	assert_int_equal(sftp_take_u32(b, &want), 0);
	if (off >= file->data.len) {
		status(f, out, id, SFTP_EOF);
		return;
	}
	if (want > file->data.len - off)
		want = (uint32_t)(file->data.len - off);
	if (f->plan.short_read != 0 && want > f->plan.short_read)
		want = f->plan.short_read;
	buf_init(&body, FIX_MAX);
	str(&body, file->data.data + off, want);
	packet(out, SFTP_DATA, id, &body);
	buf_release(&body);
}

static void
do_attrs(struct fix *f, struct buf *out, uint32_t id,
    const struct fix_file *file, uint64_t lie)
{
	struct buf body;

	if (file == NULL) {
		status(f, out, id, SFTP_NO_SUCH_FILE);
		return;
	}
	buf_init(&body, 64);
	u32(&body, 1 | 4);
	u64(&body, file->data.len + lie);
	u32(&body, 0100644);
	packet(out, SFTP_ATTRS, id, &body);
	buf_release(&body);
}

static void
do_rename(struct fix *f, struct buf *out, uint32_t id, struct sftp_bytes *b,
    bool over)
{
	struct fix_file *from = take_file(f, b, false), *to;
	struct sftp_bytes name = *b;

	if (from == NULL) {
		status(f, out, id, SFTP_NO_SUCH_FILE);
		return;
	}
	to = take_file(f, b, false);
	if (to != NULL && !over) {
		status(f, out, id, SFTP_FAILURE);
		return;
	}
	if (to != NULL)
		forget(to);
	sftp_take_str(&name, &name);
	snprintf(from->name, sizeof(from->name), "%.*s", (int)name.n,
	    (const char *)name.p);
	status(f, out, id, SFTP_OK);
}

/* limits and statvfs: so many numbers of 64 bits, one of them told. */
static void
numbers(struct buf *out, uint32_t id, const uint64_t *v, size_t n)
{
	struct buf body;

	buf_init(&body, 256);
	while (n-- > 0)
		u64(&body, *v++);
	packet(out, SFTP_EXTENDED_REPLY, id, &body);
	buf_release(&body);
}

static bool
is(struct sftp_bytes s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static void
do_extended(struct fix *f, struct buf *out, uint32_t id, struct sftp_bytes *b)
{
	uint64_t limits[4] = { 262144, f->plan.max_read, f->plan.max_write };
	uint64_t vfs[11] = { 1, 1, f->plan.free_bytes, 0,
	    f->plan.free_bytes };
	struct sftp_bytes name;

	assert_int_equal(sftp_take_str(b, &name), 0);
	if (is(name, "limits@openssh.com")) {
		numbers(out, id, limits, 4);
	} else if (is(name, "statvfs@openssh.com")) {
		if (f->looks++ == 0 && f->plan.free_at_first != 0)
			vfs[4] = f->plan.free_at_first;
		numbers(out, id, vfs, 11);
	} else if (is(name, "posix-rename@openssh.com")) {
		do_rename(f, out, id, b, true);
	} else if (is(name, "fsync@openssh.com")) {
		f->syncs++;
		status(f, out, id, SFTP_OK);
	} else {
		status(f, out, id, SFTP_UNSUPPORTED);
	}
}

static void
do_hello(struct fix *f, struct buf *out)
{
	static const char *const names[] = {
		"posix-rename@openssh.com", "statvfs@openssh.com",
		"fsync@openssh.com", "limits@openssh.com",
	};
	struct buf body;
	size_t i;

	if (f->plan.greeting != NULL) {
		buf_adds(out, f->plan.greeting, &ignored);
		return;
	}
	buf_init(&body, 1024);
	str(&body, "vendor-id", 9);
	str(&body, "x", 1);
	for (i = 0; i < 4; i++)
		if ((f->plan.offers & 1u << i) != 0) {
			str(&body, names[i], strlen(names[i]));
			str(&body, "1", 1);
		}
	packet(out, SFTP_VERSION, f->plan.version ? f->plan.version : 3,
	    &body);
	buf_release(&body);
}

static void
dispatch(struct fix *f, struct buf *out, struct sftp_reply *r)
{
	struct fix_file *file;

	if (f->plan.refuse_type != 0 && r->type == f->plan.refuse_type) {
		status(f, out, r->id, f->plan.refuse_code);
		return;
	}
	switch (r->type) {
	case SFTP_INIT:
		do_hello(f, out);
		break;
	case SFTP_OPEN:
		do_open(f, out, r->id, &r->body);
		break;
	case SFTP_WRITE:
		do_write(f, out, r->id, &r->body);
		break;
	case SFTP_READ:
		do_read(f, out, r->id, &r->body);
		break;
	case SFTP_CLOSE:
		f->closes++;
		status(f, out, r->id, SFTP_OK);
		break;
	case SFTP_FSTAT:
		do_attrs(f, out, r->id, take_handle(f, &r->body),
		    f->plan.size_lie);
		break;
	case SFTP_STAT:
	case SFTP_LSTAT:
		do_attrs(f, out, r->id, take_file(f, &r->body, false), 0);
		break;
	case SFTP_REMOVE:
		if ((file = take_file(f, &r->body, false)) != NULL)
			forget(file);
		status(f, out, r->id, file ? SFTP_OK : SFTP_NO_SUCH_FILE);
		break;
	case SFTP_MKDIR:
		f->folders++;
		status(f, out, r->id, SFTP_OK);
		break;
	case SFTP_RENAME:
		do_rename(f, out, r->id, &r->body, false);
		break;
	default:
		do_extended(f, out, r->id, &r->body);
	}
}

/* Spoil the n-th answer as the plan says. */
static void
spoil(struct fix *f, struct buf *one)
{
	static const unsigned char huge[4] = { 0x7f, 0xff, 0xff, 0xff };
	const struct fix_plan *p = &f->plan;

	if (p->wrong_id_at == f->packets)
		one->data[8] = (char)(one->data[8] + 77);
	if (p->odd_at == f->packets)
		one->data[4] = 42;
	if (p->huge_at == f->packets)
		memcpy(one->data, huge, 4);
	if (p->cut_at == f->packets) {
		one->len = 4 + 5;	/* type and id, no body */
		memcpy(one->data, "\0\0\0\5", 4);
	}
}

/* Answer all whole requests that have arrived. */
static void
serve(struct fix *f)
{
	struct buf batch, one;
	struct sftp_reply r;
	size_t at = 0, used;
	unsigned waiting = 0;

	buf_init(&batch, FIX_MAX);
	while (!f->dead && sftp_split(f->to_server.data + at,
	    f->to_server.len - at, &r, &used, &ignored) == 1) {
		if (r.type == SFTP_WRITE && f->after != NULL &&
		    f->after->writes == 0)
			break;
		f->packets++;
		waiting++;
		if (f->plan.die_at != 0 && f->packets >= f->plan.die_at)
			f->dead = true;
		if (f->plan.stall_at != 0 && f->packets >= f->plan.stall_at)
			break;
		at += used;
		buf_init(&one, FIX_MAX);
		dispatch(f, &one, &r);
		spoil(f, &one);
		if (f->plan.reverse)
			buf_add(&one, batch.data, batch.len, &ignored);
		if (f->plan.reverse)
			buf_clear(&batch);
		buf_add(&batch, one.data, one.len, &ignored);
		buf_release(&one);
	}
	if (waiting > f->most_waiting)
		f->most_waiting = waiting;
	if (!f->dead)
		buf_add(&f->to_client, batch.data, batch.len, &ignored);
	buf_release(&batch);
	f->to_server.len -= at;
	memmove(f->to_server.data, f->to_server.data + at, f->to_server.len);
}

/* What is offered again must be what was offered before. */
static ssize_t
fix_write(void *arg, const void *p, size_t n, struct err *e)
{
	struct fix *f = arg;
	size_t same = f->noffered < n ? f->noffered : n;

	(void)e;
	assert_true(n >= f->noffered);
	assert_memory_equal(p, f->offered, same);
	if (f->plan.chunk != 0 && f->calls++ % 2 == 0) {
		f->noffered = n < sizeof(f->offered) ? n : sizeof(f->offered);
		memcpy(f->offered, p, f->noffered);
		return 0;
	}
	f->noffered = 0;
	if (f->plan.chunk != 0 && n > f->plan.chunk)
		n = f->plan.chunk;
	assert_int_equal(buf_add(&f->to_server, p, n, &ignored), 0);
	return (ssize_t)n;
}

static ssize_t
fix_read(void *arg, void *p, size_t n, struct err *e)
{
	struct fix *f = arg;

	if (f->dead)
		return err_set(e, ERR_BROKEN, "the server has died");
	if (n > f->to_client.len)
		n = f->to_client.len;
	if (f->plan.chunk != 0 && n > f->plan.chunk)
		n = f->plan.chunk;
	memcpy(p, f->to_client.data, n);
	f->to_client.len -= n;
	memmove(f->to_client.data, f->to_client.data + n, f->to_client.len);
	return (ssize_t)n;
}

static int
fix_wait(void *arg, bool writing, int64_t ms, struct err *e)
{
	struct fix *f = arg;
	size_t before = f->to_server.len;

	(void)e;
	assert_true(ms > 0);
	serve(f);
	if (!writing && f->to_server.len == before && !f->dead &&
	    f->to_client.len == 0)
		clock_sleep(&clock_system, 1);	/* only a deadline ends this */
	return 0;
}

/* Does the work of wait too; nothing to wait for is left then. */
static int
fix_poll(void *arg, bool writing, short *events)
{
	struct fix *f = arg;

	(void)writing;
	serve(f);
	*events = POLLIN;
	return f->ready;
}

static void
fix_close(void *arg, bool polite)
{
	struct fix *f = arg;

	(void)polite;
	f->closed = true;
}

struct sftp_channel
fix_channel(struct fix *f)
{
	static const struct sftp_channel_ops ops = {
		fix_write, fix_read, fix_wait, fix_close, fix_poll,
	};

	return (struct sftp_channel){ &ops, f };
}

void
fix_init(struct fix *f)
{
	size_t i;

	memset(f, 0, sizeof(*f));
	f->disk = f;
	f->ready = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(f->ready, -1);
	buf_init(&f->to_server, FIX_MAX);
	buf_init(&f->to_client, FIX_MAX);
	for (i = 0; i < FIX_FILES; i++)
		buf_init(&f->files[i].data, FIX_MAX);
}

void
fix_release(struct fix *f)
{
	size_t i;

	close(f->ready);
	buf_release(&f->to_server);
	buf_release(&f->to_client);
	for (i = 0; i < FIX_FILES; i++)
		buf_release(&f->files[i].data);
}

void
fix_fill(struct buf *b, size_t n)
{
	uint32_t v = 12345;
	size_t i;

	buf_init(b, FIX_MAX);
	assert_int_equal(buf_reserve(b, n + 1, &ignored), 0);
	for (i = 0; i < n; i++) {
		v = v * 1664525u + 1013904223u;
		b->data[i] = (char)(v >> 24);
	}
	b->len = n;
}

static ssize_t
source_pread(void *arg, void *p, size_t n, uint64_t off, struct err *e)
{
	const struct buf *b = arg;

	(void)e;
	if (off >= b->len)
		return 0;
	if (n > b->len - off)
		n = b->len - off;
	memcpy(p, b->data + off, n);
	return (ssize_t)n;
}

struct xfer_source
fix_source(struct buf *b)
{
	return (struct xfer_source){ source_pread, b, b->len };
}

static int
sink_write(void *arg, const void *p, size_t n, struct err *e)
{
	return buf_add(arg, p, n, e);
}

struct xfer_sink
fix_sink(struct buf *b, uint64_t max)
{
	buf_init(b, FIX_MAX);
	return (struct xfer_sink){ sink_write, b, max };
}
