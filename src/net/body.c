/* Bodies in pieces. */
#include "body.h"

#include <errno.h>
#include <unistd.h>

struct net_piece
net_bytes_piece(const void *p, size_t n)
{
	return (struct net_piece){ .kind = NET_BYTES, .bytes = p, .len = n };
}

struct net_piece
net_file_piece(int fd, uint64_t from, uint64_t len)
{
	return (struct net_piece){ .kind = NET_FILE, .fd = fd, .from = from,
	    .len = len };
}

struct net_piece
net_read_piece(net_pread f, void *arg, uint64_t len)
{
	return (struct net_piece){ .kind = NET_READ, .read = f, .arg = arg,
	    .len = len };
}

void
net_body_init(struct net_body *b, const struct net_piece *pieces, size_t n)
{
	size_t i;

	*b = (struct net_body){ .pieces = pieces, .n = n };
	for (i = 0; i < n; i++)
		b->size += pieces[i].len;
}

static ssize_t
file_read(const struct net_piece *piece, void *p, size_t n, uint64_t off,
    struct err *e)
{
	ssize_t got;

	do
		got = pread(piece->fd, p, n, (off_t)(piece->from + off));
	while (got == -1 && errno == EINTR);
	return got != -1 ? got : err_sys(e, ERR_IO, errno,
	    "cannot read the file to send");
}

ssize_t
net_body_read(struct net_body *b, void *p, size_t n, struct err *e)
{
	const struct net_piece *piece;
	ssize_t got;

	while (b->at < b->n && b->within == b->pieces[b->at].len) {
		b->at++;
		b->within = 0;
	}
	if (b->at == b->n || n == 0)
		return 0;
	piece = &b->pieces[b->at];
	if (n > piece->len - b->within)
		n = (size_t)(piece->len - b->within);
	switch (piece->kind) {
	case NET_BYTES:
		memcpy(p, (const char *)piece->bytes + b->within, n);
		got = (ssize_t)n;
		break;
	case NET_FILE:
		got = file_read(piece, p, n, b->within, e);
		break;
	default:
		got = piece->read(piece->arg, p, n, b->within, e);
	}
	if (got == 0)
		return err_set(e, ERR_IO, "the file to send has become "
		    "shorter while it was sent");
	if (got == -1)
		return -1;
	b->within += (uint64_t)got;
	b->off += (uint64_t)got;
	return got;
}

int
net_body_seek(struct net_body *b, uint64_t off)
{
	if (off > b->size)
		return -1;
	b->off = b->within = off;
	for (b->at = 0; b->at < b->n && b->within >= b->pieces[b->at].len;
	    b->at++)
		b->within -= b->pieces[b->at].len;
	return 0;
}
