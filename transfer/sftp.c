/*
 * The SFTP backend: what put, get, stat, replace and remove mean in SFTP v3.
 *
 * Files are written at explicit offsets, never appended to, and no times or
 * modes are ever set: servers that refuse SETSTAT make good uploads look bad.
 */
#include "sftp_upload.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/base/clock.h"
#include "../src/base/io.h"
#include "../src/base/log.h"
#include "../src/base/str.h"
#include "sftp_more.h"
#include "ssh_internal.h"

#define PLAIN_SIZE	(32u << 10)	/* data bytes every server takes */

struct sftp_priv {
	struct sftp	s;
	char		where[300];
	char		*path;	/* of the call under way */
};

struct put {
	struct xfer	*x;
	const char	*path;	/* NULL: path_of has failed */
	const struct xfer_source *src;
	uint64_t	 from;	/* bytes that are there already */
	uint32_t	 flags;	/* how to open it: SFTP_F_TRUNC, SFTP_F_EXCL */
};

static struct sftp *
session(struct xfer *x)
{
	struct sftp_priv *p = x->priv;

	return &p->s;
}

/* The path of name, for this call; NULL after a failure. */
static const char *
path_of(struct xfer *x, const char *name, struct err *e)
{
	struct sftp_priv *p = x->priv;

	free(p->path);
	return p->path = xfer_path(x, name, e);
}

static void
told(void *arg, uint64_t done, uint64_t total)
{
	xfer_told(arg, done, total);
}

int
sftp_remove_path(struct sftp *s, const char *path, struct err *e)
{
	struct sftp_request req = {
		.type = SFTP_REMOVE, .nstr = 1, .str = { sftp_str(path) },
	};

	return sftp_call_status(s, &req, s->times.reply_ms, "remove it", e);
}

/* Close after a failure, whose error is the one to report. */
static void
give_up_file(struct sftp *s, const struct sftp_handle *h)
{
	struct err ignored;

	err_clear(&ignored);
	if (!s->broken)
		(void)sftp_close_file(s, h, &ignored);
}

/* Free bytes where path is, or -1 when the server cannot say. */
static int
free_bytes(struct sftp *s, const char *path, uint64_t *out)
{
	struct sftp_request req = {
		.type = SFTP_EXTENDED, .nstr = 2,
		.str = { sftp_str("statvfs@openssh.com"), sftp_str(path) },
	};
	uint64_t v[5];	/* bsize, frsize, blocks, bfree, bavail */
	struct sftp_reply r;
	struct err ignored;
	unsigned i;

	err_clear(&ignored);
	if ((s->ext & SFTP_EXT_STATVFS) == 0 || s->broken ||
	    sftp_call(s, &req, s->times.reply_ms, &r, &ignored) == -1 ||
	    r.type != SFTP_EXTENDED_REPLY)
		return -1;
	for (i = 0; i < 5; i++)
		if (sftp_take_u64(&r.body, &v[i]) == -1)
			return -1;
	if (v[2] == 0)	/* a disk of no size is one it knows nothing of */
		return -1;
	if (v[1] != 0 && v[4] > UINT64_MAX / v[1])
		return -1;
	*out = v[4] * v[1];
	return 0;
}

/*
 * Look before sending: is there room at all?  What the server cannot say is no
 * obstacle.
 */
static int
check_room(struct sftp *s, const char *path, uint64_t size, struct err *e)
{
	char have[32], need[32], *folder = io_folder_of(path);
	uint64_t room;
	int r;

	if (folder == NULL)
		return err_nomem(e);
	r = free_bytes(s, folder, &room);
	free(folder);
	if (r == -1 || room >= size)
		return 0;
	return err_set(e, ERR_REMOTE_FULL, "the disk over there is too full: "
	    "%s bytes are free, the file has %s; nothing was sent",
	    str_group(room, have), str_group(size, need));
}

/*
 * Version 3 says FAILURE for a full disk, a quota and a file size limit alike.
 * After the file could be opened hardly anything else is left, so that is what
 * it is taken for; the free space tells which of them.
 */
