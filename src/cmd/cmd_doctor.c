/* doctor: would tonight's run get through? */
#include <stdio.h>
#include <string.h>

#include "../base/str.h"
#include "../format/jsonx.h"
#include "../pipeline/pipeline.h"
#include "../../transfer/xfer.h"
#include "cmd.h"
#include "json_out.h"
#include "text_out.h"

struct visit {
	struct env	*v;
	struct ctx	 c;
	json_t		*jobs;
	struct err	 worst;	/* of all jobs */
};

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static json_int_t
number_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static bool
has(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return v != NULL && !json_is_null(v);
}

/* Much of what is shown here is a server's word. */
static void
put_text(const char *s)
{
	text_name(stdout, s);
}

/* What a line is about; the rest of it follows. */
static void
put_label(const char *what)
{
	printf("             %-8s  ", what);
}

static void
line_error(const json_t *o)
{
	const json_t *e = json_object_get(o, "error");

	if (!json_is_object(e))
		return;
	put_label("because");
	put_text(text_of(e, "message"));
	putchar('\n');
	/* A changed or unknown key has more to say below. */
	if (text_of(e, "advice")[0] != '\0' && !has(o, "offered")) {
		put_label("do");
		puts(text_of(e, "advice"));
	}
}

static const char *
result_word(const json_t *o)
{
	static const struct {
		const char *word, *says;
	} words[] = {
		{ "host-key", "REFUSED" }, { "certificate", "REFUSED" },
		{ "login", "REFUSED" }, { "denied", "REFUSED" },
		{ "resolve", "NOT REACHED" }, { "connect", "NOT REACHED" },
		{ "timeout", "NOT REACHED" },
		{ "unavailable", "NOT REACHED" },
	};
	const char *word = text_of(json_object_get(o, "error"), "word");
	size_t i;

	if (json_is_true(json_object_get(o, "ok")))
		return "ok";
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i].word) == 0)
			return words[i].says;
	return "FAILED";
}

static void
show_platform(const json_t *job)
{
	const json_t *o = json_object_get(job, "platform");
	const json_t *bank = json_object_get(o, "bank");

	if (!json_is_object(o))
		return;
	printf("platform   %-22s  %s", text_of(o, "provider"),
	    result_word(o));
	if (has(o, "login_ms"))
		printf("   login %lld ms", (long long)number_of(o,
		    "login_ms"));
	if (bank != NULL) {
		printf(", bank %s \"", text_of(bank, "id"));
		put_text(text_of(bank, "name"));
		putchar('"');
	}
	putchar('\n');
	line_error(o);
}

static const char *
day_of(const char *iso, char out[11])
{
	snprintf(out, 11, "%.10s", iso);
	return out;
}

static void
show_server(const json_t *o)
{
	if (!has(o, "server") && !has(o, "system") && !has(o, "protocol"))
		return;
	put_label("server");
	put_text(text_of(o, "server"));
	if (has(o, "system")) {
		fputs(", ", stdout);
		put_text(text_of(o, "system"));
	}
	if (has(o, "protocol"))
		printf("%s%s", has(o, "server") ? ", " : "", text_of(o,
		    "protocol"));
	putchar('\n');
}

/* A host key by its fingerprint; the type is the server's word. */
static void
put_key(const json_t *o, const char *print, const char *type,
    const char *since)
{
	char day[11];

	printf("%s  ", text_of(o, print));
	put_text(text_of(o, type));
	printf(", first seen %s", day_of(text_of(o, since), day));
}

static void
show_key(const json_t *o)
{
	const json_t *ssh = json_object_get(o, "ssh");

	if (has(o, "host_key") && !has(o, "offered")) {
		put_label("host key");
		put_key(o, "host_key", "host_key_type", "host_key_since");
		printf(", trusted by %s\n", text_of(o, "host_key_by"));
	}
	if (has(o, "stored")) {
		put_label("stored");
		fputs("this key is now known in ", stdout);
		put_text(text_of(o, "stored"));
		putchar('\n');
	}
	if (!json_is_object(ssh) || !has(ssh, "kex"))
		return;
	put_label("ssh");
	printf("%s, %s, %s%s%s (by %s)\n", text_of(ssh, "kex"), text_of(ssh,
	    "host_key"), text_of(ssh, "cipher"), has(ssh, "mac") ? ", " : "",
	    text_of(ssh, "mac"), text_of(o, "channel"));
}

