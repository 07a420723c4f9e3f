/*
 * minizip's file functions over a descriptor that is not ours to close.
 */
#include "zipio_internal.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

static voidpf
zipio_open(voidpf opaque, const void *name, int mode)
{
	struct zipio *io = opaque;

	(void)name;
	(void)mode;
	io->pos = 0;
	return io;
}

static uLong
zipio_read(voidpf opaque, voidpf stream, void *p, uLong n)
{
	struct zipio *io = stream;
	char *at = p;
	uLong left;
	ssize_t got;

	(void)opaque;
	for (left = n; left > 0 && io->sys == 0; left -= (uLong)got) {
		got = pread(io->fd, at, left, (off_t)io->pos);
		if (got == -1 && errno == EINTR) {
			got = 0;
			continue;
		}
		if (got == -1)
			io->sys = errno;
		if (got <= 0)
			break;
		at += got;
		io->pos += (uint64_t)got;
	}
	return n - left;
}

/*
 * minizip forgets to free an entry whose write failed, so it is told that all
 * went well; the writer looks at sys.
 */
static uLong
zipio_write(voidpf opaque, voidpf stream, const void *p, uLong n)
{
	struct zipio *io = stream;
	const char *at = p;
	uLong left;
	ssize_t put;

	(void)opaque;
	for (left = n; left > 0 && io->sys == 0; left -= (uLong)put) {
		put = pwrite(io->fd, at, left, (off_t)io->pos);
		if (put == -1 && errno == EINTR) {
			put = 0;
			continue;
		}
		if (put == -1) {
			io->sys = errno;
			break;
		}
		at += put;
		io->pos += (uint64_t)put;
		if (io->pos > io->size)
			io->size = io->pos;
	}
	return n;
}

static ZPOS64_T
zipio_tell(voidpf opaque, voidpf stream)
{
	struct zipio *io = stream;

	(void)opaque;
	return io->pos;
}

/*
 * Offsets come from the archive and may be anything.  A step back comes as a
 * number without a sign, too large by 2^64.
 */
static long
zipio_seek(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
	struct zipio *io = stream;
	uint64_t base = 0;
	bool back = origin == ZLIB_FILEFUNC_SEEK_CUR && offset > INT64_MAX &&
	    -offset <= io->pos;

	(void)opaque;
	if (origin == ZLIB_FILEFUNC_SEEK_CUR)
		base = io->pos;
	else if (origin == ZLIB_FILEFUNC_SEEK_END)
		base = io->size;
	if (!back && (offset > INT64_MAX || base + offset > INT64_MAX))
		return -1;
	io->pos = base + offset;
	return 0;
}

static int
zipio_close(voidpf opaque, voidpf stream)
{
	(void)opaque;
	(void)stream;
	return 0;
}

static int
zipio_error(voidpf opaque, voidpf stream)
{
	struct zipio *io = stream;

	(void)opaque;
	return io->sys != 0;
}

void
zipio_funcs(struct zipio *io, zlib_filefunc64_def *f)
{
	f->zopen64_file = zipio_open;
	f->zread_file = zipio_read;
	f->zwrite_file = zipio_write;
	f->ztell64_file = zipio_tell;
	f->zseek64_file = zipio_seek;
	f->zclose_file = zipio_close;
	f->zerror_file = zipio_error;
	f->opaque = io;
}
