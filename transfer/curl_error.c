/*
 * Performing a call.
 */
#include "curl_internal.h"

#define LOOK_MS		20	/* longest sleep before looking again */

bool
xcurl_version_refused(const struct xcurl *c)
{

	return net_version_refused(c->rc, c->errbuf);
}

static int
perform_failed(struct xcurl *c, struct err *e)
{
	const struct net_call call = { .easy = c->easy, .rc = c->rc,
	    .detail = c->errbuf, .opts = &c->net, .sent = c->last != 0 };

	if (c->err.code != ERR_NONE) {
		*e = c->err;
		return -1;
	}
	if (!xcurl_version_refused(c))
		return net_explain(&call, e);
	net_explain(&call, &c->err);
	err_set(e, c->err.code, "%s; set tls_max or tls_min to one that it "
	    "takes", c->err.msg);
	e->sys = (int)c->rc;
	return -1;
}

/*
 * What curl_easy_perform does, with shorter sleeps.  While libcurl opens a
 * data connection of FTP it waits for that one only; a reply that comes on
 * the control connection meanwhile is seen after the sleep, which
 * curl_easy_perform makes a second long: a second for every file.
 */
static CURLcode
run(struct xcurl *c)
{
	CURLMcode	 rc;
	CURLMsg		*m;
	CURLcode	 done = CURLE_FAILED_INIT;
	int		 left = 1;

	rc = curl_multi_add_handle(c->multi, c->easy);
	while (rc == CURLM_OK) {
		rc = curl_multi_perform(c->multi, &left);
		if (rc != CURLM_OK || left == 0)
			break;
		if (net_wait(c->multi, LOOK_MS, &c->err) == -1)
			break;
	}
	if (rc != CURLM_OK)
		done = rc == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY :
		    CURLE_FAILED_INIT;
	else if ((m = curl_multi_info_read(c->multi, &left)) != NULL)
		done = m->data.result;
	net_leave(c->multi, c->easy);
	return done;
}

int
xcurl_perform(struct xcurl *c, struct err *e)
{

	if (c->set != CURLE_OK)
		return net_refused(c->set, e);
	c->rc = run(c);
	if (c->cut && c->rc == CURLE_ABORTED_BY_CALLBACK)
		c->rc = CURLE_OK;
	xcurl_facts(c);
	if (c->rc != CURLE_OK || c->err.code != ERR_NONE)
		return perform_failed(c, e);
	if (c->src != NULL)
		xfer_told(c->x, c->src->size, c->src->size);
	return 0;
}