/* The host key that was refused, and how to go on. */
static void
show_offered(const json_t *job, const json_t *o)
{
	const json_t *p;
	char day[11];
	size_t i;

	if (!has(o, "offered"))
		return;
	json_array_foreach(json_object_get(o, "pinned"), i, p) {
		put_label("pinned");
		put_text(text_of(p, "key"));
		if (has(p, "since"))
			printf("  since %s", day_of(text_of(p, "since"), day));
		putchar('\n');
	}
	put_label("offered");
	put_key(o, "offered", "offered_type", "offered_since");
	putchar('\n');
	if (has(o, "connect_ms"))
		return;
	printf("             No password and no file was sent.\n"
	    "             Ask the server's owner, by phone, for the "
	    "fingerprint.  Only if it matches:\n"
	    "               coupondrop doctor -j %s --pin %s\n"
	    "             or, for all hosts, the line below.\n",
	    text_of(job, "job"), text_of(o, "offered"));
}

static void
show_tls(const json_t *o)
{
	const json_t *cert = json_object_get(o, "cert");
	char day[11];

	if (!has(o, "tls"))
		return;
	put_label("tls");
	put_text(text_of(o, "tls"));
	if (number_of(o, "tls_full") + number_of(o, "tls_resumed") > 1)
		printf(", session resumed %lld of %lld times",
		    (long long)number_of(o, "tls_resumed"),
		    (long long)(number_of(o, "tls_full") +
		    number_of(o, "tls_resumed") - 1));
	putchar('\n');
	if (!json_is_object(cert))
		return;
	put_label("cert");
	put_text(text_of(cert, "subject"));
	fputs(", issued by ", stdout);
	put_text(text_of(cert, "issuer"));
	printf(", until %s (%lld days)\n", day_of(text_of(cert, "until"),
	    day), (long long)number_of(o, "cert_days"));
	put_label("");
	printf("its key: pin: [\"%s\"]\n", text_of(cert, "pin"));
}

static bool
is_optional(const char *key)
{
	return strcmp(key, "set_time") == 0 || strcmp(key, "hash") == 0;
}

/* What works, or what does not. */
static void
show_abilities(const json_t *o, bool can)
{
	static const struct {
		const char *key, *name;
	} all[] = {
		{ "put", "upload" }, { "replace", "replace by rename" },
		{ "look_up", "look up" }, { "read", "read back" },
		{ "list", "list" }, { "remove", "remove" },
		{ "hash", "tell hashes" }, { "set_time", "set times" },
	};
	bool any = false;
	const char *s;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		s = text_of(o, all[i].key);
		if (s[0] == '\0' || (strcmp(s, "yes") == 0) != can)
			continue;
		if (!any)
			put_label(can ? "can" : "cannot");
		printf("%s%s", any ? ", " : "", all[i].name);
		if (!can)
			printf(" (%s%s)", s, is_optional(all[i].key) ?
			    "; nothing here needs it" : "");
		if (strcmp(text_of(o, "replace_how"), "steps") == 0 &&
		    strcmp(all[i].key, "replace") == 0)
			fputs(" in several steps", stdout);
		any = true;
	}
	if (any)
		putchar('\n');
	if (!can && json_is_true(json_object_get(o, "write_only"))) {
		put_label("");
		puts("a folder for writing only; the pick-up has to prove "
		    "the content");
	}
}

