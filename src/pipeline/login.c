/* Logins that a server refused: one file each, below state_dir/logins. */
#include "login.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/id.h"
#include "../base/io.h"
#include "../base/log.h"
#include "../base/secret.h"
#include "../base/tmpfile.h"
#include "../format/digest.h"
#include "../format/jsonx.h"
#include "ctx.h"
#include "lock.h"

#define NIGHT_MS	(20 * 3600000LL) /* tomorrow's run may be earlier */
#define LOCK_MS		10000		/* others have it for moments */
#define FILE_MAX	(1 << 20)
#define RUNS_MAX	10000	/* kept, the newest; they fit the file */
#define TIME_MAX	INT64_C(253402300799999) /* the year 9999 */
#define ROUNDS		20000	/* makes guessing from the digest slow */
#define HEX		65	/* 32 bytes as text */

/* What is known of one login, locked against other processes. */
struct refusal {
	char	*path;
	json_t	*o;		/* NULL: never refused */
	int	 lock;
};

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static int64_t
time_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void
digest_part(struct digest *d, const char *p, size_t n)
{
	digest_add(d, &n, sizeof(n));
	digest_add(d, p, n);
}

/* The digest of what logs in, with this salt, as text. */
static int
login_print(const struct login *l, const char *salt, char out[HEX],
    struct err *e)
{
	unsigned char sum[32] = { 0 };
	struct digest *d;
	char mark[100] = "";
	struct stat st;
	const char *text;
	size_t i;
	int round;

	/* A key is not read here; another one is another file. */
	if (l->identity != NULL && stat(l->identity, &st) == 0)
		snprintf(mark, sizeof(mark), "%jd %jd %jd %jd",
		    (intmax_t)st.st_ino, (intmax_t)st.st_size,
		    (intmax_t)st.st_mtim.tv_sec,
		    (intmax_t)st.st_mtim.tv_nsec);
	for (round = 0; round < ROUNDS; round++) {
		d = digest_new(e);
		if (d == NULL)
			return -1;
		digest_add(d, salt, strlen(salt));
		digest_add(d, sum, sizeof(sum));
		for (i = 0; round == 0 && i < LOGIN_PARTS; i++) {
			text = l->text[i] != NULL ? l->text[i] : "";
			digest_part(d, secret_bytes(l->secret[i]),
			    secret_len(l->secret[i]));
			digest_part(d, text, strlen(text));
		}
		if (round == 0)
			digest_add(d, mark, strlen(mark));
		digest_finish(d, sum);
	}
	hex_encode(sum, sizeof(sum), out);
	return 0;
}

static int
login_name(const struct login *l, char out[HEX], struct err *e)
{
	struct digest *d = digest_new(e);
	unsigned char sum[32];

	if (d == NULL)
		return -1;
	digest_add(d, l->where, strlen(l->where) + 1);
	digest_add(d, l->user, strlen(l->user));
	digest_finish(d, sum);
	hex_encode(sum, sizeof(sum), out);
	return 0;
}

static bool
is_time(const json_t *v)
{
	return json_is_integer(v) && json_integer_value(v) >= 0 &&
	    json_integer_value(v) <= TIME_MAX;
}

/* Whether it is such as record_refuse makes. */
static bool
record_whole(const json_t *o)
{
	const json_t *id, *runs = json_object_get(o, "runs");
	size_t i;

	json_array_foreach(runs, i, id)
		if (!json_is_string(id))
			return false;
	return json_is_array(runs) && is_time(json_object_get(o, "refused")) &&
	    is_time(json_object_get(o, "tried"));
}

/*
 * NULL when there is none.  One that is damaged or cannot be read is none: a
 * login that may be right is not kept out by a note about it.
 */
static json_t *
record_read(const char *path)
{
	struct err damaged;
	json_t *o;
	char *p;
	size_t n;

	err_clear(&damaged);
	if (io_slurp(path, FILE_MAX, &p, &n, &damaged) == -1)
		return NULL;
	o = jsonx_parse(p, n, &damaged);
	free(p);
	if (o != NULL && !record_whole(o)) {
		json_decref(o);
		o = NULL;
	}
	return o;
}

