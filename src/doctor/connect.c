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

#include "../../transfer/url.h"
#include "../base/clock.h"
#include "../config/options.h"
#include "../pipeline/ctx.h"

#define CLOCK_SLACK_S	60
#define ROOM_LOW	(256u << 20)	/* bytes */
#define PINS_BYTES	4096	/* as many as a list may have, in quotes */

/* Copy text into a member, which is an array. */
#define SET(member, text) \
	snprintf(member, sizeof(member), "%s", text)

void
doctor_note(struct doctor_side *o, const char *fmt, ...)
{
	va_list ap;
	char *text;
	size_t i;
	int rc;

	if (o->nadvice == DOCTOR_LINES)
		return;
	va_start(ap, fmt);
	rc = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (rc < 0)
		return;
	for (i = 0; i < o->nadvice; i++)
		if (strcmp(o->advice[i], text) == 0) {
			free(text);
			return;
		}
	o->advice[o->nadvice++] = text;
}

void
doctor_set(struct doctor_side *o, bool needed, const char *why,
    const char *fmt, ...)
{
	struct doctor_line line = { .needed = needed, .why = why };
	const struct option *row;
	char key[64];
	va_list ap;
	size_t i;
	int rc;

	if (o->nset == DOCTOR_LINES)
		return;
	va_start(ap, fmt);
	rc = vasprintf(&line.text, fmt, ap);
	va_end(ap);
	if (rc < 0)
		return;
	for (i = 0; i < o->nset; i++)
		if (strcmp(o->set[i].text, line.text) == 0) {
			free(line.text);
			return;
		}
	snprintf(key, sizeof(key), "%.*s", (int)strcspn(line.text, ":"),
	    line.text);
	row = option_find(SECT_ENDPOINT, key);
	line.dflt = row != NULL && row->dflt != NULL &&
	    strcmp(line.text + strcspn(line.text, ":") + 2, row->dflt) == 0;
	o->set[o->nset++] = line;
}

