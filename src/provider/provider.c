/*
 * The table of providers, and what is the same for all of them.
 *
 * A machine fills a step in pieces and may fail half-way, so ownership is
 * settled here once: after a failure nothing of the step is left but the word
 * whether it is certain that nothing was changed.
 */
#include "provider.h"

#include "../base/limits.h"
#include "capillary.h"
#include "mapp.h"
#include "placewise.h"
#include "uniware.h"
#include "which50.h"

#define URL_MAX		4096		/* bytes; far above any API URL */
#define MASK_MIN	4		/* bytes of a secret worth hiding */
#define MASK_PART	16		/* of a longer one, from its begin on */
#define BODY_MAX	(4u * MAPP_XML_MAX) /* bytes; coding triples most */

static const struct provider providers[] = {
	{
		.type = "mapp",
		.title = MAPP_TITLE,
		.verbs = 1u << PV_BANKS | 1u << PV_LOOKUP |
		    1u << PV_SUBMIT_FILE | 1u << PV_SUBMIT_ROWS |
		    1u << PV_STATUS | 1u << PV_FIND,
		.task_zone = "America/Los_Angeles",
		.poll_first_ms = 1500,
		.poll_floor_ms = 1000,
		.poll_cap_ms = 30000,
		.lookup_max = MAPP_LOOKUPS,
		.status_max = LIM_TASKS,
		.pulls_http = true,
		.pulls_ftp = true,
		.target = { "bank", mapp_bank_check },
		.task_check = mapp_task_check,
		.settings = mapp_settings,
		.words = mapp_states,
		.errors = mapp_errors,
		.next = mapp_next,
		.pull_check = mapp_pull_check,
	},
	{
		.type = "capillary",
		.title = CAPILLARY_TITLE,
		.verbs = 1u << PV_LOGIN | 1u << PV_STATUS,
		.task_zone = "UTC",
		.poll_first_ms = 2000,
		.poll_floor_ms = 1000,
		.poll_cap_ms = 30000,
		.target = { "series", capillary_series_check },
		.task_check = capillary_task_check,
		.together = capillary_together,
		.settings = capillary_settings,
		.words = capillary_states,
		.errors = capillary_errors,
		.next = capillary_next,
	},
	{
		.type = "uniware",
		.title = UNIWARE_TITLE,
		.verbs = 1u << PV_LOGIN | 1u << PV_STATUS,
		.task_zone = "Asia/Kolkata",
		.poll_first_ms = 2000,
		.poll_floor_ms = 2000,
		.poll_cap_ms = 30000,
		.target = { "facility", uniware_facility_check },
		.task_check = uniware_task_check,
		.status_max = 1,
		.settings = uniware_settings,
		.words = uniware_states,
		.errors = uniware_errors,
		.next = uniware_next,
	},
	{
		.type = "placewise",
		.title = PLACEWISE_TITLE,
		.verbs = 1u << PV_STATUS,
		.task_zone = "UTC",
		.poll_first_ms = 5000,
		.poll_floor_ms = 5000,
		.poll_cap_ms = 60000,
		.target = { "club", placewise_club_check },
		.task_check = placewise_task_check,
		.status_max = 1,
		.settings = placewise_settings,
		.words = placewise_states,
		.errors = placewise_errors,
		.next = placewise_next,
	},
	{
		.type = "which50",
		.title = WHICH50_TITLE,
		.verbs = 1u << PV_STATUS,
		.task_zone = "UTC",
		.poll_first_ms = 2000,
		.poll_floor_ms = 2000,
		.poll_cap_ms = 30000,
		.target = { "contact list", which50_list_check },
		.task_check = which50_task_check,
		.status_max = 1,
		.settings = which50_settings,
		.words = which50_states,
		.errors = which50_errors,
		.next = which50_next,
	},
};

#define NPROVIDERS	(sizeof(providers) / sizeof(providers[0]))

const struct provider *
provider_find(const char *type)
{
	size_t i;

	for (i = 0; type != NULL && i < NPROVIDERS; i++) {
		if (strcmp(providers[i].type, type) == 0)
			return &providers[i];
	}
	return NULL;
}

const struct provider *
provider_at(size_t i)
{
	return i < NPROVIDERS ? &providers[i] : NULL;
}

bool
provider_can(const struct provider *p, enum pv_verb verb)
{
	return (p->verbs & 1u << verb) != 0;
}

int
provider_setting(const struct provider *p, const char *key)
{
	int i;

	for (i = 0; p->settings[i].key != NULL; i++) {
		if (strcmp(p->settings[i].key, key) == 0)
			return i;
	}
	return -1;
}

static void
result_release(struct pv_result *r)
{
	size_t i;

	for (i = 0; i < r->ntasks; i++)
		pv_task_release(&r->tasks[i]);
	for (i = 0; i < r->nbanks; i++)
		free(r->banks[i].name);
	free(r->tasks);
	free(r->banks);
	free(r->coupons);
	free(r->row_ok);
	free(r->text);
	secret_free(r->token);
}

void
pv_step_release(struct pv_step *s)
{
	pv_request_release(&s->request);
	result_release(&s->result);
	memset(s, 0, sizeof(*s));
}

/* In text, stars in place of a secret, also where it was cut off. */
static void
mask(char *text, const struct secret *secret)
{
	const char *s = secret_bytes(secret);
	size_t i, k, n = secret_len(secret);

	/* Shorter ones would be found everywhere. */
	if (n < MASK_MIN)
		return;
	for (i = 0; text[i] != '\0'; i++) {
		for (k = 0; k < n && text[i + k] != '\0' &&
		    text[i + k] == s[k]; k++)
			;
		if (k == n || k >= MASK_PART) {
			memset(text + i, '*', k);
			i += k - 1;
		}
	}
}

