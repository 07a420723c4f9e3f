/*
 * The sum that identifies the rows of a drop: independent of their order, of
 * the dialect of the file and of how it was packed.
 */
#ifndef COUPON_CONTENT_H
#define COUPON_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#define CONTENT_HEAD	5	/* bytes under the hash before the code */
#define CONTENT_SHORT	32	/* and of a short row in all */

struct content;
struct coupon;

/* The bytes under the hash of a short row, and how many they are. */
struct content_row {
	unsigned char	bytes[CONTENT_SHORT];
	size_t		len;
};

/*
 * content_add(s, c): count one more row in.
 */
void	content_add(struct content *, const struct coupon *);

/*
 * content_head(c): the bytes before the code, the first one lowest.
 */
uint64_t content_head(const struct coupon *);

/*
 * content_add_short(s, rows, n): count n more rows in at once.
 */
void	content_add_short(struct content *, const struct content_row *,
	    size_t);

/*
 * content_sub(s, c): take back a row that was added.
 */
void	content_sub(struct content *, const struct coupon *);

/*
 * content_join(s, more): the rows of another sum, too.
 */
void	content_join(struct content *, const struct content *);

#endif