static void
show_numbers(const json_t *o)
{
	const json_t *limits = json_object_get(o, "limits");
	size_t files = json_array_size(json_object_get(o, "transfers"));
	char text[32];

	if (has(o, "bytes_per_s")) {
		put_label("rate");
		printf("%s KB a second; %zu files over %lld connection%s",
		    str_group((uint64_t)number_of(o, "bytes_per_s") / 1000,
		    text), files, (long long)number_of(o, "connections"),
		    number_of(o, "connections") == 1 ? "" : "s");
		if (has(o, "answer_ms"))
			printf("; answers in %s%lld ms", number_of(o,
			    "answer_ms") == 0 ? "under " : "", (long long)
			    (number_of(o, "answer_ms") == 0 ? 1 :
			    number_of(o, "answer_ms")));
		putchar('\n');
	}
	if (has(o, "fetch_ms")) {
		put_label("fetched");
		printf("the same bytes, in %lld ms\n", (long long)number_of(o,
		    "fetch_ms"));
	}
	if (has(o, "free_bytes")) {
		put_label("room");
		printf("%s MB free\n", str_group((uint64_t)number_of(o,
		    "free_bytes") / 1000000, text));
	}
	if (json_is_object(limits) && number_of(limits, "open_files") > 0) {
		put_label("limits");
		printf("%s bytes in a request, %lld files open at once\n",
		    str_group((uint64_t)number_of(limits, "write_bytes"),
		    text), (long long)number_of(limits, "open_files"));
	}
	if (number_of(o, "clock_ahead_s") > 2 ||
	    number_of(o, "clock_ahead_s") < -2) {
		put_label("clock");
		printf("%+lld s from ours\n", (long long)number_of(o,
		    "clock_ahead_s"));
	}
}

/* Lines to paste. */
static void
show_set(const json_t *job, const json_t *o)
{
	const json_t *list = json_object_get(o, "set"), *l;
	size_t i;

	json_array_foreach(json_object_get(o, "advice"), i, l) {
		put_label("note");
		put_text(json_string_value(l));
		putchar('\n');
	}
	if (json_array_size(list) == 0)
		return;
	put_label("set");
	printf("in the configuration, endpoint %s:\n", text_of(job,
	    "endpoint"));
	json_array_foreach(list, i, l) {
		fputs("               ", stdout);
		put_text(text_of(l, "line"));
		printf("   # %s%s\n", json_is_true(json_object_get(l,
		    "needed")) ? "needed: " : "", text_of(l, "why"));
	}
}

static void
show_side(const json_t *job, const char *side, const char *title)
{
	const json_t *o = json_object_get(job, side);
	bool upload = strcmp(side, "upload") == 0;

	if (!json_is_object(o)) {
		printf("%-9s  not tried\n", title);
		return;
	}
	printf("%-9s  %-22s  %s", title, text_of(o, "where"),
	    result_word(o));
	if (has(o, "connect_ms"))
		printf("   connected in %lld ms", (long long)number_of(o,
		    "connect_ms"));
	else if (!upload && strcmp(result_word(o), "NOT REACHED") == 0)
		printf("   from this host; the platform may still get there");
	putchar('\n');
	line_error(o);
	show_server(o);
	show_key(o);
	show_offered(job, o);
	show_tls(o);
	show_abilities(o, true);
	show_abilities(o, false);
	show_numbers(o);
	show_set(job, o);
}

static void
put_value(const json_t *v)
{
	const json_t *word;
	size_t i;

	if (json_is_string(v))
		put_text(json_string_value(v));
	else if (json_is_integer(v))
		printf("%lld", (long long)json_integer_value(v));
	json_array_foreach(v, i, word) {
		fputs(i > 0 ? " " : "", stdout);
		put_text(json_string_value(word));
	}
}

static void
show_drift(const json_t *d)
{
	char day[11];

	printf("changed    %s, %s\n", strcmp(text_of(d, "side"), "pull") ==
	    0 ? "pick-up" : "upload", text_of(d, "what"));
	put_label("was");
	put_value(json_object_get(d, "was"));
	printf("   (%s)\n", day_of(text_of(d, "seen"), day));
	put_label("is");
	put_value(json_object_get(d, "is"));
	putchar('\n');
}

