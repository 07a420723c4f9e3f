/*
 * UTF-16 and UTF-32 on their way in: decoded to UTF-8 for the readers, and a
 * map from places in the decoded bytes back to the bytes of the file; and on
 * their way out, for files that are to be read as the input was.
 *
 * What is not a character (half of a surrogate pair, a number that Unicode
 * does not have, a cut last unit) is decoded to bytes that are not UTF-8, so
 * that it is found, and reported with its place, like any other damage.
 */
#ifndef FORMAT_UTF16_H
#define FORMAT_UTF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "reader.h"

struct err;
struct utf16;

enum utf16_kind { UTF16_NONE, UTF16_LE, UTF16_BE, UTF32_LE, UTF32_BE };

/*
 * utf16_bom(p, n): what the first n bytes of a file say they are by their byte
 * order mark (Unicode 15, table 2-4); four bytes are enough.
 */
enum utf16_kind utf16_bom(const void *, size_t);

#define UTF16_GUESS_BYTES	64	/* at the start of a file */

/*
 * utf16_guess(p, n): what they look like without one, by the zero bytes among
 * the first UTF16_GUESS_BYTES; for a message only.  Fewer bytes of the same
 * file may look different.
 */
enum utf16_kind utf16_guess(const void *, size_t);

/*
 * utf16_find(name): the kind of an encoding's name, as iconv(1) writes it in
 * upper or lower case, or UTF16_NONE.
 */
enum utf16_kind utf16_find(const char *);

/*
 * utf16_name(kind): "utf-16le" and so on.
 */
const char *utf16_name(enum utf16_kind);

/*
 * utf16_len(kind, b): bytes of the file that a decoded character took whose
 * first decoded byte is b; 0 when b is not the first byte of one.  Without
 * a kind every byte counts for itself.
 */
size_t	utf16_len(enum utf16_kind, unsigned char);

/*
 * utf16_new(kind, e): a decoder at byte 0.  ERR_NOMEM.  Free with utf16_free.
 */
struct utf16 *utf16_new(enum utf16_kind, struct err *);

/*
 * utf16_decode(w, p, n, final, out, len, e): decode the next n bytes of the
 * file; with final there are no more.  *out is borrowed until the next call.
 * ERR_NOMEM.
 */
int	utf16_decode(struct utf16 *, const char *, size_t, bool, const char **,
	    size_t *, struct err *);

/*
 * utf16_encode(from, to, kind, mark, e): all of from, decoded bytes, written as
 * kind; with mark its byte order mark comes first.  What was no character is
 * none again.  ERR_IO when from cannot be read; what was written is for the
 * caller to look at (ferror).
 */
int	utf16_encode(FILE *, FILE *, enum utf16_kind, bool, struct err *);

/*
 * utf16_bytes(w): bytes of the file so far.
 */
uint64_t utf16_bytes(const struct utf16 *);

/*
 * utf16_place(w, place): from decoded bytes to bytes of the file.  The place
 * must not lie before the last utf16_record, nor farther back than a reader
 * looks.
 */
void	utf16_place(struct utf16 *, struct place *);

/*
 * utf16_record(w, place): as utf16_place for the start of a record: nothing
 * before it will be asked for again.
 */
void	utf16_record(struct utf16 *, struct place *);

/*
 * utf16_free(w): NULL is harmless.
 */
void	utf16_free(struct utf16 *);

#endif
