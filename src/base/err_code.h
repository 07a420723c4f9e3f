/*
 * What can go wrong: one code for each thing that a person or a caller has to
 * tell from the others.  err_table.c has the word, exit code and advice of
 * each.
 */
#ifndef BASE_ERR_CODE_H
#define BASE_ERR_CODE_H

enum err_code {
	ERR_NONE,
	/* what the user typed or wrote */
	ERR_USAGE,		/* command line */
	ERR_CONFIG,		/* configuration file */
	ERR_SECRET,		/* a secret's source is missing or unsafe */
	ERR_INPUT,		/* input missing or unreadable */
	ERR_REF,		/* run or task reference unknown */
	ERR_RULES,		/* the input breaks the rules */
	ERR_SANITY,		/* wrong bank, too many parts, too old ... */
	ERR_BANK,		/* the bank is not there or is another one */
	/* this machine */
	ERR_NOMEM,
	ERR_INTERNAL,
	ERR_CREATE,		/* an output cannot be created */
	ERR_IO,			/* read, write or sync failed */
	ERR_NOSPACE,		/* no room left */
	ERR_OPEN_FILES,		/* no more files may be opened */
	ERR_LEDGER,		/* the ledger is damaged, busy or newer */
	ERR_LOCKED,		/* another run holds the lock */
	ERR_STOPPED,		/* a signal; sys holds its number */
	/* the way to a server */
	ERR_RESOLVE,		/* host name not found */
	ERR_CONNECT,		/* refused, unreachable */
	ERR_TIMEOUT,		/* a phase passed its deadline */
	ERR_BROKEN,		/* connection lost in the middle */
	ERR_UNAVAILABLE,	/* 5xx, 429, 421: the server says not now */
	ERR_BUSY,		/* it has as many connections as it takes */
	ERR_HOSTKEY,		/* unknown or changed host key */
	ERR_CERT,		/* certificate not trusted */
	ERR_LOGIN,		/* login refused */
	ERR_DENIED,		/* permission refused after login */
	ERR_CLIENT_CERT,	/* our certificate is missing or not taken */
	ERR_REMOTE_FULL,	/* quota or full disk over there */
	ERR_TOO_LARGE,		/* larger than the server takes */
	ERR_NOTFOUND,		/* no such remote file */
	ERR_EXISTS,		/* the remote name is taken */
	ERR_MISMATCH,		/* content over there differs from ours */
	ERR_PICKUP,		/* there, but it cannot be fetched */
	ERR_PROTOCOL,		/* the answer makes no sense */
	ERR_LIMIT,		/* an answer or archive exceeds a limit */
	ERR_UNSUPPORTED,	/* the server or this build cannot do it */
	/* the platform */
	ERR_MALFORMED_CALL,	/* the platform calls our call malformed */
	ERR_REFUSED,		/* refused; err_own has the reason, if it is
				 * one that is known */
	ERR_UNKNOWN,		/* outcome of a submission unknown */
	ERR_LOST,		/* a task is not there any more */
	ERR_TASK_FAILED,	/* the task ended in failure */
	/* endings that are not failures of a call */
	ERR_PARTIAL,		/* finished, some rows set aside or refused */
	ERR_DEADLINE,		/* still running at the deadline */
	ERR_NOTHING,		/* nothing to do */
	ERR_SAID_NO,		/* a person was asked and did not say yes */
	ERR_REPEAT,		/* the same content went through before */
	ERR_REPEAT_WAITS,	/* ... waits in another run */
	ERR_REPEAT_SENT,	/* ... may have arrived before */
	ERR_REPEAT_PARTIAL,	/* ... was applied but for a few rows */
	ERR_REPEAT_FAILED,	/* ... was not applied, or too little of it */
	ERR_CHANGING,		/* the input is still being written */
	ERR_UNCONFIRMED,	/* done, but nothing proves it */
	ERR__MAX
};

#endif
