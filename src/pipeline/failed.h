/*
 * Rows for a person: what was refused, and of what nothing is known, as CSV
 * files in the run's folder.
 */
#ifndef PIPELINE_FAILED_H
#define PIPELINE_FAILED_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/tmpfile.h"

struct coupon;
struct journey;

enum failed_kind {
	FAILED_ROWS,	/* refused, or not applied */
	FAILED_UNKNOWN,	/* nothing is known of them */
	FAILED__MAX
};

/* Rows of a part for a person. */
struct failed_rows {
	struct tmpfile	 tmp;	/* made with the first row */
	char		*path;
	struct buf	 buf;
	uint64_t	 rows;
	bool		 unwritten;	/* a row could not be added */
	bool		 guard;		/* against formulas */
};

/*
 * failed_path(dir, kind, part, e): the path of a part's file in a run's
 * folder, or with part 0 of the joined failed.csv or unknown.csv; malloc'd.
 */
char	*failed_path(const char *, enum failed_kind, int, struct err *);

/*
 * failed_open(f, path, alphabet): begin a file of rows at a failed_path, which
 * it takes over, whose codes are of that alphabet (of check_opts).  The caller
 * ends f with failed_close or failed_abort.  -1 when path is NULL.
 */
int	failed_open(struct failed_rows *, char *, const char *);

/*
 * failed_add(f, c, e): write one row into it.
 */
int	failed_add(struct failed_rows *, const struct coupon *,
	    struct err *);

/*
 * failed_close(f, e): put the file in place, if there was a row.
 */
int	failed_close(struct failed_rows *, struct err *);

/*
 * failed_abort(f): forget the rows.
 */
void	failed_abort(struct failed_rows *);

/*
 * failed_whole(j, e): all rows of the parts that were refused as a whole, or
 * called off before they were sent in a run of which others were sent.  1
 * when a package cannot be read, with the cause in e: its rows are nowhere
 * else in the run's folder.
 */
int	failed_whole(struct journey *, struct err *);

/*
 * failed_join(j, e): make failed.csv and unknown.csv from the files of all
 * parts, if there are any.
 */
int	failed_join(struct journey *, struct err *);

#endif
