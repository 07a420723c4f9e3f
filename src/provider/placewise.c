/*
 * Placewise: the machine.
 *
 * An import has no state of its own: it is what its bulks are.  A bulk that is
 * "failed" is not at its end while it has retries left, and only the bulk
 * itself tells how many it had.  So when nothing runs any more each failed bulk
 * is asked, some of them at a time, since a machine remembers little.
 */
#include "placewise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/list.h"
#include "../base/str.h"
#include "http_fail.h"
#include "json_call.h"

#define STATE_VERSION	1
#define BULKS_ASKED	64		/* failed ones remembered at a time */
#define RETRIES_MAX	5		/* of a bulk, by the vendor's page */
#define SLUG_MAX	80
#define IMPORT_MAX	64
#define ANSWER_MAX	(64u << 20)	/* bytes; a bulk has the errors of up
					 * to 1,000 members */

#define TEXT_DIGITS	"0123456789"
#define TEXT_LETTERS	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* What is remembered: what the import said, and the bulks to be asked. */
struct placewise_state {
	unsigned char	version;
	unsigned char	asks_bulk;	/* the request under way */
	unsigned char	n, at;		/* of ids: filled, asked */
	uint32_t	bulks, failed;	/* of the import */
	uint32_t	skipped;	/* failed ones that were asked before */
	uint32_t	retrying;	/* that have retries left */
	int64_t		total, updated, bad; /* members; -1: not said */
	int64_t		ids[BULKS_ASKED];
};

_Static_assert(sizeof(struct placewise_state) <= PV_STATE_MAX,
    "what is remembered must fit");

const struct pv_setting placewise_settings[] = {
	[PLACEWISE_TOKEN] = { "token", true, true,
	    "Token of the API client (X-Client-Authorization).", NULL, NULL },
	[PLACEWISE_PRODUCT] = { "product_name", false, false,
	    "Product name that the vendor assigned (coupondrop).", NULL,
	    pv_header_text_check },
	{ .key = NULL },
};

const struct pv_word placewise_states[] = {
	{ .word = NULL },	/* all of them are common ones */
};

const struct err_info placewise_errors[] = {
	{
		"placewise-402", 77, RETRY_NEVER,
		"The platform has this feature switched off for the club.",
		"Have it switched on by the vendor.",
		ERR_MENDABLE,
	},
	{
		"placewise-403", 77, RETRY_NEVER,
		"The API client lacks the permit for this call.",
		"Have the permit BL:Api:Members:Imports:Get granted to the "
		    "client.",
		ERR_MENDABLE | ERR_CREDENTIALS,
	},
	{
		"placewise-460", 77, RETRY_NEVER,
		"The platform's own login service refused the call.",
		"Check the token of this provider, and ask the vendor which "
		    "login its clients need.",
		ERR_MENDABLE | ERR_CREDENTIALS,
	},
	{
		"placewise-470", 78, RETRY_NEVER,
		"The platform misses a header of the call.",
		"Set product_name of this provider to the name that the "
		    "vendor assigned.",
		ERR_MENDABLE,
	},
	{
		"placewise-471", 78, RETRY_NEVER,
		"The platform does not take the value of a header.",
		"Check product_name of this provider, and that the club in "
		    "the task is spelt as in its address.",
		ERR_MENDABLE,
	},
	{ .word = NULL },
};

static bool
is_slug(const char *s, size_t n)
{
	return n > 0 && n <= SLUG_MAX &&
	    strspn(s, TEXT_LETTERS TEXT_DIGITS "_-") >= n;
}

int
placewise_club_check(const char *text, struct err *e)
{
	return is_slug(text, strlen(text)) ? 0 : err_set(e, ERR_CONFIG,
	    "\"%s\" cannot be the slug of a club, as it stands in addresses: "
	    "letters, digits, _ and -", text);
}

int
placewise_task_check(const char *id, struct err *e)
{
	size_t slug = strcspn(id, "/");
	const char *import = id[slug] == '/' ? id + slug + 1 : "";

	return is_slug(id, slug) && import[0] != '\0' &&
	    import[0] != '.' && strlen(import) <= IMPORT_MAX &&
	    import[strspn(import, TEXT_LETTERS TEXT_DIGITS "._-")] == '\0' ? 0 :
	    err_set(e, ERR_REF, "\"%s\" is no import of " PLACEWISE_TITLE ": "
	    "it is CLUB/IMPORT, such as infinity-mall/coupons-2026-03", id);
}

static void
remember(struct pv_state *st, const struct placewise_state *m)
{
	st->len = sizeof(*m);
	memcpy(st->data, m, sizeof(*m));
}

