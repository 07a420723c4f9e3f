/*
 * What became of a request: the answer, or a sentence about why there is
 * none.  Sentences name host and port only; paths and queries may hold codes
 * or tokens.
 */
#include "http.h"

#include "../base/clock.h"
#include "http_internal.h"

static int
http_explain(struct http_job *j, CURLcode rc, struct err *e)
{
	const struct net_call call = { .easy = j->easy, .rc = rc,
	    .detail = j->detail, .opts = &j->net, .sent = j->left };

	if (rc == CURLE_FILESIZE_EXCEEDED)
		return http_too_large(j, e);
	net_explain(&call, e);
	return err_wrap(e, "call to %s", j->where);
}

void
http_job_answer(struct http_job *j, CURLcode rc, struct http_answer *a)
{
	memset(a, 0, sizeof(*a));
	a->retry_after_ms = -1;
	a->maybe_sent = j->left;
	if (j->began != 0)
		a->elapsed_ms = clock_mono(j->loop->clock) - j->began;
	if (j->err.code != ERR_NONE) {
		a->failed = 1;
		a->err = j->err;
		if (a->err.sys == 0)
			a->err.sys = (int)rc;
		return;
	}
	if (rc != CURLE_OK) {
		a->failed = 1;
		http_explain(j, rc, &a->err);
		return;
	}
	curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &a->status);
	a->job = j;
	a->retry_after_ms = net_pause_ms(j->easy, j->loop->clock);
	a->body = j->body.data;
	a->body_len = j->body.len;
	a->file_len = j->got - j->body.len;
}

const char *
http_answer_header(const struct http_answer *a, const char *name)
{
	struct curl_header *h;

	if (a->job == NULL || curl_easy_header(a->job->easy, name, 0,
	    CURLH_HEADER, -1, &h) != CURLHE_OK)
		return NULL;
	return h->value;
}
