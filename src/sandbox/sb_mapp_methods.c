/*
 * The methods but coupon.updateDetails, and the table of all of them.
 */
#include "sb_mapp.h"

#include <ctype.h>

#include "../base/buf.h"
#include "../base/clock.h"
#include "../base/err.h"
#include "../base/limits.h"
#include "../base/str.h"
#include "../format/xml.h"
#include "banks.h"
#include "sandbox_internal.h"

const char *
sb_mapp_argument(const struct sb_mapp_call *call, const char *name)
{
	const char *text;

	text = xml_text(call->node, name);
	return text != NULL && text[0] != '\0' ? text : NULL;
}

int
sb_mapp_bank(struct sandbox *s, const struct sb_mapp_call *call, int64_t *id,
    struct err *e)
{
	const char *text;
	uint64_t n;
	int r;

	text = sb_mapp_argument(call, "bank_id");
	if (text == NULL)
		return 428;
	if (str_u64(text, strlen(text), INT64_MAX, &n) == -1)
		return 667;
	r = banks_has(s->banks, (int64_t)n, e);
	if (r == -1)
		return -1;
	*id = (int64_t)n;
	return r == 1 ? 0 : 667;
}

static int
list_bank(void *arg, int64_t id, const char *name, const char *description,
    struct err *e)
{
	struct buf *b = arg;

	if (xmlw_open(b, "item", e) == -1 ||
	    answer_int(b, "responseCode", 678, e) == -1 ||
	    xmlw_str(b, "responseText", sb_mapp_text(678), e) == -1 ||
	    xmlw_open(b, "responseData", e) == -1 ||
	    answer_int(b, "bank_id", id, e) == -1 ||
	    xmlw_str(b, "bank_name", name, e) == -1 ||
	    xmlw_str(b, "bank_description", description, e) == -1 ||
	    xmlw_close(b, "responseData", e) == -1)
		return -1;
	return xmlw_close(b, "item", e);
}

/*
 * coupon.listBanks: an item in the item for each bank, and no responseNum, as
 * in the vendor's example.
 */
static int
run_list(struct sandbox *s, const struct sb_mapp_call *call, struct buf *b,
    long *code, struct err *e)
{
	size_t before;

	(void)call;
	if (xmlw_open(b, "item", e) == -1 ||
	    xmlw_str(b, "methodName", "coupon.listbanks", e) == -1)
		return -1;
	before = b->len;
	if (banks_each(s->banks, list_bank, b, e) == -1)
		return -1;
	*code = b->len > before ? 678 : 684;
	if (*code == 684 && (xmlw_open(b, "item", e) == -1 ||
	    answer_int(b, "responseCode", 684, e) == -1 ||
	    xmlw_str(b, "responseText", sb_mapp_text(684), e) == -1 ||
	    xmlw_close(b, "item", e) == -1))
		return -1;
	if (xmlw_close(b, "item", e) == -1)
		return -1;
	return *code == 678;
}

/* What coupon.getDetails is asked for. */
struct details {
	const struct sandbox	*s;
	struct buf		 items;
	const char		*bank;
	int			 redeemed, assigned;	/* -1: any */
	struct date		 from, to;		/* none: any */
	uint64_t		 found;
	bool			 busy;	/* a mood */
};

static int
details_bool(const struct sb_mapp_call *call, const char *name)
{
	const char *text;

	text = sb_mapp_argument(call, name);
	if (text == NULL)
		return -1;
	return text[0] == '1';
}

/*
 * A date argument; 0 or the code of its refusal.
 */
static long
details_date(const struct sb_mapp_call *call, const char *name, long refusal,
    struct date *out)
{
	const char *text;

	text = sb_mapp_argument(call, name);
	if (text == NULL)
		return 0;
	return date_parse(text, strlen(text), out) == DATE_OK ? 0 : refusal;
}

static long
details_filter(const struct sb_mapp_call *call, struct details *d)
{
	struct date day = { 0, 0, 0 };
	long code;

	d->redeemed = details_bool(call, "redeemed");
	d->assigned = details_bool(call, "subscriber_assigned");
	code = details_date(call, "date_added", 673, &day);
	if (code == 0)
		code = details_date(call, "date_added_start", 674, &d->from);
	if (code == 0)
		code = details_date(call, "date_added_end", 675, &d->to);
	if (date_is_none(&d->from) && date_is_none(&d->to))
		d->from = d->to = day;
	return code;
}

static bool
in_days(const struct sandbox *s, int64_t wall_ms, const struct date *from,
    const struct date *to)
{
	struct date day;

	if (date_is_none(from) && date_is_none(to))
		return true;
	day = tz_date(s->pacific, wall_ms);
	if (!date_is_none(from) && date_cmp(&day, from) < 0)
		return false;
	return date_is_none(to) || date_cmp(&day, to) <= 0;
}

