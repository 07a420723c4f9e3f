/* Requests as values: filling and releasing them. */
#include "request.h"

#include <string.h>

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
