/*
 * What http.c and ftp.c share over libcurl.  One easy handle per struct xfer
 * keeps the login and the TLS session from one call to the next, the multi
 * handle that runs it the connection.
 *
 * A call is: xcurl_begin (all options back to the common ones), the options
 * of this call, xcurl_perform, and the backend's reading of the reply.
 */
#ifndef TRANSFER_CURL_INTERNAL_H
#define TRANSFER_CURL_INTERNAL_H

#include "../src/net/body.h"
#include "../src/net/setup.h"
#include "ftp_reply.h"
#include "xfer_internal.h"

#define XCURL_BODY	1000	/* bytes of a page that are kept */
#define XCURL_LOCATION	4096	/* bytes of a redirect's address */

struct xcurl {
	CURL			*easy;
	CURLM			*multi;	/* only ever runs easy */
	struct xfer		*x;
	char			 errbuf[CURL_ERROR_SIZE];
	struct net_opts		 net;	/* of this call */
	CURLcode		 set;	/* first failure to set an option */
	CURLcode		 rc;	/* of the last xcurl_perform */
	struct curl_slist	*list;	/* headers or commands of the call */
	const struct xfer_source *src;
	const struct xfer_sink	*sink;
	struct net_piece	 piece;	/* src */
	struct net_body		 sent;
	uint64_t		 got;	/* bytes given to sink */
	uint64_t		 moved;	/* bytes seen by the progress hook */
	int64_t			 began;	/* monotonic ms of the call's begin */
	int64_t			 last;	/* monotonic ms of the last sign of
					   life; 0 while connecting */
	bool			 all_sent; /* libcurl has the last byte */
	int			 socket; /* http: the one in use, or -1 */
	int			 leaving; /* http: bytes that the kernel has
					   still; 0: none, or not known */
	int64_t			 answered; /* http: monotonic ms of the last
					   status; 0: none */
	long			 inside; /* http: first status in a 207 that is
					   no success; 0: none */
	size_t			 heard;	/* ... bytes of one that comes in */
	long			 number; /* ... and its digits */
	bool			 wants_digest; /* http: a 401 asked for it */
	bool			 cut;	/* http: ended by us after the status,
					   which counts */
	char			*path;	/* ftp: what the call is about */
	int			 control, data; /* ftp: sockets, or -1 */
	bool			 stale;	/* ftp: use this connection no more */
	bool			 with_data; /* ftp: a TLS data connection is
					   part of this call */
	struct net_ours		 ours;
	bool			 showed_cert; /* in this TLS handshake */
	void			 (*on_line)(void *, const char *, size_t);
					/* ftp: hears each line, or NULL */
	void			*on_line_arg;
	struct err		 err;	/* raised inside a callback */
	long			 reply;	/* code of the last reply; 0: none */
	long			 before; /* code of the reply before it */
	char			 line[256]; /* last reply, without line end */
	struct ftp_reply	 hearing; /* ftp: the reply that comes in */
	struct ftp_reply	 said;	/* ftp: all lines of the last reply */
	char			 location[XCURL_LOCATION]; /* http, 3xx */
	char			 body[XCURL_BODY]; /* begin of an error page */
	size_t			 body_len;
};

/*
 * xcurl_check(target, url, e): the check slot of both backends.
 */
int	xcurl_check(const struct xfer_target *, const struct xfer_url *,
	    struct err *);

/*
 * xcurl_new(x, e): a handle for x, stored in x->priv.  ERR_NOMEM.
 */
int	xcurl_new(struct xfer *, struct err *);

/*
 * xcurl_free(x): the close slot of both backends; harmless before xcurl_new.
 */
void	xcurl_free(struct xfer *);

/*
 * xcurl_begin(c, url, e): reset the handle and set what every call needs:
 * URL, protocol, deadlines, TLS, login, callbacks.
 */
int	xcurl_begin(struct xcurl *, const char *, struct err *);

/*
 * xcurl_again(c, url): run the same call once more, at another address unless
 * that is NULL.
 */
void	xcurl_again(struct xcurl *, const char *);

/*
 * xcurl_gave_up(c): whether this call is an upload that ended before its end.
 */
bool	xcurl_gave_up(const struct xcurl *);

/*
 * xcurl_hang_up(c): ftp: let the end of the connection wait for nobody.
 */
void	xcurl_hang_up(const struct xcurl *);

/*
 * xcurl_tls_most(x): newest TLS version that x may use, "1.2" or "1.3".  The
 * TLS cap of FTP is 1.2 unless set: libcurl 7.88 cuts uploads short on 1.3.
 */
const char *xcurl_tls_most(const struct xfer *);

/*
 * xcurl_version_refused(c): whether the last call failed because the server
 * takes none of the TLS versions that we may use.
 */
bool	xcurl_version_refused(const struct xcurl *);

/*
 * xcurl_list(c, e, fmt, ...): one more header (http) or command (ftp) of this
 * call; the backend hands c->list to libcurl.
 */
int	xcurl_list(struct xcurl *, struct err *, const char *, ...)
	    __attribute__((format(printf, 3, 4)));

/*
 * xcurl_option(c, option, value): curl_easy_setopt with a number; the first
 * failure is remembered and reported by xcurl_perform.
 */
void	xcurl_option(struct xcurl *, CURLoption, long);

/*
 * xcurl_text(c, option, value): likewise with a text.
 */
void	xcurl_text(struct xcurl *, CURLoption, const char *);

/*
 * xcurl_settings(c): all that the target's settings say of a call.
 */
void	xcurl_settings(struct xcurl *);

/*
 * xcurl_headers(c, e): add the target's own headers, which xcurl_check saw.
 */
int	xcurl_headers(struct xcurl *, struct err *);

/*
 * xcurl_send(c, src): this call uploads src.
 */
void	xcurl_send(struct xcurl *, const struct xfer_source *);

/*
 * xcurl_perform(c, e): run it.  0 when libcurl is content (an http backend
 * still reads c->reply); otherwise -1 with e set and libcurl's code in c->rc.
 * A stop and the deadlines end it within about a second.
 */
int	xcurl_perform(struct xcurl *, struct err *);

#endif
