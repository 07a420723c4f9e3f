/* A visit of the doctor for a person.  Much of it is a server's word. */
#include <limits.h>
#include <string.h>

#include "../base/own.h"
#include "../base/str.h"
#include "../doctor/doctor.h"
#include "../pipeline/side.h"
#include "doctor_report.h"
#include "text.h"

/* What a line is about; the rest of it follows. */
static void
put_label(FILE *f, const char *what)
{
	fprintf(f, "             %-8s  ", what);
}

static void
put_error(FILE *f, const struct err *e, bool advice)
{
	const char *do_this = err_row(e)->advice;

	if (e->code == ERR_NONE)
		return;
	put_label(f, "because");
	text_line(f, "", e->msg);
	if (advice && do_this[0] != '\0') {
		put_label(f, "do");
		fprintf(f, "%s\n", do_this);
	}
}

static const char *
result_word(const struct err *e)
{
	switch (e->code) {
	case ERR_NONE:
		return "ok";
	case ERR_CONFIG:
	case ERR_SECRET:
	case ERR_HOSTKEY:
	case ERR_CERT:
	case ERR_LOGIN:
	case ERR_DENIED:
		return "REFUSED";
	case ERR_RESOLVE:
	case ERR_CONNECT:
	case ERR_TIMEOUT:
	case ERR_UNAVAILABLE:
	case ERR_BUSY:
		return "NOT REACHED";
	default:
		return "FAILED";
	}
}

/*
 * The end of a line about something that nobody answers for, with the reason;
 * there is nothing more to say of it.
 */
static bool
put_not_reached(FILE *f, const struct err *e, const char *but)
{
	if (strcmp(result_word(e), "NOT REACHED") != 0)
		return false;
	text_line(f, but, e->msg);
	return true;
}

static void
put_settings(FILE *f, const struct doctor_report *r)
{
	if (r->settings.code == ERR_NONE)
		return;
	fputs("settings   ", f);
	text_name(f, r->job != NULL ? r->job : "");
	fputs("  REFUSED\n", f);
	put_error(f, &r->settings, true);
}

static void
put_platform(FILE *f, const struct doctor_report *r)
{
	if (r->provider == NULL)
		return;
	fprintf(f, "platform   %-22s  %s", r->provider,
	    r->login_ms == DOCTOR_UNSET && r->platform.code == ERR_NONE ?
	    "NOT ASKED" : result_word(&r->platform));
	if (r->login_ms != DOCTOR_UNSET)
		fprintf(f, "   login %lld ms", (long long)r->login_ms);
	if (put_not_reached(f, &r->platform, ": "))
		return;
	if (r->bank_id != NULL) {
		fputs(", bank ", f);
		text_name(f, r->bank_id);
		fputs(" \"", f);
		text_name(f, r->bank_name);
		putc('"', f);
	}
	putc('\n', f);
	put_error(f, &r->platform, true);
}

static void
put_server(FILE *f, const struct doctor_side *s)
{
	if (s->server[0] == '\0' && s->syst[0] == '\0' &&
	    s->protocol[0] == '\0')
		return;
	put_label(f, "server");
	text_name(f, s->server);
	if (s->syst[0] != '\0') {
		fputs(", ", f);
		text_name(f, s->syst);
	}
	if (s->protocol[0] != '\0')
		fprintf(f, "%s%s", s->server[0] != '\0' ? ", " : "",
		    s->protocol);
	putc('\n', f);
}

/* A host key by its fingerprint; the type is the server's word. */
static void
put_key(FILE *f, const char *print, const char *type, const char *since)
{
	fprintf(f, "%s  ", print);
	text_name(f, type);
	fprintf(f, ", first seen %.10s", since);
}

static void
put_ssh(FILE *f, const struct doctor_side *s)
{
	if (s->host_key[0] != '\0' && s->offered[0] == '\0') {
		put_label(f, "host key");
		put_key(f, s->host_key, s->host_key_type, s->host_key_since);
		fprintf(f, ", trusted by %s\n", s->host_key_by);
	}
	if (s->stored[0] != '\0') {
		put_label(f, "stored");
		text_line(f, "this key is now known in ", s->stored);
	}
	if (s->kex[0] == '\0')
		return;
	put_label(f, "ssh");
	fprintf(f, "%s, %s, %s%s%s (by %s)\n", s->kex, s->key_alg, s->cipher,
	    s->mac[0] != '\0' ? ", " : "", s->mac, s->channel);
}

