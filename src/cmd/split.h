/*
 * A checked file in three: its good rows, its broken rows with the reasons,
 * and all problems.  The rows are in the dialect and encoding of the file, so
 * that what was corrected is read with the same settings.
 */
#ifndef CMD_SPLIT_H
#define CMD_SPLIT_H

#include "../report/out_file.h"

struct check_opts;
struct check_result;
struct err;

struct split {
	char		*dir;		/* NULL: not begun */
	struct out_file	 valid;		/* valid.csv, or valid.txt */
	struct out_file	 invalid;	/* invalid.csv, or invalid.txt */
	struct out_file	 findings;	/* findings.csv */
};

/*
 * split_begin(s, dir, opts, kept, e): make the folder and the files, and have
 * the check write to them.  Errors as out_open.  End it with split_end or
 * split_abort.
 */
int	split_begin(struct split *, const char *, struct check_opts *,
	    const struct out_kept *, struct err *);

/*
 * split_end(s, path, r, e): the file was checked: all three are in place, or
 * those that are not are missing.  ERR_IO, ERR_NOSPACE.
 */
int	split_end(struct split *, const char *, const struct check_result *,
	    struct err *);

/*
 * split_abort(s): leave no files behind; harmless on one that is not begun.
 */
void	split_abort(struct split *);

#endif
