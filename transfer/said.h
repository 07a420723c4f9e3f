/*
 * What the words of a server mean.  Protocols have numbers for much, but
 * servers use few of them: one number stands for a full disk, a missing right
 * and a name that is taken, and only the sentence behind it tells which.
 */
#ifndef TRANSFER_SAID_H
#define TRANSFER_SAID_H

#include <stdbool.h>

enum said {
	SAID_MISSING,	/* there is no such file or folder */
	SAID_DENIED,	/* this login may not */
	SAID_FULL,	/* disk, quota or size limit used up */
	SAID_CROWDED,	/* as many connections or users as it takes */
	SAID_FOLDER,	/* what has the name is a folder, or no plain file */
	SAID_TAKEN,	/* the name is taken */
};

/*
 * said(text, what): whether the words say so.  Pure.
 */
bool	said(const char *, enum said);

#endif