static int
details_coupon(void *arg, const struct bank_coupon *c, struct err *e)
{
	struct details *d = arg;
	struct buf *b = &d->items;
	enum mood_look look = moods_look(&d->s->moods, c->code);
	const char *date = c->redeem_date;
	char us[16];

	if (look == LOOK_ERROR) {
		d->busy = true;
		return 0;
	}
	if (look == LOOK_DATE && strlen(date) == 10) {
		snprintf(us, sizeof(us), "%.2s/%.2s/%.4s", date + 5, date + 8,
		    date);
		date = us;
	}
	if ((d->redeemed != -1 && d->redeemed != c->redeemed) ||
	    d->assigned == 1 || !in_days(d->s, c->added_ms, &d->from, &d->to))
		return 0;
	d->found++;
	if (xmlw_open(b, "item", e) == -1 ||
	    xmlw_str(b, "bank_id", look == LOOK_BANK ? "999999" : d->bank,
	    e) == -1 ||
	    xmlw_str(b, "coupon_code", c->code, e) == -1 ||
	    xmlw_str(b, "email", "", e) == -1 ||
	    xmlw_str(b, "message_id", "", e) == -1 ||
	    xmlw_str(b, "date_added", "1", e) == -1 ||
	    xmlw_str(b, "subscriber_assigned", "0", e) == -1 ||
	    xmlw_str(b, "subscriber_assigned_date", "", e) == -1 ||
	    xmlw_str(b, "redeemed", look == LOOK_FLAG ? "Y" :
	    c->redeemed == 1 ? "1" : "0", e) == -1 ||
	    xmlw_str(b, "redeem_date", look == LOOK_NO_DATE ? "" : date,
	    e) == -1)
		return -1;
	return xmlw_close(b, "item", e);
}

/*
 * responseText "N <what> retrieved" and the collected items in responseData.
 */
static int
answer_items(struct buf *b, const struct sb_mapp_call *call, uint64_t n,
    const char *what, const struct buf *items, struct err *e)
{
	char text[64];

	snprintf(text, sizeof(text), "%llu %s retrieved",
	    (unsigned long long)n, what);
	if (answer_open(b, call, 0, text, e) == -1 ||
	    xmlw_open(b, "responseData", e) == -1 ||
	    buf_add(b, items->data, items->len, e) == -1 ||
	    xmlw_close(b, "responseData", e) == -1)
		return -1;
	return answer_close(b, call, e);
}

/*
 * coupon.getDetails: the vendor gives no code for success and no example, so
 * it answers without a code; a code that is not in the bank is just not there.
 */
static int
run_details(struct sandbox *s, const struct sb_mapp_call *call, struct buf *b,
    long *code, struct err *e)
{
	struct details d = { .s = s };
	int64_t bank;
	int r;

	r = sb_mapp_bank(s, call, &bank, e);
	if (r == 0)
		r = (int)details_filter(call, &d);
	if (r == -1)
		return -1;
	*code = r;
	if (r != 0)
		return answer_code(b, call, r, e);
	d.bank = sb_mapp_argument(call, "bank_id");
	buf_init(&d.items, SANDBOX_ANSWER_MAX);
	r = banks_coupons(s->banks, bank, sb_mapp_argument(call, "coupon_code"),
	    details_coupon, &d, e);
	if (r == 0 && d.busy)
		r = answer_code(b, call, 999, e);
	else if (r == 0)
		r = answer_items(b, call, d.found, "coupons", &d.items, e);
	buf_release(&d.items);
	return r == -1 ? -1 : 1;
}

struct added {
	int64_t	inserted, failed, duplicates, total;
};

/* One code a line, all of them in one transaction. */
static int
add_lines(struct sandbox *s, int64_t bank, const char *text,
    struct added *a, struct err *e)
{
	char code[LIM_CODE_BYTES + 1];
	size_t n, line;
	int r = 0;

	if (banks_begin(s->banks, e) == -1)
		return -1;
	for (; r != -1 && *text != '\0'; text += line) {
		n = line = strcspn(text, "\r\n");
		line += strspn(text + line, " \t\r\n");
		while (n > 0 && isspace((unsigned char)text[n - 1]))
			n--;
		if (n == 0)
			continue;
		a->total++;
		if (!apply_code_ok(text, n)) {
			a->failed++;
			continue;
		}
		memcpy(code, text, n);
		code[n] = '\0';
		r = banks_add(s->banks, bank, code, e);
		a->inserted += r == 1;
		a->duplicates += r == 0;
	}
	if (banks_end(s->banks, r != -1, e) == -1)
		r = -1;
	return r == -1 ? -1 : 0;
}

/*
 * coupon.addCoupons: what is too long or there already is counted, not refused.
 */
static int
run_add(struct sandbox *s, const struct sb_mapp_call *call, struct buf *b,
    long *code, struct err *e)
{
	struct added a = { 0, 0, 0, 0 };
	const char *codes;
	int64_t bank;
	int r;

	r = sb_mapp_bank(s, call, &bank, e);
	if (r == -1)
		return -1;
	codes = sb_mapp_argument(call, "coupon_codes");
	*code = r;
	if (r == 667)
		return answer_code(b, call, r, e);
	if (r == 428 || codes == NULL) {
		*code = 428;
		return answer_missing(b, call, r == 428 ? "bank_id" :
		    "coupon_codes", e);
	}
	if (add_lines(s, bank, codes, &a, e) == -1)
		return -1;
	*code = a.inserted > 0 ? 666 : 668;
	if (answer_open(b, call, *code, NULL, e) == -1 ||
	    answer_int(b, "inserted", a.inserted, e) == -1 ||
	    answer_int(b, "failed", a.failed, e) == -1 ||
	    answer_int(b, "duplicates", a.duplicates, e) == -1 ||
	    answer_int(b, "total", a.total, e) == -1 ||
	    answer_close(b, call, e) == -1)
		return -1;
	return *code == 666;
}

