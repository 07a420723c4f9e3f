/*
 * Mapp Empower: the machine.
 *
 * Every ask is one POST and its answer.  The one exception is a file whose
 * compression the platform does not know by the name used: the vendor's pages
 * spell it in two ways, so a 644 is followed by one more POST in the other
 * spelling.  The state remembers that, so that it happens once.
 */
#include "mapp.h"

#include "http_fail.h"
#include "mapp_answer.h"
#include "mapp_build.h"
#include "mapp_read.h"

#define STATE_VERSION	1

/* What is remembered. */
struct mapp_state {
	unsigned char	version;
	unsigned char	tries;		/* spellings that were refused */
};

static void
remember(struct pv_state *st, unsigned char tries)
{
	const struct mapp_state m = { STATE_VERSION, tries };

	st->len = sizeof(m);
	memcpy(st->data, &m, sizeof(m));
}

/* The number of refused spellings, or -1 when nothing was asked. */
static int
remembered(const struct pv_state *st)
{
	struct mapp_state m;

	if (st->len != sizeof(m))
		return -1;
	memcpy(&m, st->data, sizeof(m));
	return m.version == STATE_VERSION ? m.tries : -1;
}

const struct pv_setting mapp_settings[] = {
	[MAPP_API_KEY] = { "api_key", true, true, "Key of the API user.",
	    NULL, NULL },
	[MAPP_SHARED_SECRET] = { "shared_secret", true, true,
	    "Shared secret of the API user.", NULL, NULL },
	{ .key = NULL },
};

const struct pv_word mapp_states[] = {
	{ "PENDING", TASK_QUEUED },
	{ "PROCESSING", TASK_RUNNING },
	{ "COMPLETE", TASK_DONE },
	{ "ERROR", TASK_FAILED },
	{ .word = NULL },
};

static bool
submits(const struct pv_ask *ask)
{
	return ask->verb == PV_SUBMIT_FILE || ask->verb == PV_SUBMIT_ROWS;
}

/* Nothing has left this machine when building fails. */
static int
send_request(const struct pv_ask *ask, struct pv_state *st,
    unsigned char tries, struct pv_step *step, struct err *e)
{
	step->certain = true;
	if (mapp_build(ask, tries > 0, &step->request, e) == -1)
		return -1;
	remember(st, tries);
	step->what = PV_REQUEST;
	step->certain = false;
	return 0;
}

/*
 * 644 says "invalid compression", which is also how a spelling that the
 * platform does not know is refused.
 */
static bool
may_respell(const struct pv_ask *ask, const struct pv_state *st,
    const struct mapp_answer *a)
{
	return ask->verb == PV_SUBMIT_FILE && remembered(st) == 0 &&
	    ask->pull->compression != PACK_NONE &&
	    a->items[0].row->code == 644;
}

static int
read_answer(const struct pv_ask *ask, const struct mapp_answer *a,
    struct pv_step *step, struct err *e)
{
	switch (ask->verb) {
	case PV_BANKS:
		return mapp_read_banks(a, &step->result, e);
	case PV_LOOKUP:
		return mapp_read_coupons(ask, a, &step->result, e);
	case PV_SUBMIT_FILE:
		return mapp_read_file(a, &step->result, &step->certain, e);
	case PV_SUBMIT_ROWS:
		return mapp_read_rows(ask, a, &step->result, &step->certain,
		    e);
	case PV_STATUS:
	case PV_FIND:
	case PV_LOGIN:
		break;
	}
	return mapp_read_tasks(ask, a, &step->result, e);
}

/*
 * An error status whose body is a documented refusal of the platform: that
 * says more than the status, and settles whether anything was changed.
 */
static int
refused_anyway(const struct pv_ask *ask, const struct pv_event *ev,
    struct pv_step *step, struct err *e)
{
	struct mapp_answer a;
	struct err ignored;
	bool refused;

	err_clear(&ignored);
	refused = mapp_answer_parse(&a, mapp_method(ask->verb), ev->body,
	    ev->len, &ignored) == 0 && a.nitems == 1 &&
	    mapp_refuses(&a.items[0]) && mapp_is_certain(&a.items[0]);
	if (refused) {
		step->certain = true;
		mapp_refuse(&a.items[0], e);
	}
	mapp_answer_release(&a);
	return refused ? -1 : 0;
}

int
mapp_next(const struct pv_ask *ask, struct pv_state *st,
    const struct pv_event *ev, struct pv_step *step, struct err *e)
{
	struct mapp_answer a;
	int rc;

	if (ev->kind == PV_BEGIN)
		return send_request(ask, st, 0, step, e);
	if (ev->kind != PV_ANSWER || remembered(st) == -1) {
		step->certain = !submits(ask);
		return err_set(e, ERR_INTERNAL, MAPP_TITLE " was asked "
		    "nothing that this could be the answer to");
	}
	if (ev->status >= 200 && ev->status <= 299) {
		rc = mapp_answer_parse(&a, mapp_method(ask->verb), ev->body,
		    ev->len, e);
		if (rc == 0 && may_respell(ask, st, &a)) {
			rc = send_request(ask, st, 1, step, e);
		} else if (rc == 0) {
			rc = read_answer(ask, &a, step, e);
			step->what = PV_DONE;
		} else if (pv_is_page(ev)) {
			step->certain = true;
			err_wrap(e, "a web page came in the platform's place, "
			    "such as of a portal or for maintenance");
		}
		mapp_answer_release(&a);
	} else if (refused_anyway(ask, ev, step, e) == -1) {
		rc = -1;
	} else {
		rc = pv_http_fail(MAPP_TITLE, ev, submits(ask),
		    &step->certain, e);
	}
	if (!submits(ask))
		step->certain = true;
	return rc;
}