/* The host key that was refused, and how to go on. */
static void
put_offered(FILE *f, const struct doctor_report *r,
    const struct doctor_side *s)
{
	char word[PATH_MAX];
	size_t i;

	if (s->offered[0] == '\0')
		return;
	for (i = 0; i < s->npinned; i++) {
		put_label(f, "pinned");
		text_name(f, s->pinned[i].print);
		if (s->pinned[i].since[0] != '\0')
			fprintf(f, "  since %.10s", s->pinned[i].since);
		putc('\n', f);
	}
	put_label(f, "offered");
	put_key(f, s->offered, s->offered_type, s->offered_since);
	putc('\n', f);
	if (s->connect_ms != DOCTOR_UNSET)
		return;
	fprintf(f, "             No password and no file was sent.\n"
	    "             Ask the server's owner, by phone, for the "
	    "fingerprint.  Only if it matches:\n"
	    "               coupondrop doctor -j %s --pin %s\n"
	    "             or, for all hosts, the line below.\n",
	    own_shell_word(r->job != NULL ? r->job : "", word), s->offered);
}

static void
put_tls(FILE *f, const struct doctor_side *s)
{
	if (s->tls[0] == '\0')
		return;
	put_label(f, "tls");
	text_name(f, s->tls);
	if (s->tls_full + s->tls_resumed > 1)
		fprintf(f, ", session resumed %lld of %lld times",
		    (long long)s->tls_resumed,
		    (long long)(s->tls_full + s->tls_resumed - 1));
	putc('\n', f);
	if (s->cert_until[0] == '\0')
		return;
	put_label(f, "cert");
	text_name(f, s->cert_subject);
	fputs(", issued by ", f);
	text_name(f, s->cert_issuer);
	fprintf(f, ", until %.10s (%lld days)\n", s->cert_until,
	    (long long)s->cert_days);
	put_label(f, "");
	fprintf(f, "its key: pin: [\"%s\"]\n", s->cert_pin);
}

/* What works, or what does not. */
static void
put_abilities(FILE *f, const struct doctor_side *s, bool can)
{
	const struct {
		const char	*word, *name;
		bool		 optional;
	} all[] = {
		{ s->put, "upload", false },
		{ s->replace, "replace by rename", false },
		{ s->look_up, "look up", false },
		{ s->read, "read back", false },
		{ s->list, "list", false },
		{ s->remove, "remove", false },
		{ s->hash, "tell hashes", true },
		{ s->set_time, "set times", true },
	};
	bool any = false;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].word == NULL ||
		    (strcmp(all[i].word, "yes") == 0) != can)
			continue;
		if (!any)
			put_label(f, can ? "can" : "cannot");
		fprintf(f, "%s%s", any ? ", " : "", all[i].name);
		if (!can)
			fprintf(f, " (%s%s)", all[i].word, all[i].optional ?
			    "; nothing here needs it" : "");
		if (all[i].word == s->replace && s->replace_how != NULL &&
		    strcmp(s->replace_how, "steps") == 0 && i == 1)
			fputs(" in several steps", f);
		any = true;
	}
	if (any)
		putc('\n', f);
	if (!can && s->write_only == 1) {
		put_label(f, "");
		fputs("a folder for writing only; the pick-up has to prove "
		    "the content\n", f);
	}
}

static void
put_numbers(FILE *f, const struct doctor_side *s)
{
	char text[32];

	if (s->bytes_per_s != DOCTOR_UNSET) {
		put_label(f, "rate");
		fprintf(f, "%s KB a second; %zu files",
		    str_group((uint64_t)s->bytes_per_s / 1000, text),
		    s->ntransfers);
		if (s->connections != DOCTOR_UNSET)
			fprintf(f, " over %lld connection%s",
			    (long long)s->connections,
			    s->connections == 1 ? "" : "s");
		if (s->answer_ms != DOCTOR_UNSET)
			fprintf(f, "; answers in %s%lld ms", s->answer_ms == 0
			    ? "under " : "", (long long)(s->answer_ms == 0 ?
			    1 : s->answer_ms));
		putc('\n', f);
	}
	if (s->fetch_ms != DOCTOR_UNSET) {
		put_label(f, "fetched");
		fprintf(f, "the same bytes, in %lld ms\n",
		    (long long)s->fetch_ms);
	}
	if (s->free_bytes != DOCTOR_UNSET) {
		put_label(f, "room");
		fprintf(f, "%s MB free\n",
		    str_group((uint64_t)s->free_bytes / 1000000, text));
	}
	if (s->open_files > 0) {
		put_label(f, "limits");
		fprintf(f, "%s bytes in a request, %lld files open at once\n",
		    str_group((uint64_t)s->write_bytes, text),
		    (long long)s->open_files);
	}
	if (s->clock_ahead_s != DOCTOR_UNSET &&
	    (s->clock_ahead_s > 2 || s->clock_ahead_s < -2)) {
		put_label(f, "clock");
		fprintf(f, "%+lld s from ours\n",
		    (long long)s->clock_ahead_s);
	}
}

