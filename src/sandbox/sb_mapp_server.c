/*
 * The envelope: out of the form or the bare body, the key, the calls one
 * after another, and what was declared to go wrong with them.
 */
#include "sb_mapp.h"

#include "../base/buf.h"
#include "../base/clock.h"
#include "../base/err.h"
#include "../base/log.h"
#include "../base/secret.h"
#include "../base/str.h"
#include "../format/xml.h"
#include "../net/server.h"
#include "form.h"
#include "sandbox_internal.h"

struct post {
	struct xml_node	*api;
	struct sb_mapp_call *calls;
	unsigned	 ncalls;
	bool		 no_halt;
	struct fault_plan plan;		/* of the connection */
};

/*
 * The document into b.  1 when there is one, 0 when the form has no "data",
 * -1.
 */
static int
post_document(struct sandbox *s, const struct http_incoming *in,
    struct buf *b, struct err *e)
{
	size_t blank;

	blank = strspn(in->body, " \t\r\n");
	if (in->body[blank] == '<') {
		log_say(s->log, LOG_WARN, "the XML came bare, not as form"
		    " field data");
		return buf_add(b, in->body, in->body_len, e) == -1 ? -1 : 1;
	}
	return form_field(in->body, in->body_len, "data", b, e);
}

/*
 * What concerns the connection adds up over the calls of a POST.
 */
static void
plan_merge(struct fault_plan *all, const struct fault_plan *one)
{
	all->delay_ms += one->delay_ms;
	if (one->reset && (!all->reset || !one->reset_after)) {
		all->reset = true;
		all->reset_after = one->reset_after;
	}
	if (one->truncate_at != -1)
		all->truncate_at = one->truncate_at;
	if (one->status != 0) {
		all->status = one->status;
		all->retry_after_s = one->retry_after_s;
	}
}

static bool
is_call(const struct xml_node *x)
{
	return str_ieq(x->name, "methodCall");
}

static int
post_calls(struct sandbox *s, struct post *p, struct err *e)
{
	const struct xml_node *data, *x;
	const char *text;
	struct sb_mapp_call *c;

	data = xml_child(p->api, "data");
	for (x = data != NULL ? data->child : NULL; x != NULL; x = x->next)
		p->ncalls += is_call(x);
	p->calls = calloc(p->ncalls + 1, sizeof(*p->calls));
	if (p->calls == NULL)
		return err_nomem(e);
	c = p->calls;
	for (x = data != NULL ? data->child : NULL; x != NULL; x = x->next) {
		if (!is_call(x))
			continue;
		text = xml_text(x, "methodName");
		c->node = x;
		c->method = text != NULL ? text : "";
		c->num = (unsigned)(c - p->calls) + 1;
		c->total = p->ncalls;
		fault_plan_init(&c->plan);
		faults_take(s->faults, c->method, &c->plan);
		plan_merge(&p->plan, &c->plan);
		c++;
	}
	text = xml_text(xml_child(p->api, "authentication"), "no_halt");
	p->no_halt = text != NULL && strcmp(text, "1") == 0;
	return 0;
}

static bool
post_allowed(const struct sandbox *s, const struct post *p)
{
	const struct xml_node *auth;
	const char *key, *secret;

	auth = xml_child(p->api, "authentication");
	key = xml_text(auth, "api_key");
	secret = xml_text(auth, "shared_secret");
	return key != NULL && secret != NULL &&
	    strcmp(key, secret_bytes(s->api_key)) == 0 &&
	    strcmp(secret, secret_bytes(s->shared_secret)) == 0;
}

