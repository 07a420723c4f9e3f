/*
 * HTTP server: a thin wrapper around libmicrohttpd, for the sandbox (and
 * later the status page).  The one place that includes microhttpd.h.
 */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct http_server;

/* A request as the handler sees it; all borrowed during the call. */
struct http_incoming {
	const char	*method;	/* "GET" for HEAD too, whose answer
					   is sent without its body */
	const char	*path;		/* decoded, begins with "/", no NUL */
	const char	*query;		/* raw, without "?"; "" if none */
	const char	*content_type;	/* "" if none */
	const char	*user, *password; /* basic authentication; both or
					     neither, then NULL */
	const char	*body;		/* NULL when it went to body_fd */
	size_t		 body_len;
	int		 body_fd;	/* -1, or where route() sent it */
	void		*conn;		/* for http_incoming_header */
};

/*
 * What to answer; before the call zeroed, with -1 where that has a meaning.  A
 * status of 401 brings its WWW-Authenticate, one outside 200 to 599 becomes
 * 500.
 */
struct http_outgoing {
	int		 status;
	const char	*content_type;	/* static */
	const char	*location;	/* static, or NULL */
	char		*body;		/* malloc'd; freed by the server */
	size_t		 body_len;
	int		 file_fd;	/* -1, or a file to send and close */
	int64_t		 delay_ms;	/* wait before answering */
	int64_t		 truncate_at;	/* bytes of body after which the
					   connection is cut; -1: never */
	bool		 reset;		/* drop the connection, no answer */
	int64_t		 retry_after_s;	/* -1: no such header */
};

struct http_handler {
	/*
	 * Called when headers are there: return a descriptor to which the
	 * body shall be written (the server closes it after handle), or -1
	 * to keep it in memory.  An upload that breaks off, or does not fit
	 * on the disk, never reaches handle and its descriptor is closed, so
	 * let it be one of an unnamed file (tmpfile_anon).  A body that is
	 * kept and larger than max_body is answered with 413.
	 */
	int	(*route)(void *, const struct http_incoming *);
	/*
	 * Called with the whole request, possibly from several threads at
	 * once, one for each connection; may block.
	 */
	void	(*handle)(void *, const struct http_incoming *,
		    struct http_outgoing *);
};

struct http_server_opts {
	const char	*address;	/* "127.0.0.1" */
	uint16_t	 port;		/* 0: any */
	size_t		 max_body;	/* bytes kept in memory */
	const char	*cert_file, *key_file; /* both or neither: TLS */
};

/*
 * http_server_start(opts, handler, arg, e): listen and serve from threads of
 * its own, in which all signals are blocked.  ERR_UNAVAILABLE when the port
 * is taken, ERR_CONFIG for an address that is none, ERR_INPUT for unreadable
 * certificate files.  Stop with http_server_stop.
 */
struct http_server *http_server_start(const struct http_server_opts *,
	    const struct http_handler *, void *, struct err *);

/*
 * http_server_port(s): the port it listens on.
 */
uint16_t http_server_port(const struct http_server *);

/*
 * http_server_stop(s): end it, waiting for handlers but not for delay_ms;
 * NULL is harmless.
 */
void	http_server_stop(struct http_server *);

/*
 * http_incoming_header(in, name): a request header's value, borrowed, or
 * NULL.  name in any case.
 */
const char *http_incoming_header(const struct http_incoming *, const char *);

#endif
