/*
 * The two kinds of archive behind unpack.h.
 */
#ifndef FORMAT_UNPACK_INTERNAL_H
#define FORMAT_UNPACK_INTERNAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct err;
struct ungzip;
struct unzip;

/*
 * unpack_refuse(p, n, e): 0, or -1 with ERR_INPUT when the first n bytes of a
 * file say that it is a workbook, a document or an archive we do not read.
 */
int	unpack_refuse(const unsigned char *, size_t, struct err *);

/*
 * ungzip_new(fd, e): members from offset 0 of fd on.  ERR_NOMEM.
 */
struct ungzip *ungzip_new(int, struct err *);

/*
 * ungzip_read(g, p, n, e): as unpack_read.
 */
ssize_t	ungzip_read(struct ungzip *, void *, size_t, struct err *);

/*
 * ungzip_packed(g): packed bytes used so far.
 */
uint64_t ungzip_packed(const struct ungzip *);

/*
 * ungzip_free(g): NULL is harmless.
 */
void	ungzip_free(struct ungzip *);

/*
 * unzip_new(fd, e): the one file in the zip at fd.  ERR_INPUT, ERR_IO,
 * ERR_NOMEM.
 */
struct unzip *unzip_new(int, struct err *);

/*
 * unzip_name(z): the entry's name, borrowed.
 */
const char *unzip_name(const struct unzip *);

/*
 * unzip_read(z, p, n, e): as unpack_read.
 */
ssize_t	unzip_read(struct unzip *, void *, size_t, struct err *);

/*
 * unzip_announced(z): bytes of the entry unpacked, as the directory says.
 */
uint64_t unzip_announced(const struct unzip *);

/*
 * unzip_packed(z): packed bytes of the entry.
 */
uint64_t unzip_packed(const struct unzip *);

/*
 * unzip_done(z): how many of them, if all of the entry is packed alike.
 */
uint64_t unzip_done(const struct unzip *);

/*
 * unzip_free(z): NULL is harmless.
 */
void	unzip_free(struct unzip *);

#endif
