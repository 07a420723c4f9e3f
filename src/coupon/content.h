/*
 * The sum that identifies the rows of a drop: independent of their order, of
 * the dialect of the file and of how it was packed.
 */
#ifndef COUPON_CONTENT_H
#define COUPON_CONTENT_H

struct content;
struct coupon;

/*
 * content_add(s, c): one more row.
 */
void	content_add(struct content *, const struct coupon *);

/*
 * content_sub(s, c): take back a row that was added.
 */
void	content_sub(struct content *, const struct coupon *);

/*
 * content_join(s, more): the rows of another sum, too.
 */
void	content_join(struct content *, const struct content *);

#endif