/* A platform may repeat what it was sent; no secret of the ask is shown. */
static void
mask_all(const struct pv_ask *ask, char *text)
{
	size_t i;

	for (i = 0; text != NULL && ask->account != NULL &&
	    i < PV_SETTINGS_MAX; i++)
		mask(text, ask->account->values[i].secret);
	if (text != NULL && ask->account != NULL)
		mask(text, ask->account->token);
	if (text != NULL && ask->verb == PV_SUBMIT_FILE && ask->pull != NULL)
		mask(text, ask->pull->password);
}

/* All foreign texts of a result; ids are not, they are asked for again. */
static void
mask_result(const struct pv_ask *ask, struct pv_result *r)
{
	size_t i;

	mask_all(ask, r->text);
	for (i = 0; i < r->ntasks; i++) {
		mask_all(ask, r->tasks[i].word);
		mask_all(ask, r->tasks[i].when);
		mask_all(ask, r->tasks[i].text);
		mask_all(ask, r->tasks[i].error_file);
	}
	for (i = 0; i < r->nbanks; i++)
		mask_all(ask, r->banks[i].name);
}

static const char *const verb_text[] = {
	[PV_LOGIN] = "log in",
	[PV_BANKS] = "list what coupons belong to",
	[PV_LOOKUP] = "look codes up",
	[PV_SUBMIT_FILE] = "fetch a file of coupons",
	[PV_SUBMIT_ROWS] = "take coupons inside a call",
	[PV_STATUS] = "tell the state of a task",
	[PV_FIND] = "list the tasks of a day",
};

int
provider_next(const struct provider *p, const struct pv_ask *ask,
    struct pv_state *st, const struct pv_event *ev, struct pv_step *step,
    struct err *e)
{
	bool certain, expired;

	*step = (struct pv_step){ .result = { .total = -1, .updated = -1,
	    .failed = -1 } };
	pv_request_init(&step->request, URL_MAX, BODY_MAX);
	if (!provider_can(p, ask->verb)) {
		step->certain = true;
		err_set(e, ERR_UNSUPPORTED, "%s cannot be asked to %s",
		    p->title, verb_text[ask->verb]);
	} else if (p->next(ask, st, ev, step, e) == 0) {
		mask_result(ask, &step->result);
		return 0;
	}
	mask_all(ask, e->msg);
	certain = step->certain;
	expired = step->expired;
	pv_step_release(step);
	step->what = PV_FAILED;
	step->certain = certain;
	step->expired = expired;
	return -1;
}

static bool
is_empty(const char *s)
{
	return s == NULL || s[0] == '\0';
}

static int
pull_check_web(const struct pv_pull *pull, struct err *e)
{
	size_t i;

	if (is_empty(pull->url))
		return err_set(e, ERR_CONFIG, "the pull side has no address of "
		    "the file");
	for (i = 0; pull->url[i] != '\0'; i++) {
		if (pull->url[i] <= ' ' || pull->url[i] > '~')
			return err_set(e, ERR_CONFIG, "the pull address has "
			    "a space or special character as its byte %zu; "
			    "write it as %%20 or the like", i + 1);
	}
	return 0;
}

static int
pull_check_login(const struct pv_pull *pull, struct err *e)
{
	if (is_empty(pull->host))
		return err_set(e, ERR_CONFIG, "the pull side has no host");
	if (pull->port == 0)
		return err_set(e, ERR_CONFIG, "the pull side %s has no port",
		    pull->host);
	if (is_empty(pull->path))
		return err_set(e, ERR_CONFIG, "the pull side %s has no path "
		    "of the file", pull->host);
	if (is_empty(pull->user))
		return err_set(e, ERR_CONFIG, "the pull side %s has no user: "
		    "set pull_user", pull->host);
	if (secret_len(pull->password) == 0)
		return err_set(e, ERR_CONFIG, "the pull side %s has no "
		    "password: set pull_password_file, since a platform "
		    "cannot log in with a key", pull->host);
	return 0;
}

static bool
scheme_is(const char *scheme, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (str_ieq(scheme, *list))
			return true;
	}
	return false;
}

int
pv_pull_check(const struct provider *p, const struct pv_pull *pull,
    struct err *e)
{
	static const char *const web[] = { "http", "https", NULL };
	static const char *const login[] = { "ftp", "ftpes", "ftps", "sftp",
	    NULL };
	bool is_web;

	if (is_empty(pull->scheme))
		return err_set(e, ERR_CONFIG, "the pull side has no address");
	is_web = scheme_is(pull->scheme, web);
	if ((is_web && !p->pulls_http) ||
	    (!is_web && (!p->pulls_ftp || !scheme_is(pull->scheme, login))))
		return err_set(e, ERR_CONFIG, "%s cannot fetch a file over "
		    "\"%s\"", p->title, pull->scheme);
	if ((is_web ? pull_check_web : pull_check_login)(pull, e) == -1)
		return -1;
	return p->pull_check == NULL ? 0 : p->pull_check(pull, e);
}

int
pv_submit_check(const struct provider *p, const struct pv_ask *ask,
    struct err *e)
{
	const struct pv_row row = { .code = "A", .len = 1,
	    .redeemed = ask->redeemed, .date = ask->date };
	const struct pv_event begin = { .kind = PV_BEGIN };
	struct pv_ask whole = *ask;
	struct pv_state st = { 0 };
	struct pv_step step;

	if (ask->pull != NULL && pv_pull_check(p, ask->pull, e) == -1)
		return -1;
	if (whole.nrows == 0) {
		whole.rows = &row;
		whole.nrows = 1;
	}
	if (provider_next(p, &whole, &st, &begin, &step, e) == -1)
		return -1;
	pv_step_release(&step);
	return 0;
}