static int
explain_refusal(struct sftp *s, const char *path, uint64_t left,
    struct err *e)
{
	char have[32], need[32];
	uint64_t room;

	/* Its words may have said another reason. */
	if (e->code != ERR_UNAVAILABLE && e->code != ERR_REMOTE_FULL)
		return -1;
	e->code = ERR_REMOTE_FULL;
	if (free_bytes(s, path, &room) == -1)
		return err_wrap(e, "the disk over there may be full, or a "
		    "quota used up");
	if (room < left)
		return err_wrap(e, "the disk over there is full (%s bytes "
		    "free, %s still to write)", str_group(room, have),
		    str_group(left, need));
	return err_wrap(e, "a quota or size limit over there may be used up "
	    "(the disk itself has %s bytes free)", str_group(room, have));
}

/* STAT of a path, or FSTAT of a handle. */
static int
get_attrs(struct sftp *s, enum sftp_type type, struct sftp_bytes of,
    struct sftp_attrs *out, struct err *e)
{
	const char *what = type == SFTP_FSTAT ?
	    "ask for the size of the open file" : "look it up";
	struct sftp_request req = { .type = type, .nstr = 1, .str = { of } };
	struct sftp_status st;
	struct sftp_reply r;

	if (sftp_call(s, &req, s->times.reply_ms, &r, e) == -1)
		return err_wrap(e, "%s", what);
	if (r.type == SFTP_STATUS && sftp_take_status(&r.body, &st) == 0 &&
	    st.code != SFTP_OK)
		return sftp_refused(what, &st, e);
	if (r.type != SFTP_ATTRS || sftp_take_attrs(&r.body, out) == -1)
		return sftp_odd(s, what, &r, e);
	return 0;
}

int
sftp_stat_path(struct sftp *s, const char *path, struct xfer_stat *out,
    struct err *e)
{
	struct sftp_attrs at;

	if (get_attrs(s, SFTP_STAT, sftp_str(path), &at, e) == -1)
		return -1;
	if (!at.has_size)
		return err_set(e, ERR_UNSUPPORTED, "the server does not say "
		    "how large it is");
	out->size = at.size;
	out->mtime_ms = at.has_times ? (int64_t)at.mtime * 1000 : 0;
	out->is_dir = at.has_mode && S_ISDIR(at.mode);
	return 0;
}

/* OPEN with EXCL is refused by FAILURE when the name is taken. */
static int
why_not_new(struct sftp *s, const char *path, struct err *e)
{
	struct xfer_stat st;
	struct err ignored;

	err_clear(&ignored);
	if (!s->broken && e->remote == SFTP_FAILURE &&
	    sftp_stat_path(s, path, &st, &ignored) == 0)
		e->code = ERR_EXISTS;
	return -1;
}

static int
upload(const struct put *p, const struct sftp_handle *h,
    struct sftp_refusal *refusal, struct err *e)
{
	struct sftp_told t = { told, p->x };
	struct sftp_striped st = {
		.x = p->x, .s = session(p->x), .path = p->path,
		.dial = sftp_channel_open,
	};
	struct sftp_feed f;

	sftp_feed_init(&f, p->src, p->from, &t, refusal);
	st.streams = p->x->one_stream ? 1 : sftp_streams(
	    p->x->target.streams, st.s->rtt_ms, p->src->size - p->from);
	if (st.streams <= 1) {
		sftp_more_end(p->x);
		return sftp_upload(st.s, h, &f, e);
	}
	return sftp_upload_striped(&st, h, &f, e);
}

static int
put_once(const struct put *p, uint32_t flags, struct sftp_refusal *refusal,
    struct err *e)
{
	struct sftp *s = session(p->x);
	struct sftp_handle h;

	memset(refusal, 0, sizeof(*refusal));
	if (sftp_open_file(s, p->path, SFTP_F_WRITE | SFTP_F_CREAT | flags,
	    &h, e) == -1)
		return flags == SFTP_F_EXCL ? why_not_new(s, p->path, e) : -1;
	if (upload(p, &h, refusal, e) == -1) {
		give_up_file(s, &h);
		return -1;
	}
	return sftp_sync_close(s, &h, e);
}

