/* The result of a check as the JSON of coupondrop.validate/1. */
#include "check.h"

#include "../coupon/check.h"
#include "../format/jsonx.h"
#include "json.h"

static json_t *
json_place(json_t *o, const struct place *p)
{
	json_object_set_new(o, "line", json_integer((json_int_t)p->line));
	json_object_set_new(o, "column", json_integer((json_int_t)p->column));
	json_object_set_new(o, "record", p->record == 0 ? json_null() :
	    json_integer((json_int_t)p->record));
	json_object_set_new(o, "byte", json_integer((json_int_t)p->byte));
	return o;
}

static json_t *
json_finding(const struct finding *f)
{
	const struct rule_info *i = rule_info(f->rule);
	json_t *o = json_object(), *first = json_null();

	if (o == NULL)
		return NULL;
	if (f->has_first) {
		first = json_place(json_object(), &f->first);
		/* NULL: it is in this file. */
		json_object_set_new(first, "file", jsonx_str(f->first_file));
	}
	json_object_set_new(o, "rule", json_string(i->id));
	json_object_set_new(o, "severity",
	    json_string(severity_name(f->severity)));
	json_object_set_new(o, "scope", json_string(scope_name(i->scope)));
	json_place(o, &f->place);
	json_object_set_new(o, "field", jsonx_str(f->field));
	json_object_set_new(o, "value", jsonx_bytes(f->value, f->value_len));
	json_object_set_new(o, "message", jsonx_str(f->message));
	json_object_set_new(o, "fix", jsonx_str(f->fix));
	json_object_set_new(o, "first", first);
	return o;
}

static json_t *
json_by_rule(const struct check_result *r)
{
	json_t *o = json_object();
	int i;

	for (i = 0; i < RULE__MAX; i++)
		if (r->by_rule[i] > 0)
			json_object_set_new(o, rule_info((enum rule)i)->id,
			    json_integer((json_int_t)r->by_rule[i]));
	return o;
}

static void
json_counts(json_t *o, const struct check_result *r, size_t listed)
{
	json_object_set_new(o, "bytes", json_integer((json_int_t)r->bytes));
	json_object_set_new(o, "rows", json_integer((json_int_t)r->rows));
	json_object_set_new(o, "valid", json_integer((json_int_t)r->valid));
	json_object_set_new(o, "invalid",
	    json_integer((json_int_t)r->invalid));
	json_object_set_new(o, "duplicates",
	    json_integer((json_int_t)r->duplicates));
	json_object_set_new(o, "skipped",
	    json_integer((json_int_t)r->skipped));
	json_object_set_new(o, "left_out",
	    json_integer((json_int_t)r->left_out));
	json_object_set_new(o, "by_rule", json_by_rule(r));
	json_object_set_new(o, "findings_omitted",
	    json_integer((json_int_t)(r->errors + r->warnings - listed)));
}

static json_t *
json_change(const struct finding *f)
{
	json_t *o = json_object();

	json_object_set_new(o, "rule", json_string(rule_info(f->rule)->id));
	json_place(o, &f->place);
	json_object_set_new(o, "field", jsonx_str(f->field));
	json_object_set_new(o, "from", jsonx_bytes(f->value, f->value_len));
	json_object_set_new(o, "to", jsonx_str(f->fix));
	return o;
}

json_t *
json_fixed(const char *path, const struct check_result *r, size_t most)
{
	json_t *o = json_object(), *rules = json_object();
	json_t *list = json_array();
	size_t i, n = r->nchanges < most ? r->nchanges : most;
	uint64_t all = 0;
	int k;

	if (o == NULL || rules == NULL || list == NULL) {
		json_decref(o);
		json_decref(rules);
		json_decref(list);
		return NULL;
	}
	for (k = 0; k < RULE__MAX; k++) {
		all += r->changed[k];
		if (r->changed[k] > 0)
			json_object_set_new(rules, rule_info((enum rule)k)->id,
			    json_integer((json_int_t)r->changed[k]));
	}
	for (i = 0; i < n; i++)
		json_array_append_new(list, json_change(&r->changes[i]));
	json_object_set_new(o, "path", jsonx_str(path));
	json_object_set_new(o, "changes", json_integer((json_int_t)all));
	json_object_set_new(o, "by_rule", rules);
	json_object_set_new(o, "list", list);
	json_object_set_new(o, "omitted",
	    json_integer((json_int_t)(all - n)));
	return o;
}

json_t *
json_unread(const char *path, const struct err *why)
{
	json_t *o = json_object();

	json_object_set_new(o, "path", jsonx_str(path));
	json_object_set_new(o, "error", json_error(why));
	return o;
}

json_t *
json_check(const char *path, const struct check_result *r, size_t most)
{
	json_t *o = json_object(), *list = json_array();
	char delimiter[2] = { r->delimiter, '\0' };
	size_t i, n = r->nfindings < most ? r->nfindings : most;

	if (o == NULL || list == NULL) {
		json_decref(o);
		json_decref(list);
		return NULL;
	}
	json_object_set_new(o, "path", jsonx_str(path));
	json_object_set_new(o, "format", jsonx_str(r->format));
	json_object_set_new(o, "packing", jsonx_str(r->packing));
	json_object_set_new(o, "encoding", jsonx_str(r->encoding));
	json_object_set_new(o, "delimiter", r->delimiter == 0 ? json_null() :
	    json_string(delimiter));
	json_object_set_new(o, "header", json_boolean(r->header));
	json_counts(o, r, n);
	for (i = 0; i < n; i++)
		json_array_append_new(list, json_finding(&r->findings[i]));
	json_object_set_new(o, "findings", list);
	json_object_set_new(o, "fixed", json_null());
	json_object_set_new(o, "advice", json_null());
	return o;
}
