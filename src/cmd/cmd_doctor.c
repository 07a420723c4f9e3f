/* doctor: would tonight's run get through? */
#include <stdio.h>

#include "../config/set.h"
#include "../doctor/doctor.h"
#include "../pipeline/ctx.h"
#include "../report/json.h"
#include "../report/doctor_report.h"
#include "../report/text.h"
#include "../../transfer/xfer.h"
#include "cmd.h"
#include "paste.h"

struct visit {
	struct env	*v;
	struct ctx	 c;
	json_t		*jobs;
	struct err	 worst;	/* of all jobs */
};

static int
visit_job(struct visit *w, const struct set_job *job)
{
	struct doctor_report r;
	int rc;

	rc = doctor_visit(&w->c, job, w->v->line.flag[F_PIN], &r,
	    &w->v->err);
	if (rc == 0 && w->v->json &&
	    json_array_append_new(w->jobs, report_doctor_json(&r)) == -1)
		rc = err_nomem(&w->v->err);
	if (rc == 0 && !w->v->json) {
		struct paste p;

		paste_begin(&p);
		if (w->v->line.flag[F_JOB] == NULL)
			text_line(p.f, "job ", job->name);
		report_doctor_text(p.f, &r);
		paste_end(&p, w->v);
	}
	if (rc == 0)
		err_worse(&w->worst, &r.worst);
	doctor_report_release(&r);
	return rc;
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
	if (pin != NULL && xfer_pins_check((const char *const []){ pin, NULL },
	    &w->v->err) == -1) {
		w->v->err.code = ERR_USAGE;
		return err_wrap(&w->v->err, "--pin");
	}
	if (env_pipeline(w->v, &w->c) == -1)
		return -1;
	w->c.by_hand = true;
	s = w->c.set;
	if (name != NULL) {
		job = set_job_find(s, name);
		return job != NULL ? visit_job(w, job) :
		    err_set(&w->v->err, ERR_CONFIG, "there is no job \"%s\" "
		    "in the configuration", name);
	}
	if (s->njobs == 0)
		return err_set(&w->v->err, ERR_CONFIG, "no job is configured");
	for (i = 0; i < s->njobs; i++)
		if (visit_job(w, &s->jobs[i]) == -1)
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
	return env_answer(w->v, o, err_exit(&w->worst));
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
	FLAGS_COMMON | FLAG(F_JOB) | FLAG(F_PIN) | FLAG(F_INSECURE),
	SETTINGS_NONE,
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
