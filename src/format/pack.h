/*
 * Packing: rows in, one zip entry or one gzip member out.
 *
 * The input is cut into blocks of PACK_BLOCK bytes that are compressed
 * independently on all cores, each ending at a byte boundary (sync flush), so
 * that their concatenation is one DEFLATE stream.  The same bytes give the
 * same archive, whatever the number of threads or the cut of the calls.
 */
#ifndef FORMAT_PACK_H
#define FORMAT_PACK_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct pack;

#define PACK_BLOCK	(512u << 10)	/* bytes; 128 KiB to 2 MiB pack alike */

enum pack_kind { PACK_NONE, PACK_ZIP, PACK_GZIP };

struct pack_opts {
	enum pack_kind	 kind;
	int		 threads;	/* 0: as many as there are cores */
	const char	*entry;		/* zip: name of the entry */
	int64_t		 mtime;		/* zip: seconds since 1970, stored in
					   UTC; gzip stores 0 */
	int		 plain_zlib;	/* 1: never ISA-L (tests, bench) */
	uint64_t	 zip64_from;	/* zip: bytes from which the entry is
					   Zip64; 0: where the format demands
					   it, 4 GiB - 1 (tests set less) */
};

/* The facts of a finished archive. */
struct pack_facts {
	uint64_t	 in_bytes, out_bytes;
	unsigned char	 sha256[32];	/* of the archive */
};

/*
 * pack_open(fd, opts, e): write an archive to fd, an empty regular file open
 * for reading and writing, which stays the caller's.  entry is borrowed until
 * pack_free.  PACK_NONE writes the bytes as they are.  NULL and ERR_IO,
 * ERR_NOSPACE, ERR_NOMEM on failure, ERR_INTERNAL for an entry without a
 * name.  Free with pack_free.
 */
struct pack *pack_open(int, const struct pack_opts *, struct err *);

/*
 * pack_write(p, bytes, n, e): the next n bytes.  Blocks while all threads
 * are busy.  ERR_IO, ERR_NOSPACE, ERR_NOMEM; then only pack_free may follow.
 */
int	pack_write(struct pack *, const void *, size_t, struct err *);

/*
 * pack_close(p, facts, e): finish the archive and tell its facts; only
 * pack_free may follow.  Blocks; does not sync the file to disk.  Errors as
 * pack_write.
 */
int	pack_close(struct pack *, struct pack_facts *, struct err *);

/*
 * pack_free(p): end the threads; NULL is harmless.
 */
void	pack_free(struct pack *);

/*
 * pack_backend(): "ISA-L 2.30" or "zlib 1.2.13", for --version.
 */
const char *pack_backend(void);

#endif
