/*
 * What became of a request: the answer, or a sentence about why there is
 * none.  Sentences name host and port only; paths and queries may hold codes
 * or tokens.
 */
#include "http.h"

#include "../base/clock.h"
#include "../base/str.h"
#include "http_internal.h"

/* Longest pause that is believed, in seconds: a year. */
#define RETRY_AFTER_MAX	(366LL * 86400)
/* libcurl starts its limits and its stopwatch at slightly different times. */
#define CLOCK_SLACK_MS	1000

/*
 * libcurl's own words, or its general ones for the code.
 */
static const char *
http_detail(const struct http_job *j, CURLcode rc)
{
	return j->detail[0] != '\0' ? j->detail : curl_easy_strerror(rc);
}

static const char *
http_via(const struct http_job *j)
{
	return j->loop->proxy == NULL ? "" : " through the proxy";
}

static int
http_no_connection(struct http_job *j, CURLcode rc, struct err *e)
{
	long sys, proxy_says;

	sys = proxy_says = 0;
	curl_easy_getinfo(j->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_says);
	if (proxy_says == 407)
		return err_set(e, ERR_LOGIN, "the proxy on the way to %s "
		    "refuses the login (proxy_user, proxy_password_file)",
		    j->where);
	curl_easy_getinfo(j->easy, CURLINFO_OS_ERRNO, &sys);
	if (sys != 0)
		return err_sys(e, ERR_CONNECT, (int)sys,
		    "no connection to %s%s", j->where, http_via(j));
	return err_set(e, ERR_CONNECT, "no connection to %s%s: %s", j->where,
	    http_via(j), http_detail(j, rc));
}

/*
 * Which of the three limits it was.  libcurl's elapsed time is compared with
 * ours, because its words for it are not promised.
 */
static int
http_timed_out(struct http_job *j, struct err *e)
{
	curl_off_t us;

	us = 0;
	curl_easy_getinfo(j->easy, CURLINFO_TOTAL_TIME_T, &us);
	if (!j->left)
		return err_set(e, ERR_TIMEOUT, "no connection to %s%s within"
		    " %g s", j->where, http_via(j), (double)
		    (j->connect_ms < j->total_ms ? j->connect_ms :
		    j->total_ms) / 1000);
	if (us / 1000 + CLOCK_SLACK_MS < j->total_ms)
		return err_set(e, ERR_TIMEOUT, "%s fell silent in the middle",
		    j->where);
	return err_set(e, ERR_TIMEOUT, "%s did not answer within %g s",
	    j->where, (double)j->total_ms / 1000);
}

/*
 * The connection was lost.  Before the request left, that is as good as no
 * connection; a proxy that refuses to tunnel arrives here too.
 */
static int
http_broken(struct http_job *j, CURLcode rc, struct err *e)
{
	if (!j->left)
		return http_no_connection(j, rc, e);
	switch (rc) {
	case CURLE_GOT_NOTHING:
		return err_set(e, ERR_BROKEN, "%s closed the connection"
		    " without an answer", j->where);
	case CURLE_PARTIAL_FILE:
		return err_set(e, ERR_BROKEN, "%s cut its answer off in the"
		    " middle, after %zu bytes", j->where, j->body.len);
	default:
		return err_set(e, ERR_BROKEN, "the connection to %s was lost"
		    " in the middle: %s", j->where, http_detail(j, rc));
	}
}

static int
http_explain_tls(struct http_job *j, CURLcode rc, struct err *e)
{
	switch (rc) {
	case CURLE_SSL_CONNECT_ERROR:
		return err_set(e, ERR_CONNECT, "no encrypted connection to"
		    " %s: %s", j->where, http_detail(j, rc));
	case CURLE_SSL_CACERT_BADFILE:
		return err_set(e, ERR_CONFIG, "the certificates in %s cannot"
		    " be read", j->loop->ca_file != NULL ?
		    j->loop->ca_file : "the system's store");
	default:
		return err_set(e, ERR_CERT, "the certificate of %s is not"
		    " trusted: %s", j->where, http_detail(j, rc));
	}
}

static int
http_explain(struct http_job *j, CURLcode rc, struct err *e)
{
	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return err_set(e, ERR_RESOLVE, "the host name in %s is not"
		    " known", j->where);
	case CURLE_COULDNT_RESOLVE_PROXY:
		return err_set(e, ERR_RESOLVE, "the host name of the proxy on"
		    " the way to %s is not known", j->where);
	case CURLE_COULDNT_CONNECT:
	case CURLE_PROXY:
		return http_no_connection(j, rc, e);
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_ABORTED_BY_CALLBACK:
		return http_timed_out(j, e);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return http_explain_tls(j, rc, e);
	case CURLE_FILESIZE_EXCEEDED:
		return err_set(e, ERR_LIMIT, "the answer of %s is larger than"
		    " the %zu bytes that are expected at most", j->where,
		    j->max_answer);
	case CURLE_OUT_OF_MEMORY:
		return err_nomem(e);
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		return err_set(e, ERR_PROTOCOL, "%s does not speak HTTP: %s",
		    j->where, http_detail(j, rc));
	default:
		return http_broken(j, rc, e);
	}
}

/*
 * A header of the last answer, or NULL.
 */
static const char *
http_header(CURL *easy, const char *name)
{
	struct curl_header *h;

	if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return NULL;
	return h->value;
}

/*
 * Retry-After (RFC 9110, 10.2.3): seconds, or a date, which is compared with
 * the server's own Date so that its clock need not be right.  libcurl's
 * CURLINFO_RETRY_AFTER cannot tell 0 from absent.
 */
static int64_t
http_retry_after_ms(CURL *easy)
{
	const char *value, *date;
	time_t then, now;
	uint64_t s;

	value = http_header(easy, "Retry-After");
	if (value == NULL)
		return -1;
	if (str_u64(value, strlen(value), RETRY_AFTER_MAX, &s) == 0)
		return (int64_t)s * 1000;
	then = curl_getdate(value, NULL);
	if (then == -1)
		return -1;
	date = http_header(easy, "Date");
	now = date == NULL ? -1 : curl_getdate(date, NULL);
	if (now == -1)
		now = (time_t)(clock_wall_ms() / 1000);
	if (then <= now)
		return 0;
	if (then - now > RETRY_AFTER_MAX)
		return -1;
	return (int64_t)(then - now) * 1000;
}

void
http_job_answer(struct http_job *j, CURLcode rc, struct http_answer *a)
{
	char *type;

	memset(a, 0, sizeof(*a));
	a->retry_after_ms = -1;
	a->maybe_sent = j->left;
	if (j->began != 0)
		a->elapsed_ms = clock_mono_ms() - j->began;
	if (j->err.code != ERR_NONE) {
		a->failed = 1;
		a->err = j->err;
		a->err.sys = (int)rc;
		return;
	}
	if (rc != CURLE_OK) {
		a->failed = 1;
		http_explain(j, rc, &a->err);
		a->err.sys = (int)rc;
		return;
	}
	type = NULL;
	curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &a->status);
	curl_easy_getinfo(j->easy, CURLINFO_CONTENT_TYPE, &type);
	a->content_type = type;
	a->retry_after_ms = http_retry_after_ms(j->easy);
	a->body = j->body.data;
	a->body_len = j->body.len;
}