/* Ask for the import, or for one of its bulks. */
static int
request(const struct pv_ask *ask, struct pv_state *st,
    const struct placewise_state *m, struct pv_step *step, struct err *e)
{
	const struct pv_value *v = ask->account->values;
	struct pv_request *rq = &step->request;
	const char *task = ask->tasks[0];
	size_t slug = strcspn(task, "/");

	remember(st, m);
	rq->method = "GET";
	rq->max_answer = ANSWER_MAX;
	pv_header_add(rq, "Accept", "application/json", NULL);
	pv_header_add(rq, "X-Client-Authorization", NULL,
	    v[PLACEWISE_TOKEN].secret);
	pv_header_add(rq, "X-User-Agent", "coupondrop", NULL);
	pv_header_add(rq, "X-Product-Name", v[PLACEWISE_PRODUCT].text != NULL ?
	    v[PLACEWISE_PRODUCT].text : "coupondrop", NULL);
	/* The club stands in the address and in a header, the same. */
	pv_header_add(rq, "X-Loyalty-Club-Slug", NULL, NULL);
	rq->headers[rq->nheaders - 1].made = secret_new(task, slug, e);
	if (rq->headers[rq->nheaders - 1].made == NULL)
		return -1;
	step->what = PV_REQUEST;
	if (buf_addf(&rq->url, e, "%s/v3/%.*s/members/imports/%s",
	    ask->account->url, (int)slug, task, task + slug + 1) == -1)
		return -1;
	return m->asks_bulk ? buf_addf(&rq->url, e, "/bulks/%lld",
	    (long long)m->ids[m->at]) : 0;
}

/* What all bulks come to, in one word; running is that of one that runs. */
static int
finish(const struct pv_ask *ask, const struct placewise_state *m,
    const char *running, struct pv_result *out, struct err *e)
{
	const char *word = running;
	struct pv_task *t;
	char text[120];
	size_t cap = 0;

	if (word[0] == '\0')
		word = m->bulks == 0 ? "waiting" : m->retrying > 0 ?
		    "waiting_for_retry" : m->failed > 0 ? "failed" :
		    "finished";
	if (list_grow(&out->tasks, 0, &cap, sizeof(*t), e) == -1)
		return -1;
	t = &out->tasks[0];
	*t = (struct pv_task){ .state = words_state(placewise_states, word),
	    .total = m->total, .updated = m->updated, .failed = m->bad };
	out->ntasks = 1;
	if (pv_short_text(t->word, sizeof(t->word), word, e) == -1 ||
	    pv_copy_id(t->id, sizeof(t->id), ask->tasks[0], "import", e) == -1)
		return -1;
	if (t->state != TASK_FAILED)
		return 0;
	/* How often each was tried is not always said. */
	snprintf(text, sizeof(text), "%u of %u bulks failed for good",
	    m->failed, m->bulks);
	return str_set(&t->text, text, e);
}

/* Whether a bulk's word says more of an import than that of another. */
static bool
says_more(const char *word, const char *than)
{
	static const char *const order[] = { "working", "waiting_for_retry",
	    "waiting" };
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (str_ieq(than, order[i]))
			return false;
		if (str_ieq(word, order[i]))
			return true;
	}
	return than[0] == '\0';
}

/* One bulk in the list of the import. */
static int
see_bulk(struct placewise_state *m, const json_t *bulk, char word[32],
    struct err *e)
{
	int64_t id = pv_json_count(bulk, "id");

	if (!pv_json_word(bulk, "status", word, 32) || id < 0)
		return err_set(e, ERR_PROTOCOL, PLACEWISE_TITLE " listed a "
		    "bulk without a status or an id");
	m->bulks++;
	if (words_state(placewise_states, word) != TASK_FAILED)
		return 0;
	if (m->failed++ >= m->skipped && m->n < BULKS_ASKED)
		m->ids[m->n++] = id;
	return 0;
}

static void
see_counters(struct placewise_state *m, const json_t *root)
{
	int64_t created = pv_json_count(root, "members_created_number");
	int64_t updated = pv_json_count(root, "members_updated_number");

	m->total = pv_json_count(root, "members_in_payload_number");
	if (m->total < 0)
		m->total = pv_json_count(root, "members_in_payloads_number");
	m->updated = created < 0 || updated < 0 ? -1 : created + updated;
	m->bad = pv_json_count(root, "members_with_validation_errors_number");
}

static int
read_import(const struct pv_ask *ask, struct pv_state *st,
    struct placewise_state *m, const json_t *root, struct pv_step *step,
    struct err *e)
{
	const json_t *bulk, *bulks = json_object_get(root, "bulks");
	char word[32], running[32] = "";
	enum task_state state;
	size_t i;

