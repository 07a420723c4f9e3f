/*
 * Complaints about the file, and the first of them as findings.
 */
#ifndef COUPON_FINDINGS_INTERNAL_H
#define COUPON_FINDINGS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check.h"
#include "glyph_internal.h"

struct checker;
struct err;

#define VALUE_BYTES	64	/* of a cell shown in a finding */
#define MESSAGE_BYTES	512

/* The first findings in file order: a heap with the last of them on top. */
struct findings {
	struct finding	*v;
	size_t		 n, cap, max;
};

/* One complaint on its way to becoming a finding. */
struct complaint {
	enum rule		 rule;
	enum severity		 severity;
	struct place		 place;
	const char		*field;
	struct text		 value;	/* p NULL: none */
	struct text		 fix;	/* of the cell, UTF-8; p NULL: none */
	bool			 decoded; /* the value is UTF-8 already */
	const struct place	*first;	/* NULL: none */
	const char		*first_file; /* NULL: the same */
};

/*
 * findings_init(f, max), findings_release(f): as buf_init and buf_release.
 */
void	findings_init(struct findings *, size_t);
/*
 * findings_release(f): free what was not taken.
 */
void	findings_release(struct findings *);

/*
 * findings_wants(f, byte, rule): whether a finding there would be kept.
 */
bool	findings_wants(const struct findings *, uint64_t, enum rule);

/*
 * findings_add(f, x, e): keep x; its strings become f's, after failure too.
 * The last in file order makes room when there are too many.
 */
int	findings_add(struct findings *, struct finding *, struct err *);

/*
 * findings_take(f, n): the findings in file order, which the caller frees with
 * findings_free.
 */
struct finding *findings_take(struct findings *, size_t *);

/*
 * findings_free(v, n): free n findings and v.
 */
void	findings_free(struct finding *, size_t);

/*
 * report(c, x, e, fmt, ...): a rule is broken; what becomes of it depends on
 * the pass.  A correction of a cell is taken only if the cell would then break
 * no rule at all.
 */
int	report(struct checker *, const struct complaint *, struct err *,
	    const char *, ...) __attribute__((format(printf, 4, 5)));

/*
 * report_late(c, x, e, fmt, ...): a rule is broken, as only the whole file
 * tells: it becomes a finding whatever the pass.
 */
int	report_late(struct checker *, const struct complaint *, struct err *,
	    const char *, ...) __attribute__((format(printf, 4, 5)));

/*
 * complaint_cell(c, rule, column, cell): a complaint about a cell with the
 * severity of the rules' table.
 */
struct complaint complaint_cell(const struct checker *, enum rule, int,
	    const struct cell *);

/*
 * complaint_at(c, rule, place): a complaint about a place.
 */
struct complaint complaint_at(const struct checker *, enum rule,
	    const struct place *);

/*
 * complaint_keep(c, list, x, message, e): x as a finding of a list.
 */
int	complaint_keep(struct checker *, struct findings *,
	    const struct complaint *, const char *, struct err *);

#endif