/* Lines to paste, or to take out. */
static void
put_lines(FILE *f, const struct doctor_report *r, const struct doctor_side *s,
    bool out)
{
	bool any = false;
	size_t i, n;

	for (i = 0; i < s->nset; i++) {
		const struct doctor_line *line = &s->set[i];

		if (line->dflt != out)
			continue;
		if (!any) {
			put_label(f, out ? "take out" : "set");
			fprintf(f, "%s the configuration, endpoint ",
			    out ? "of" : "in");
			text_name(f, r->endpoint);
			fputs(":\n", f);
		}
		any = true;
		fputs("               ", f);
		n = out ? strcspn(line->text, ":") : strlen(line->text);
		text_foreign(f, line->text, n, n);
		fprintf(f, "   # %s%s\n", line->needed ? "needed: " : "",
		    line->why);
	}
}

static void
put_set(FILE *f, const struct doctor_report *r, const struct doctor_side *s)
{
	size_t i;

	for (i = 0; i < s->nadvice; i++) {
		put_label(f, "note");
		text_line(f, "", s->advice[i]);
	}
	put_lines(f, r, s, false);
	put_lines(f, r, s, true);
}

static void
put_side(FILE *f, const struct doctor_report *r, bool upload)
{
	const struct doctor_side *s = upload ? &r->upload : &r->pull;
	const char *word = result_word(&s->err);
	const char *moved = upload ? s->put : s->read;

	fprintf(f, "%-9s  ", upload ? "upload" : "pick-up");
	if (!s->tried || s->untried != NULL) {
		fprintf(f, "not tried%s%s\n", s->untried != NULL ? ": " : "",
		    s->untried != NULL ? s->untried : "");
		return;
	}
	fprintf(f, "%-22s  %s", s->where, word);
	/* Some connect only when a file is to be moved. */
	if ((moved == NULL || strcmp(moved, "yes") != 0) &&
	    put_not_reached(f, &s->err, upload ? ": " : " from this host; the "
	    "platform may still get there: "))
		return;
	if (s->connect_ms != DOCTOR_UNSET)
		fprintf(f, "   connected in %lld ms",
		    (long long)s->connect_ms);
	putc('\n', f);
	/* A changed or unknown key has more to say below. */
	put_error(f, &s->err, s->offered[0] == '\0');
	put_server(f, s);
	put_ssh(f, s);
	put_offered(f, r, s);
	put_tls(f, s);
	put_abilities(f, s, true);
	put_abilities(f, s, false);
	put_numbers(f, s);
	put_set(f, r, s);
}

static void
put_value(FILE *f, const json_t *v)
{
	const json_t *word;
	size_t i;

	if (json_is_string(v))
		text_name(f, json_string_value(v));
	else if (json_is_integer(v))
		fprintf(f, "%lld", (long long)json_integer_value(v));
	json_array_foreach(v, i, word) {
		fputs(i > 0 ? " " : "", f);
		text_name(f, json_string_value(word));
	}
}

static void
put_drift(FILE *f, const struct doctor_change *c)
{
	fprintf(f, "changed    %s, %s\n", strcmp(c->side, "pull") == 0 ?
	    "pick-up" : "upload", c->field->name);
	put_label(f, "was");
	put_value(f, c->was);
	fputs("   (", f);
	text_foreign(f, c->seen, strnlen(c->seen, 10), 10);
	fputs(")\n", f);
	put_label(f, "is");
	put_value(f, c->is);
	putc('\n', f);
}

void
report_doctor_text(FILE *f, const struct doctor_report *r)
{
	size_t i;

	put_settings(f, r);
	put_platform(f, r);
	if (r->endpoint != NULL) {
		put_side(f, r, true);
		/* Of a server that is not there nothing else can be said. */
		if (r->pull.tried || strcmp(result_word(&r->upload.err),
		    "NOT REACHED") != 0)
			put_side(f, r, false);
	}
	if (r->pin != NULL && !r->pin_shown) {
		fputs("--pin      no server of endpoint ", f);
		text_name(f, r->endpoint);
		fputs(" shows this key; nothing was stored\n", f);
	}
	for (i = 0; i < r->ndrift; i++)
		put_drift(f, &r->drift[i]);
	for (i = 0; i < r->nwaiting; i++)
		fprintf(f, "waiting    a run; it goes on with: coupondrop "
		    "resume %s\n", r->waiting[i]);
}
