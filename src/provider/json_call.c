/* Calls in JSON. */
#include "json_call.h"

#include <stdio.h>
#include <string.h>

#include "../base/str.h"
#include "../format/jsonx.h"
#include "http_fail.h"

#define COUNT_MAX	10000000000000

json_t *
pv_json_answer(const char *title, const struct pv_event *ev, struct err *e)
{
	json_t *root;

	if (pv_is_page(ev)) {
		err_set(e, ERR_PROTOCOL, "a web page came in place of %s's "
		    "answer, such as of a portal, a login or for maintenance",
		    title);
		return NULL;
	}
	root = jsonx_parse(ev->body, ev->len, e);
	if (root == NULL) {
		err_wrap(e, "the answer of %s", title);
		return NULL;
	}
	if (!json_is_object(root)) {
		json_decref(root);
		err_set(e, ERR_PROTOCOL, "%s answered in JSON, but with no "
		    "object", title);
		return NULL;
	}
	return root;
}

int
pv_json_put(struct buf *b, const char *key, const struct secret *secret,
    struct err *e)
{
	const unsigned char *p = (const unsigned char *)secret_bytes(secret);
	size_t i, len, n = secret_len(secret);
	uint32_t cp;
	int rc;

	if (buf_addf(b, e, "\"%s\":\"", key) == -1)
		return -1;
	for (i = 0; i < n; i += len) {
		len = utf8_next(p + i, n - i, &cp);
		if (len == 0)
			return err_set(e, ERR_SECRET, "%s is not a text in "
			    "UTF-8", key);
		if (cp == '"' || cp == '\\' || cp < ' ')
			rc = buf_addf(b, e, "\\u%04x", (unsigned)cp);
		else
			rc = buf_add(b, p + i, len, e);
		if (rc == -1)
			return -1;
	}
	return buf_adds(b, "\"", e);
}

int64_t
pv_json_count(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	uint64_t n;
	int64_t whole;

	if (json_is_string(v))
		return str_u64(json_string_value(v), json_string_length(v),
		    COUNT_MAX, &n) == -1 ? -1 : (int64_t)n;
	if (json_is_integer(v))
		whole = json_integer_value(v);
	else if (json_is_real(v) && json_real_value(v) >= 0 &&
	    json_real_value(v) <= (double)COUNT_MAX) {
		whole = (int64_t)json_real_value(v);
		if ((double)whole != json_real_value(v))
			return -1;
	} else
		return -1;
	return whole >= 0 && whole <= COUNT_MAX ? whole : -1;
}

bool
pv_json_word(const json_t *o, const char *key, char *out, size_t size)
{
	const json_t *v = json_object_get(o, key);
	char digits[32];
	const char *s = NULL;

	out[0] = '\0';
	if (json_is_string(v) &&
	    strlen(json_string_value(v)) == json_string_length(v))
		s = json_string_value(v);
	else if (json_is_integer(v)) {
		snprintf(digits, sizeof(digits), "%lld",
		    (long long)json_integer_value(v));
		s = digits;
	}
	if (s == NULL || s[0] == '\0' || strlen(s) >= size)
		return false;
	memcpy(out, s, strlen(s) + 1);
	return true;
}

const char *
pv_json_text(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}
