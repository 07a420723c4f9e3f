/*
 * Declared faults: a JSON list of rules, read once and checked completely, so
 * that a misspelled rule cannot pass for a service that works.
 */
#include "faults.h"

#include <inttypes.h>
#include <pthread.h>

#include "../base/err.h"
#include "../base/io.h"
#include "../base/limits.h"
#include "../base/str.h"
#include "../format/jsonx.h"
#include "sandbox.h"
#include "sb_routes.h"

enum action {
	ACT_DELAY, ACT_RESET, ACT_TRUNCATE, ACT_STATUS, ACT_CODE, ACT_WORD,
	ACT_FAIL, ACT_FORGET, ACT_HIDE, ACT_ANSWER, ACT_EXPIRE, ACT__MAX
};

/* The calls that an action is for. */
enum whose { ANY, MAPP, TASK, JSON };

/* What an action is called and the members it must or may have. */
static const struct {
	const char	*name;
	const char	*needs;		/* a number, from 1 (at: 0); or NULL */
	const char	*text;		/* a text; or NULL */
	const char	*takes;		/* another number, not needed */
	enum whose	 whose;
} actions[ACT__MAX] = {
	[ACT_DELAY] = { "delay", "ms", NULL, NULL, ANY },
	[ACT_RESET] = { "reset", NULL, NULL, NULL, ANY },
	[ACT_TRUNCATE] = { "truncate", "at", NULL, NULL, ANY },
	[ACT_STATUS] = { "status", "status", NULL, "retry_after", ANY },
	[ACT_CODE] = { "code", "code", NULL, NULL, MAPP },
	[ACT_WORD] = { "word", NULL, "word", "polls", TASK },
	[ACT_FAIL] = { "fail", NULL, "output", NULL, TASK },
	[ACT_FORGET] = { "forget", NULL, NULL, NULL, TASK },
	[ACT_HIDE] = { "hide", "polls", NULL, NULL, TASK },
	[ACT_ANSWER] = { "answer", "status", "body", NULL, JSON },
	[ACT_EXPIRE] = { "expire", NULL, NULL, NULL, JSON },
};

struct rule {
	const char	*method;	/* "*": any */
	int64_t		 nth, count;	/* count 0: for ever */
	int64_t		 seen;		/* calls that matched so far */
	enum action	 action;
	int64_t		 number;	/* what actions[].needs names */
	int64_t		 extra;		/* what actions[].takes names; or -1 */
	const char	*text;
	bool		 after;
};

struct faults {
	json_t		*json;		/* owns the texts of the rules */
	struct rule	*rules;
	size_t		 n;
	pthread_mutex_t	 lock;
};

const char *
sandbox_faults_help(void)
{
	return
"The faults file is a JSON list of rules, each for some calls of one kind:\n"
"  [{\"method\": \"coupon.updateDetails\", \"do\": \"reset\","
" \"when\": \"after\"},\n"
"   {\"method\": \"utilities.getTasks\", \"do\": \"status\", \"status\": 503,\n"
"    \"retry_after\": 1, \"nth\": 2, \"count\": 3}]\n"
"\n"
"  method  coupon.updateDetails, coupon.listBanks, coupon.getDetails,\n"
"          coupon.addCoupons, utilities.getTasks, stage.PUT, stage.GET\n"
"          (HEAD too), stage.MOVE, stage.DELETE, capillary.token,\n"
"          capillary.status, uniware.token, uniware.status,\n"
"          placewise.import, placewise.bulk, which50.import,\n"
"          or * for all\n"
"  nth     first such call to go wrong, from 1 [1]\n"
"  count   how many go wrong from then on; 0: all [1]\n"
"  do      what happens:\n"
"    delay     answer later: \"ms\": milliseconds\n"
"    reset     cut the connection without an answer; \"when\": \"before\""
" the\n"
"              call was carried out [before] or \"after\" it\n"
"    truncate  cut the connection inside the answer: \"at\": bytes sent\n"
"    status    HTTP error, nothing carried out: \"status\": 400 to 599,\n"
"              \"retry_after\": seconds\n"
"    code      answer with this response code, nothing carried out:\n"
"              \"code\": 654\n"
"  and for the task that a coupon.updateDetails makes:\n"
"    word      show \"word\": \"ODD\" as its status; \"polls\": so many times"
"\n"
"              [always]\n"
"    fail      end in ERROR, nothing applied: \"output\": text\n"
"    forget    never list it\n"
"    hide      do not list it for the first \"polls\" calls of"
" utilities.getTasks\n"
"\n"
"  and for a call of a platform other than Mapp:\n"
"    answer    answer with \"status\": 200 to 599 and \"body\": text, nothing\n"
"              carried out\n"
"    expire    the tokens given out so far are not taken any more\n"
"\n"
"Several rules may hit the same call.\n";
}

