/*
 * Shared by the files of the HTTP client, nobody else.
 */
#ifndef NET_HTTP_INTERNAL_H
#define NET_HTTP_INTERNAL_H

#include "http.h"
#include "setup.h"

struct http_loop {
	CURLM		*multi;
	struct log	*log;
	struct net_opts	 net;	/* without the deadlines of a request */
	size_t		 max_per_host;
	struct http_job	*jobs;	/* unfinished, in the order of http_start */
	struct http_job	*kept;	/* of the last http_call */
};

/* One request on its way. */
struct http_job {
	struct http_job		*next;
	struct http_loop	*loop;
	CURL			*easy;
	struct curl_slist	*headers;
	char			*where;	/* "host:port", for sentences */
	http_done		 done;
	void			*arg;
	struct net_piece	*pieces; /* of the request's body */
	struct net_body		 sent;
	struct buf		 body;	/* of the answer, if in memory */
	uint64_t		 got;	/* bytes of it so far */
	uint64_t		 max_answer;
	bool			 to_file;
	int			 answer_fd;
	size_t			 header_bytes;
	struct net_opts		 net;
	int64_t			 began;	/* clock_mono_ms; 0: waits its turn */
	bool			 left;	/* libcurl was about to send it */
	bool			 keep;	/* not freed before the next call */
	struct err		 err;	/* why we ended it ourselves */
	char			 detail[CURL_ERROR_SIZE];
};

/*
 * http_job_new(l, req, e): a request that is ready to be handed to libcurl.
 * NULL with ERR_CONFIG, ERR_NOMEM.  Free with http_job_free.
 */
struct http_job *http_job_new(struct http_loop *,
	    const struct http_request *, struct err *);

/*
 * http_job_free(j): NULL is harmless; it must not be in the multi handle.
 */
void	http_job_free(struct http_job *);

/*
 * http_too_large(j, e): the answer has more than max_answer bytes.  Returns
 * -1.
 */
int	http_too_large(const struct http_job *, struct err *);

/*
 * http_job_answer(j, rc, out): what became of it: the answer, borrowed from
 * j, or the error that libcurl's code rc stands for.
 */
void	http_job_answer(struct http_job *, CURLcode, struct http_answer *);

#endif
