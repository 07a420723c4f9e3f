/*
 * The two sides of an endpoint under examination.
 *
 * Over one connection: a file is put, looked up, replaced by another, read
 * back; a larger one is timed.  Each thing that a server cannot do is no end
 * of the visit, but a line that says what to set.
 */
#include "doctor_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../format/jsonx.h"

#define CLOCK_SLACK_MS	3000	/* seconds are all that servers tell */
#define DAY_MS		(24LL * 3600 * 1000)
#define CERT_SOON_DAYS	21
#define LOOKS		3	/* of which the quickest counts */

/* Bytes that compress badly and tell their place. */
static ssize_t
pattern_pread(void *arg, void *out, size_t n, uint64_t off, struct err *e)
{
	const uint64_t *size = arg;
	unsigned char *p = out;
	size_t i;

	(void)e;
	if (off >= *size)
		return 0;
	if (n > *size - off)
		n = (size_t)(*size - off);
	for (i = 0; i < n; i++)
		p[i] = (unsigned char)((off + i) * 2654435761u >> 13);
	return (ssize_t)n;
}

struct reading {
	uint64_t	at;
	bool		differs;
};

static int
pattern_write(void *arg, const void *p, size_t n, struct err *e)
{
	struct reading *r = arg;
	const unsigned char *got = p;
	size_t i;

	(void)e;
	for (i = 0; i < n; i++, r->at++)
		if (got[i] != (unsigned char)(r->at * 2654435761u >> 13))
			r->differs = true;
	return 0;
}

static const char *
file_name(const struct doctor *d, int which, char out[100])
{
	snprintf(out, 100, "%s-%d", d->name, which + 1);
	return out;
}

static void
advise(json_t *o, const char *line)
{
	json_t *list = json_object_get(o, "advice");

	if (list == NULL) {
		list = json_array();
		json_object_set_new(o, "advice", list);
	}
	json_array_append_new(list, json_string(line));
}

static int
put(struct doctor *d, struct side *s, int which, uint64_t size,
    struct err *e)
{
	struct xfer_source src = { pattern_pread, &size, size };
	char name[100];

	d->there[which] = true;
	return xfer_put(s->x, file_name(d, which, name), &src, e);
}

/* Fetch the small file and compare. */
static int
read_back(struct doctor *d, struct xfer *x, struct err *e)
{
	struct reading r = { 0 };
	struct xfer_sink sink = { pattern_write, &r, DOCTOR_SMALL };
	char name[100];

	if (xfer_get(x, file_name(d, 0, name), &sink, e) != 0)
		return -1;
	if (r.differs || r.at != DOCTOR_SMALL)
		return err_set(e, ERR_MISMATCH, "what was fetched is not what "
		    "was put: %llu bytes instead of %u%s",
		    (unsigned long long)r.at, DOCTOR_SMALL,
		    r.differs ? ", and they differ" : "");
	return 0;
}

/* Look the small file up: size, time of an answer, the server's clock. */
static int
look(struct doctor *d, struct side *s, json_t *o, struct err *e)
{
	int64_t began, best = INT64_MAX, t;
	struct xfer_stat st;
	char name[100];
	int i;

	for (i = 0; i < LOOKS; i++) {
		began = clock_mono_ms();
		if (xfer_stat(s->x, file_name(d, 0, name), &st, e) != 0)
			return -1;
		t = clock_mono_ms() - began;
		best = t < best ? t : best;
	}
	if (st.size != DOCTOR_SMALL)
		return err_set(e, ERR_MISMATCH, "a file of %u bytes was put, "
		    "and has %llu there", DOCTOR_SMALL,
		    (unsigned long long)st.size);
	json_object_set_new(o, "answer_ms", json_integer(best));
	if (st.mtime_ms != 0 && json_object_get(o, "clock_ahead_s") == NULL)
		json_object_set_new(o, "clock_ahead_s", json_integer(
		    (st.mtime_ms - clock_wall_ms()) / 1000));
	return 0;
}