static void
show_job(const json_t *job)
{
	const json_t *list = json_object_get(job, "drift"), *d;
	size_t i;

	show_platform(job);
	if (has(job, "endpoint")) {
		show_side(job, "upload", "upload");
		show_side(job, "pull", "pick-up");
	}
	if (json_is_false(json_object_get(job, "pin_shown")))
		printf("--pin      no server of endpoint %s shows this key; "
		    "nothing was stored\n", text_of(job, "endpoint"));
	json_array_foreach(list, i, d)
		show_drift(d);
	list = json_object_get(job, "waiting");
	json_array_foreach(list, i, d)
		printf("waiting    a run; it goes on with: coupondrop resume "
		    "%.10s\n", json_string_value(d));
}

static int
visit_job(struct visit *w, const struct set_job *job)
{
	struct err e;
	json_t *o;

	err_clear(&e);
	o = pipeline_doctor(&w->c, job, w->v->line.flag[F_PIN], &e);
	if (o == NULL)
		return err_nomem(&w->v->err);
	err_worse(&w->worst, &e);
	if (!w->v->json) {
		if (w->v->line.flag[F_JOB] == NULL)
			printf("job %s\n", job->name);
		show_job(o);
	}
	if (json_array_append_new(w->jobs, o) != 0)
		return err_nomem(&w->v->err);
	return 0;
}

static int
visit_all(struct visit *w)
{
	const char *name = w->v->line.flag[F_JOB];
	const char *pin = w->v->line.flag[F_PIN];
	const struct settings *s;
	const struct set_job *job;
	size_t i;

	if (w->v->line.nargs > 0)
		return err_set(&w->v->err, ERR_USAGE, "doctor takes no "
		    "argument: %s", w->v->line.args[0]);
	if (pin != NULL && xfer_pin_check(pin, &w->v->err) != 0) {
		w->v->err.code = ERR_USAGE;
		return err_wrap(&w->v->err, "--pin");
	}
	if (env_pipeline(w->v, &w->c) != 0)
		return -1;
	s = w->c.set;
	if (name != NULL) {
		job = set_job_find(s, name);
		return job != NULL ? visit_job(w, job) :
		    err_set(&w->v->err, ERR_CONFIG, "there is no job \"%s\" "
		    "in the configuration", name);
	}
	if (s->njobs == 0)
		return err_set(&w->v->err, ERR_NOTHING, "no job is configured");
	for (i = 0; i < s->njobs; i++)
		if (visit_job(w, &s->jobs[i]) != 0)
			return -1;
	return 0;
}

static int
doctor_answer(struct visit *w)
{
	json_t *o;

	w->v->err = w->worst;
	if (!w->v->json) {
		/* Each cause stands where it belongs already. */
		err_clear(&w->v->err);
		return err_exit(&w->worst);
	}
	o = json_schema("coupondrop.doctor/1", err_exit(&w->worst));
	json_object_set(o, "jobs", w->jobs);
	json_object_set_new(o, "error", json_error(&w->worst));
	return env_answer(w->v, o) == 0 ? err_exit(&w->worst) :
	    env_fail(w->v);
}

static int
doctor_run(struct env *v)
{
	struct visit w = { .v = v, .jobs = json_array() };
	int code;

	err_clear(&w.worst);
	code = visit_all(&w) == 0 ? doctor_answer(&w) : env_fail(v);
	json_decref(w.jobs);
	env_pipeline_close(&w.c);
	return code;
}

const struct command cmd_doctor = {
	"doctor", "[-j JOB]", "would a run get through? what to set?",
	"when something went wrong",
	FLAG(F_HELP) | FLAG(F_JSON) | FLAG(F_CONFIG) | FLAG(F_VERBOSE) |
	    FLAG(F_LOG_FORMAT) | FLAG(F_JOB) | FLAG(F_PIN) |
	    FLAG(F_INSECURE), false,
	"Logs in to the platform and looks for the bank, then tries the file "
	"server from\nboth sides with small files of its own, which it "
	"removes again.  Says what the\nserver can do, what to set, and what "
	"has changed since the last visit.\n\n"
	"  coupondrop doctor -j nightly\n"
	"  coupondrop doctor -j nightly --pin SHA256:...   a key that its "
	"owner told you:\n"
	"      of a server not known yet it is added to known_hosts",
	doctor_run
};
