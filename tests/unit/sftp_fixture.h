/*
 * An SFTP server in memory, for tests: it does all its work inside the
 * channel's wait, so that nothing depends on time or on threads.
 */
#ifndef TESTS_SFTP_FIXTURE_H
#define TESTS_SFTP_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../src/base/buf.h"
#include "../../transfer/sftp_upload.h"

#define FIX_FILES	4

/* How the server behaves; zero is a plain, correct one. */
struct fix_plan {
	unsigned offers;	/* SFTP_EXT_ bits */
	uint64_t max_read, max_write;	/* of limits@openssh.com */
	uint64_t free_bytes;	/* of statvfs@openssh.com; 0: not known */
	uint64_t free_at_first;	/* as it says the first time; 0: the same */
	size_t	 chunk;		/* most bytes a read or write moves; 0: all */
	bool	 reverse;	/* answer each batch backwards */
	bool	 bare;		/* STATUS without its strings */
	unsigned bad_write;	/* this and later WRITEs are refused */
	uint32_t bad_code;
	uint32_t bad_size;	/* WRITEs with more data are refused */
	uint32_t short_read;	/* most bytes in a DATA; 0: as asked */
	uint64_t size_lie;	/* added to the size that FSTAT tells */
	unsigned refuse_type;	/* requests of this type ... */
	uint32_t refuse_code;	/* ... get this code */
	/* From the n-th packet on; 0: never. */
	unsigned die_at, stall_at;
	/* Only the n-th packet. */
	unsigned wrong_id_at, huge_at, odd_at, cut_at;
	const char *greeting;	/* sent instead of VERSION */
	uint32_t version;	/* 0: 3 */
};

struct fix_file {
	char		 name[64];	/* "": none */
	struct buf	 data;
};

struct fix {
	struct fix_plan	 plan;
	struct buf	 to_server, to_client;
	struct fix_file	 files[FIX_FILES];
	char		 offered[32];	/* head of a write that got 0 */
	size_t		 noffered;
	unsigned	 calls;		/* of write and read */
	unsigned	 packets, writes, opens, closes, syncs, looks, folders;
	uint32_t	 largest_write;	/* bytes of data */
	unsigned	 most_waiting;	/* requests in one batch */
	bool		 dead, closed;
	struct fix	*disk;		/* whose files it serves; its own */
	const struct fix *after;	/* no answer to a WRITE before this
					   one has answered some */
	int		 ready;		/* a descriptor that always is */
};

/*
 * fix_init(f): an empty server with a plan of zeroes.
 */
void	fix_init(struct fix *);

/*
 * fix_release(f): free what it holds.
 */
void	fix_release(struct fix *);

/*
 * fix_channel(f): a channel to it.
 */
struct sftp_channel fix_channel(struct fix *);

/*
 * fix_file(f, name, make): the file of that name, or NULL.
 */
struct fix_file *fix_file(struct fix *, const char *, bool);

/*
 * fix_fill(b, n): n bytes that differ from place to place.
 */
void	fix_fill(struct buf *, size_t);

/*
 * fix_source(b): a source over b.
 */
struct xfer_source fix_source(struct buf *);

/*
 * fix_sink(b, max): a sink into b.
 */
struct xfer_sink fix_sink(struct buf *, uint64_t);

#endif