/* Something a server may lack: "yes", or why not; false when it broke. */
static bool
may_lack(json_t *o, const char *key, int rc, struct err *why, struct err *e)
{
	if (rc == 0) {
		json_object_set_new(o, key, json_string("yes"));
		return true;
	}
	json_object_set_new(o, key, json_string(err_info(why->code)->word));
	if (why->code == ERR_UNSUPPORTED || why->code == ERR_DENIED) {
		err_clear(why);
		return true;
	}
	*e = *why;
	return false;
}

static int
try_replace(struct doctor *d, struct side *s, json_t *o, struct err *e)
{
	char from[100], to[100];
	struct err why;
	bool lacks;
	int rc;

	if (put(d, s, 1, DOCTOR_SMALL, e) != 0)
		return -1;
	err_clear(&why);
	rc = xfer_replace(s->x, file_name(d, 1, from), file_name(d, 0, to),
	    &why);
	d->there[1] = rc != 0;
	lacks = rc != 0;
	if (!may_lack(o, "replace", rc, &why, e))
		return -1;
	if (lacks && d->j.end->atomic != ATOMIC_DIRECT)
		advise(o, "atomic: direct     (this server cannot replace a "
		    "file by renaming)");
	return 0;
}

static int
try_read(struct doctor *d, struct side *s, json_t *o, struct err *e)
{
	struct err why;
	bool lacks;
	int rc;

	err_clear(&why);
	rc = read_back(d, s->x, &why);
	lacks = rc != 0;
	if (!may_lack(o, "read", rc, &why, e))
		return -1;
	if (lacks)
		advise(o, "proof: size; rehearse: full     (what is uploaded "
		    "cannot be read here)");
	return 0;
}

static int
try_rate(struct doctor *d, struct side *s, json_t *o, struct err *e)
{
	int64_t began = clock_mono_ms(), t;

	if (put(d, s, 1, DOCTOR_LARGE, e) != 0)
		return -1;
	t = clock_mono_ms() - began;
	json_object_set_new(o, "bytes_per_s", json_integer(
	    (json_int_t)DOCTOR_LARGE * 1000 / (t > 0 ? t : 1)));
	return 0;
}

/* What connection and answers told by the way. */
static void
note_facts(struct side *s, json_t *o)
{
	const struct xfer_facts *f = xfer_facts(s->x);
	const char *banner = xfer_banner(s->x), *key = xfer_host_key(s->x);
	struct err ignored;
	uint64_t room;
	int64_t days;
	char line[200];

	err_clear(&ignored);
	if (banner[0] != '\0')
		json_object_set_new(o, "server", jsonx_str(banner));
	if (key[0] != '\0')
		json_object_set_new(o, "host_key", jsonx_str(key));
	if (f->tls[0] != '\0')
		json_object_set_new(o, "tls", jsonx_str(f->tls));
	if (f->date_ms != 0)
		json_object_set_new(o, "clock_ahead_s", json_integer(
		    (f->date_ms - f->date_at_ms) / 1000));
	if (xfer_room(s->x, &room, &ignored) == 0)
		json_object_set_new(o, "free_bytes",
		    json_integer((json_int_t)room));
	if (f->cert_end_ms == 0)
		return;
	days = (f->cert_end_ms - clock_wall_ms()) / DAY_MS;
	json_object_set_new(o, "cert_days", json_integer(days));
	if (days < CERT_SOON_DAYS) {
		snprintf(line, sizeof(line), "the server's certificate ends "
		    "in %lld days; its owner has to renew it",
		    (long long)days);
		advise(o, line);
	}
}

static void
note_where(const char *url, json_t *o)
{
	struct xfer_url u;
	struct err ignored;
	char where[300];

	err_clear(&ignored);
	snprintf(where, sizeof(where), "this machine");
	if (xfer_url_parse(url, &u, &ignored) == 0 && u.host[0] != '\0')
		snprintf(where, sizeof(where), "%s:%u", u.host,
		    (unsigned)u.port);
	xfer_url_release(&u);
	json_object_set_new(o, "where", jsonx_str(where));
}

static int
take_key(void *arg, const char *host, const char *type, const char *print)
{
	struct doctor *d = arg;

	(void)host;
	snprintf(d->offered, sizeof(d->offered), "%s", print);
	snprintf(d->type, sizeof(d->type), "%s", type);
	return -1;
}

