/*
 * A body to be sent, as pieces that are read only when they go out: bytes in
 * memory, a range of a file, or whatever a callback makes (rows that are
 * turned into a form, a package that still grows).  Nothing is copied together,
 * so a body may be larger than memory, and it can be sent again from any
 * offset when a connection has to be made anew.
 */
#ifndef NET_BODY_H
#define NET_BODY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../base/err.h"

/*
 * Up to n bytes from offset off of a piece, at least one; 0 when there are no
 * more, which before its length is an error.  -1 with e set.  May be asked for
 * an offset more than once.
 */
typedef ssize_t (*net_pread)(void *arg, void *, size_t n, uint64_t off,
	    struct err *);

enum net_piece_kind { NET_BYTES, NET_FILE, NET_READ };

/* All borrowed until the body has been sent. */
struct net_piece {
	enum net_piece_kind kind;
	const void	*bytes;		/* NET_BYTES */
	int		 fd;		/* NET_FILE: a regular file, whose own
					   offset is not moved; */
	uint64_t	 from;		/* ... the range's first byte */
	net_pread	 read;		/* NET_READ */
	void		*arg;		/* ... its first argument */
	uint64_t	 len;		/* bytes of this piece */
};

/* A body on its way. */
struct net_body {
	const struct net_piece *pieces;
	size_t		 n;
	uint64_t	 size;		/* bytes of all pieces */
	uint64_t	 off;		/* of the next byte */
	size_t		 at;		/* piece that has it, */
	uint64_t	 within;	/* ... and where in there */
};

/*
 * net_bytes_piece(p, n): a piece of n bytes at p.
 */
struct net_piece net_bytes_piece(const void *, size_t);

/*
 * net_file_piece(fd, from, len): a piece that is a range of a file.
 */
struct net_piece net_file_piece(int, uint64_t, uint64_t);

/*
 * net_read_piece(f, arg, len): a piece of len bytes that f makes.
 */
struct net_piece net_read_piece(net_pread, void *, uint64_t);

/*
 * net_body_init(b, pieces, n): at the first byte of n pieces, which are
 * borrowed.
 */
void	net_body_init(struct net_body *, const struct net_piece *, size_t);

/*
 * net_body_read(b, p, n, e): up to n of the next bytes into p; 0 at the end.
 * -1 with ERR_IO, which it is, too, when a piece ends too early, or the
 * callback's error.  Blocks as long as its file or callback does.
 */
ssize_t	net_body_read(struct net_body *, void *, size_t, struct err *);

/*
 * net_body_seek(b, off): go on from this byte.  Returns 0, or -1 when the body
 * is not as long.
 */
int	net_body_seek(struct net_body *, uint64_t);

#endif
