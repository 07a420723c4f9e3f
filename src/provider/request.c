/* Requests as values: filling and releasing them. */
#include "request.h"

#include <string.h>

#include "../base/str.h"

void
pv_header_add(struct pv_request *rq, const char *name, const char *value,
    const struct secret *secret)
{
	if (rq->nheaders < PV_HEADERS_MAX)
		rq->headers[rq->nheaders++] = (struct pv_header){
		    .name = name, .value = value, .secret = secret };
}

int
pv_request_own(struct pv_request *rq, struct err *e)
{
	struct pv_header *h;
	size_t i;

	for (i = 0; i < rq->nheaders; i++) {
		h = &rq->headers[i];
		if (h->made != NULL || h->secret == NULL)
			continue;
		h->made = secret_new(secret_bytes(h->secret),
		    secret_len(h->secret), e);
		if (h->made == NULL)
			return -1;
		h->secret = NULL;
	}
	return 0;
}

/*
 * Of the connection, of the body and of what is taken for an answer: a second
 * one would break the call, or make two ends read it differently.
 */
static const char *const taken[] = { "Accept", "Accept-Encoding", "Connection",
	"Content-Encoding", "Content-Length", "Content-Type", "Expect", "Host",
	"HTTP2-Settings", "Keep-Alive", "Proxy-Authorization",
	"Proxy-Connection", "Range", "TE", "Trailer", "Transfer-Encoding",
	"Upgrade", "User-Agent" };

int
pv_header_name_check(const char *text, struct err *e)
{
	size_t i;

	if (text[0] == '\0' || text[strspn(text, "!#$%&'*+-.^_`|~0123456789"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")] != '\0')
		return err_set(e, ERR_CONFIG, "\"%s\" cannot be the name of a "
		    "header: letters, digits and -, without the colon", text);
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (str_ieq(text, taken[i]))
			return err_set(e, ERR_CONFIG, "\"%s\" is a header that "
			    "each call has of its own, and cannot carry "
			    "anything else", text);
	}
	return 0;
}

int
pv_header_text_check(const char *text, struct err *e)
{
	size_t i;

	for (i = 0; text[i] >= ' ' && text[i] <= '~'; i++)
		;
	return text[i] == '\0' ? 0 : err_set(e, ERR_CONFIG, "\"%s\" cannot be "
	    "the value of a header: its byte %zu is a control or special "
	    "character", text, i + 1);
}

void
pv_request_init(struct pv_request *rq, size_t url_max, size_t body_max)
{
	*rq = (struct pv_request){ .method = NULL };
	buf_init(&rq->url, url_max);
	buf_init(&rq->body, body_max);
	rq->url.wipe = rq->body.wipe = true;
}

void
pv_request_release(struct pv_request *rq)
{
	size_t i;

	for (i = 0; i < rq->nheaders; i++)
		secret_free(rq->headers[i].made);
	buf_release(&rq->url);
	buf_release(&rq->body);
}