static void
record_close(struct refusal *r)
{
	json_decref(r->o);
	free(r->path);
	if (r->lock >= 0)
		close(r->lock);
}

/* The caller ends r with record_close, after failure too. */
static int
record_open(struct ctx *c, const struct login *l, struct refusal *r,
    struct err *e)
{
	char name[HEX];

	*r = (struct refusal){ .lock = -1 };
	if (login_name(l, name, e) == -1)
		return -1;
	if (asprintf(&r->path, "%s/logins/%s.json", c->set->state_dir,
	    name) < 0) {
		r->path = NULL;
		return err_nomem(e);
	}
	r->lock = lock_named(c, "login", name, LOCK_MS, e);
	if (r->lock < 0)
		return -1;
	r->o = record_read(r->path);
	return 0;
}

static int
record_write(const struct refusal *r, struct err *e)
{
	struct tmpfile tmp = { .fd = -1 };
	char *dir = io_folder_of(r->path);
	FILE *f = NULL;
	int rc = dir == NULL ? err_nomem(e) : io_mkdirs(dir, 0700, e);

	free(dir);
	if (rc == 0)
		rc = tmpfile_open(&tmp, r->path, 0600, e);
	if (rc == 0 && (f = tmpfile_stream(&tmp, e)) == NULL)
		rc = -1;
	if (rc == 0)
		rc = jsonx_print(f, r->o, e);
	if (f != NULL && fclose(f) == EOF && rc == 0)
		rc = err_sys(e, ERR_IO, errno, "write %s", r->path);
	if (rc == 0)
		rc = tmpfile_commit(&tmp, e);
	tmpfile_abort(&tmp);
	return rc;
}

/* The run at work met this refusal. */
static void
record_add_run(const struct ctx *c, json_t *o)
{
	json_t *runs = json_object_get(o, "runs");
	size_t i;

	for (i = 0; i < json_array_size(runs); i++)
		if (strcmp(json_string_value(json_array_get(runs, i)),
		    c->run) == 0)
			return;
	if (c->run[0] != '\0')
		json_array_append_new(runs, json_string(c->run));
	while (json_array_size(runs) > RUNS_MAX)
		json_array_remove(runs, 0);
}

/* Once a night; a person is asked to be patient only for one command. */
static bool
login_due(const struct ctx *c, const json_t *o)
{
	int64_t now = clock_wall(c->clock), tried = time_of(o, "tried");

	return now >= tried + NIGHT_MS || now < tried - NIGHT_MS ||
	    (c->by_hand && tried < c->begun_ms);
}

static int
login_not_due(const struct login *l, const json_t *o, struct err *e)
{
	char at[21], due[21];

	clock_iso(time_of(o, "refused"), at);
	clock_iso(time_of(o, "tried") + NIGHT_MS, due);
	return err_set(e, ERR_LOGIN, "the login%s%s at %s was refused (%s) "
	    "and is not tried again unasked before %s, since repeated wrong "
	    "logins lock an account; a changed user or secret is tried at "
	    "once, and \"coupondrop doctor\" tries this one now",
	    l->user[0] != '\0' ? " of " : "", l->user, l->where, at, due);
}

static void
not_kept(struct ctx *c, const struct login *l, const struct err *why)
{
	log_say(c->log, LOG_WARN, "what came of a login was not noted",
	    LFS("server", l->where), LFS("because", why->msg));
}

/* Of a login that was refused before: whether it may be tried now. */
static int
record_try(struct ctx *c, const struct login *l, struct refusal *r,
    struct err *e)
{
	char print[HEX];
	struct err why;

	if (login_print(l, text_of(r->o, "salt"), print, e) == -1)
		return -1;
	if (strcmp(print, text_of(r->o, "print")) != 0)
		return 0;
	if (login_due(c, r->o)) {
		/* Before it is tried: others are kept from it. */
		json_object_set_new(r->o, "tried", json_integer(
		    clock_wall(c->clock)));
		return record_write(r, e);
	}
	record_add_run(c, r->o);
	err_clear(&why);
	if (record_write(r, &why) == -1)
		not_kept(c, l, &why);
	return login_not_due(l, r->o, e);
}