static int64_t
clamp(uint64_t n)
{
	return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

static const char *
side_name(bool pull)
{
	return pull ? "pull" : "upload";
}

/* Where what is found out about a side goes. */
static struct doctor_side *
side_of(struct doctor *d, bool pull)
{
	return pull ? &d->out->pull : &d->out->upload;
}

static void
note_where(const char *url, struct doctor_side *o)
{
	struct xfer_url u;
	struct err ignored;

	err_clear(&ignored);
	snprintf(o->where, sizeof(o->where), "this machine");
	if (xfer_url_parse(url, &u, &ignored) == 0 && u.host != NULL &&
	    u.host[0] != '\0')
		snprintf(o->where, sizeof(o->where), strchr(u.host, ':') !=
		    NULL ? "[%s]:%u" : "%s:%u", u.host, (unsigned)u.port);
	xfer_url_release(&u);
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
set_pins(struct doctor *d, bool pull, const char *print, bool needed,
    const char *why)
{
	const struct set_endpoint *n = d->end;
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
	doctor_set(side_of(d, pull), needed, why, "%s: [%s]", key, list);
}

/* What a refused key was held against. */
static void
note_refused(struct doctor *d, bool pull, const struct xfer_shown *k)
{
	struct doctor_side *o = side_of(d, pull);
	const char *side = side_name(pull);
	const char *const *p = pins_of(d->end, pull);
	size_t n = 0;

	SET(o->offered, k->print);
	SET(o->offered_type, k->type);
	SET(o->offered_since, doctor_since(d, side, k->print));
	while (p != NULL && p[n] != NULL)
		n++;
	free(o->pinned);
	o->npinned = 0;
	o->pinned = calloc(n + 1, sizeof(*o->pinned));
	for (; o->pinned != NULL && o->npinned < n; o->npinned++) {
		struct doctor_pin *pin = &o->pinned[o->npinned];

		pin->print = p[o->npinned];
		SET(pin->since, doctor_since_known(d, side, pin->print));
	}
	set_pins(d, pull, k->print, true, "only if the server's owner "
	    "confirms it");
}

/* "=" at the end of a fingerprint says nothing. */
static bool
same_print(const char *a, const char *b)
{
	size_t n = strcspn(b, "=");

	return strcspn(a, "=") == n && strncmp(a, b, n) == 0;
}

static void
store_key(struct doctor *d, const struct xfer_shown *k, struct doctor_side *o)
{
	struct err why;
	char *path;

	err_clear(&why);
	path = xfer_trust(d->end->upload.known_hosts, k, &why);
	if (path != NULL)
		SET(o->stored, path);
	else
		doctor_note(o, "%s; write host_key into the configuration "
		    "instead", why.msg);
	free(path);
}

/* Connect again, with the key that a person vouches for. */
static int
connect_pinned(struct doctor *d, bool pull, const struct xfer_shown *k,
    struct side *s, struct err *e)
{
	struct set_endpoint end = *d->end;
	const char *pins[] = { d->out->pin, NULL };
	int rc;

	d->pinned[pull] = true;
	end.upload.host_keys = end.pull.host_keys = pins;
	side_close(s);
	err_clear(e);
	rc = side_open_probe(d->c, &end, pull, s, e);
	if (rc == -1 && e->code == ERR_HOSTKEY)
		return -1;
	if (k->verdict == XFER_KEY_UNKNOWN) {
		store_key(d, k, side_of(d, pull));
		return rc;
	}
	note_refused(d, pull, k);
	if (d->trouble.code == ERR_NONE)
		err_set(&d->trouble, ERR_HOSTKEY, "the host key is not the "
		    "one that was known; it is the one you gave, and was "
		    "trusted for this visit, but a run refuses it until the "
		    "configuration has it");
	return rc;
}

int
doctor_connect(struct doctor *d, bool pull, struct side *s, struct err *e)
{
	struct doctor_side *o = side_of(d, pull);
	int64_t began = clock_mono(d->c->clock);
	struct xfer_shown k;
	bool vouched;
	int rc;

	note_where(pull ? d->end->pull.url : d->end->upload.url, o);
	rc = side_open_probe(d->c, d->end, pull, s, e);
	k = s->shown;
	vouched = d->out->pin != NULL && same_print(k.print, d->out->pin);
	d->out->pin_shown |= vouched;
	if (rc == -1 && e->code == ERR_HOSTKEY && k.print[0] != '\0') {
		if (vouched)
			rc = connect_pinned(d, pull, &k, s, e);
		else
			note_refused(d, pull, &k);
	}
	if (k.print[0] != '\0' && rc == 0) {
		SET(o->host_key, k.print);
		SET(o->host_key_type, k.type);
		SET(o->host_key_since, doctor_since(d, side_name(pull),
		    k.print));
		SET(o->host_key_by, d->pinned[pull] ? "pin" :
		    pins_of(d->end, pull) != NULL ? "host_key" :
		    "known_hosts");
	}
	if (rc == 0)
		o->connect_ms = clock_mono(d->c->clock) - began;
	return rc;
}

static void
note_ssh(struct doctor *d, bool pull, const struct xfer_facts *f,
    struct doctor_side *o)
{
	if (f->channel[0] == '\0')
		return;
	SET(o->channel, f->channel);
	SET(o->kex, f->kex);
	SET(o->key_alg, f->key_alg);
	SET(o->cipher, f->cipher);
	SET(o->mac, f->mac);
	o->write_bytes = f->write_bytes;
	o->read_bytes = f->read_bytes;
	o->open_files = clamp(f->handles);
	if (!pull && d->end->upload.ssh == XFER_SSH_AUTO &&
	    d->end->upload.ssh_config == NULL &&
	    strncmp(f->channel, "libssh2", 7) != 0)
		doctor_set(o, false, "saves an attempt with libssh2 at each "
		    "connection", "ssh: openssh");
}

static void
note_tls(const struct xfer_facts *f, struct doctor_side *o, int64_t now_ms)
{
	struct cert_soon soon;
	bool ends = cert_ends_soon(f, now_ms, &soon);

	if (f->tls[0] == '\0')
		return;
	SET(o->tls, f->tls);
	o->tls_full = f->tls_full;
	o->tls_resumed = f->tls_resumed;
	if (f->cert_end_ms == 0)
		return;
	o->cert_days = cert_days(f, now_ms);
	SET(o->cert_subject, f->cert_subject);
	SET(o->cert_issuer, f->cert_issuer);
	SET(o->cert_pin, f->cert_pin);
	clock_iso(f->cert_begin_ms, o->cert_from);
	clock_iso(f->cert_end_ms, o->cert_until);
	if (ends && soon.above != NULL)
		doctor_note(o, "the certificate of an authority, which the "
		    "server sends with its own, ends in %lld day%s (%s); ask "
		    "its owner to send the one that follows",
		    (long long)soon.days, soon.days == 1 ? "" : "s",
		    soon.above);
	else if (ends)
		doctor_note(o, "the server's certificate ends in %lld day%s; "
		    "ask its owner to renew it", (long long)soon.days,
		    soon.days == 1 ? "" : "s");
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
note_plain(struct doctor *d, const struct xfer_facts *f,
    struct doctor_side *o)
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
note_room(struct side *s, struct doctor_side *o)
{
	struct err ignored;
	uint64_t room;

	err_clear(&ignored);
	if (xfer_room(s->x, &room, &ignored) == -1)
		return;
	o->free_bytes = clamp(room);
	if (room < ROOM_LOW)
		doctor_note(o, "the disk over there is nearly full");
}

static void
note_clock(const struct xfer_facts *f, struct doctor_side *o)
{
	int64_t ahead;

	if (f->date_ms != 0)
		o->clock_ahead_s = (f->date_ms - f->date_at_ms) / 1000;
	ahead = o->clock_ahead_s;
	if (ahead != DOCTOR_UNSET &&
	    (ahead > CLOCK_SLACK_S || ahead < -CLOCK_SLACK_S))
		doctor_note(o, "the server's clock is %lld s %s ours; one of "
		    "them is wrong", (long long)llabs((long long)ahead),
		    ahead > 0 ? "ahead of" : "behind");
}

/* A pin is surer than a file that anybody's ssh adds to. */
static void
suggest_pin(struct doctor *d, bool pull, struct doctor_side *o)
{
	const struct set_endpoint *n = d->end;
	const char *key = o->host_key;

	if (key[0] == '\0' || pins_of(n, pull) != NULL ||
	    (pull && strcmp(key, d->out->upload.host_key) == 0))
		return;
	if (pull)
		doctor_set(o, false, "trusts this key on each host that has "
		    "this configuration", "pull_host_key: [\"%s\"]", key);
	else
		set_pins(d, pull, key, false, "trusts this key on each host "
		    "that has this configuration");
}

void
doctor_facts(struct doctor *d, bool pull, struct side *s)
{
	struct doctor_side *o = side_of(d, pull);
	const struct xfer_facts *f = xfer_facts(s->x);

	SET(o->server, xfer_banner(s->x));
	SET(o->syst, f->syst);
	SET(o->protocol, f->protocol);
	if (f->protocol[0] != '\0')	/* connects when there is something */
		o->connect_ms = DOCTOR_UNSET;
	SET(o->data_connection, f->data);
	SET(o->features, f->features);
	if (f->connections > 0)
		o->connections = f->connections;
	note_ssh(d, pull, f, o);
	note_tls(f, o, clock_wall(d->c->clock));
	if (!pull) {
		note_plain(d, f, o);
		note_room(s, o);
	}
	note_clock(f, o);
	suggest_pin(d, pull, o);
}
