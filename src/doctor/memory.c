/*
 * What earlier visits found out about an endpoint, and what has changed since.
 *
 * state_dir/doctor/ENDPOINT.json holds the last visit that got through, and
 * when each host key was seen first, also those that were refused: a person
 * who has to decide about a new key wants to know since when it is there.
 */
#include "doctor_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/limits.h"
#include "../base/list.h"
#include "../base/own.h"
#include "../base/tmpfile.h"
#include "../format/jsonx.h"
#include "../pipeline/ctx.h"

static int
memory_path(const struct doctor *d, char **out, struct err *e)
{
	char *dir = NULL;
	int rc;

	*out = NULL;
	if (asprintf(&dir, "%s/doctor", d->c->set->state_dir) < 0)
		return err_nomem(e);
	rc = io_mkdirs(dir, 0700, e);
	if (rc == 0 && asprintf(out, "%s/%s.json", dir, d->end->name) < 0)
		rc = err_nomem(e);
	free(dir);
	return rc;
}

static json_t *
read_memory(const char *path, struct err *e)
{
	json_t *v = NULL;
	char *text;
	size_t n;
	int fd = own_open(path, OWN_FILE, O_RDONLY, ERR_IO, e);

	if (fd != -1 && io_slurp_fd(fd, path, LIM_CONFIG, &text, &n, e) == 0) {
		v = jsonx_parse(text, n, e);
		if (v == NULL)
			err_wrap(e, "%s", path);
		free(text);
	}
	if (fd != -1)
		close(fd);
	return v;
}

int
doctor_recall(struct doctor *d, struct err *e)
{
	char *path;
	int rc = 0;

	d->keys = NULL;
	if (memory_path(d, &path, e) == -1)
		return -1;
	if (access(path, F_OK) == 0) {
		d->before = read_memory(path, e);
		rc = d->before == NULL ? -1 : 0;
	}
	d->keys = json_deep_copy(json_object_get(d->before, "keys"));
	free(path);
	return rc;
}

/* When a host key was seen first, or NULL. */
static json_t *
since_of(const struct doctor *d, const char *side, const char *print)
{
	json_t *v = json_object_get(json_object_get(d->keys, side), print);

	return json_is_string(v) ? v : NULL;
}

const char *
doctor_since_known(struct doctor *d, const char *side, const char *print)
{
	json_t *v = since_of(d, side, print);

	return v != NULL ? json_string_value(v) : "";
}

const char *
doctor_since(struct doctor *d, const char *side, const char *print)
{
	json_t *of;

	if (!json_is_object(d->keys)) {
		json_decref(d->keys);
		d->keys = json_object();
	}
	of = json_object_get(d->keys, side);
	if (!json_is_object(of)) {
		of = json_object();
		json_object_set_new(d->keys, side, of);
	}
	if (since_of(d, side, print) == NULL)
		json_object_set_new(of, print, json_string(d->out->at));
	return since_of(d, side, print) != NULL ?
	    doctor_since_known(d, side, print) : d->out->at;
}

static bool
has_changed(const struct doctor_field *f, const json_t *was,
    const json_t *now)
{
	if (was == NULL || json_is_null(was) || json_is_null(now))
		return false;
	if (f->halved)
		return json_is_integer(was) && json_is_integer(now) &&
		    json_integer_value(now) < json_integer_value(was) / 2;
	return !json_equal(was, now);
}

static int
compare_side(struct doctor *d, const char *side,
    const struct doctor_side *s, struct err *e)
{
	const json_t *before = json_object_get(d->before, side);
	const char *at = json_string_value(json_object_get(d->before, "at"));
	struct doctor_report *r = d->out;
	const struct doctor_field *f;

	for (f = doctor_fields; f->key != NULL; f++) {
		struct doctor_change c = { .side = side, .field = f,
		    .is = doctor_field_json(s, f),
		    .was = json_object_get(before, f->key) };

		if (f->inner != NULL)
			c.was = json_object_get(c.was, f->inner);
		snprintf(c.seen, sizeof(c.seen), "%s", at != NULL ? at : "");
		if (f->name == NULL || !has_changed(f, c.was, c.is)) {
			json_decref(c.is);
			continue;
		}
		if (list_grow(&r->drift, r->ndrift, &r->drift_cap,
		    sizeof(*r->drift), e) == -1) {
			json_decref(c.is);
			return -1;
		}
		json_incref(c.was);
		r->drift[r->ndrift++] = c;
	}
	return 0;
}

int
doctor_compare(struct doctor *d, struct err *e)
{
	if (compare_side(d, "upload", &d->out->upload, e) == -1)
		return -1;
	return compare_side(d, "pull", &d->out->pull, e);
}

static int
write_memory(const char *path, const json_t *o, struct err *e)
{
	struct tmpfile t = { .fd = -1 };
	char *text = json_dumps(o, JSON_INDENT(1));
	int rc;

	if (text == NULL)
		return err_nomem(e);
	rc = tmpfile_open(&t, path, 0600, e);
	if (rc == 0)
		rc = io_write_all(t.fd, text, strlen(text), e);
	if (rc == 0)
		rc = tmpfile_commit(&t, e);
	tmpfile_abort(&t);
	free(text);
	return rc;
}

/* This visit as it is kept, or the last one that came to something. */
static json_t *
visit_json(const struct doctor *d)
{
	if (!d->whole)
		return json_is_object(d->before) ? json_copy(d->before) :
		    json_object();
	return json_pack("{s:s, s:o, s:o}", "at", d->out->at, "upload",
	    doctor_side_json(&d->out->upload), "pull", d->out->pull.tried ?
	    doctor_side_json(&d->out->pull) : json_null());
}

int
doctor_keep(struct doctor *d, struct err *e)
{
	json_t *o;
	char *path;
	int rc;

	if (memory_path(d, &path, e) == -1)
		return -1;
	o = visit_json(d);
	if (d->keys != NULL)
		json_object_set(o, "keys", d->keys);
	rc = write_memory(path, o, e);
	json_decref(o);
	free(path);
	return rc;
}