static int
put_path(const struct put *p, struct err *e)
{
	struct sftp *s = session(p->x);
	struct sftp_refusal refusal;
	int r;

	if (p->path == NULL ||
	    check_room(s, p->path, p->src->size - p->from, e) == -1)
		return -1;
	s->total_at = clock_mono(s->clock) + s->times.total_ms;
	r = put_once(p, p->flags, &refusal, e);
	/* The very first, large packet may be what the server disliked. */
	if (r == -1 && !s->broken && s->write_size > PLAIN_SIZE &&
	    refusal.off == 0 && (refusal.code == SFTP_FAILURE ||
	    refusal.code == SFTP_BAD_MESSAGE)) {
		log_say(s->log, LOG_NOTE, "trying again with packets of 32 "
		    "KiB", LFS("server", s->where), LFF("reason", e->msg));
		s->write_size = PLAIN_SIZE;
		err_clear(e);
		r = put_once(p, SFTP_F_TRUNC, &refusal, e);
	}
	s->total_at = INT64_MAX;
	if (r == -1 && refusal.code == SFTP_FAILURE)
		explain_refusal(s, p->path, p->src->size - refusal.off, e);
	if (r == -1)
		return -1;
	xfer_told(p->x, p->src->size, p->src->size);
	return 0;
}

static int
sftp_put(struct xfer *x, const char *name, const struct xfer_source *src,
    struct err *e)
{
	const struct put p = { .x = x, .path = path_of(x, name, e),
	    .src = src, .flags = SFTP_F_TRUNC };

	return put_path(&p, e);
}

static int
sftp_put_new(struct xfer *x, const char *name, const struct xfer_source *src,
    struct err *e)
{
	const struct put p = { .x = x, .path = path_of(x, name, e),
	    .src = src, .flags = SFTP_F_EXCL };

	return put_path(&p, e);
}

static int
sftp_put_from(struct xfer *x, const char *name, const struct xfer_source *src,
    uint64_t from, struct err *e)
{
	const struct put p = { .x = x, .path = path_of(x, name, e),
	    .src = src, .from = from };

	return put_path(&p, e);
}

static int
get_path(struct xfer *x, const char *path, const struct xfer_sink *sink,
    struct err *e)
{
	struct sftp_told t = { told, x };
	struct sftp *s = session(x);
	struct sftp_attrs at = { .has_size = false };
	struct sftp_handle h;
	uint64_t size = UINT64_MAX;

	if (sftp_open_file(s, path, SFTP_F_READ, &h, e) == -1)
		return -1;
	if (get_attrs(s, SFTP_FSTAT, (struct sftp_bytes){ h.id, h.n }, &at,
	    e) == 0) {
		if (at.has_size)
			size = at.size;
	} else if (s->broken) {
		return -1;
	}
	err_clear(e);
	s->total_at = clock_mono(s->clock) + x->times.total_ms;
	if (sftp_download(s, &h, size, sink, &t, e) == -1) {
		s->total_at = INT64_MAX;
		give_up_file(s, &h);
		return -1;
	}
	s->total_at = INT64_MAX;
	give_up_file(s, &h);
	return 0;
}

static int
sftp_get(struct xfer *x, const char *name, const struct xfer_sink *sink,
    struct err *e)
{
	const char *path = path_of(x, name, e);

	return path == NULL ? -1 : get_path(x, path, sink, e);
}

static int
sftp_stat(struct xfer *x, const char *name, struct xfer_stat *out,
    struct err *e)
{
	const char *path = path_of(x, name, e);

	return path == NULL ? -1 : sftp_stat_path(session(x), path, out, e);
}

static int
sftp_kind(struct xfer *x, const char *name, enum xfer_kind *out,
    struct err *e)
{
	const char *path = path_of(x, name, e);
	struct sftp *s = session(x);
	struct sftp_attrs at;

