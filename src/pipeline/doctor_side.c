/*
 * Connecting to the two sides of an endpoint under examination: whose key it
 * is, and what the connection tells by the way.
 *
 * With --pin a person vouches for a host key.  Of a host that was unknown the
 * key is then added to known_hosts.  A key that has changed is used for this
 * visit only: the configuration or the old line is a person's word too, and
 * only a person takes it back.
 */
#include "doctor_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../format/jsonx.h"

#define CLOCK_SLACK_S	60
#define ROOM_LOW	(256u << 20)	/* bytes */
#define PINS_BYTES	4096	/* as many as a list may have, in quotes */

json_t *
doctor_blank(void)
{
	static const char *const keys[] = {
		"where", "connect_ms", "server", "system", "protocol",
		"channel", "connections", "features", "data_connection",
		"host_key", "host_key_type", "host_key_since", "host_key_by",
		"stored", "offered", "offered_type", "offered_since",
		"pinned", "ssh", "tls", "tls_full", "tls_resumed", "cert",
		"cert_days", "clock_ahead_s", "answer_ms", "fetch_ms",
		"bytes_per_s", "free_bytes", "limits", "put", "look_up",
		"read", "hash", "list", "replace", "replace_how", "set_time",
		"remove", "write_only",
	};
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		json_object_set_new(o, keys[i], json_null());
	json_object_set_new(o, "transfers", json_array());
	json_object_set_new(o, "set", json_array());
	json_object_set_new(o, "advice", json_array());
	return o;
}

void
doctor_note(json_t *o, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_array_append_new(json_object_get(o, "advice"), jsonx_str(text));
}

void
doctor_set(json_t *o, bool needed, const char *why, const char *fmt, ...)
{
	char line[PINS_BYTES + 100];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	json_array_append_new(json_object_get(o, "set"), json_pack(
	    "{s:o, s:b, s:s}", "line", jsonx_str(line), "needed", (int)needed,
	    "why", why));
}

static const char *
side_name(bool pull)
{
	return pull ? "pull" : "upload";
}

static void
note_where(const char *url, json_t *o)
{
	struct xfer_url u;
	struct err ignored;
	char where[300];

	err_clear(&ignored);
	snprintf(where, sizeof(where), "this machine");
	if (xfer_url_parse(url, &u, &ignored) == 0 && u.host != NULL &&
	    u.host[0] != '\0')
		snprintf(where, sizeof(where), strchr(u.host, ':') != NULL ?
		    "[%s]:%u" : "%s:%u", u.host, (unsigned)u.port);
	xfer_url_release(&u);
	json_object_set_new(o, "where", jsonx_str(where));
}

/* The pins that count for a side; NULL: known_hosts does. */
static const char *const *
pins_of(const struct set_endpoint *n, bool pull)
{
	const char *const *p = pull && n->pull.host_keys != NULL ?
	    n->pull.host_keys : n->upload.host_keys;

	return p != NULL && *p != NULL ? p : NULL;
}

/* The list of pins with one more, as a line of the configuration. */
static void
set_pins(const struct set_endpoint *n, bool pull, const char *print,
    bool needed, const char *why, json_t *o)
{
	const char *const *p = pins_of(n, pull);
	const char *key = pull && (n->pull.host_keys != NULL ||
	    n->upload.host_keys != NULL) ? "pull_host_key" : "host_key";
	char list[PINS_BYTES];
	size_t len = 0;

	/* The upload side's pins are not the pull side's. */
	if (pull && n->pull.host_keys == NULL)
		p = NULL;
	for (; p != NULL && *p != NULL && len < sizeof(list) - 200; p++)
		len += (size_t)snprintf(list + len, sizeof(list) - len,
		    "\"%s\", ", *p);
	snprintf(list + len, sizeof(list) - len, "\"%s\"", print);
	doctor_set(o, needed, why, "%s: [%s]", key, list);
}

/* What a refused key was held against. */
static void
note_refused(struct doctor *d, bool pull, const struct xfer_shown *k,
    json_t *o)
{
	const char *side = side_name(pull);
	const char *const *p = pins_of(d->end, pull);
	json_t *list = json_array();

	json_object_set_new(o, "offered", jsonx_str(k->print));
	json_object_set_new(o, "offered_type", jsonx_str(k->type));
	json_object_set_new(o, "offered_since", json_string(doctor_since(d,
	    side, k->print)));
	for (; p != NULL && *p != NULL; p++)
		json_array_append_new(list, json_pack("{s:o, s:O}", "key",
		    jsonx_str(*p), "since", json_object_get(json_object_get(
		    d->keys, side), *p) != NULL ? json_object_get(
		    json_object_get(d->keys, side), *p) : json_null()));
	json_object_set_new(o, "pinned", list);
	set_pins(d->end, pull, k->print, true, "only if the server's owner "
	    "confirms it", o);
}

