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
#include "../base/own.h"
#include "../format/jsonx.h"

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
	if (memory_path(d, &path, e) != 0)
		return -1;
	if (access(path, F_OK) == 0) {
		d->before = read_memory(path, e);
		rc = d->before == NULL ? -1 : 0;
	}
	d->keys = json_deep_copy(json_object_get(d->before, "keys"));
	free(path);
	return rc;
}

const char *
doctor_since(struct doctor *d, const char *side, const char *print)
{
	json_t *of, *since;

	if (!json_is_object(d->keys)) {
		json_decref(d->keys);
		d->keys = json_object();
	}
	of = json_object_get(d->keys, side);
	if (!json_is_object(of)) {
		of = json_object();
		json_object_set_new(d->keys, side, of);
	}
	since = json_object_get(of, print);
	if (!json_is_string(since)) {
		since = json_string(d->at);
		json_object_set_new(of, print, since);
	}
	return json_string_value(since) != NULL ? json_string_value(since) :
	    d->at;
}

enum change {
	ANY,		/* every difference */
	HALVED,		/* less than half of what it was */
};

/* Facts of which a change is worth a word; "upload" and "pull" have both. */
static const struct {
	const char	*key, *inner, *name;
	enum change	 change;
} watched[] = {
	{ "where", NULL, "the address", ANY },
	{ "server", NULL, "the server's software", ANY },
	{ "system", NULL, "the server's system", ANY },
	{ "features", NULL, "what the server offers", ANY },
	{ "host_key", NULL, "the host key", ANY },
	{ "ssh", "kex", "the SSH key exchange", ANY },
	{ "ssh", "host_key", "the kind of host key", ANY },
	{ "ssh", "cipher", "the SSH cipher", ANY },
	{ "ssh", "mac", "the SSH checksum", ANY },
	{ "channel", NULL, "who speaks SSH here", ANY },
	{ "protocol", NULL, "the version of HTTP", ANY },
	{ "tls", NULL, "TLS version and cipher", ANY },
	{ "cert", "issuer", "who issued the certificate", ANY },
	{ "cert", "until", "the certificate's end", ANY },
	{ "cert", "pin", "the certificate's key", ANY },
	{ "data_connection", NULL, "how data connections are made", ANY },
	{ "limits", "write_bytes", "bytes in one request", ANY },
	{ "limits", "open_files", "files open at once", HALVED },
	{ "look_up", NULL, "looking files up", ANY },
	{ "read", NULL, "reading files back", ANY },
	{ "hash", NULL, "telling the SHA-256 of files", ANY },
	{ "list", NULL, "listing the folder", ANY },
	{ "replace", NULL, "replacing files", ANY },
	{ "replace_how", NULL, "how files are replaced", ANY },
	{ "set_time", NULL, "setting times", ANY },
	{ "remove", NULL, "removing files", ANY },
	{ "free_bytes", NULL, "free bytes", HALVED },
};

static const json_t *
fact(const json_t *side, size_t i)
{
	const json_t *v = json_object_get(side, watched[i].key);

	return watched[i].inner == NULL ? v :
	    json_object_get(v, watched[i].inner);
}

static bool
has_changed(enum change how, const json_t *was, const json_t *now)
{
	if (how == HALVED)
		return json_is_integer(was) && json_is_integer(now) &&
		    json_integer_value(now) < json_integer_value(was) / 2;
	return !json_equal(was, now);
}

static void
compare_side(struct doctor *d, const char *side, json_t *drift)
{
	const json_t *before = json_object_get(d->before, side);
	const json_t *o = json_object_get(d->out, side), *was, *now;
	char what[100];
	size_t i;

	for (i = 0; i < sizeof(watched) / sizeof(watched[0]); i++) {
		was = fact(before, i);
		now = fact(o, i);
		if (was == NULL || json_is_null(was) || now == NULL ||
		    json_is_null(now) ||
		    !has_changed(watched[i].change, was, now))
			continue;
		snprintf(what, sizeof(what), "%s%s%s", watched[i].key,
		    watched[i].inner != NULL ? "." : "",
		    watched[i].inner != NULL ? watched[i].inner : "");
		json_array_append_new(drift, json_pack(
		    "{s:s, s:s, s:s, s:O, s:O, s:O?}", "side", side, "key",
		    what, "what", watched[i].name, "was", was, "is", now,
		    "seen", json_object_get(d->before, "at")));
	}
}

void
doctor_compare(struct doctor *d)
{
	json_t *drift = json_array();

	compare_side(d, "upload", drift);
	compare_side(d, "pull", drift);
	json_object_set_new(d->out, "drift", drift);
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

int
doctor_keep(struct doctor *d, struct err *e)
{
	json_t *o;
	char *path;
	int rc;

	if (memory_path(d, &path, e) != 0)
		return -1;
	o = d->whole ? json_copy(d->out) : json_is_object(d->before) ?
	    json_copy(d->before) : json_object();
	if (d->keys != NULL)
		json_object_set(o, "keys", d->keys);
	rc = write_memory(path, o, e);
	json_decref(o);
	free(path);
	return rc;
}