	if (path == NULL)
		return -1;
	if (get_attrs(s, SFTP_LSTAT, sftp_str(path), &at, e) == -1) {
		*out = e->code == ERR_NOTFOUND ? XFER_NOTHING : XFER_UNKNOWN;
		if (s->broken)
			return -1;
		err_clear(e);
	} else if (at.has_mode)
		*out = S_ISLNK(at.mode) ? XFER_LINK :
		    S_ISDIR(at.mode) ? XFER_FOLDER : XFER_FILE;
	return 0;
}

/*
 * FAILURE, although the file is there and its new name is free: trying later
 * does not help.
 */
static bool
never_renames(struct sftp *s, const char *from, const char *to)
{
	struct xfer_stat st;
	struct err e;

	err_clear(&e);
	return sftp_stat_path(s, from, &st, &e) == 0 &&
	    sftp_stat_path(s, to, &st, &e) == -1 && e.code == ERR_NOTFOUND;
}

static int
rename_by(struct xfer *x, int (*how)(struct xfer *, struct sftp *,
    const char *, const char *, struct err *), const char *from,
    const char *to, struct err *e)
{
	struct sftp *s = session(x);
	char *a = NULL, *b = NULL;
	int r = -1;

	if ((a = xfer_path(x, from, e)) != NULL &&
	    (b = xfer_path(x, to, e)) != NULL) {
		r = how(x, s, a, b, e);
		if (r == -1 && !s->broken && x->old_path == NULL &&
		    e->remote == SFTP_FAILURE && never_renames(s, a, b))
			e->code = ERR_DENIED;
	}
	free(b);
	free(a);
	return r;
}

static int
sftp_replace(struct xfer *x, const char *from, const char *to,
    struct err *e)
{
	return rename_by(x, sftp_replace_path, from, to, e);
}

/* RENAME of version 3 fails when the new name is taken. */
static int
sftp_rename(struct xfer *x, const char *from, const char *to, struct err *e)
{
	return rename_by(x, sftp_rename_path, from, to, e);
}

static int
sftp_remove(struct xfer *x, const char *name, struct err *e)
{
	const char *path = path_of(x, name, e);

	return path == NULL ? -1 : sftp_remove_path(session(x), path, e);
}

static int
sftp_room(struct xfer *x, const char *path, uint64_t *out, struct err *e)
{
	if (free_bytes(session(x), path, out) == 0)
		return 0;
	return err_set(e, ERR_UNSUPPORTED, "the server does not say");
}

static int
sftp_list(struct xfer *x, const char *path, xfer_entry f, void *arg,
    struct err *e)
{
	return sftp_dir_list(session(x), path, f, arg, e);
}

static int
sftp_mkdir(struct xfer *x, const char *path, struct err *e)
{
	return sftp_dir_make(session(x), path, e);
}

static void
sftp_learn(struct xfer *x)
{
	sftp_learn_limits(session(x), &x->facts);
}

static int
sftp_set_time(struct xfer *x, const char *name, int64_t wall_ms,
    struct err *e)
{
	const char *path = path_of(x, name, e);

	return path == NULL ? -1 :
	    sftp_time_set(session(x), path, wall_ms, e);
}

static int
sftp_hash(struct xfer *x, const char *name, unsigned char out[32],
    struct err *e)
{
	const char *path = path_of(x, name, e);

	return path == NULL ? -1 : sftp_check_file(session(x), path, out, e);
}

/* Whether the ssh program speaks, without libssh2 being tried first. */
static bool
program_first(const struct xfer_target *t)
{
	return t->ssh == XFER_SSH_OPENSSH ||
	    (t->ssh == XFER_SSH_AUTO && t->ssh_config != NULL);
}

/* The ssh program has its own way to proxies. */
static int
program_check(const struct xfer_target *t, struct err *e)
{
	if (t->proxy.url == NULL)
		return 0;
	err_set(e, ERR_CONFIG, "this server needs the ssh program, which "
	    "takes no proxy from here; write ProxyCommand or ProxyJump into "
	    "the file of ssh_config, and remove proxy");
	return err_key(e, "proxy");
}

