/*
 * Answers of the API in XML.
 */
#include "sb_mapp.h"

#include <ctype.h>
#include <inttypes.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/str.h"
#include "../format/xml.h"

/* Texts of the vendor's pages; those of 666 and 668 are ours. */
static const struct {
	long		 code;
	const char	*text;
} texts[] = {
	{ 202, "Specified coupon bank updated" },
	{ 210, "coupon code data successfully updated" },
	{ 428, "Missing variables" },
	{ 445, "Could not authenticate" },
	{ 477, "redeem_date must be in YYYY-MM-DD format" },
	{ 644, "Action not taken, invalid compression" },
	{ 646, "Action not taken, cannot pass both data_url and ftp_server" },
	{ 647, "Action not taken, FTP user name and password is required" },
	{ 648, "Action not taken, filename is required" },
	{ 649, "Action not taken, invalid file type" },
	{ 654, "Action not taken, data file was not copied" },
	{ 666, "coupon codes successfully inserted" },
	{ 667, "Action not taken, invalid bank id" },
	{ 668, "Action not taken, no valid/unique coupon codes to insert" },
	{ 673, "Invalid date or date format for date_added" },
	{ 674, "Invalid date or date format for date_added_start" },
	{ 675, "Invalid date or date format for date_added_end" },
	{ 678, "Success" },
	{ 682, "Action not taken, no valid/unique coupon codes to update" },
	{ 683, "Action not taken, coupon_code, data_url or ftp_server is"
	    " required" },
	{ 684, "No data available" },
	{ 685, "Action not taken, can not pass both coupon_code and"
	    " ftp_server/data_url" },
};

const char *
sb_mapp_text(long code)
{
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].code == code)
			return texts[i].text;
	return "Action not taken";
}

bool
sb_mapp_success(long code)
{
	return (code >= 200 && code < 300) || code == 666 || code == 678;
}

int
answer_int(struct buf *b, const char *name, int64_t value, struct err *e)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	return xmlw_str(b, name, text, e);
}

static int
answer_method(struct buf *b, const struct sb_mapp_call *call, struct err *e)
{
	char *name, *p;
	int r;

	name = str_dup(call->method, e);
	if (name == NULL)
		return -1;
	for (p = name; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	r = xmlw_str(b, "methodName", name, e);
	free(name);
	return r;
}

int
answer_open(struct buf *b, const struct sb_mapp_call *call, long code,
    const char *text, struct err *e)
{
	if (xmlw_open(b, "item", e) == -1 || answer_method(b, call, e) == -1)
		return -1;
	if (code != 0 && answer_int(b, "responseCode", code, e) == -1)
		return -1;
	return xmlw_str(b, "responseText",
	    text != NULL ? text : sb_mapp_text(code), e);
}

int
answer_close(struct buf *b, const struct sb_mapp_call *call, struct err *e)
{
	if (answer_int(b, "responseNum", call->num, e) == -1)
		return -1;
	return xmlw_close(b, "item", e);
}

/*
 * The end of a general error.
 */
static int
answer_totals(struct buf *b, const struct sb_mapp_call *call, struct err *e)
{
	if (answer_int(b, "responseNum", call->num, e) == -1 ||
	    answer_int(b, "totalRequests", call->total, e) == -1 ||
	    answer_int(b, "totalCompleted", call->completed, e) == -1)
		return -1;
	return xmlw_close(b, "item", e);
}

static int
answer_missing_data(struct buf *b, const char *name, struct err *e)
{
	if (xmlw_open(b, "responseData", e) == -1 ||
	    xmlw_str(b, "missing_vars", name, e) == -1)
		return -1;
	return xmlw_close(b, "responseData", e);
}

int
answer_missing(struct buf *b, const struct sb_mapp_call *call, const char *name,
    struct err *e)
{
	if (xmlw_open(b, "item", e) == -1 ||
	    answer_method(b, call, e) == -1 ||
	    xmlw_str(b, "error", "1", e) == -1 ||
	    answer_int(b, "responseCode", 428, e) == -1 ||
	    xmlw_str(b, "responseText", sb_mapp_text(428), e) == -1 ||
	    answer_missing_data(b, name, e) == -1)
		return -1;
	return answer_totals(b, call, e);
}

int
answer_unknown(struct buf *b, const struct sb_mapp_call *call, struct err *e)
{
	if (xmlw_open(b, "item", e) == -1 ||
	    answer_method(b, call, e) == -1 ||
	    xmlw_str(b, "error", "1", e) == -1 ||
	    xmlw_str(b, "responseText", "Incorrect Action Specified", e) == -1)
		return -1;
	return answer_totals(b, call, e);
}

int
answer_auth(struct buf *b, const struct sb_mapp_call *call, struct err *e)
{
	if (buf_adds(b, "<item>\n"
	    "<error><![CDATA[ 1 ]]></error>\n"
	    "<responseText><![CDATA[\n  Could not authenticate\n]]>"
	    "</responseText>\n"
	    "<responseData>\n<responseCode><![CDATA[ 445 ]]></responseCode>\n"
	    "</responseData>\n", e) == -1)
		return -1;
	return answer_totals(b, call, e);
}

int
answer_general(struct buf *b, const struct sb_mapp_call *call, const char *text,
    const char *name, struct err *e)
{
	if (xmlw_open(b, "item", e) == -1 ||
	    xmlw_str(b, "error", "1", e) == -1 ||
	    xmlw_str(b, "responseText", text, e) == -1)
		return -1;
	if (name != NULL && answer_missing_data(b, name, e) == -1)
		return -1;
	return answer_totals(b, call, e);
}

int
answer_counts(struct buf *b, const struct sb_mapp_call *call, long code,
    const struct apply_counts *c, struct err *e)
{
	if (answer_open(b, call, code, NULL, e) == -1 ||
	    answer_int(b, "updated", (int64_t)c->updated, e) == -1 ||
	    answer_int(b, "failed", (int64_t)c->failed, e) == -1 ||
	    answer_int(b, "total", (int64_t)c->total, e) == -1)
		return -1;
	return answer_close(b, call, e);
}

int
answer_code(struct buf *b, const struct sb_mapp_call *call, long code,
    struct err *e)
{
	static const struct apply_counts one = { 0, 1, 1 };

	switch (code) {
	case 428:
		return answer_missing(b, call, "bank_id", e);
	case 445:
		return answer_auth(b, call, e);
	case 682:
		return answer_counts(b, call, code, &one, e);
	default:
		if (answer_open(b, call, code, NULL, e) == -1)
			return -1;
		return answer_close(b, call, e);
	}
}
