/*
 * Response codes of Mapp Empower and what they mean for us.
 *
 * The hard part is what is not documented: no method's list of codes is
 * complete, general errors may come without a code, and the success of
 * updateDetails is 202 on one part of its page and 210 on another
 * (platforms.md "General errors", platforms.md "coupon.updateDetails").  So a
 * code is looked up first, then the vendor's own text, and what is in neither
 * list stays unknown: never good, and never certain.
 */
#include "mapp_answer.h"

static const struct mapp_code codes[] = {
	{ 202, "Specified coupon bank updated", MAPP_OK, ERR_NONE },
	{ 210, "coupon code data successfully updated", MAPP_OK, ERR_NONE },
	{ 428, "Missing variables", MAPP_CALLER, ERR_REFUSED },
	{ 445, "Could not authenticate", MAPP_ACCOUNT, ERR_REFUSED },
	{ 477, "redeem_date must be in YYYY-MM-DD format", MAPP_CALLER,
	    ERR_REFUSED },
	{ 644, "Action not taken, invalid compression", MAPP_STAGING,
	    ERR_REFUSED },
	{ 646, "Action not taken, cannot pass both data_url and ftp_server",
	    MAPP_CALLER, ERR_REFUSED },
	{ 647, "Action not taken, FTP user name and password is required",
	    MAPP_CALLER, ERR_REFUSED },
	{ 648, "Action not taken, filename is required", MAPP_CALLER,
	    ERR_REFUSED },
	{ 649, "Action not taken, invalid file type", MAPP_CALLER,
	    ERR_REFUSED },
	{ 654, "Action not taken, data file was not copied", MAPP_STAGING,
	    ERR_REFUSED },
	/* The good answers of addCoupons and listBanks. */
	{ 666, NULL, MAPP_OK_OTHER, ERR_NONE },
	{ 667, "Action not taken, invalid bank id", MAPP_CONFIG,
	    ERR_REFUSED },
	/* Filters of getDetails, which are never sent. */
	{ 673, NULL, MAPP_CALLER, ERR_MALFORMED_CALL },
	{ 674, NULL, MAPP_CALLER, ERR_MALFORMED_CALL },
	{ 675, NULL, MAPP_CALLER, ERR_MALFORMED_CALL },
	{ 678, NULL, MAPP_OK_OTHER, ERR_NONE },
	{ 682, "Action not taken, no valid/unique coupon codes to update",
	    MAPP_DATA, ERR_REFUSED },
	{ 683, "Action not taken, coupon_code, data_url or ftp_server is "
	    "required", MAPP_CALLER, ERR_REFUSED },
	{ 684, NULL, MAPP_EMPTY, ERR_NONE },
	{ 685, "Action not taken, can not pass both coupon_code and "
	    "ftp_server/data_url", MAPP_CALLER, ERR_REFUSED },
	{ 0, "Invalid Request IP", MAPP_ACCOUNT, ERR_REFUSED },
	{ 0, "Incorrect Action Specified", MAPP_CALLER, ERR_MALFORMED_CALL },
};

#define NCODES	(sizeof(codes) / sizeof(codes[0]))

static const struct mapp_code silent = { 0, NULL, MAPP_SILENT, ERR_NONE };
static const struct mapp_code other_2xx = { 0, NULL, MAPP_OK, ERR_NONE };
static const struct mapp_code unknown = { 0, NULL, MAPP_UNKNOWN,
    ERR_REFUSED };

/* Only refusals are known by their text; a good end needs its code. */
static const struct mapp_code *
judge_text(const char *text)
{
	const char *known;
	size_t i;

	for (i = 0; i < NCODES; i++) {
		known = codes[i].text;
		if (known != NULL && codes[i].class != MAPP_OK &&
		    strncasecmp(text, known, strlen(known)) == 0)
			return &codes[i];
	}
	return NULL;
}

const struct mapp_code *
mapp_judge(long code, bool error, const char *text)
{
	const struct mapp_code *row;
	size_t i;

	for (i = 0; code != 0 && i < NCODES; i++) {
		if (codes[i].code == code)
			return &codes[i];
	}
	if (code >= 200 && code <= 299)
		return &other_2xx;
	row = text == NULL ? NULL : judge_text(text);
	/* A code in no list says more than a familiar text does. */
	if (row != NULL && (code == 0 || row->code == 0))
		return row;
	return code == 0 && !error ? &silent : &unknown;
}

bool
mapp_refuses(const struct mapp_item *it)
{
	switch (it->row->class) {
	case MAPP_OK:
	case MAPP_OK_OTHER:
	case MAPP_SILENT:
		return it->error;
	default:
		return true;
	}
}

bool
mapp_is_certain(const struct mapp_item *it)
{
	switch (it->row->class) {
	case MAPP_CALLER:
	case MAPP_ACCOUNT:
	case MAPP_CONFIG:
	case MAPP_STAGING:
	case MAPP_DATA:
	case MAPP_EMPTY:
		return true;
	case MAPP_UNKNOWN:
		return it->code >= 600 && it->code <= 699;
	default:
		return false;
	}
}
