/*
 * Files that are judged together, but not all of them now: the rows that they
 * have in common are found once, and kept by the caller; a file that is checked
 * later is held against those, and no other file is read again.
 */
#ifndef COUPON_OTHERS_H
#define COUPON_OTHERS_H

#include <stdbool.h>
#include <stddef.h>

#include "../format/reader.h"
#include "spool.h"

struct check_input;
struct err;

/* A good row of a file. */
struct check_row {
	unsigned	 file;		/* from 0 */
	struct coupon	 coupon;	/* code borrowed */
	struct place	 place;		/* of its code */
};

typedef int check_row_f(void *, const struct check_row *, struct err *);

/* What a file is judged together with (check_opts). */
struct check_others {
	const char	*const *names;	/* of their files, for people */
	/*
	 * Call f for each row of those files that come before the one that is
	 * checked, or after it, in the order of the files; repeatable.  Returns
	 * 0, or -1 as f or with e set.
	 */
	int		(*each)(void *, bool before, check_row_f *f, void *,
			    struct err *);
	void		*arg;
};

/*
 * check_common(in, n, f, arg, e): read these files and call f for each good
 * row whose code seems to come in more than one row of them, the rows of a code
 * in the order of the files.  A file that cannot be read has none, as its rc
 * says.  The known_codes and all outputs of the options are left aside; else as
 * check_files, and the caller ends each res with check_release, too.
 */
int	check_common(struct check_input *, size_t, check_row_f *, void *,
	    struct err *);

#endif
