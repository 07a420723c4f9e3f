/*
 * What the words of a server mean.
 */
#include "said.h"

#include <stddef.h>
#include <string.h>

#define WORDS_MAX	17

static const char *const words[][WORDS_MAX] = {
	[SAID_MISSING] = { "no such", "not found", "not exist", "n't exist",
	    "cannot find", "can't find", "no files" },
	[SAID_DENIED] = { "permission", "permitted", "denied", "privilege",
	    "not allowed", "forbidden", "authori" },
	/*
	 * The last three are how vsftpd, Pure-FTPd and ProFTPD put it when
	 * the disk fills up under an upload.
	 */
	[SAID_FULL] = { "no space", "space left", "enough space",
	    "out of space", "insufficient space", "insufficient storage",
	    "disk full", "disk is full", "volume is full", "system is full",
	    "system full", "quota", "storage allocation",
	    "writing to local file", "during write to file",
	    "aborted. Input/output error" },
	[SAID_CROWDED] = { "too many", "maximum number", "the maximum)",
	    "connection limit", "user limit" },
	[SAID_FOLDER] = { "is a directory", "is a folder",
	    "not a regular file", "not a plain file",
	    "only retrieve regular files" },
	[SAID_TAKEN] = { "already exist", "file exists", "overwrit" },
};

/* "Too many" of these is a matter of the login. */
static const char *const attempts[] = { "attempt", "failure", "failed" };

bool
said(const char *text, enum said what)
{
	size_t i;

	for (i = 0; what == SAID_CROWDED &&
	    i < sizeof(attempts) / sizeof(attempts[0]); i++)
		if (strcasestr(text, attempts[i]) != NULL)
			return false;
	for (i = 0; i < WORDS_MAX && words[what][i] != NULL; i++)
		if (strcasestr(text, words[what][i]) != NULL)
			return true;
	return false;
}