static int
post_run(struct sandbox *s, struct post *p, struct buf *b, struct err *e)
{
	struct sb_mapp_call *c;
	unsigned i, completed;
	int64_t start;
	long code;
	int r;

	completed = 0;
	for (i = 0; i < p->ncalls; i++) {
		c = &p->calls[i];
		c->completed = completed;
		start = clock_mono(s->clock);
		code = 0;
		r = sb_mapp_run(s, c, b, &code, e);
		if (r == -1)
			return err_wrap(e, "%s", c->method);
		log_say(s->log, LOG_INFO, "call", LFF("method", c->method),
		    LFI("code", code), LFI("number", c->num),
		    LFI("of", c->total),
		    LFMS("took", clock_mono(s->clock) - start));
		completed += r == 1;
		if (r == 0 && !p->no_halt)
			break;
	}
	return 0;
}

/*
 * Everything between <methodResponse> and its end.
 */
static int
post_answer(struct sandbox *s, struct post *p, struct buf *b, struct err *e)
{
	struct sb_mapp_call none = { .method = "", .num = 1,
	    .total = p->ncalls };

	if (p->api == NULL || !str_ieq(p->api->name, "api")) {
		log_say(s->log, LOG_WARN, "the document is not <api>");
		return answer_general(b, &none, "Invalid XML", NULL, e);
	}
	if (!post_allowed(s, p)) {
		log_say(s->log, LOG_WARN, "wrong key or secret",
		    LFI("code", 445));
		return answer_auth(b, &none, e);
	}
	if (p->ncalls == 0)
		return answer_general(b, &none, sb_mapp_text(428), "methodCall",
		    e);
	return post_run(s, p, b, e);
}

/*
 * Faults that keep the calls from being carried out; true when there is one.
 */
static bool
post_prevented(const struct post *p, struct http_outgoing *out)
{
	if (p->plan.reset && !p->plan.reset_after) {
		out->reset = true;
		return true;
	}
	if (p->plan.status != 0) {
		out->status = p->plan.status;
		out->retry_after_s = p->plan.retry_after_s;
		return true;
	}
	return false;
}

static int
post_parse(struct sandbox *s, const struct http_incoming *in, struct post *p,
    struct err *e)
{
	struct buf doc;
	struct err bad;
	int r;

	err_clear(&bad);
	buf_init(&doc, SANDBOX_BODY_MAX);
	doc.wipe = true;
	r = post_document(s, in, &doc, e);
	if (r == 1)
		p->api = xml_parse(doc.data, doc.len, &bad);
	buf_release(&doc);
	if (r == -1)
		return -1;
	if (p->api == NULL) {
		log_say(s->log, LOG_WARN, "no readable document in the POST",
		    LFF("why", r == 0 ? "no form field data" : bad.msg));
		return 0;
	}
	return post_calls(s, p, e);
}

static int
post_handle(struct sandbox *s, const struct http_incoming *in,
    struct http_outgoing *out, struct post *p, struct err *e)
{
	struct buf b;
	int r;

	if (post_parse(s, in, p, e) == -1)
		return -1;
	if (post_prevented(p, out))
		return 0;
	buf_init(&b, SANDBOX_ANSWER_MAX);
	r = buf_adds(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<methodResponse>", e);
	if (r == 0)
		r = post_answer(s, p, &b, e);
	if (r == 0)
		r = buf_adds(&b, "</methodResponse>\n", e);
	if (r == 0) {
		out->status = 200;
		out->content_type = "text/xml; charset=UTF-8";
		out->body = buf_take(&b, &out->body_len);
		out->truncate_at = p->plan.truncate_at;
		out->reset = p->plan.reset;
	}
	buf_release(&b);
	if (r == 0 && out->body == NULL)
		return err_nomem(e);
	return r;
}

void
sb_mapp_handle(struct sandbox *s, const struct http_incoming *in,
    struct http_outgoing *out)
{
	struct post p = { .api = NULL };
	struct err e;

	err_clear(&e);
	fault_plan_init(&p.plan);
	if (post_handle(s, in, out, &p, &e) == -1) {
		log_say(s->log, LOG_ERROR, "a call could not be answered",
		    LFF("why", e.msg));
		out->status = 500;
	}
	out->delay_ms = p.plan.delay_ms;
	free(p.calls);
	xml_free(p.api);
}
