/*
 * A file of the rows that other files have in common: what is needed of them
 * to judge each of them together with the others, without reading all of them
 * again each time.
 */
#ifndef PIPELINE_COMMON_H
#define PIPELINE_COMMON_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "../base/err.h"
#include "../coupon/check.h"
#include "../coupon/others.h"

/* A file that was read. */
struct common_file {
	char	*path;
	int	 why;			/* errno when it could not be; else 0 */
	int64_t	 dev, ino, size, mtime_ns;
};

struct common {
	FILE			*f;	/* NULL: not open */
	char			*path;	/* of f, for messages */
	struct common_file	*file;
	size_t			 n;
	off_t			 rows;	/* where they start in f */
};

/* A file to be read. */
struct common_input {
	const char	*path;
	int		 fd;		/* open already; or -1 */
	const struct check_opts	*opts;	/* to check it with */
};

/*
 * common_make(path, in, n, e): read n files and write the rows that
 * they have in common to a new file, durable.  One that cannot be opened, or
 * that no program could read, has none.  ERR_OPEN_FILES;
 * what keeps a good file from being compared (ERR_IO, ERR_NOMEM, ERR_NOSPACE)
 * is an error; else errors as check_common and tmpfile_commit.  Blocks.
 */
int	common_make(const char *, const struct common_input *, size_t,
	    struct err *);

/*
 * common_open(c, path, e): open such a file: 1, or 0 when there is none of
 * this version.  ERR_IO, ERR_NOMEM.  The caller ends *c with common_close,
 * whatever came of it.
 */
int	common_open(struct common *, const char *, struct err *);

/*
 * common_each(c, f, arg, e): call f for each row; file is an index into
 * c->file.  Repeatable.  ERR_IO.
 */
int	common_each(struct common *, check_row_f *, void *, struct err *);

/*
 * common_close(c): harmless on one that is zeroed.
 */
void	common_close(struct common *);

#endif
