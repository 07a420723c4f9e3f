/*
 * UTF-16 and UTF-32 on their way in: decoded to UTF-8 for the readers, and a
 * map from places in the decoded bytes back to the bytes of the file.
 *
 * What is not a character (half of a surrogate pair, a number that Unicode
 * does not have, a cut last unit) is decoded to bytes that are not UTF-8, so
 * that it is found, and reported with its place, like any other damage.
 */
#ifndef FORMAT_WIDE_H
#define FORMAT_WIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reader.h"

struct err;
struct wide;

enum wide_kind { WIDE_NONE, WIDE_16LE, WIDE_16BE, WIDE_32LE, WIDE_32BE };

/*
 * wide_bom(p, n): what the first n bytes of a file say they are by their byte
 * order mark (Unicode 15, table 2-4); four bytes are enough.
 */
enum wide_kind wide_bom(const void *, size_t);

#define WIDE_GUESS_BYTES	64	/* at the start of a file */

/*
 * wide_guess(p, n): what they look like without one, by the zero bytes among
 * the first WIDE_GUESS_BYTES; for a message only.  Fewer bytes of the same
 * file may look different.
 */
enum wide_kind wide_guess(const void *, size_t);

/*
 * wide_find(name): the kind of an encoding's name, as iconv(1) writes it in
 * upper or lower case, or WIDE_NONE.
 */
enum wide_kind wide_find(const char *);

/*
 * wide_name(kind): "utf-16le" and so on.
 */
const char *wide_name(enum wide_kind);

/*
 * wide_len(kind, b): bytes of the file that a decoded character took whose
 * first decoded byte is b; 0 when b is not the first byte of one.  Without
 * a kind every byte counts for itself.
 */
size_t	wide_len(enum wide_kind, unsigned char);

/*
 * wide_new(kind, e): a decoder at byte 0.  ERR_NOMEM.  Free with wide_free.
 */
struct wide *wide_new(enum wide_kind, struct err *);

/*
 * wide_decode(w, p, n, final, out, len, e): decode the next n bytes of the
 * file; with final there are no more.  *out is borrowed until the next call.
 * ERR_NOMEM.
 */
int	wide_decode(struct wide *, const char *, size_t, bool, const char **,
	    size_t *, struct err *);

/*
 * wide_bytes(w): bytes of the file so far.
 */
uint64_t wide_bytes(const struct wide *);

/*
 * wide_place(w, place): from decoded bytes to bytes of the file.  The place
 * must not lie before the last wide_record, nor farther back than a reader
 * looks.
 */
void	wide_place(struct wide *, struct place *);

/*
 * wide_record(w, place): as wide_place for the start of a record: nothing
 * before it will be asked for again.
 */
void	wide_record(struct wide *, struct place *);

/*
 * wide_free(w): NULL is harmless.
 */
void	wide_free(struct wide *);

#endif