/* What utilities.getTasks is asked for. */
struct listing {
	const struct sandbox	*s;
	struct buf		 items;
	const char		*ids, *status;	/* NULL: all */
	struct date		 from, to;	/* none: any */
	uint64_t		 found;
};

/*
 * Whether a comma-separated list, blanks allowed, has this number.
 */
static bool
ids_have(const char *list, int64_t id)
{
	uint64_t n;
	size_t len;

	while (*list != '\0') {
		list += strspn(list, ", \t\r\n");
		len = strcspn(list, ", \t\r\n");
		if (len > 0 && str_u64(list, len, INT64_MAX, &n) == 0 &&
		    (int64_t)n == id)
			return true;
		list += len;
	}
	return false;
}

static int
list_task(void *arg, const struct bank_task *t, struct err *e)
{
	struct listing *l = arg;
	struct buf *b = &l->items;
	const char *status;
	long long n[3];
	char stamp[20];

	status = t->word != NULL && t->word_polls != 0 ? t->word :
	    task_status_word(t->status);
	if (l->found == LIM_TASKS || t->hide_polls != 0 ||
	    (l->ids != NULL && !ids_have(l->ids, t->id)) ||
	    (l->status != NULL && !str_ieq(l->status, status)) ||
	    !in_days(l->s, t->created_ms, &l->from, &l->to))
		return 0;
	l->found++;
	if (buf_adds(b, "<task><item>", e) == -1 ||
	    answer_int(b, "task_id", t->id, e) == -1 ||
	    xmlw_str(b, "type", "COUPON_IMPORT", e) == -1 ||
	    xmlw_str(b, "status", status, e) == -1 ||
	    xmlw_str(b, "description", "Coupon update", e) == -1 ||
	    xmlw_str(b, "run_date", tz_stamp(l->s->pacific, t->created_ms,
	    stamp), e) == -1)
		return -1;
	if (l->s->moods.seed != 0 && sscanf(t->output, "%lld updated, %lld "
	    "failed, %lld total", &n[0], &n[1], &n[2]) == 3 &&
	    (answer_int(b, "updated", n[0], e) == -1 ||
	    answer_int(b, "failed", n[1], e) == -1 ||
	    answer_int(b, "total", n[2], e) == -1))
		return -1;
	if (t->output[0] == '\0')
		return buf_adds(b, "<output><![CDATA[]]></output>"
		    "</item></task>", e);
	if (xmlw_str(b, "output", t->output, e) == -1)
		return -1;
	return buf_adds(b, "</item></task>", e);
}

static const char *
not_all(const char *text)
{
	return text != NULL && !str_ieq(text, "ALL") ? text : NULL;
}

/*
 * utilities.getTasks: our tasks have the only type there is for coupons; days
 * are US Pacific; a bad date filters nothing, of which the vendor says nothing.
 */
static int
run_tasks(struct sandbox *s, const struct sb_mapp_call *call, struct buf *b,
    long *code, struct err *e)
{
	struct listing l = { .s = s };
	const char *type;
	int r;

	*code = 0;
	l.ids = sb_mapp_argument(call, "task_id");
	l.status = not_all(sb_mapp_argument(call, "status"));
	type = not_all(sb_mapp_argument(call, "type"));
	details_date(call, "start_date", 0, &l.from);
	details_date(call, "end_date", 0, &l.to);
	buf_init(&l.items, SANDBOX_ANSWER_MAX);
	r = 0;
	if (type == NULL || str_ieq(type, "COUPON_IMPORT"))
		r = bank_tasks(s->banks, true, list_task, &l, e);
	if (r == 0)
		r = answer_items(b, call, l.found, "tasks", &l.items, e);
	buf_release(&l.items);
	return r == -1 ? -1 : 1;
}

static const struct {
	const char	*name;
	int		(*run)(struct sandbox *, const struct sb_mapp_call *,
			    struct buf *, long *, struct err *);
} methods[] = {
	{ "coupon.updateDetails", sb_mapp_update },
	{ "coupon.listBanks", run_list },
	{ "coupon.getDetails", run_details },
	{ "coupon.addCoupons", run_add },
	{ "utilities.getTasks", run_tasks },
};

int
sb_mapp_run(struct sandbox *s, const struct sb_mapp_call *call, struct buf *b,
    long *code, struct err *e)
{
	size_t i;

	*code = call->plan.code;
	if (*code != 0) {
		if (answer_code(b, call, *code, e) == -1)
			return -1;
		return sb_mapp_success(*code);
	}
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (str_ieq(methods[i].name, call->method))
			return methods[i].run(s, call, b, code, e);
	return answer_unknown(b, call, e);
}
