/*
 * in, else by zlib.
 *
 * Both libraries may hold output back after the last input byte is theirs, so
 * the end of the file is not the end of the data: they are asked until
 * nothing moves.  Both check CRC-32 and length of each member.
 */
#include "unpack_internal.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#ifdef HAVE_ISAL
#include <isa-l/igzip_lib.h>
#else
#include <zlib.h>
#endif

#include "../base/err.h"
#include "../base/stop.h"

#define UNGZIP_READ	((size_t)256 << 10)	/* bytes read at a time */

enum step { STEP_GO_ON, STEP_MEMBER_END, STEP_DAMAGED };

struct ungzip {
	int		 fd;
	uint64_t	 at;		/* offset of the next read */
	bool		 eof;
	bool		 between;	/* no member has begun */
	unsigned char	*room;		/* UNGZIP_READ bytes */
	unsigned char	*in;		/* unused part of room */
	size_t		 in_len;
#ifdef HAVE_ISAL
	struct inflate_state state;
#else
	z_stream	 state;
#endif
};

#ifdef HAVE_ISAL
static int
engine_open(struct ungzip *g, struct err *e)
{
	(void)e;
	isal_inflate_init(&g->state);
	g->state.crc_flag = ISAL_GZIP;
	return 0;
}

static void
engine_next_member(struct ungzip *g)
{
	isal_inflate_reset(&g->state);
	g->state.crc_flag = ISAL_GZIP;
}

static void
engine_close(struct ungzip *g)
{
	(void)g;
}

/*
 * Move on by some input and output; *n shrinks to the output made.
 */
static enum step
engine_step(struct ungzip *g, void *p, size_t *n)
{
	uint32_t room;
	int rc;

	room = *n < UINT32_MAX ? (uint32_t)*n : UINT32_MAX;
	g->state.next_in = g->in;
	g->state.avail_in = (uint32_t)g->in_len;
	g->state.next_out = p;
	g->state.avail_out = room;
	rc = isal_inflate(&g->state);
	g->in = g->state.next_in;
	g->in_len = g->state.avail_in;
	*n = room - g->state.avail_out;
	if (rc < 0)
		return STEP_DAMAGED;
	return g->state.block_state == ISAL_BLOCK_FINISH ? STEP_MEMBER_END :
	    STEP_GO_ON;
}
#else
static int
engine_open(struct ungzip *g, struct err *e)
{
	/* 16: a gzip header is expected. */
	if (inflateInit2(&g->state, 16 + MAX_WBITS) != Z_OK)
		return err_nomem(e);
	return 0;
}

static void
engine_next_member(struct ungzip *g)
{
	inflateReset(&g->state);
}

static void
engine_close(struct ungzip *g)
{
	inflateEnd(&g->state);
}

/*
 * Move on by some input and output; *n shrinks to the output made.
 */
static enum step
engine_step(struct ungzip *g, void *p, size_t *n)
{
	uInt room;
	int rc;

	room = *n < UINT32_MAX ? (uInt)*n : UINT32_MAX;
	g->state.next_in = g->in;
	g->state.avail_in = (uInt)g->in_len;
	g->state.next_out = p;
	g->state.avail_out = room;
	rc = inflate(&g->state, Z_NO_FLUSH);
	g->in = g->state.next_in;
	g->in_len = g->state.avail_in;
	*n = room - g->state.avail_out;
	if (rc == Z_STREAM_END)
		return STEP_MEMBER_END;
	return rc == Z_OK || rc == Z_BUF_ERROR ? STEP_GO_ON : STEP_DAMAGED;
}
#endif

struct ungzip *
ungzip_new(int fd, struct err *e)
{
	struct ungzip *g;

	g = calloc(1, sizeof(*g));
	if (g == NULL) {
		err_nomem(e);
		return NULL;
	}
	g->fd = fd;
	g->between = true;
	g->room = malloc(UNGZIP_READ);
	if (g->room == NULL) {
		free(g);
		err_nomem(e);
		return NULL;
	}
	if (engine_open(g, e) == -1) {
		free(g->room);
		free(g);
		return NULL;
	}
	return g;
}

static int
ungzip_fill(struct ungzip *g, struct err *e)
{
	ssize_t got;

	do
		got = pread(g->fd, g->room, UNGZIP_READ, (off_t)g->at);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return err_sys(e, ERR_IO, errno, "cannot read at byte %llu",
		    (unsigned long long)g->at);
	g->eof = got == 0;
	g->at += (uint64_t)got;
	g->in = g->room;
	g->in_len = (size_t)got;
	return 0;
}

static int
ungzip_damaged(const struct ungzip *g, struct err *e)
{
	return err_set(e, ERR_INPUT,
	    "the gzip file is damaged near byte %llu: pack it again",
	    (unsigned long long)ungzip_packed(g));
}

/*
 * Whether a member begins here; 0 at the end of the file, -1 when something
 * else follows.  Zero bytes up to the end are what tapes and mainframes fill
 * their last block with.
 */
static int
ungzip_begins(struct ungzip *g, struct err *e)
{
	bool padded = false;

	while (g->in_len > 0 && g->in[0] == '\0') {
		padded = true;
		g->in++;
		if (--g->in_len == 0 && ungzip_fill(g, e) == -1)
			return -1;
	}
	if (g->in_len == 0)
		return 0;
	if (padded || g->in[0] != 0x1f)
		return err_set(e, ERR_INPUT,
		    "bytes that are not gzip follow the gzip data at byte "
		    "%llu: pack the file again",
		    (unsigned long long)ungzip_packed(g));
	return 1;
}

/*
 * One step, with *n the room at p and then the bytes that came.
 */
static int
ungzip_step(struct ungzip *g, void *p, size_t *n, struct err *e)
{
	size_t before;

	before = g->in_len;
	g->between = false;
	switch (engine_step(g, p, n)) {
	case STEP_DAMAGED:
		return ungzip_damaged(g, e);
	case STEP_MEMBER_END:
		g->between = true;
		engine_next_member(g);
		return 0;
	case STEP_GO_ON:
		break;
	}
	if (*n > 0 || g->in_len < before)
		return 0;
	if (!g->eof)
		return ungzip_damaged(g, e);
	return err_set(e, ERR_INPUT,
	    "the gzip file is cut off after %llu bytes: send it again",
	    (unsigned long long)g->at);
}

ssize_t
ungzip_read(struct ungzip *g, void *p, size_t n, struct err *e)
{
	size_t got;
	int rc;

	if (n == 0)
		return 0;
	do {
		if (g->in_len == 0 && !g->eof && ungzip_fill(g, e) == -1)
			return -1;
		if (g->between && (rc = ungzip_begins(g, e)) != 1)
			return rc;
		got = n;
		if (ungzip_step(g, p, &got, e) == -1)
			return -1;
		/* A file may be nothing but members without content. */
		if (got == 0 && stop_check(e) == -1)
			return -1;
	} while (got == 0);
	return (ssize_t)got;
}

uint64_t
ungzip_packed(const struct ungzip *g)
{
	return g->at - g->in_len;
}

void
ungzip_free(struct ungzip *g)
{
	if (g == NULL)
		return;
	engine_close(g);
	free(g->room);
	free(g);
}