/*
 * A number member between min and max; absent leaves *out alone.
 */
static int
rule_number(json_t *o, const char *key, int64_t min, int64_t max,
    int64_t *out, struct err *e)
{
	json_t *v;

	v = json_object_get(o, key);
	if (v == NULL)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < min ||
	    json_integer_value(v) > max)
		return err_set(e, ERR_CONFIG, "\"%s\" must be a number from"
		    " %" PRId64 " to %" PRId64, key, min, max);
	*out = json_integer_value(v);
	return 0;
}

static int
rule_text(json_t *o, const char *key, const char **out, struct err *e)
{
	json_t *v;

	v = json_object_get(o, key);
	if (v == NULL)
		return err_set(e, ERR_CONFIG, "\"%s\" is missing", key);
	if (!json_is_string(v))
		return err_set(e, ERR_CONFIG, "\"%s\" must be a text", key);
	*out = json_string_value(v);
	return 0;
}

static int
rule_method(struct rule *r, json_t *o, struct err *e)
{
	static const char *const known[] = {
		"*", "coupon.updateDetails", "coupon.listBanks",
		"coupon.getDetails", "coupon.addCoupons",
		"utilities.getTasks", "stage.PUT", "stage.GET", "stage.MOVE",
		"stage.DELETE",
	};
	size_t i;

	if (rule_text(o, "method", &r->method, e) == -1)
		return -1;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_ieq(known[i], r->method))
			return 0;
	if (sb_route_known(r->method))
		return 0;
	return err_set(e, ERR_CONFIG, "the method \"%s\" is unknown",
	    r->method);
}

static int
rule_action(struct rule *r, json_t *o, struct err *e)
{
	const char *word;
	int i;

	if (rule_text(o, "do", &word, e) == -1)
		return -1;
	for (i = 0; i < ACT__MAX; i++)
		if (strcmp(actions[i].name, word) == 0)
			break;
	if (i == ACT__MAX)
		return err_set(e, ERR_CONFIG, "\"do\": \"%s\" is unknown",
		    word);
	r->action = (enum action)i;
	if (actions[i].whose == TASK &&
	    !str_ieq(r->method, "coupon.updateDetails"))
		return err_set(e, ERR_CONFIG, "\"%s\" is only possible for"
		    " coupon.updateDetails", word);
	if (actions[i].whose == JSON && !sb_route_known(r->method))
		return err_set(e, ERR_CONFIG, "\"%s\" is not possible for %s",
		    word, r->method);
	if (actions[i].whose == MAPP && sb_route_known(r->method))
		return err_set(e, ERR_CONFIG, "\"%s\" is not possible for %s",
		    word, r->method);
	return 0;
}

static int
rule_members(struct rule *r, json_t *o, struct err *e)
{
	static const struct {
		int64_t min, max;
	} range[ACT__MAX] = {
		[ACT_DELAY] = { 1, 3600 * 1000 },
		[ACT_TRUNCATE] = { 0, INT32_MAX },
		[ACT_STATUS] = { 400, 599 },
		[ACT_CODE] = { 100, 999 },
		[ACT_HIDE] = { 1, INT32_MAX },
		[ACT_ANSWER] = { 200, 599 },
	};
	const char *needs, *text, *takes;

	needs = actions[r->action].needs;
	text = actions[r->action].text;
	takes = actions[r->action].takes;
	if (needs != NULL && json_object_get(o, needs) == NULL)
		return err_set(e, ERR_CONFIG, "\"%s\" is missing", needs);
	if (needs != NULL && rule_number(o, needs, range[r->action].min,
	    range[r->action].max, &r->number, e) == -1)
		return -1;
	if (text != NULL && rule_text(o, text, &r->text, e) == -1)
		return -1;
	r->extra = -1;
	if (takes != NULL)
		return rule_number(o, takes, 0, INT32_MAX, &r->extra, e);
	return 0;
}

static int
rule_when(struct rule *r, json_t *o, struct err *e)
{
	const char *when;

	if (json_object_get(o, "when") == NULL)
		return 0;
	if (rule_text(o, "when", &when, e) == -1)
		return -1;
	if (strcmp(when, "before") != 0 && strcmp(when, "after") != 0)
		return err_set(e, ERR_CONFIG,
		    "\"when\" must be \"before\" or \"after\"");
	r->after = strcmp(when, "after") == 0;
	return 0;
}

/*
 * No members but those the action knows.
 */
