/*
 * What Mapp Empower refuses a call with, as errors of this program.
 *
 * The words are kept in ledgers and never change.  What the codes mean is in
 * the vendor's page of coupon.updateDetails.
 */
#include "mapp.h"
#include "mapp_codes.h"

const struct err_info mapp_errors[] = {
	{
		"mapp-428", 70, RETRY_NEVER,
		"The platform misses a required value in the call.",
		"Check that the job names a bank and a file or codes; if "
		    "it does, report the message, since the platform may have "
		    "changed.",
		0,
	},
	{
		"mapp-445", 77, RETRY_NEVER,
		"The platform did not accept the API key and shared "
		    "secret.",
		"Check the key and the secret of this platform account, "
		    "and that the address of this host is on the account's "
		    "list of permitted addresses.",
		ERR_MENDABLE | ERR_CREDENTIALS | ERR_WRONG_LOGIN,
	},
	{
		"mapp-477", 70, RETRY_NEVER,
		"The platform did not accept the form of the redemption "
		    "date.",
		"Report the message with the date that was sent; dates "
		    "always leave here as YYYY-MM-DD.",
		0,
	},
	{
		"mapp-644", 76, RETRY_NEVER,
		"The platform does not know the named compression, or the "
		    "file is compressed in another way than the call says.",
		"The other spelling was tried already; set packing to "
		    "zip, or to none, in the job and send the file again.",
		0,
	},
	{
		"mapp-646", 70, RETRY_NEVER,
		"The call named both a web address and a file server, and "
		    "the platform takes only one.",
		"Report the message; an endpoint has a single pull "
		    "address, so this should not happen.",
		0,
	},
	{
		"mapp-647", 70, RETRY_NEVER,
		"The platform misses the user name or the password for "
		    "the file server.",
		"Set pull_user and pull_password_file of the endpoint, "
		    "then run \"coupondrop resume\".",
		0,
	},
	{
		"mapp-648", 70, RETRY_NEVER,
		"The platform misses the name of the file on the file "
		    "server.",
		"Check that the pull address of the endpoint contains the "
		    "folder, then run \"coupondrop resume\".",
		0,
	},
	{
		"mapp-649", 70, RETRY_NEVER,
		"The platform does not take files with this ending.",
		"Set packing to zip, or to none, in the job and send the "
		    "file again.",
		0,
	},
	{
		"mapp-654", 75, RETRY_BACKOFF,
		"The platform could not fetch the file from the file "
		    "server.",
		"Check that address, port, user and password of the pull "
		    "side are right and that the server can be reached from "
		    "the internet, not only from here; then run \"coupondrop "
		    "resume\".",
		0,
	},
	{
		"mapp-667", 78, RETRY_NEVER,
		"The platform has no coupon bank with this number.",
		"Correct bank in the job; the platform shows the banks of "
		    "the account with their numbers.",
		0,
	},
	{
		"mapp-682", 11, RETRY_NEVER,
		"The platform found no code in the file that it could "
		    "update.",
		"Check that the codes belong to this bank and are not all "
		    "marked already; look some of them up at the platform.",
		0,
	},
	{
		"mapp-683", 70, RETRY_NEVER,
		"The call named neither codes nor a place to fetch a file "
		    "from.",
		"Check that the endpoint has a pull address with a host; "
		    "if it has, report the message.",
		0,
	},
	{
		"mapp-685", 70, RETRY_NEVER,
		"The call contained codes and also a place to fetch a "
		    "file from, and the platform takes only one.",
		"Report the message; a run goes one way or the other, so "
		    "this should not happen.",
		0,
	},
	{
		"mapp-address", 77, RETRY_NEVER,
		"The platform does not permit calls from the address that "
		    "this host is seen with.",
		"Add the address that the message names to the API whitelist "
		    "of the account (Account, Edit Account, tab API), alone "
		    "or in a range such as a-b or CIDR; then run \"coupondrop "
		    "resume\".",
		ERR_MENDABLE,
	},
	{ .word = NULL },
};

const struct err_info *
mapp_error(const struct mapp_code *code)
{
	const struct err_info *row;
	char word[32];

	if (code->code == 0 && code->class == MAPP_ACCOUNT)
		snprintf(word, sizeof(word), "mapp-address");
	else
		snprintf(word, sizeof(word), "mapp-%ld", code->code);
	for (row = mapp_errors; row->word != NULL; row++) {
		if (strcmp(row->word, word) == 0)
			return row;
	}
	return NULL;
}
