/*
 * Shared by the files of the HTTP client, nobody else.
 */
#ifndef NET_HTTP_INTERNAL_H
#define NET_HTTP_INTERNAL_H

#include <sys/queue.h>

#include "http.h"
#include "setup.h"
#include "timer.h"

#define HTTP_IDLE	16	/* connections and handles kept for reuse */

/*
 * TAILQ_HEAD(http_jobs, http_job): requests, in order; one is in one list at
 * most.
 */
TAILQ_HEAD(http_jobs, http_job);

/* A host with requests; "host:port". */
struct http_host {
	TAILQ_ENTRY(http_host)	 link;
	char			*name;
	struct http_jobs	 waiting; /* in the order of http_start */
	size_t			 running;
};

struct http_loop {
	CURLM		*multi;
	CURL		*idle[HTTP_IDLE];	/* handles, ready for use */
	size_t		 nidle;
	struct log	*log;
	const struct clock *clock;
	struct net_opts	 net;	/* without the deadlines of a request */
	size_t		 max_per_host;
	TAILQ_HEAD(, http_host) hosts;	/* that have requests: a handful */
	struct http_jobs running;	/* libcurl has them */
	struct http_jobs failed;	/* could not be begun: err says why */
	size_t		 unfinished;	/* requests */
	struct net_timers timers;
	struct http_job	*kept;	/* of the last http_call */
};

/* One request on its way. */
struct http_job {
	TAILQ_ENTRY(http_job)	 link;
	struct http_jobs	*in;	/* the list it is in */
	struct http_host	*host;	/* NULL: failed */
	struct http_loop	*loop;
	CURL			*easy;	/* NULL while it waits */
	char			*method, *url;
	bool			 fresh;	/* on a connection of its own */
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
	int64_t			 began;	/* monotonic ms; 0: waits its turn */
	bool			 left;	/* libcurl was about to send it */
	bool			 keep;	/* not freed before the next call */
	struct err		 err;	/* why we ended it ourselves */
	char			 detail[CURL_ERROR_SIZE];
};

/*
 * http_job_new(l, req, e): a request that has been looked at and copied.  NULL
 * with ERR_CONFIG, ERR_NOMEM.  Free with http_job_free.
 */
struct http_job *http_job_new(struct http_loop *,
	    const struct http_request *, struct err *);

/*
 * http_job_begin(j, e): give it a handle and hand it to libcurl; its time
 * limits begin.
 */
int	http_job_begin(struct http_job *, struct err *);

/*
 * http_job_free(j): its handle goes back to the loop; NULL is harmless.  It
 * must be in no list and not in the multi handle.
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