/* Knock once more, only to see the key; nothing is sent to that server. */
static void
offered_key(struct doctor *d, bool pull, json_t *o)
{
	struct err ignored;
	struct xfer_target t = { .known_hosts = "/dev/null",
	    .user = "nobody", .url = pull ? d->j.end->pull : d->j.end->upload,
	    .ask_host_key = take_key, .ask_arg = d };

	err_clear(&ignored);
	d->offered[0] = '\0';
	t.times.connect_ms = d->j.end->connect_ms;
	xfer_close(xfer_open(&t, d->j.c->log, &ignored));
	if (d->offered[0] == '\0')
		return;
	json_object_set_new(o, "offered", jsonx_str(d->offered));
	json_object_set_new(o, "offered_type", jsonx_str(d->type));
}

/*
 * Connect.  With --pin, the key that a person was told counts instead of what
 * is configured.
 */
static int
connect_side(struct doctor *d, bool pull, struct side *s, json_t *o,
    struct err *e)
{
	struct journey j = d->j;
	int64_t began = clock_mono_ms();

	d->end = *d->j.end;
	note_where(pull ? d->end.pull : d->end.upload, o);
	if (d->pin != NULL) {
		d->pins[0] = (char *)(uintptr_t)d->pin;
		d->end.host_key = d->pins;
		d->end.pull_host_key = NULL;
	}
	j.end = &d->end;
	if (side_open_probe(&j, pull, s, e) != 0) {
		if (e->code == ERR_HOSTKEY)
			offered_key(d, pull, o);
		return -1;
	}
	json_object_set_new(o, "connect_ms",
	    json_integer(clock_mono_ms() - began));
	return 0;
}

static int
look_or_say(struct doctor *d, struct side *s, json_t *o, struct err *e)
{
	struct err why;
	int rc;

	err_clear(&why);
	rc = look(d, s, o, &why);
	if (!may_lack(o, "look_up", rc, &why, e))
		return -1;
	if (json_object_get(o, "answer_ms") == NULL && !wants_readback(&d->j))
		advise(o, "proof: readback     (this server does not tell "
		    "sizes)");
	return 0;
}

int
doctor_upload(struct doctor *d, struct side *s, json_t *o, struct err *e)
{
	char id[ID_LEN + 1];
	int rc = -1;

	if (url_is_file(d->j.end->upload)) {
		note_where(d->j.end->upload, o);
		return err_set(e, ERR_UNSUPPORTED, "the address is signed for "
		    "one file; nothing can be tried without using it up");
	}
	if (id_new(clock_wall_ms(), id, e) != 0)
		return -1;
	snprintf(d->name, sizeof(d->name), ".coupondrop-doctor-%s", id);
	if (connect_side(d, false, s, o, e) != 0)
		return -1;
	if (put(d, s, 0, DOCTOR_SMALL, e) == 0 &&
	    look_or_say(d, s, o, e) == 0 && try_replace(d, s, o, e) == 0 &&
	    try_read(d, s, o, e) == 0 && try_rate(d, s, o, e) == 0)
		rc = 0;
	note_facts(s, o);
	return rc;
}

int
doctor_pull(struct doctor *d, json_t *o, struct err *e)
{
	struct side s = { 0 };
	int rc = -1;

	if (url_is_file(d->j.end->pull)) {
		note_where(d->j.end->pull, o);
		return err_set(e, ERR_UNSUPPORTED, "the address is signed for "
		    "one file; a run tries it");
	}
	if (connect_side(d, true, &s, o, e) == 0) {
		rc = read_back(d, s.x, e);
		note_facts(&s, o);
	}
	side_close(&s);
	return rc;
}

void
doctor_remove(struct doctor *d, struct side *s)
{
	struct err why;
	char name[100];
	int i;

	for (i = 0; i < 2 && s->x != NULL; i++) {
		if (!d->there[i])
			continue;
		err_clear(&why);
		if (xfer_remove(s->x, file_name(d, i, name), &why) != 0 &&
		    why.code != ERR_NOTFOUND)
			log_say(d->j.c->log, LOG_WARN, "a file of the doctor "
			    "stays there", LFS("because", why.msg));
	}
}
