/*
 * Data files of codes: looked at, applied to a bank, loaded into a bank.
 */
#ifndef SANDBOX_APPLY_H
#define SANDBOX_APPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "../format/unpack.h"
#include "banks.h"

struct err;
struct moods;

enum apply_verdict {
	APPLY_GOOD,		/* as said, with at least one valid code */
	APPLY_COMPRESSION,	/* other packing than said, or unreadable */
	APPLY_NO_CODES,
};

struct apply_counts {
	uint64_t	updated, failed, total;	/* rows */
};

/*
 * apply_code_ok(p, n): a code of valid shape: 1 to 40 bytes, as in
 * platforms.md "coupon.addCoupons", and no control characters.
 */
bool	apply_code_ok(const char *, size_t);

/*
 * apply_look(fd, want, out, e): judge a fetched file; want is what the call
 * said.  Reads no further than the first valid code.  Blocks on the file.
 * ERR_IO, ERR_NOMEM.
 */
int	apply_look(int, enum unpack_kind, enum apply_verdict *, struct err *);

/*
 * apply_file(b, fd, bank, update, moods, out, e): apply all rows but those
 * that the moods lose in one transaction.
 * Columns of the file win over update.  A code that is not in the bank counts
 * as failed.  ERR_INPUT and ERR_LIMIT for damaged archives: nothing is
 * applied then.
 */
int	apply_file(struct banks *, int, int64_t, const struct bank_update *,
	    const struct moods *, struct apply_counts *, struct err *);

/*
 * apply_load(b, fd, bank, added, e): add all valid codes to a bank in one
 * transaction; the number of new ones to *added.  ERR_INPUT, ERR_LIMIT.
 */
int	apply_load(struct banks *, int, int64_t, uint64_t *, struct err *);

#endif
