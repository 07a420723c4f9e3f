/*
 * The files that a run's own is judged together with.
 */
#ifndef PIPELINE_BESIDE_H
#define PIPELINE_BESIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/err.h"
#include "../coupon/others.h"
#include "common.h"

struct check_opts;
struct journey;
struct pipe_beside;

struct beside_file {
	const char	*path, *name;
	bool		 before;	/* its rows went, or go, their way */
};

struct beside {
	char			*list;		/* what they are called */
	size_t			 len;
	struct beside_file	*file;
	size_t			 n;
	struct common		 common;	/* their rows, and those of the
						   run's own */
	const struct beside_file **of;		/* by the rows' number; NULL:
						   the run's own */
	const char		**names;	/* likewise */
	struct check_others	 others;
};

/*
 * beside_keep(j, list, n, e): keep in the run's folder which files these are,
 * and the rows that they have in common, if this call has read them already.
 */
int	beside_keep(struct journey *, const struct pipe_beside *, size_t,
	    struct err *);

/*
 * beside_open(j, fd, opts, b, e): have opts->others for the run's own file,
 * which is open as fd; reads all of the files if nobody has yet.  The caller
 * ends *b with beside_close, after failure too, and opts not later.
 */
int	beside_open(struct journey *, int, struct check_opts *,
	    struct beside *, struct err *);

/*
 * beside_close(b): free what it holds.
 */
void	beside_close(struct beside *);

/*
 * beside_forget(dir): the run of this folder is past its check: the rows of
 * other files are not needed in it any more.
 */
void	beside_forget(const char *);

#endif