int
login_try(struct ctx *c, const struct login *l, struct err *e)
{
	struct refusal r;
	int rc = record_open(c, l, &r, e);

	if (rc == 0 && r.o != NULL)
		rc = record_try(c, l, &r, e);
	record_close(&r);
	return rc;
}

static int
record_refuse(struct ctx *c, const struct login *l, struct refusal *r,
    const struct err *why, struct err *e)
{
	json_int_t now = clock_wall(c->clock);
	json_t *runs = json_object_get(r->o, "runs"), *o;
	char salt[HEX], print[HEX];
	unsigned char grain[32];

	if (random_bytes(grain, sizeof(grain), e) == -1)
		return -1;
	hex_encode(grain, sizeof(grain), salt);
	if (login_print(l, salt, print, e) == -1)
		return -1;
	o = json_pack("{s:o, s:o, s:s, s:s, s:I, s:I, s:o, s:o}", "where",
	    jsonx_str(l->where), "user", jsonx_str(l->user), "salt", salt,
	    "print", print, "refused", now, "tried", now, "said",
	    jsonx_str(why->msg), "runs", json_is_array(runs) ?
	    json_incref(runs) : json_array());
	if (o == NULL)
		return err_nomem(e);
	json_decref(r->o);
	r->o = o;
	record_add_run(c, o);
	return record_write(r, e);
}

void
login_refused(struct ctx *c, const struct login *l, const struct err *why)
{
	struct refusal r;
	struct err e;

	err_clear(&e);
	if (record_open(c, l, &r, &e) == -1 ||
	    record_refuse(c, l, &r, why, &e) == -1)
		not_kept(c, l, &e);
	record_close(&r);
}

void
login_worked(struct ctx *c, const struct login *l)
{
	struct refusal r;
	struct err e;

	err_clear(&e);
	if (record_open(c, l, &r, &e) == 0 && r.o != NULL &&
	    unlink(r.path) == -1 && errno != ENOENT)
		err_sys(&e, ERR_IO, errno, "remove %s", r.path);
	if (e.code != ERR_NONE)
		not_kept(c, l, &e);
	record_close(&r);
}

void
login_untried(struct ctx *c, const struct login *l)
{
	struct refusal r;
	struct err e;

	err_clear(&e);
	if (record_open(c, l, &r, &e) == 0 && r.o != NULL) {
		json_object_set(r.o, "tried", json_object_get(r.o, "refused"));
		(void)record_write(&r, &e);
	}
	if (e.code != ERR_NONE)
		not_kept(c, l, &e);
	record_close(&r);
}

static int
is_record(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 5 && strcmp(d->d_name + n - 5, ".json") == 0;
}

static int
each_record(const char *dir, const char *name,
    int (*f)(void *, const struct login_refusal *, struct err *), void *arg,
    struct err *e)
{
	struct login_refusal l;
	char *path;
	json_t *o;
	int rc = 0;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return err_nomem(e);
	o = record_read(path);
	free(path);
	if (o != NULL) {
		l = (struct login_refusal){ .where = text_of(o, "where"),
		    .user = text_of(o, "user"), .said = text_of(o, "said"),
		    .at_ms = time_of(o, "refused"),
		    .due_ms = time_of(o, "tried") + NIGHT_MS,
		    .runs = json_object_get(o, "runs") };
		rc = f(arg, &l, e);
	}
	json_decref(o);
	return rc;
}

int
login_each(const struct settings *set,
    int (*f)(void *, const struct login_refusal *, struct err *), void *arg,
    struct err *e)
{
	struct dirent **list = NULL;
	char *dir;
	int i, n, rc = 0;

	if (asprintf(&dir, "%s/logins", set->state_dir) < 0)
		return err_nomem(e);
	n = scandir(dir, &list, is_record, alphasort);
	if (n < 0 && errno != ENOENT)
		rc = err_sys(e, ERR_IO, errno, "look into %s", dir);
	for (i = 0; i < n; i++) {
		if (rc == 0)
			rc = each_record(dir, list[i]->d_name, f, arg, e);
		free(list[i]);
	}
	free(list);
	free(dir);
	return rc;
}
