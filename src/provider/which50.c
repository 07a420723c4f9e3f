/*
 * Which50: the machine.
 *
 * One question, one answer: the import as JSON or as XML, whichever the server
 * prefers.  The words of its state are not documented, so the end is told by
 * its date or its percentage.  It counts contacts, and only counters that agree
 * with each other are an outcome.
 */
#include "which50.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/list.h"
#include "../base/str.h"
#include "../format/xml.h"
#include "http_fail.h"
#include "json_call.h"

#define STATE_VERSION	1
#define NUMBER_MAX	18		/* digits of an id */
#define ANSWER_MAX	(1u << 20)	/* bytes; the vendor's has 500 */
#define TEXT_MAX	400		/* bytes of all counters as text */

#define NO_ADDRESS	"No HTTP resource was found"
#define TEXT_DIGITS	"0123456789"

const struct pv_setting which50_settings[] = {
	[WHICH50_HEADER] = { "auth_header", false, false,
	    "Name of the header that carries the login (Authorization).", NULL,
	    pv_header_name_check },
	[WHICH50_VALUE] = { "auth_value", true, true,
	    "Value of that header, all of it, such as \"Bearer TOKEN\".", NULL,
	    NULL },
	{ .key = NULL },
};

const struct pv_word which50_states[] = {
	{ .word = NULL },	/* none is documented */
};

const struct err_info which50_errors[] = {
	{
		"which50-403", 77, RETRY_NEVER,
		"The user lacks the permission for this call.",
		"Have the user of this provider allowed to see imports of the "
		    "list.",
		ERR_MENDABLE | ERR_CREDENTIALS,
	},
	{ .word = NULL },
};

static bool
is_number(const char *s, size_t n)
{
	return n > 0 && n <= NUMBER_MAX && s[0] != '0' &&
	    strspn(s, TEXT_DIGITS) >= n;
}

int
which50_list_check(const char *text, struct err *e)
{
	return is_number(text, strlen(text)) ? 0 : err_set(e, ERR_CONFIG,
	    "\"%s\" cannot be the id of a contact list, which is a number",
	    text);
}

int
which50_task_check(const char *id, struct err *e)
{
	size_t n = strcspn(id, "/");
	const char *import = id[n] == '/' ? id + n + 1 : "";

	return is_number(id, n) && is_number(import, strlen(import)) ? 0 :
	    err_set(e, ERR_REF, "\"%s\" is no import of " WHICH50_TITLE ": it "
	    "is LIST/IMPORT, two numbers, such as 12/3456", id);
}

static int
request(const struct pv_ask *ask, struct pv_state *st, struct pv_step *step,
    struct err *e)
{
	const struct pv_value *v = ask->account->values;
	struct pv_request *rq = &step->request;
	size_t list = strcspn(ask->tasks[0], "/");

	st->len = 1;
	st->data[0] = STATE_VERSION;
	rq->method = "GET";
	rq->max_answer = ANSWER_MAX;
	pv_header_add(rq, "Accept", "application/json, application/xml;q=0.5",
	    NULL);
	pv_header_add(rq, v[WHICH50_HEADER].text != NULL ?
	    v[WHICH50_HEADER].text : "Authorization", NULL,
	    v[WHICH50_VALUE].secret);
	step->what = PV_REQUEST;
	return buf_addf(&rq->url, e, "%s/contactLists/%.*s/import/%s",
	    ask->account->url, (int)list, ask->tasks[0],
	    ask->tasks[0] + list + 1);
}

/*
 * The same answer in XML: each element is a member.  One that is empty (i:nil)
 * is null, and a member twice is no answer, as in JSON.
 */
