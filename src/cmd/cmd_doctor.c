/* doctor: would tonight's run get through? */
#include <stdio.h>
#include <string.h>

#include "../base/str.h"
#include "../format/jsonx.h"
#include "../pipeline/pipeline.h"
#include "cmd.h"

struct visit {
	struct env	*v;
	struct ctx	 c;
	json_t		*jobs;
	int		 exit;
	struct err	 first;
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
	return json_object_get(o, key) != NULL;
}

static void
line_error(const json_t *o)
{
	const json_t *e = json_object_get(o, "error");

	if (!json_is_object(e))
		return;
	printf("             %s\n", text_of(e, "message"));
	if (text_of(e, "advice")[0] != '\0')
		printf("             do: %s\n", text_of(e, "advice"));
}

static void
show_platform(const json_t *job)
{
	const json_t *o = json_object_get(job, "platform");
	const json_t *bank = json_object_get(o, "bank");

	if (!json_is_object(o))
		return;
	printf("platform   %-22s  %s", text_of(o, "provider"),
	    json_is_true(json_object_get(o, "ok")) ? "ok" : "REFUSED");
	if (has(o, "login_ms"))
		printf("   login %lld ms", (long long)number_of(o,
		    "login_ms"));
	if (bank != NULL)
		printf(", bank %s \"%s\"", text_of(bank, "id"),
		    text_of(bank, "name"));
	putchar('\n');
	line_error(o);
}

static void
show_key(const json_t *job, const json_t *o)
{
	if (text_of(o, "host_key")[0] != '\0')
		printf("             host key %s\n", text_of(o, "host_key"));
	if (text_of(o, "offered")[0] == '\0')
		return;
	printf("             offered  %s  %s\n", text_of(o, "offered"),
	    text_of(o, "offered_type"));
	printf("             No password and no file was sent.\n"
	    "             Ask the server's owner, by phone, for the new "
	    "fingerprint.\n             Only if it matches:\n"
	    "               coupondrop doctor -j %s --pin %s\n"
	    "             and in the configuration, endpoint %s:\n"
	    "               host_key: [\"%s\"]\n", text_of(job, "job"),
	    text_of(o, "offered"), text_of(job, "endpoint"),
	    text_of(o, "offered"));
}

static void
show_numbers(const json_t *o)
{
	char rate[32], room[32];

	if (has(o, "bytes_per_s"))
		printf("             answers in %lld ms, %s KB a second\n",
		    (long long)number_of(o, "answer_ms"), str_group(
		    (uint64_t)number_of(o, "bytes_per_s") / 1000, rate));
	if (has(o, "tls"))
		printf("             %s, certificate for %lld more days\n",
		    text_of(o, "tls"), (long long)number_of(o, "cert_days"));
	if (has(o, "free_bytes"))
		printf("             %s MB are free\n", str_group(
		    (uint64_t)number_of(o, "free_bytes") / 1000000, room));
	if (number_of(o, "clock_ahead_s") > 2 ||
	    number_of(o, "clock_ahead_s") < -2)
		printf("             its clock differs by %+lld s\n",
		    (long long)number_of(o, "clock_ahead_s"));
}

static void
show_side(const json_t *job, const char *side, const char *title)
{
	const json_t *o = json_object_get(job, side), *line;
	size_t i;

	if (!json_is_object(o)) {
		printf("%-9s  not tried\n", title);
		return;
	}
	printf("%-9s  %-22s  %s\n", title, text_of(o, "where"),
	    json_is_true(json_object_get(o, "ok")) ? "ok" : "REFUSED");
	line_error(o);
	if (text_of(o, "server")[0] != '\0')
		printf("             %s\n", text_of(o, "server"));
	show_key(job, o);
	if (has(o, "replace"))
		printf("             replace: %s, read back: %s, sizes: %s\n",
		    text_of(o, "replace"), text_of(o, "read"),
		    text_of(o, "look_up"));
	show_numbers(o);
	json_array_foreach(json_object_get(o, "advice"), i, line)
		printf("             set  %s\n", json_string_value(line));
}

static void
show_job(const json_t *job)
{
	const json_t *list = json_object_get(job, "drift"), *d;
	size_t i;

	show_platform(job);
	if (text_of(job, "endpoint")[0] != '\0') {
		show_side(job, "upload", "upload");
		show_side(job, "pull", "pick-up");
	}
	json_array_foreach(list, i, d)
		printf("changed    %s was \"%s\" (%s), is \"%s\"\n",
		    text_of(d, "what"), text_of(d, "was"), text_of(d, "seen"),
		    text_of(d, "is"));
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
	int code;

	err_clear(&e);
	o = pipeline_doctor(&w->c, job, w->v->line.flag[F_PIN], &code, &e);
	if (o == NULL)
		return err_nomem(&w->v->err);
	if (code != 0 && (w->exit == 0 ||
	    exit_worst(code, w->exit) != w->exit)) {
		w->exit = code;
		w->first = e;
	}
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
	const struct settings *s;
	const struct set_job *job;
	size_t i;

	if (w->v->line.nargs > 0)
		return err_set(&w->v->err, ERR_USAGE, "doctor takes no "
		    "argument: %s", w->v->line.args[0]);
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

	w->v->err = w->first;
	if (!w->v->json) {
		/* Each cause stands where it belongs already. */
		err_clear(&w->v->err);
		return w->exit;
	}
	o = json_schema("coupondrop.doctor/1", w->exit);
	json_object_set(o, "jobs", w->jobs);
	json_object_set_new(o, "error", json_error(&w->first));
	return env_answer(w->v, o) == 0 ? w->exit : env_fail(w->v);
}

static int
doctor_run(struct env *v)
{
	struct visit w = { .v = v, .jobs = json_array() };
	int code;

	err_clear(&w.first);
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
	"owner told you",
	doctor_run
};
