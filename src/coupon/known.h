/*
 * The codes that exist: a set read from a file, in bounded memory, exact.
 *
 * A set that does not fit is split into shares by a hash of the code; one
 * share is held at a time, and the file is read again for each.
 */
#ifndef COUPON_KNOWN_H
#define COUPON_KNOWN_H

#include <stddef.h>
#include <stdint.h>

struct check_opts;
struct err;
struct known;

enum known_answer {
	KNOWN_YES,
	KNOWN_NO,
	KNOWN_OTHER		/* belongs to another share */
};

/*
 * known_new(o, memory, e): read o->known_codes, plain, gzip or zip, also from a
 * pipe, which is kept in o->tmp_dir: a TXT, or a CSV with a column of codes
 * (o->col_code or one of the documented names; a CSV of one column needs no
 * header).  About this many bytes are used; the first share is held.  NULL with
 * ERR_INPUT (also when none of its lines could be a code), ERR_CONFIG (no such
 * column), ERR_LIMIT, ERR_IO, ERR_NOMEM, ERR_CREATE, ERR_STOPPED.  o is
 * borrowed.  Free with known_free.
 */
struct known *known_new(const struct check_opts *, uint64_t, struct err *);

/*
 * known_shares(k): how many shares there are, at least 1.
 */
unsigned known_shares(const struct known *);

/*
 * known_share(k, i, e): hold share i instead.  Errors as known_new.
 */
int	known_share(struct known *, unsigned, struct err *);

/*
 * known_find(k, code, len): whether a code is one of them.
 */
enum known_answer known_find(const struct known *, const char *, size_t);

/*
 * known_free(k): NULL is harmless.
 */
void	known_free(struct known *);

#endif
