/*
 * One reading of the whole file, of which a checking makes one or several.
 */
#ifndef COUPON_PASSES_INTERNAL_H
#define COUPON_PASSES_INTERNAL_H

#include <stddef.h>

#include "checker_internal.h"

struct err;
struct unpack;

/*
 * pass_run(c, pass, e): read all of the input once more.
 */
int	pass_run(struct checker *, enum pass, struct err *);

/*
 * check_start(c, p, n, e): the first n bytes of the file, in each pass: what
 * can be said before reading rows; may set c->stop.
 */
int	check_start(struct checker *, const char *, size_t, struct err *);

/*
 * check_progress(c, u): this pass has come so far in the file.
 */
void	check_progress(struct checker *, const struct unpack *);

/*
 * check_empty(c, e): after the first pass: whether there were rows at all.
 */
int	check_empty(struct checker *, struct err *);

#endif
