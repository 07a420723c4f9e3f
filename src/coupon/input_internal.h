/*
 * From the bytes of a file to the reader: UTF-16 and UTF-32 are decoded on the
 * way, and places are told in bytes of the file.
 */
#ifndef COUPON_INPUT_INTERNAL_H
#define COUPON_INPUT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct checker;
struct err;
struct reader;
struct record;

/*
 * utf16_set(c, name): whether an encoding that is set is one of these.
 */
bool	utf16_set(struct checker *, const char *);

/*
 * utf16_look(c, p, n, e): look for it in the first n bytes of the file.
 */
int	utf16_look(struct checker *, const char *, size_t, struct err *);

/*
 * utf16_begin(c, e): before a pass: a decoder, where the file is UTF-16 or
 * UTF-32.
 */
int	utf16_begin(struct checker *, struct err *);

/*
 * utf16_end(c): the pass is over, whatever came of it.
 */
void	utf16_end(struct checker *);

/*
 * input_feed(c, r, p, n, e): the next n bytes of the file to the reader.
 */
int	input_feed(struct checker *, struct reader *, const char *, size_t,
	    struct err *);

/*
 * input_finish(c, r, e): the end of the bytes for the reader.
 */
int	input_finish(struct checker *, struct reader *, struct err *);

/*
 * input_bytes(c, r): bytes of the file so far, unpacked and not decoded.
 */
uint64_t input_bytes(const struct checker *, const struct reader *);

/*
 * utf16_in_file(c, rec): the record with places in bytes of the file, borrowed
 * until the next one.  Only where c->utf16 is set.
 */
struct record utf16_in_file(struct checker *, const struct record *);

#endif
