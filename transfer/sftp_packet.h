/*
 * SFTP version 3 packets: bytes to values and back, without I/O.
 *
 * The layout is draft-ietf-secsh-filexfer-02 and, for the extensions with
 * "@openssh.com" in their name, the PROTOCOL file of OpenSSH.  All numbers are
 * big-endian; a string is a 32-bit byte count and that many bytes.  Nothing a
 * peer sends can make these functions read outside the bytes they were given.
 */
#ifndef TRANSFER_SFTP_PACKET_H
#define TRANSFER_SFTP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;

#define SFTP_HANDLE_MAX	256	/* bytes in a file handle; draft section 6.2 */

/* No reply may be longer; OpenSSH's own ceiling, and a DATA of 64 KiB fits. */
#define SFTP_PACKET_MAX	(256u << 10)

enum sftp_type {
	SFTP_INIT = 1, SFTP_VERSION = 2, SFTP_OPEN = 3, SFTP_CLOSE = 4,
	SFTP_READ = 5, SFTP_WRITE = 6, SFTP_LSTAT = 7, SFTP_FSTAT = 8,
	SFTP_SETSTAT = 9, SFTP_OPENDIR = 11, SFTP_READDIR = 12,
	SFTP_REMOVE = 13, SFTP_MKDIR = 14, SFTP_STAT = 17, SFTP_RENAME = 18,
	SFTP_STATUS = 101, SFTP_HANDLE = 102, SFTP_DATA = 103, SFTP_NAME = 104,
	SFTP_ATTRS = 105, SFTP_EXTENDED = 200, SFTP_EXTENDED_REPLY = 201,
};

enum {	/* flags of OPEN */
	SFTP_F_READ = 1, SFTP_F_WRITE = 2, SFTP_F_CREAT = 8, SFTP_F_TRUNC = 16,
	SFTP_F_EXCL = 32,
};

/*
 * Codes of STATUS.  Those from 10 on belong to later drafts, but servers send
 * them to version 3 clients too.
 */
enum sftp_code {
	SFTP_OK = 0, SFTP_EOF = 1, SFTP_NO_SUCH_FILE = 2, SFTP_DENIED = 3,
	SFTP_FAILURE = 4, SFTP_BAD_MESSAGE = 5, SFTP_NO_CONNECTION = 6,
	SFTP_CONNECTION_LOST = 7, SFTP_UNSUPPORTED = 8, SFTP_NO_SUCH_PATH = 10,
	SFTP_EXISTS = 11, SFTP_WRITE_PROTECT = 12, SFTP_NO_SPACE = 14,
	SFTP_QUOTA = 15,
};

enum {	/* what a server offers in VERSION, as bits */
	SFTP_EXT_POSIX_RENAME = 1, SFTP_EXT_STATVFS = 2, SFTP_EXT_FSYNC = 4,
	SFTP_EXT_LIMITS = 8,
};

/* A stretch of bytes that belongs to somebody else. */
struct sftp_bytes {
	const void	*p;
	size_t		 n;
};

/*
 * A request: strings, then numbers of 32 bits (a 64-bit one is two of them),
 * then payload bytes that the caller appends itself.
 */
struct sftp_request {
	enum sftp_type	  type;
	unsigned	  nstr, nnum;
	struct sftp_bytes str[3];
	uint32_t	  num[5];
	uint32_t	  payload;
};

struct sftp_reply {
	unsigned	  type;
	uint32_t	  id;	/* of VERSION: the version */
	struct sftp_bytes body;	/* what follows */
};

struct sftp_status {
	uint32_t	  code;
	struct sftp_bytes text;	/* may be empty; foreign bytes */
};

struct sftp_attrs {
	bool		has_size, has_mode, has_times;
	uint64_t	size;	/* bytes */
	uint32_t	mode;	/* as st_mode */
	uint32_t	atime, mtime;	/* seconds since 1970 */
};

/*
 * sftp_str(s): the bytes of a C string, borrowed.
 */
struct sftp_bytes sftp_str(const char *);

/*
 * sftp_add_request(b, id, r, e): append r to b; id is the version for INIT.
 * ERR_LIMIT, ERR_NOMEM.
 */
int	sftp_add_request(struct buf *, uint32_t, const struct sftp_request *,
	    struct err *);

/*
 * sftp_split(p, n, out, used, e): the first packet among n bytes.  1 with the
 * packet in *out (which points into p) and its size in *used; 0 when it is
 * not all there yet; -1 with ERR_PROTOCOL when it can never be one.
 */
int	sftp_split(const void *, size_t, struct sftp_reply *, size_t *,
	    struct err *);

/*
 * sftp_take_u32(b, out): cut a number off the front of b.  0, or -1 when b is
 * too short (b is then used up).  The others below do likewise.
 */
int	sftp_take_u32(struct sftp_bytes *, uint32_t *);

/*
 * sftp_take_u64(b, out): a number of 64 bits.
 */
int	sftp_take_u64(struct sftp_bytes *, uint64_t *);

/*
 * sftp_take_str(b, out): a string; *out points into b.
 */
int	sftp_take_str(struct sftp_bytes *, struct sftp_bytes *);

/*
 * sftp_take_attrs(b, out): attributes; all flagged fields must be there.
 */
int	sftp_take_attrs(struct sftp_bytes *, struct sftp_attrs *);

/*
 * sftp_take_status(b, out): code and text of a STATUS.  Some servers send no
 * text, or a broken one: only the code must be there.
 */
int	sftp_take_status(struct sftp_bytes *, struct sftp_status *);

/*
 * sftp_take_extensions(b, out): the pairs of VERSION as SFTP_EXT_ bits;
 * unknown ones are passed over.  -1 when a pair is cut off.
 */
int	sftp_take_extensions(struct sftp_bytes *, unsigned *);

/*
 * sftp_code_name(code): "NO_SUCH_FILE" ..., static; "code unknown to us" else.
 */
const char *sftp_code_name(uint32_t);

#endif
