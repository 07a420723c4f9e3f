/*
 * Requests to Mapp Empower.
 *
 * One form field called data holds the whole document, and the document holds
 * key and secret (platforms.md "The envelope").  So every buffer that a request
 * passes through is wiped, and no error repeats what was to be sent.
 */
#include "mapp_build.h"

#include "../base/buf.h"
#include "../base/limits.h"
#include "../format/xml.h"
#include "mapp.h"

const char *
mapp_method(enum pv_verb verb)
{
	switch (verb) {
	case PV_BANKS:
		return "coupon.listBanks";
	case PV_LOOKUP:
		return "coupon.getDetails";
	case PV_SUBMIT_FILE:
	case PV_SUBMIT_ROWS:
		return "coupon.updateDetails";
	case PV_STATUS:
	case PV_FIND:
	case PV_LOGIN:
		break;
	}
	return "utilities.getTasks";
}

/* How many calls one POST for this ask holds. */
static size_t
calls_in(const struct pv_ask *ask)
{
	return ask->verb == PV_LOOKUP || ask->verb == PV_SUBMIT_ROWS ?
	    ask->nrows : 1;
}

int
mapp_put_secret(struct buf *x, const char *name, const struct secret *secret,
    const char *what, struct err *e)
{
	if (secret_len(secret) == 0)
		return err_set(e, ERR_SECRET, "%s is empty", what);
	if (xmlw_text(x, name, secret_bytes(secret), secret_len(secret),
	    e) == 0)
		return 0;
	/* The writer's own sentence may quote what it could not write. */
	if (e->code == ERR_NOMEM)
		return -1;
	return err_set(e, ERR_SECRET, "%s holds bytes that cannot be sent to "
	    MAPP_TITLE, what);
}

static int
put_date(struct buf *x, const char *name, const struct date *d, struct err *e)
{
	char day[11];

	if (date_is_none(d))
		return 0;
	date_format(d, day);
	return xmlw_str(x, name, day, e);
}

int
mapp_bank_check(const char *bank, struct err *e)
{
	uint64_t id;

	if (bank == NULL || bank[0] == '\0')
		return err_set(e, ERR_CONFIG, "no coupon bank is given");
	if (str_u64(bank, strlen(bank), UINT64_MAX, &id) == -1)
		return err_set(e, ERR_CONFIG, "a coupon bank of " MAPP_TITLE
		    " is a number, not \"%s\"", bank);
	return 0;
}

int
mapp_task_check(const char *id, struct err *e)
{
	const char *p;

	/* Several ids travel in one element, with commas between them. */
	for (p = id; *p > ' ' && *p <= '~' && *p != ',' && *p != '/'; p++)
		;
	return *p == '\0' && p > id && p - id < PV_ID_MAX ? 0 : err_set(e,
	    ERR_REF, "\"%s\" is no task of " MAPP_TITLE ": it is one number, "
	    "such as 92794", id);
}

static int
put_bank(struct buf *x, const struct pv_ask *ask, struct err *e)
{
	if (mapp_bank_check(ask->bank, e) == -1)
		return -1;
	return xmlw_str(x, "bank_id", ask->bank, e);
}

static int
put_update(struct buf *x, int redeemed, const struct date *day,
    struct err *e)
{
	if (redeemed != -1 &&
	    xmlw_str(x, "redeemed", redeemed ? "1" : "0", e) == -1)
		return -1;
	return put_date(x, "redeem_date", day, e);
}

static int
put_file(struct buf *x, const struct pv_ask *ask, bool respell,
    struct err *e)
{
	if (ask->pull == NULL)
		return err_set(e, ERR_INTERNAL, "no staged file to announce");
	if (put_bank(x, ask, e) == -1 ||
	    put_update(x, ask->redeemed, &ask->date, e) == -1)
		return -1;
	if (xmlw_str(x, "notification_email", ask->notification_email,
	    e) == -1) {
		if (e->code != ERR_NOMEM)
			e->code = ERR_CONFIG;
		return err_key(e, "notification_email");
	}
	return mapp_put_pull(x, ask->pull, respell, e);
}

/*
 * How several codes go into one call is not documented in a way that holds
 * together, so each code is a call of its own
 * (platforms.md "Several calls in one POST").  No notification_email here: it
 * would be a mail for every code.
 */
static int
put_row(struct buf *x, const struct pv_ask *ask, const struct pv_row *row,
    struct err *e)
{
	if (put_bank(x, ask, e) == -1 ||
	    xmlw_text(x, "coupon_code", row->code, row->len, e) == -1)
		return -1;
	if (ask->verb == PV_LOOKUP)
		return 0;
	return put_update(x, row->redeemed, &row->date, e);
}

/* A comma and a space between the ids, as in the vendor's example. */
static int
put_ids(struct buf *x, const struct pv_ask *ask, struct err *e)
{
	struct buf ids;
	size_t i;
	int rc = 0;

	buf_init(&ids, MAPP_XML_MAX);
	for (i = 0; rc == 0 && i < ask->ntasks; i++) {
		if (i > 0)
			rc = buf_adds(&ids, ", ", e);
		if (rc == 0)
			rc = buf_adds(&ids, ask->tasks[i], e);
	}
	if (rc == 0)
		rc = xmlw_text(x, "task_id", ids.data, ids.len, e);
	buf_release(&ids);
	return rc;
}

