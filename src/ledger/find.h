/*
 * Finding runs: by what a person typed, by the file they were made from, or all
 * of a kind.
 */
#ifndef LEDGER_FIND_H
#define LEDGER_FIND_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/id.h"

struct err;
struct ledger;
struct ledger_source;

/*
 * ledger_find(l, ref, id, e): the whole id for "last", "last:JOB", or a unique
 * prefix, into id[ID_LEN + 1].  ERR_REF, naming those that match.
 */
int	ledger_find(struct ledger *, const char *, char [ID_LEN + 1],
	    struct err *);

/*
 * ledger_short(l, id, out): the beginning of the id that is shown into
 * out[ID_LEN + 1]; returns out.  It has all characters of time and four
 * more, so that runs made later, be it in the same millisecond, do not begin
 * like it; and as many more as tell it from the runs there are.
 */
const char *ledger_short(struct ledger *, const char *, char [ID_LEN + 1]);

/*
 * Which runs to list; NULL and false mean no restriction.  Of unfinished,
 * untidy and unsettled one may be given, and with content only the first.
 */
struct ledger_filter {
	const char	*job;
	bool		 unfinished;	/* received, active or held */
	bool		 untidy;	/* only these, ended or not */
	bool		 unsettled;	/* ended with an exit that needs a
					   person, and nothing has settled it
					   since: ledger_run_end,
					   ledger_run_ack */
	const char	*content;	/* content_id; lists newest first */
	bool		 newest_first;
	int64_t		 limit;		/* of the newest; 0: all */
};

/*
 * ledger_each_run(l, filter, f, arg, e): call f for each run, oldest first
 * unless asked; the ids are read before the first call, so that f may change
 * the ledger.  f returns 0, or -1 with e set to end.
 */
int	ledger_each_run(struct ledger *, const struct ledger_filter *,
	    int (*)(void *, const char *id, struct err *), void *,
	    struct err *);

/*
 * ledger_source_done(l, source, job, id, e): the id of the finished run of
 * this job made from the same device, inode, size and times, or "".
 */
int	ledger_source_done(struct ledger *, const struct ledger_source *,
	    const char *, char [ID_LEN + 1], struct err *);

#endif
