/*
 * The one place that sets libcurl up and reads its verdicts.  Only files that
 * drive libcurl include it: those of net and transfer/curl*.
 *
 * One cause of trouble has one code, whoever meets it, and so one exit and
 * one answer to whether it is tried again.
 */
#ifndef NET_SETUP_H
#define NET_SETUP_H

#include <curl/curl.h>

#include "net.h"

struct clock;

/* What a call may use and how long it may take; all borrowed. */
struct net_opts {
	const char	*protocols;	/* as libcurl lists: "http,https" */
	const char	*user_agent;	/* NULL: none */
	struct net_tls	 tls;
	struct net_proxy proxy;
	int64_t		 connect_ms;	/* name, TCP, proxy, TLS */
	int64_t		 silence_ms;	/* without a byte in the middle */
	int64_t		 total_ms;	/* all of it */
};

/*
 * What a server said in TLS about our own certificate.  libcurl's code and
 * words do not tell: with TLS 1.3 the server says it after the handshake, and
 * whatever fails first is what libcurl reports.
 */
struct net_ours {
	bool		 asked;	/* it asked for one, and has answered nothing
				   on that connection yet */
	bool		 goes_on; /* once it asked and then did answer */
	unsigned	 alert;	/* of this call (RFC 8446, 6); 0: none */
};

/* A call that libcurl ended with an error. */
struct net_call {
	CURL		*easy;
	CURLcode	 rc;
	const char	*detail;	/* CURLOPT_ERRORBUFFER; "" is fine */
	const struct net_opts *opts;
	struct net_ours	 ours;		/* all zero: nobody listened */
	bool		 sent;		/* something of the request may have
					   left */
};

/* What a code of libcurl means. */
struct net_verdict {
	enum err_code	 code;
	const char	*says;		/* the begin of a sentence */
};

/*
 * net_set_up(h, opts): everything that opts says, and what holds for every
 * call: no signals, no redirects, keepalive, certificates checked, and nothing
 * about proxies from the environment.  Returns libcurl's first refusal, or
 * CURLE_OK.
 */
CURLcode net_set_up(CURL *, const struct net_opts *);

/*
 * net_number(h, rc, option, value): curl_easy_setopt with a number, unless *rc
 * is a failure already; its own goes there.
 */
void	net_number(CURL *, CURLcode *, CURLoption, long);

/*
 * net_bytes(h, rc, option, value): likewise an option that is a count of bytes
 * (those whose names end in _LARGE).
 */
void	net_bytes(CURL *, CURLcode *, CURLoption, uint64_t);

/*
 * net_text(h, rc, option, value): likewise with a text, which libcurl copies;
 * NULL for none.
 */
void	net_text(CURL *, CURLcode *, CURLoption, const char *);

/*
 * net_refused(rc, e): the error for an option that libcurl did not take.
 * Returns -1.
 */
int	net_refused(CURLcode, struct err *);

/*
 * net_list_add(list, line, e): one more header or command for libcurl.
 * ERR_NOMEM.
 */
int	net_list_add(struct curl_slist **, const char *, struct err *);

/*
 * net_list_free(list): free it and make it NULL; lines may hold secrets, so
 * they are zeroed.
 */
void	net_list_free(struct curl_slist **);

/*
 * net_seconds(ms): libcurl's whole seconds for a deadline, a little later than
 * a check of the caller's own, so that that one words the error.
 */
long	net_seconds(int64_t);

/*
 * net_wait(multi, ms, e): sleep until a call can move, a stop was requested,
 * or ms have passed, a few seconds at most.  ERR_INTERNAL.
 */
int	net_wait(CURLM *, int64_t, struct err *);

/*
 * net_leave(multi, h): take a call away from libcurl, which closes its
 * connection if it had not ended.  Does not wait for a name server once a stop
 * was requested.
 */
void	net_leave(CURLM *, CURL *);

/*
 * net_drop(fd): close the socket of a call that was given up.  What the kernel
 * has not sent yet is never delivered; after a plain close it would be as soon
 * as the line works again.  Returns what close(2) does.
 */
int	net_drop(int);

/*
 * net_verdict(rc): what libcurl's code means; never NULL.
 */
const struct net_verdict *net_verdict(CURLcode);

/*
 * net_heard(ours, text, n): take in one of libcurl's own lines about a call
 * (CURLINFO_TEXT).
 */
void	net_heard(struct net_ours *, const char *, size_t);

/*
 * net_explain(call, e): the sentence and code of a call that failed, without
 * the name of the host.  libcurl's code goes to e->sys; that is CURLE_PROXY
 * for each no of a proxy, CURLE_RECV_ERROR for a handshake that was cut off;
 * e->met tells whether the server was there.  Returns -1.
 */
int	net_explain(const struct net_call *, struct err *);

/*
 * net_version_refused(rc, detail): whether it failed because the two sides
 * have no version of TLS in common.
 */
bool	net_version_refused(CURLcode, const char *);

/*
 * net_pause_ms(h, c): what Retry-After of the last answer asks for (RFC 9110,
 * section 10.2.3), NET_PAUSE_MAX_MS at most; -1 when there is none that can be
 * read.  c is asked where the server gives a date but not its own.
 */
int64_t	net_pause_ms(CURL *, const struct clock *);

#endif