static int
put_call(struct buf *x, const struct pv_ask *ask, size_t i, bool respell,
    struct err *e)
{
	int rc = 0;

	if (xmlw_open(x, "methodCall", e) == -1 ||
	    xmlw_str(x, "methodName", mapp_method(ask->verb), e) == -1)
		return -1;
	switch (ask->verb) {
	case PV_BANKS:
	case PV_LOGIN:
		break;
	case PV_LOOKUP:
	case PV_SUBMIT_ROWS:
		rc = put_row(x, ask, &ask->rows[i], e);
		break;
	case PV_SUBMIT_FILE:
		rc = put_file(x, ask, respell, e);
		break;
	/*
	 * Never a filter by type: there is none for an update of coupons
	 * (platforms.md "utilities.getTasks").
	 */
	case PV_STATUS:
		rc = put_ids(x, ask, e);
		break;
	case PV_FIND:
		rc = put_date(x, "start_date", &ask->from, e);
		if (rc == 0)
			rc = put_date(x, "end_date", &ask->to, e);
		break;
	}
	return rc == -1 ? -1 : xmlw_close(x, "methodCall", e);
}

static int
put_authentication(struct buf *x, const struct pv_account *account,
    bool no_halt, struct err *e)
{
	const struct pv_value *v = account->values;

	if (xmlw_open(x, "authentication", e) == -1 ||
	    mapp_put_secret(x, "api_key", v[MAPP_API_KEY].secret,
	    "the API key", e) == -1 ||
	    mapp_put_secret(x, "shared_secret", v[MAPP_SHARED_SECRET].secret,
	    "the shared secret", e) == -1 ||
	    xmlw_str(x, "response_type", "xml", e) == -1 ||
	    xmlw_str(x, "no_halt", no_halt ? "1" : "0", e) == -1)
		return -1;
	return xmlw_close(x, "authentication", e);
}

static int
put_document(struct buf *x, const struct pv_ask *ask, bool respell,
    struct err *e)
{
	size_t i, n = calls_in(ask);

	if (xmlw_open(x, "api", e) == -1 ||
	    put_authentication(x, ask->account, n > 1, e) == -1 ||
	    xmlw_open(x, "data", e) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		if (put_call(x, ask, i, respell, e) == -1)
			return -1;
	}
	if (xmlw_close(x, "data", e) == -1)
		return -1;
	return xmlw_close(x, "api", e);
}

/*
 * application/x-www-form-urlencoded; a space is %20, which readers of forms
 * and of addresses both understand.
 */
static int
form_encode(struct buf *out, const struct buf *x, struct err *e)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
	unsigned char c;
	size_t i;

	if (buf_adds(out, "data=", e) == -1 ||
	    buf_reserve(out, 3 * x->len, e) == -1)
		return -1;
	for (i = 0; i < x->len; i++) {
		c = (unsigned char)x->data[i];
		if (c != '\0' && strchr(plain, c) != NULL) {
			out->data[out->len++] = (char)c;
			continue;
		}
		out->data[out->len++] = '%';
		out->data[out->len++] = hex[c >> 4];
		out->data[out->len++] = hex[c & 15];
	}
	out->data[out->len] = '\0';
	return 0;
}

/* What a caller must have filled in, whatever the user did. */
static int
check_ask(const struct pv_ask *ask, struct err *e)
{
	const struct pv_account *account = ask->account;

	if (account == NULL || account->url == NULL || account->url[0] == '\0')
		return err_set(e, ERR_CONFIG, "the platform has no url");
	if (calls_in(ask) == 0 ||
	    (ask->verb == PV_STATUS && ask->ntasks == 0))
		return err_set(e, ERR_INTERNAL, "nothing to ask "
		    MAPP_TITLE " for");
	if (ask->verb == PV_LOOKUP && ask->nrows > MAPP_LOOKUPS)
		return err_set(e, ERR_INTERNAL, "%zu codes to look up in a "
		    "call, where %d are the limit", ask->nrows, MAPP_LOOKUPS);
	if (ask->verb == PV_STATUS && ask->ntasks > LIM_TASKS)
		return err_set(e, ERR_INTERNAL, "%zu tasks asked for in a "
		    "call, where %d are the limit", ask->ntasks, LIM_TASKS);
	if (ask->verb == PV_FIND &&
	    (date_is_none(&ask->from) || date_is_none(&ask->to)))
		return err_set(e, ERR_INTERNAL, "no days to look for tasks");
	return 0;
}

int
mapp_build(const struct pv_ask *ask, bool respell, struct pv_request *rq,
    struct err *e)
{
	struct buf x;
	int rc;

	if (check_ask(ask, e) == -1)
		return -1;
	rq->method = "POST";
	pv_header_add(rq, "Content-Type",
	    "application/x-www-form-urlencoded", NULL);
	rq->submits = ask->verb == PV_SUBMIT_FILE ||
	    ask->verb == PV_SUBMIT_ROWS;
	buf_init(&x, MAPP_XML_MAX);
	x.wipe = true;
	rc = put_document(&x, ask, respell, e);
	if (rc == 0)
		rc = form_encode(&rq->body, &x, e);
	if (rc == 0)
		rc = buf_adds(&rq->url, ask->account->url, e);
	buf_release(&x);
	return rc == 0 ? 0 : err_wrap(e, "cannot ask " MAPP_TITLE " for %s",
	    mapp_method(ask->verb));
}