/* "=" at the end of a fingerprint says nothing. */
static bool
same_print(const char *a, const char *b)
{
	size_t n = strcspn(b, "=");

	return strcspn(a, "=") == n && strncmp(a, b, n) == 0;
}

static void
store_key(struct doctor *d, const struct xfer_shown *k, json_t *o)
{
	struct err why;
	char *path;

	err_clear(&why);
	path = xfer_trust(d->end->upload.known_hosts, k, &why);
	if (path != NULL)
		json_object_set_new(o, "stored", jsonx_str(path));
	else
		doctor_note(o, "%s; write host_key into the configuration "
		    "instead", why.msg);
	free(path);
}

/* Connect again, with the key that a person vouches for. */
static int
connect_pinned(struct doctor *d, bool pull, const struct xfer_shown *k,
    struct side *s, json_t *o, struct err *e)
{
	struct set_endpoint end = *d->end;
	const char *pins[] = { d->pin, NULL };
	int rc;

	d->pinned[pull] = true;
	end.upload.host_keys = end.pull.host_keys = pins;
	side_close(s);
	err_clear(e);
	rc = side_open_probe(d->c, &end, pull, s, e);
	if (rc != 0 && e->code == ERR_HOSTKEY)
		return -1;
	if (k->verdict == XFER_KEY_UNKNOWN) {
		store_key(d, k, o);
		return rc;
	}
	note_refused(d, pull, k, o);
	if (d->trouble.code == ERR_NONE)
		err_set(&d->trouble, ERR_HOSTKEY, "the host key is not the "
		    "one that was known; it is the one you gave, and was "
		    "trusted for this visit, but a run refuses it until the "
		    "configuration has it");
	return rc;
}

int
doctor_connect(struct doctor *d, bool pull, struct side *s, json_t *o,
    struct err *e)
{
	int64_t began = clock_mono_ms();
	struct xfer_shown k;
	int rc;

	note_where(pull ? d->end->pull.url : d->end->upload.url, o);
	rc = side_open_probe(d->c, d->end, pull, s, e);
	k = s->shown;
	if (d->pin != NULL && same_print(k.print, d->pin))
		d->pin_shown = true;
	if (rc != 0 && e->code == ERR_HOSTKEY && k.print[0] != '\0') {
		if (d->pin != NULL && same_print(k.print, d->pin))
			rc = connect_pinned(d, pull, &k, s, o, e);
		else
			note_refused(d, pull, &k, o);
	}
	if (k.print[0] != '\0' && rc == 0) {
		json_object_set_new(o, "host_key", jsonx_str(k.print));
		json_object_set_new(o, "host_key_type", jsonx_str(k.type));
		json_object_set_new(o, "host_key_since", json_string(
		    doctor_since(d, side_name(pull), k.print)));
		json_object_set_new(o, "host_key_by", json_string(
		    d->pinned[pull] ? "pin" : pins_of(d->end, pull) !=
		    NULL ? "host_key" : "known_hosts"));
	}
	if (rc == 0)
		json_object_set_new(o, "connect_ms",
		    json_integer(clock_mono_ms() - began));
	return rc;
}

static void
set_text(json_t *o, const char *key, const char *text)
{
	if (text[0] != '\0')
		json_object_set_new(o, key, jsonx_str(text));
}

static json_t *
text_or_null(const char *text)
{
	return text[0] != '\0' ? jsonx_str(text) : json_null();
}

static void
note_features(const struct xfer_facts *f, json_t *o)
{
	const char *p = f->features;
	json_t *list;
	size_t n;

	if (p[0] == '\0')
		return;
	list = json_array();
	for (; *p != '\0'; p += n + (p[n] == ' ')) {
		n = strcspn(p, " ");
		json_array_append_new(list, jsonx_bytes(p, n));
	}
	json_object_set_new(o, "features", list);
}

static void
note_ssh(struct doctor *d, bool pull, const struct xfer_facts *f, json_t *o)
{
	if (f->channel[0] == '\0')
		return;
	set_text(o, "channel", f->channel);
	json_object_set_new(o, "ssh", json_pack("{s:o, s:o, s:o, s:o}",
	    "kex", text_or_null(f->kex), "host_key", text_or_null(f->key_alg),
	    "cipher", text_or_null(f->cipher), "mac", text_or_null(f->mac)));
	json_object_set_new(o, "limits", json_pack("{s:I, s:I, s:I}",
	    "write_bytes", (json_int_t)f->write_bytes, "read_bytes",
	    (json_int_t)f->read_bytes, "open_files",
	    (json_int_t)f->handles));
	if (!pull && d->end->upload.ssh == XFER_SSH_AUTO &&
	    d->end->upload.ssh_config == NULL &&
	    strncmp(f->channel, "libssh2", 7) != 0)
		doctor_set(o, false, "saves an attempt with libssh2 at each "
		    "connection", "ssh: openssh");
}

