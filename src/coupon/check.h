/*
 * Checking input files: reading, rules, duplicates over the whole file and the
 * files beside it, findings with exact places, and (for a run) the good rows
 * into a spool.
 *
 * One pass over the input in bounded memory; a second, partial look only at
 * rows whose fingerprints say that they might repeat.  Fingerprints only
 * nominate: the codes decide.
 */
#ifndef COUPON_CHECK_H
#define COUPON_CHECK_H

#include <stddef.h>

#include "../base/err.h"
#include "check_opts.h"
#include "check_result.h"

/*
 * check_file(fd, name, opts, out, e): check a seekable file, plain, gzip or
 * zip.  An empty file is an error, a header without rows a warning.  Returns
 * 0 when it was checked, whatever was found; -1 with ERR_INPUT (unreadable,
 * damaged archive, workbook, changed while read), ERR_CONFIG (bad pattern,
 * date format or encoding name), ERR_LIMIT (an archive that unpacks to too
 * much), ERR_IO, ERR_NOSPACE, ERR_CREATE, ERR_NOMEM, ERR_STOPPED.  The caller
 * ends *out with check_release, after failure too.  The spool is fed and its
 * drops made, but not sealed.
 */
int	check_file(int, const char *, const struct check_opts *,
	    struct check_result *, struct err *);

/* One of several files that are judged together. */
struct check_input {
	int		 fd;		/* seekable */
	const char	*name;		/* for people; CHECK_AUTO goes by it */
	const struct check_opts *opts;
	int		 rc;		/* out: as of check_file, */
	struct err	 err;		/* why it is -1, */
	struct check_result res;	/* and the result */
};

/*
 * check_files(in, n, e): check files that belong together.  A code that comes
 * in several of them is judged as if they were one file with the rows in this
 * order: an agreeing repetition counts for the later file, a conflict for each
 * of them.  The memory, tmp_dir, known_codes and others of the first one's
 * options count for all.  Returns 0 when each of them has its result or its
 * error; -1 when nothing can be said of any.  The caller ends each res with
 * check_release, after failure too.
 */
int	check_files(struct check_input *, size_t, struct err *);

/*
 * check_usable(o, e): whether a file can be checked with these options at all:
 * patterns, formats and names are tried, known_codes is read unless it is NULL.
 * ERR_CONFIG with e->key where one is to blame, ERR_INPUT and ERR_LIMIT for
 * known_codes, ERR_NOMEM, ERR_STOPPED.
 */
int	check_usable(const struct check_opts *, struct err *);

/*
 * check_release(r): free what r holds.
 */
void	check_release(struct check_result *);

/*
 * content_id(c, attributes, out): 32 hex digits and a NUL into out[33]: the
 * identity of these rows sent with these attributes (a string such as
 * "mapp 600"); returns out.
 */
const char *content_id(const struct content *, const char *, char [33]);

/*
 * name_is_txt(name): the ending of a TXT, packed or not; NULL has none.
 */
bool	name_is_txt(const char *);

#endif