static json_t *
read_xml(const struct pv_event *ev, struct err *e)
{
	struct xml_node *root = xml_parse(ev->body, ev->len, e);
	const struct xml_node *x;
	json_t *o;
	int rc = 0;

	if (root == NULL) {
		err_wrap(e, "the answer of " WHICH50_TITLE);
		return NULL;
	}
	o = json_object();
	if (o == NULL)
		rc = err_nomem(e);
	for (x = root->child; rc == 0 && x != NULL; x = x->next) {
		if (json_object_get(o, x->name) != NULL)
			rc = err_set(e, ERR_PROTOCOL, WHICH50_TITLE " answered "
			    "with two elements %.80s", x->name);
		else if (json_object_set_new(o, x->name, x->text[0] != '\0' ?
		    json_string(x->text) : json_null()) == -1)
			rc = err_nomem(e);
	}
	xml_free(root);
	if (rc == 0)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *
read_object(const struct pv_event *ev, struct err *e)
{
	size_t i;

	for (i = 0; i < ev->len && isspace((unsigned char)ev->body[i]); i++)
		;
	return i < ev->len && ev->body[i] == '<' && !pv_is_page(ev) ?
	    read_xml(ev, e) : pv_json_answer(WHICH50_TITLE, ev, e);
}

/* A date that was set: an empty one of .NET is of the year 1. */
static bool
is_date(const char *text)
{
	return text != NULL && strspn(text, TEXT_DIGITS) == 4 &&
	    text[4] == '-' && strcmp(text, "2000") >= 0;
}

static enum task_state
state_of(const json_t *root, const char *word)
{
	enum task_state state;

	if (word != NULL && words_bad_end(word))
		return TASK_FAILED;
	if (is_date(pv_json_text(root, "FinishDate")) ||
	    pv_json_count(root, "ProgressPercent") >= 100)
		return TASK_DONE;
	if (word == NULL)
		return is_date(pv_json_text(root, "StartDate")) ?
		    TASK_RUNNING : TASK_QUEUED;
	state = words_state(which50_states, word);
	return state == TASK_DONE ? TASK_RUNNING : state;
}

enum { INSERTED, UPDATED, NOT_UPDATED, DROPPED, NO_EMAIL, NO_SMS, TOTAL,
	COUNTERS };

static const struct {
	const char	*key, *what;
} counters[COUNTERS] = {
	[INSERTED] = { "InsertedContacts", "inserted" },
	[UPDATED] = { "UpdatedContacts", "updated" },
	[NOT_UPDATED] = { "NotUpdatedContacts", "not updated" },
	[DROPPED] = { "DroppedContacts", "dropped" },
	[NO_EMAIL] = { "InvalidEmailCount", "invalid email addresses" },
	[NO_SMS] = { "InvalidSmsCount", "invalid SMS numbers" },
	[TOTAL] = { "TotalContacts", "total" },
};

/*
 * By the vendor's page the total is that of the contacts which were applied, so
 * those which were not are added.  Whether dropped ones
 * were among the rows is not certain, so no outcome is told from such counters.
 */
static int
count(const json_t *root, struct pv_task *t, struct err *e)
{
	int64_t n[COUNTERS];
	struct buf text;
	size_t i;
	int rc = 0;

	buf_init(&text, TEXT_MAX);
	for (i = 0; i < COUNTERS; i++) {
		n[i] = pv_json_count(root, counters[i].key);
		if (rc == 0 && n[i] >= 0)
			rc = buf_addf(&text, e, "%s%s %" PRId64, text.len > 0 ?
			    ", " : "", counters[i].what, n[i]);
	}
	t->total = n[TOTAL];
	if (n[INSERTED] >= 0 && n[UPDATED] >= 0)
		t->updated = n[INSERTED] + n[UPDATED];
	if (n[NOT_UPDATED] >= 0 && n[NO_EMAIL] >= 0 && n[NO_SMS] >= 0 &&
	    n[DROPPED] == 0)
		t->failed = n[NOT_UPDATED] + n[NO_EMAIL] + n[NO_SMS];
	if (t->failed > 0 && t->updated == t->total)
		t->total += t->failed;
	if (rc == 0 && text.len > 0)
		rc = str_set(&t->text, text.data, e);
	buf_release(&text);
	return rc;
}

/* Whether the answer is about the import that was asked for. */
static bool
is_about(const json_t *root, const char *task)
{
	char import[32], list[32], id[2 * sizeof(import)];

	if (!pv_json_word(root, "Id", import, sizeof(import)) ||
	    !pv_json_word(root, "ContactListId", list, sizeof(list)))
		return false;
	snprintf(id, sizeof(id), "%s/%s", list, import);
	return strcmp(id, task) == 0;
}

static int
read_import(const struct pv_ask *ask, const json_t *root,
    struct pv_result *out, struct err *e)
{
	const char *word = pv_json_text(root, "CurrentStatus");
	char number[32];
	struct pv_task *t;
	size_t cap = 0;

	if (!is_about(root, ask->tasks[0]))
		return err_set(e, ERR_PROTOCOL, WHICH50_TITLE " answered with "
		    "something else than import %s", ask->tasks[0]);
	if (word == NULL && pv_json_word(root, "CurrentStatus", number,
	    sizeof(number)))
		word = number;
	if (word != NULL && word[0] == '\0')
		word = NULL;
	if (word == NULL && pv_json_count(root, "ProgressPercent") < 0)
		return err_set(e, ERR_PROTOCOL, WHICH50_TITLE " answered "
		    "without the state of the import");
	if (list_grow(&out->tasks, 0, &cap, sizeof(*t), e) == -1)
		return -1;
	t = &out->tasks[0];
	*t = (struct pv_task){ .state = state_of(root, word), .total = -1,
	    .updated = -1, .failed = -1 };
	out->ntasks = 1;
	return pv_short_text(t->word, sizeof(t->word), word, e) == -1 ||
	    pv_copy_id(t->id, sizeof(t->id), ask->tasks[0], "import",
	    e) == -1 ? -1 : count(root, t, e);
}

/*
 * An error status, with the sentence that comes with it.  Not known is the
 * import, which may not show yet, so that no task is told; or the address, and
 * then the server's program says so in words of its own.
 */
static int
read_failure(const struct pv_event *ev, struct pv_step *step, struct err *e)
{
	struct err ignored;
	json_t *root;
	const char *said;
	int rc = -1;

	if ((ev->status != 403 && ev->status != 404) || pv_is_page(ev))
		return pv_http_fail(WHICH50_TITLE, ev, false, &step->certain,
		    e);
	err_clear(&ignored);
	root = read_object(ev, &ignored);
	said = pv_json_text(root, "Message");
	if (ev->status == 404 && said != NULL &&
	    strncmp(said, NO_ADDRESS, strlen(NO_ADDRESS)) == 0)
		pv_http_fail(WHICH50_TITLE, ev, false, &step->certain, e);
	else if (ev->status == 404) {
		step->what = PV_DONE;
		rc = 0;
	} else {
		err_set(e, ERR_REFUSED, WHICH50_TITLE " answered with HTTP "
		    "status 403 \"%s\"", said != NULL ? said : "");
		e->remote = ev->status;
		err_own(e, &which50_errors[0]);
	}
	json_decref(root);
	return rc;
}

/* Nothing that is asked here changes anything over there. */
int
which50_next(const struct pv_ask *ask, struct pv_state *st,
    const struct pv_event *ev, struct pv_step *step, struct err *e)
{
	json_t *root;
	int rc;

	step->certain = true;
	if (ask->ntasks != 1)
		return err_set(e, ERR_INTERNAL, "one import is asked for at a "
		    "time");
	if (ev->kind == PV_BEGIN)
		return which50_task_check(ask->tasks[0], e) == -1 ? -1 :
		    request(ask, st, step, e);
	if (ev->kind != PV_ANSWER || st->len != 1 ||
	    st->data[0] != STATE_VERSION)
		return err_set(e, ERR_INTERNAL, WHICH50_TITLE " was asked "
		    "nothing that this could be the answer to");
	if (ev->status < 200 || ev->status > 299)
		return read_failure(ev, step, e);
	root = read_object(ev, e);
	if (root == NULL)
		return -1;
	step->what = PV_DONE;
	rc = read_import(ask, root, &step->result, e);
	json_decref(root);
	return rc;
}