static void
note_tls(const struct xfer_facts *f, json_t *o)
{
	char from[21], until[21];
	int64_t days = cert_days(f);

	if (f->tls[0] == '\0')
		return;
	set_text(o, "tls", f->tls);
	json_object_set_new(o, "tls_full", json_integer(f->tls_full));
	json_object_set_new(o, "tls_resumed", json_integer(f->tls_resumed));
	if (f->cert_end_ms == 0)
		return;
	json_object_set_new(o, "cert_days", json_integer(days));
	json_object_set_new(o, "cert", json_pack(
	    "{s:o, s:o, s:s, s:s, s:o}", "subject", text_or_null(
	    f->cert_subject), "issuer", text_or_null(f->cert_issuer), "from",
	    clock_iso(f->cert_begin_ms, from), "until", clock_iso(
	    f->cert_end_ms, until), "pin", text_or_null(f->cert_pin)));
	if (cert_ends_soon(f))
		doctor_note(o, "the server's certificate ends in %lld day%s; "
		    "ask its owner to renew it", (long long)days,
		    days == 1 ? "" : "s");
}

static bool
has_word(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *p = list;

	for (; (p = strstr(p, word)) != NULL; p += n)
		if ((p == list || p[-1] == ' ') &&
		    (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

/* Passwords and codes that anybody on the way can read. */
static void
note_plain(struct doctor *d, const struct xfer_facts *f, json_t *o)
{
	const char *url = d->end->upload.url;

	if (strncmp(url, "ftp://", 6) == 0 && has_word(f->features, "AUTH"))
		doctor_set(o, false, "the server can encrypt; without that "
		    "everybody on the way reads the codes and the password",
		    "upload: ftpes://%.900s", url + 6);
	else if (strncmp(url, "ftp://", 6) == 0 ||
	    strncmp(url, "http://", 7) == 0)
		doctor_note(o, "nothing is encrypted on the way to this "
		    "server: codes and password can be read by anybody in "
		    "between");
}

static void
note_room(struct side *s, json_t *o)
{
	struct err ignored;
	uint64_t room;

	err_clear(&ignored);
	if (xfer_room(s->x, &room, &ignored) != 0)
		return;
	json_object_set_new(o, "free_bytes", json_integer(
	    room > INT64_MAX ? INT64_MAX : (json_int_t)room));
	if (room < ROOM_LOW)
		doctor_note(o, "the disk over there is nearly full");
}

static void
note_clock(const struct xfer_facts *f, json_t *o)
{
	json_int_t ahead;

	if (f->date_ms != 0)
		json_object_set_new(o, "clock_ahead_s", json_integer(
		    (f->date_ms - f->date_at_ms) / 1000));
	ahead = json_integer_value(json_object_get(o, "clock_ahead_s"));
	if (ahead > CLOCK_SLACK_S || ahead < -CLOCK_SLACK_S)
		doctor_note(o, "the server's clock is %lld s %s ours; one of "
		    "them is wrong", (long long)llabs((long long)ahead),
		    ahead > 0 ? "ahead of" : "behind");
}

/* A pin is surer than a file that anybody's ssh adds to. */
static void
suggest_pin(struct doctor *d, bool pull, json_t *o)
{
	const struct set_endpoint *n = d->end;
	const char *key = json_string_value(json_object_get(o, "host_key"));
	const char *other = json_string_value(json_object_get(json_object_get(
	    d->out, "upload"), "host_key"));

	if (key == NULL || pins_of(n, pull) != NULL ||
	    (pull && other != NULL && strcmp(key, other) == 0))
		return;
	if (pull)
		doctor_set(o, false, "trusts this key on each host that has "
		    "this configuration", "pull_host_key: [\"%s\"]", key);
	else
		set_pins(n, pull, key, false, "trusts this key on each host "
		    "that has this configuration", o);
}

void
doctor_facts(struct doctor *d, bool pull, struct side *s, json_t *o)
{
	const struct xfer_facts *f = xfer_facts(s->x);

	set_text(o, "server", xfer_banner(s->x));
	set_text(o, "system", f->syst);
	set_text(o, "protocol", f->protocol);
	if (f->protocol[0] != '\0')	/* connects when there is something */
		json_object_set_new(o, "connect_ms", json_null());
	set_text(o, "data_connection", f->data);
	if (f->connections > 0)
		json_object_set_new(o, "connections",
		    json_integer(f->connections));
	note_features(f, o);
	note_ssh(d, pull, f, o);
	note_tls(f, o);
	if (!pull) {
		note_plain(d, f, o);
		note_room(s, o);
	}
	note_clock(f, o);
	suggest_pin(d, pull, o);
}
