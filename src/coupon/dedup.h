/*
 * Codes that come more than once, over whole files, exactly.
 *
 * First pass: dedup_add takes every good code and keeps 6 bytes of it.  Then
 * rounds: dedup_round names the codes that may come again, as many as fit in
 * memory; in another pass over the same rows dedup_see is given each row whose
 * code is named, and dedup_judge says what became of them.  Codes decide, not
 * fingerprints.
 */
#ifndef COUPON_DEDUP_H
#define COUPON_DEDUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../format/reader.h"
#include "others.h"
#include "spool.h"

struct dedup;
struct err;

enum dup_kind {
	DUP_REPEATED,		/* same code, same values, a later row */
	DUP_CONFLICT,		/* same code, other values; every copy */
	DUP_CASE		/* differs in case only from an earlier code;
				   neither is contradicted */
};

struct dup_verdict {
	enum dup_kind		 kind;
	struct coupon		 coupon;	/* the row; code borrowed */
	struct place		 place;		/* of its code */
	unsigned		 file;		/* of check_row */
	bool			 has_first;
	struct place		 first;		/* REPEATED, CASE, and CONFLICT
						   but for the first row */
	unsigned		 first_file;
	/* CONFLICT: two rows that contradict each other */
	struct coupon		 one, other;
	uint64_t		 one_line, other_line;
	unsigned		 one_file, other_file;
};

typedef int dup_judge_f(void *, const struct dup_verdict *, struct err *);

/*
 * dedup_new(memory, tmp_dir, e): about this many bytes are used, half of them
 * for fingerprints; past that they go to a file in tmp_dir (used only then).
 * ERR_NOMEM, ERR_INTERNAL.  Free with dedup_free.
 */
struct dedup *dedup_new(uint64_t, const char *, struct err *);

/*
 * dedup_free(d): NULL is harmless.
 */
void	dedup_free(struct dedup *);

/*
 * dedup_add(d, code, len, e): a good row of the first pass.  ERR_NOMEM,
 * ERR_CREATE, ERR_IO, ERR_NOSPACE.
 */
int	dedup_add(struct dedup *, const char *, size_t, struct err *);

/*
 * dedup_round(d, any, e): prepare the next round; *any is whether there is
 * one.  Errors as dedup_add, and ERR_STOPPED.
 */
int	dedup_round(struct dedup *, bool *, struct err *);

/*
 * dedup_named(d, code, len): whether dedup_see wants this row in this round.
 */
bool	dedup_named(struct dedup *, const char *, size_t);

/*
 * dedup_see(d, row, e): a row that dedup_named wants, rows in the order of the
 * file, and files in the same order in each pass; it is copied.  ERR_NOMEM,
 * ERR_LIMIT.
 */
int	dedup_see(struct dedup *, const struct check_row *, struct err *);

/*
 * dedup_judge(d, f, arg, again, e): after the last row of a round, call f for
 * each row that repeats or contradicts another or differs in case only, in no
 * particular order.  When there are too many to remember, *again is set
 * instead, and dedup_judge_row must be called for the same rows in one more
 * pass.
 */
int	dedup_judge(struct dedup *, dup_judge_f *, void *, bool *,
	    struct err *);

/*
 * dedup_judge_row(d, row, f, arg, e): judge one row that dedup_see saw.
 */
int	dedup_judge_row(struct dedup *, const struct check_row *,
	    dup_judge_f *, void *, struct err *);

#endif