static int
sftp_check(const struct xfer_target *t, const struct xfer_url *u,
    struct err *e)
{
	struct sshkey key;

	if (t->user == NULL)
		return err_set(e, ERR_CONFIG, "no user name is given; write "
		    "sftp://USER@%s", u->host);
	if (xfer_pins_check(t->host_keys, e) == -1)
		return err_key(e, "host_key");
	if (t->identity_file != NULL && sshkey_check(t, &key, NULL, e) == -1)
		return -1;
	if (t->ssh == XFER_SSH_LIBSSH2 && t->ssh_config != NULL) {
		err_set(e, ERR_CONFIG, "ssh_config is read by the ssh program "
		    "only, and \"ssh: libssh2\" does without that: a jump "
		    "host in the file would be left out; remove one of the "
		    "two settings");
		return err_key(e, "ssh");
	}
	if (!program_first(t))
		return 0;
	if (t->ssh_config != NULL && access(t->ssh_config, R_OK) == -1) {
		err_sys(e, ERR_CONFIG, errno, "ssh_config: %s",
		    t->ssh_config);
		return err_key(e, "ssh_config");
	}
	return program_check(t, e);
}

static int
by_program(struct xfer *x, struct sftp_channel *out, struct err *e)
{
	return program_check(&x->target, e) == -1 ? -1 :
	    openssh_channel_open(x, out, e);
}

/* libssh2, and ssh where that was asked for or is the only way. */
int
sftp_channel_open(struct xfer *x, struct sftp_channel *out, struct err *e)
{
	const struct xfer_target *t = &x->target;
	struct err why;
	char where[300];

	if (program_first(t) || (t->ssh == XFER_SSH_AUTO && x->ssh_beyond))
		return by_program(x, out, e);
	err_clear(&why);
	if (ssh2_channel_open(x, out, &why) == 0) {
		x->ssh_beyond = false;
		return 0;
	}
	/* Others that were begun would fare no better. */
	sftp_more_end(x);
	if (t->ssh == XFER_SSH_AUTO && x->ssh_beyond) {
		log_say(x->log, LOG_NOTE, "going on with the ssh program; "
		    "\"ssh: openssh\" for this endpoint saves the attempt",
		    LFF("server", xfer_where(x, where, sizeof(where))),
		    LFF("reason", why.msg));
		return by_program(x, out, e);
	}
	*e = why;
	return -1;
}

static int
sftp_open(struct xfer *x, struct err *e)
{
	struct sftp_channel ch;
	struct sftp_priv *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return err_nomem(e);
	x->priv = p;
	p->s.where = xfer_where(x, p->where, sizeof(p->where));
	p->s.log = x->log;
	p->s.times = x->times;
	p->s.clock = x->clock;
	if (sftp_channel_open(x, &ch, e) == -1)
		return -1;
	if (sftp_start(&p->s, &ch, e) == -1) {
		p->s.broken = true;
		return -1;
	}
	sftp_note_facts(&p->s, &x->facts);
	sftp_replace_settle(x, &p->s);
	return 0;
}

static void
sftp_close(struct xfer *x)
{
	struct sftp_priv *p = x->priv;

	sftp_more_end(x);
	if (p == NULL)
		return;
	sftp_end(&p->s);
	free(p->path);
	free(p);
	x->priv = NULL;
}

const struct xfer_ops xfer_sftp_ops = {
	.name = "sftp", .check = sftp_check, .open = sftp_open,
	.put = sftp_put,
	.put_new = sftp_put_new, .put_from = sftp_put_from, .rewrites = true,
	.kind = sftp_kind, .links = true,
	.get = sftp_get, .stat = sftp_stat, .replace = sftp_replace,
	.rename = sftp_rename, .remove = sftp_remove, .list = sftp_list,
	.room = sftp_room, .set_time = sftp_set_time, .hash = sftp_hash,
	.learn = sftp_learn, .mkdir = sftp_mkdir, .close = sftp_close,
};
