/*
 * A request over HTTP and its answer, as values.
 */
#ifndef NET_HTTP_REQUEST_H
#define NET_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "body.h"
#include "net.h"

struct http_job;

/* "Name: value", with the secret behind the value; logged is neither. */
struct http_header {
	const char	*name;
	const char	*value;		/* NULL: all of it is the secret */
	const struct secret *secret;	/* NULL: none; wiped after use */
};

#define HTTP_TOTAL_MS	120000

struct http_request {
	const char	*method;
	const char	*url;
	const struct http_header *headers;
	size_t		 nheaders;
	const struct net_piece *body;
	size_t		 npieces;
	bool		 to_file;	/* write the body of an answer 2xx to
					   answer_fd, from offset 0 on */
	int		 answer_fd;	/* an empty file; borrowed likewise */
	uint64_t	 max_answer;	/* bytes; 0: LIM_XML_BYTES */
	int64_t		 connect_ms;	/* 0: 15 s */
	int64_t		 total_ms;	/* 0: HTTP_TOTAL_MS */
	const struct net_tls *tls;	/* NULL: the loop's; what they point */
	const struct net_proxy *proxy;	/* to is borrowed until the end */
	bool		 secret_query;	/* do not log the query */
	bool		 repeatable;	/* arriving twice does no harm; implied
					   by GET and HEAD.  Others never use a
					   kept connection, see http_start */
};

struct http_answer {
	int		 failed;	/* 1: err says why, no answer */
	struct err	 err;
	bool		 maybe_sent;	/* some request byte may have arrived */
	long		 status;
	const char	*body;		/* borrowed during the callback */
	size_t		 body_len;	/* 0 when it went to the file */
	uint64_t	 file_len;	/* bytes there */
	const struct http_job *job;	/* for http_answer_header */
	int64_t		 retry_after_ms; /* from Retry-After; -1: none */
	int64_t		 elapsed_ms;
};

#endif
