/* A visit of the doctor as a member of coupondrop.doctor/1. */
#include "../doctor/doctor.h"
#include "../format/jsonx.h"
#include "json.h"
#include "doctor_report.h"

static json_t *
text_or_null(const char *s)
{
	return s == NULL || s[0] == '\0' ? json_null() : jsonx_str(s);
}

static json_t *
platform_json(const struct doctor_report *r)
{
	json_t *o;

	if (r->provider == NULL)
		return json_null();
	o = json_pack("{s:o}", "provider", jsonx_str(r->provider));
	if (r->login_ms != DOCTOR_UNSET)
		json_object_set_new(o, "login_ms", json_integer(r->login_ms));
	if (r->bank_id != NULL)
		json_object_set_new(o, "bank", json_pack("{s:o, s:o}", "id",
		    jsonx_str(r->bank_id), "name", jsonx_str(r->bank_name)));
	/* Nothing is known of a platform that could not be asked anything. */
	json_object_set_new(o, "ok", r->login_ms == DOCTOR_UNSET &&
	    r->platform.code == ERR_NONE ? json_null() :
	    json_boolean(r->platform.code == ERR_NONE));
	json_object_set_new(o, "error", json_error(&r->platform));
	return o;
}

static json_t *
pinned_json(const struct doctor_side *s)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < s->npinned; i++)
		json_array_append_new(list, json_pack("{s:o, s:o}", "key",
		    jsonx_str(s->pinned[i].print), "since",
		    text_or_null(s->pinned[i].since)));
	return list;
}

static json_t *
side_json(const struct doctor_side *s)
{
	json_t *o, *list;
	size_t i;

	if (!s->tried)
		return json_null();
	o = doctor_side_json(s);
	json_object_set_new(o, "pinned", s->offered[0] == '\0' ?
	    json_null() : pinned_json(s));
	list = json_array();
	for (i = 0; i < s->ntransfers; i++)
		json_array_append_new(list, json_pack("{s:I, s:I}", "bytes",
		    (json_int_t)s->transfers[i].bytes, "ms",
		    (json_int_t)s->transfers[i].ms));
	json_object_set_new(o, "transfers", list);
	list = json_array();
	for (i = 0; i < s->nset; i++)
		json_array_append_new(list, json_pack("{s:o, s:b, s:b, s:s}",
		    "line", jsonx_str(s->set[i].text), "needed",
		    (int)s->set[i].needed, "default", (int)s->set[i].dflt,
		    "why", s->set[i].why));
	json_object_set_new(o, "set", list);
	list = json_array();
	for (i = 0; i < s->nadvice; i++)
		json_array_append_new(list, jsonx_str(s->advice[i]));
	json_object_set_new(o, "advice", list);
	json_object_set_new(o, "untried", text_or_null(s->untried));
	json_object_set_new(o, "ok", s->untried != NULL &&
	    s->err.code == ERR_NONE ? json_null() :
	    json_boolean(s->err.code == ERR_NONE));
	json_object_set_new(o, "error", json_error(&s->err));
	return o;
}

static json_t *
drift_json(const struct doctor_report *r)
{
	json_t *list = json_array();
	char key[100];
	size_t i;

	for (i = 0; i < r->ndrift; i++) {
		const struct doctor_change *c = &r->drift[i];
		const struct doctor_field *f = c->field;

		snprintf(key, sizeof(key), "%s%s%s", f->key, f->inner != NULL ?
		    "." : "", f->inner != NULL ? f->inner : "");
		json_array_append_new(list, json_pack(
		    "{s:s, s:s, s:s, s:O, s:O, s:o}", "side", c->side, "key",
		    key, "what", f->name, "was", c->was, "is", c->is, "seen",
		    text_or_null(c->seen)));
	}
	return list;
}

json_t *
report_doctor_json(const struct doctor_report *r)
{
	json_t *o, *waiting;
	size_t i;

	o = json_pack("{s:o, s:o, s:o, s:o}", "job", text_or_null(r->job),
	    "settings", json_error(&r->settings), "platform",
	    platform_json(r), "endpoint", text_or_null(r->endpoint));
	if (o == NULL)
		return NULL;
	if (r->upload.tried) {
		json_object_set_new(o, "at", json_string(r->at));
		json_object_set_new(o, "upload", side_json(&r->upload));
		json_object_set_new(o, "pull", side_json(&r->pull));
		json_object_set_new(o, "pin_shown", r->pin == NULL ?
		    json_null() : json_boolean(r->pin_shown));
		json_object_set_new(o, "drift", drift_json(r));
	}
	waiting = json_array();
	for (i = 0; i < r->nwaiting; i++)
		json_array_append_new(waiting, json_string(r->waiting[i]));
	json_object_set_new(o, "waiting", waiting);
	json_object_set_new(o, "exit", json_integer(err_exit(&r->worst)));
	return o;
}
