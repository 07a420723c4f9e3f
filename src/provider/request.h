/*
 * What a machine wants sent, and what it is told of what came of it.
 */
#ifndef PROVIDER_REQUEST_H
#define PROVIDER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/secret.h"

enum { PV_HEADERS_MAX = 8, PV_PIECES_MAX = 4, PV_WANTED_MAX = 4 };

/* "Name: value", with the secret behind the value; logged is neither. */
struct pv_header {
	const char		*name;		/* static, or of the ask */
	const char		*value;		/* static, or of the ask; NULL:
						 * the secret is all of it */
	const struct secret	*secret;	/* of the ask, or NULL */
	struct secret		*made;		/* in its place: one that is
						 * freed with the step */
};

/* A range of the request's body, or of the file that the ask is about. */
struct pv_piece {
	bool		 file;
	uint64_t	 from, len;
};

struct pv_request {
	const char	*method;	/* static */
	struct buf	 url;		/* wiped */
	bool		 secret_query;	/* what follows "?" is not shown */
	struct pv_header headers[PV_HEADERS_MAX];
	size_t		 nheaders;
	struct buf	 body;		/* wiped: may hold secrets */
	/* what is sent, in order; none: all of body */
	struct pv_piece	 pieces[PV_PIECES_MAX];
	size_t		 npieces;
	/* headers of the answer to be handed over; static, the rest NULL */
	const char	*wanted[PV_WANTED_MAX];
	bool		 to_file;	/* the body of a good answer, which may
					 * be large, goes to a file */
	uint64_t	 max_answer;	/* bytes; 0: LIM_XML_BYTES */
	bool		 submits;	/* may change something over there */
};

enum pv_event_kind { PV_BEGIN, PV_ANSWER, PV_TIMER };

/* All borrowed while the machine takes its step. */
struct pv_event {
	enum pv_event_kind	 kind;
	long			 status;	/* HTTP */
	const char		*body;
	size_t			 len;
	int			 fd;		/* to_file, status 2xx: open for
						 * reading; else -1 */
	uint64_t		 file_len;
	/* the values of the headers wanted, in their places; or NULL */
	const char		*headers[PV_WANTED_MAX];
	int64_t			 retry_after_ms; /* -1: none */
};

/*
 * pv_header_add(rq, name, value, secret): one more header, of which there are
 * no more than PV_HEADERS_MAX.
 */
void	pv_header_add(struct pv_request *, const char *, const char *,
	    const struct secret *);

/*
 * pv_request_own(rq, e): copy the secrets that its headers borrow, so that it
 * can wait for its turn while the account's are replaced.
 */
int	pv_request_own(struct pv_request *, struct err *);

/*
 * pv_header_name_check(text, e): whether a setting can be the name of a header
 * that is added to calls: a token (RFC 9110, 5.6.2), and none that the HTTP
 * client or a machine sets itself.  ERR_CONFIG.
 */
int	pv_header_name_check(const char *, struct err *);

/*
 * pv_header_text_check(text, e): whether a setting can be the value of a
 * header: ASCII without control characters.  ERR_CONFIG.
 */
int	pv_header_text_check(const char *, struct err *);

/*
 * pv_request_init(rq, url_max, body_max): an empty one, whose buffers hold as
 * many bytes.
 */
void	pv_request_init(struct pv_request *, size_t, size_t);

/*
 * pv_request_release(rq): wipe and free what it holds.
 */
void	pv_request_release(struct pv_request *);

#endif