	if (!json_is_array(bulks))
		return err_set(e, ERR_PROTOCOL, PLACEWISE_TITLE " answered "
		    "with no list of bulks");
	m->bulks = m->failed = 0;
	m->n = m->at = 0;
	see_counters(m, root);
	json_array_foreach(bulks, i, bulk) {
		if (see_bulk(m, bulk, word, e) == -1)
			return -1;
		state = words_state(placewise_states, word);
		if (state != TASK_DONE && state != TASK_FAILED &&
		    says_more(word, running))
			memcpy(running, word, sizeof(running));
	}
	if (running[0] == '\0' && m->n > 0) {
		m->asks_bulk = 1;
		return request(ask, st, m, step, e);
	}
	step->what = PV_DONE;
	return finish(ask, m, running, &step->result, e);
}

static int
read_bulk(const struct pv_ask *ask, struct pv_state *st,
    struct placewise_state *m, const json_t *root, struct pv_step *step,
    struct err *e)
{
	int64_t retries = pv_json_count(root, "retries");
	char word[32];

	if (!pv_json_word(root, "status", word, sizeof(word)))
		return err_set(e, ERR_PROTOCOL, PLACEWISE_TITLE " answered for "
		    "a bulk without its status");
	/* Since it was listed as failed it may have begun again. */
	if (words_state(placewise_states, word) != TASK_FAILED ||
	    (retries >= 0 && retries < RETRIES_MAX))
		m->retrying++;
	if (m->retrying == 0 && ++m->at < m->n)
		return request(ask, st, m, step, e);
	if (m->retrying == 0 && m->skipped + m->n < m->failed) {
		m->skipped += m->n;
		m->asks_bulk = 0;
		return request(ask, st, m, step, e);
	}
	step->what = PV_DONE;
	return finish(ask, m, "", &step->result, e);
}

/* An error status, with the platform's sentence where it gives one. */
static int
read_failure(const struct pv_event *ev, struct pv_step *step, struct err *e)
{
	const struct err_info *own = NULL;
	struct err ignored;
	char number[16];
	json_t *root;
	size_t i;

	snprintf(number, sizeof(number), "placewise-%ld", ev->status);
	for (i = 0; own == NULL && placewise_errors[i].word != NULL; i++)
		if (strcmp(placewise_errors[i].word, number) == 0)
			own = &placewise_errors[i];
	if (own == NULL)
		return pv_http_fail(PLACEWISE_TITLE, ev, false, &step->certain,
		    e);
	err_clear(&ignored);
	root = pv_json_answer(PLACEWISE_TITLE, ev, &ignored);
	if (pv_json_text(root, "error") != NULL)
		err_set(e, ERR_REFUSED, PLACEWISE_TITLE " answered with HTTP "
		    "status %ld \"%s\"", ev->status,
		    pv_json_text(root, "error"));
	else
		err_set(e, ERR_REFUSED, PLACEWISE_TITLE " answered with HTTP "
		    "status %ld", ev->status);
	json_decref(root);
	e->remote = ev->status;
	return err_own(e, own);
}

/* Nothing that is asked here changes anything over there. */
int
placewise_next(const struct pv_ask *ask, struct pv_state *st,
    const struct pv_event *ev, struct pv_step *step, struct err *e)
{
	struct placewise_state m = { .version = STATE_VERSION };
	json_t *root;
	int rc;

	step->certain = true;
	if (ask->ntasks != 1)
		return err_set(e, ERR_INTERNAL, "one import is asked for at a "
		    "time");
	if (ev->kind == PV_BEGIN)
		return placewise_task_check(ask->tasks[0], e) == -1 ? -1 :
		    request(ask, st, &m, step, e);
	if (st->len == sizeof(m))
		memcpy(&m, st->data, sizeof(m));
	if (ev->kind != PV_ANSWER || st->len != sizeof(m) ||
	    m.version != STATE_VERSION)
		return err_set(e, ERR_INTERNAL, PLACEWISE_TITLE " was asked "
		    "nothing that this could be the answer to");
	/* Not known: the import, which may not show yet; no task is told. */
	if (ev->status == 404 && !m.asks_bulk && !pv_is_page(ev)) {
		step->what = PV_DONE;
		return 0;
	}
	if (ev->status < 200 || ev->status > 299)
		return read_failure(ev, step, e);
	root = pv_json_answer(PLACEWISE_TITLE, ev, e);
	if (root == NULL)
		return -1;
	rc = m.asks_bulk ? read_bulk(ask, st, &m, root, step, e) :
	    read_import(ask, st, &m, root, step, e);
	json_decref(root);
	return rc;
}