static int
rule_strict(const struct rule *r, json_t *o, struct err *e)
{
	const char *ok[] = { "method", "nth", "count", "do",
	    actions[r->action].needs, actions[r->action].text,
	    actions[r->action].takes,
	    r->action == ACT_RESET ? "when" : NULL };
	const char *key;
	json_t *v;
	size_t i, n;

	n = sizeof(ok) / sizeof(ok[0]);
	json_object_foreach(o, key, v) {
		for (i = 0; i < n; i++)
			if (ok[i] != NULL && strcmp(ok[i], key) == 0)
				break;
		if (i == n)
			return err_set(e, ERR_CONFIG, "\"%s\" does not belong"
			    " to \"do\": \"%s\"", key,
			    actions[r->action].name);
	}
	return 0;
}

static int
rule_read(struct rule *r, json_t *o, struct err *e)
{
	if (!json_is_object(o))
		return err_set(e, ERR_CONFIG, "not an object {...}");
	r->nth = 1;
	r->count = 1;
	if (rule_method(r, o, e) == -1 || rule_action(r, o, e) == -1 ||
	    rule_number(o, "nth", 1, INT32_MAX, &r->nth, e) == -1 ||
	    rule_number(o, "count", 0, INT32_MAX, &r->count, e) == -1 ||
	    rule_members(r, o, e) == -1 || rule_when(r, o, e) == -1)
		return -1;
	return rule_strict(r, o, e);
}

static int
faults_read(struct faults *f, const char *path, struct err *e)
{
	size_t i, len;
	char *text;

	if (io_slurp(path, LIM_CONFIG, &text, &len, e) == -1)
		return -1;
	f->json = jsonx_parse(text, len, e);
	free(text);
	if (f->json == NULL) {
		e->code = ERR_CONFIG;
		return -1;
	}
	if (!json_is_array(f->json))
		return err_set(e, ERR_CONFIG, "not a list [...] of rules");
	f->n = json_array_size(f->json);
	f->rules = calloc(f->n + 1, sizeof(*f->rules));
	if (f->rules == NULL)
		return err_nomem(e);
	for (i = 0; i < f->n; i++)
		if (rule_read(&f->rules[i], json_array_get(f->json, i),
		    e) == -1)
			return err_wrap(e, "rule %zu", i + 1);
	return 0;
}

struct faults *
faults_load(const char *path, struct err *e)
{
	struct faults *f;

	f = calloc(1, sizeof(*f));
	if (f == NULL) {
		err_nomem(e);
		return NULL;
	}
	pthread_mutex_init(&f->lock, NULL);
	if (path != NULL && faults_read(f, path, e) == -1) {
		err_wrap(e, "faults file %s", path);
		faults_free(f);
		return NULL;
	}
	return f;
}

void
faults_free(struct faults *f)
{
	if (f == NULL)
		return;
	if (f->json != NULL)
		json_decref(f->json);
	free(f->rules);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

void
fault_plan_init(struct fault_plan *p)
{
	memset(p, 0, sizeof(*p));
	p->truncate_at = -1;
	p->retry_after_s = -1;
}

static void
plan_add(struct fault_plan *p, const struct rule *r)
{
	switch (r->action) {
	case ACT_DELAY:
		p->delay_ms += r->number;
		break;
	case ACT_RESET:
		p->reset = true;
		p->reset_after = r->after;
		break;
	case ACT_TRUNCATE:
		p->truncate_at = r->number;
		break;
	case ACT_STATUS:
		p->status = (int)r->number;
		p->retry_after_s = r->extra;
		break;
	case ACT_CODE:
		p->code = (long)r->number;
		break;
	case ACT_WORD:
		p->word = r->text;
		p->word_polls = r->extra;
		break;
	case ACT_FAIL:
		p->fail = r->text;
		break;
	case ACT_FORGET:
		p->hide_polls = -1;
		break;
	case ACT_ANSWER:
		p->body = r->text;
		p->body_status = (int)r->number;
		break;
	case ACT_EXPIRE:
		p->expire = true;
		break;
	default:
		p->hide_polls = r->number;
		break;
	}
}

void
faults_take(struct faults *f, const char *subject, struct fault_plan *p)
{
	struct rule *r;
	size_t i;

	pthread_mutex_lock(&f->lock);
	for (i = 0; i < f->n; i++) {
		r = &f->rules[i];
		if (strcmp(r->method, "*") != 0 &&
		    !str_ieq(r->method, subject))
			continue;
		r->seen++;
		if (r->seen >= r->nth && (r->count == 0 ||
		    r->seen < r->nth + r->count))
			plan_add(p, r);
	}
	pthread_mutex_unlock(&f->lock);
}
