/* The members of a side, for JSON and for the doctor's memory. */
#include "doctor_internal.h"

#include <string.h>

#include "../format/jsonx.h"

#define AT(member)	offsetof(struct doctor_side, member)
#define UNTOLD		NULL, false
#define TOLD(name)	name, false

const struct doctor_field doctor_fields[] = {
	{ "where", NULL, DOCTOR_TEXT, AT(where), TOLD("the address") },
	{ "connect_ms", NULL, DOCTOR_NUMBER, AT(connect_ms), UNTOLD },
	{ "server", NULL, DOCTOR_TEXT, AT(server),
	    TOLD("the server's software") },
	{ "system", NULL, DOCTOR_TEXT, AT(syst),
	    TOLD("the server's system") },
	{ "protocol", NULL, DOCTOR_TEXT, AT(protocol),
	    TOLD("the version of HTTP") },
	{ "channel", NULL, DOCTOR_TEXT, AT(channel),
	    TOLD("who speaks SSH here") },
	{ "connections", NULL, DOCTOR_NUMBER, AT(connections), UNTOLD },
	{ "features", NULL, DOCTOR_LIST, AT(features),
	    TOLD("what the server offers") },
	{ "data_connection", NULL, DOCTOR_TEXT, AT(data_connection),
	    TOLD("how data connections are made") },
	{ "host_key", NULL, DOCTOR_TEXT, AT(host_key), TOLD("the host key") },
	{ "host_key_type", NULL, DOCTOR_TEXT, AT(host_key_type), UNTOLD },
	{ "host_key_since", NULL, DOCTOR_TEXT, AT(host_key_since), UNTOLD },
	{ "host_key_by", NULL, DOCTOR_TEXT, AT(host_key_by), UNTOLD },
	{ "stored", NULL, DOCTOR_TEXT, AT(stored), UNTOLD },
	{ "offered", NULL, DOCTOR_TEXT, AT(offered), UNTOLD },
	{ "offered_type", NULL, DOCTOR_TEXT, AT(offered_type), UNTOLD },
	{ "offered_since", NULL, DOCTOR_TEXT, AT(offered_since), UNTOLD },
	{ "ssh", "kex", DOCTOR_TEXT, AT(kex), TOLD("the SSH key exchange") },
	{ "ssh", "host_key", DOCTOR_TEXT, AT(key_alg),
	    TOLD("the kind of host key") },
	{ "ssh", "cipher", DOCTOR_TEXT, AT(cipher), TOLD("the SSH cipher") },
	{ "ssh", "mac", DOCTOR_TEXT, AT(mac), TOLD("the SSH checksum") },
	{ "tls", NULL, DOCTOR_TEXT, AT(tls), TOLD("TLS version and cipher") },
	{ "tls_full", NULL, DOCTOR_NUMBER, AT(tls_full), UNTOLD },
	{ "tls_resumed", NULL, DOCTOR_NUMBER, AT(tls_resumed), UNTOLD },
	{ "cert", "subject", DOCTOR_TEXT, AT(cert_subject), UNTOLD },
	{ "cert", "issuer", DOCTOR_TEXT, AT(cert_issuer),
	    TOLD("who issued the certificate") },
	{ "cert", "from", DOCTOR_TEXT, AT(cert_from), UNTOLD },
	{ "cert", "until", DOCTOR_TEXT, AT(cert_until),
	    TOLD("the certificate's end") },
	{ "cert", "pin", DOCTOR_TEXT, AT(cert_pin),
	    TOLD("the certificate's key") },
	{ "cert_days", NULL, DOCTOR_NUMBER, AT(cert_days), UNTOLD },
	{ "clock_ahead_s", NULL, DOCTOR_NUMBER, AT(clock_ahead_s), UNTOLD },
	{ "answer_ms", NULL, DOCTOR_NUMBER, AT(answer_ms), UNTOLD },
	{ "fetch_ms", NULL, DOCTOR_NUMBER, AT(fetch_ms), UNTOLD },
	{ "bytes_per_s", NULL, DOCTOR_NUMBER, AT(bytes_per_s), UNTOLD },
	{ "limits", "write_bytes", DOCTOR_NUMBER, AT(write_bytes),
	    TOLD("bytes in one request") },
	{ "limits", "read_bytes", DOCTOR_NUMBER, AT(read_bytes), UNTOLD },
	{ "limits", "open_files", DOCTOR_NUMBER, AT(open_files),
	    "files open at once", true },
	{ "put", NULL, DOCTOR_WORD, AT(put), UNTOLD },
	{ "look_up", NULL, DOCTOR_WORD, AT(look_up),
	    TOLD("looking files up") },
	{ "read", NULL, DOCTOR_WORD, AT(read), TOLD("reading files back") },
	{ "hash", NULL, DOCTOR_WORD, AT(hash),
	    TOLD("telling the SHA-256 of files") },
	{ "list", NULL, DOCTOR_WORD, AT(list), TOLD("listing the folder") },
	{ "replace", NULL, DOCTOR_WORD, AT(replace),
	    TOLD("replacing files") },
	{ "replace_how", NULL, DOCTOR_WORD, AT(replace_how),
	    TOLD("how files are replaced") },
	{ "set_time", NULL, DOCTOR_WORD, AT(set_time),
	    TOLD("setting times") },
	{ "remove", NULL, DOCTOR_WORD, AT(remove), TOLD("removing files") },
	{ "free_bytes", NULL, DOCTOR_NUMBER, AT(free_bytes),
	    "free bytes", true },
	{ "write_only", NULL, DOCTOR_YESNO, AT(write_only), UNTOLD },
	{ NULL, NULL, DOCTOR_TEXT, 0, UNTOLD }
};

static json_t *
list_json(const char *p)
{
	json_t *list;
	size_t n;

	if (p[0] == '\0')
		return json_null();
	list = json_array();
	for (; *p != '\0'; p += n + (p[n] == ' ')) {
		n = strcspn(p, " ");
		json_array_append_new(list, jsonx_bytes(p, n));
	}
	return list;
}

json_t *
doctor_field_json(const struct doctor_side *s, const struct doctor_field *f)
{
	const char *at = (const char *)s + f->at, *text = at;
	int64_t n = DOCTOR_UNSET;

	if (f->kind == DOCTOR_LIST)
		return list_json(at);
	if (f->kind == DOCTOR_WORD)
		memcpy(&text, at, sizeof(text));
	if (f->kind == DOCTOR_TEXT || f->kind == DOCTOR_WORD)
		return text == NULL || text[0] == '\0' ? json_null() :
		    jsonx_str(text);
	memcpy(&n, at, sizeof(n));
	if (n == DOCTOR_UNSET)
		return json_null();
	return f->kind == DOCTOR_YESNO ? json_boolean(n != 0) :
	    json_integer(n);
}

/* Put a value into the object of that name within o; null until it has one. */
static void
put_inner(json_t *o, const struct doctor_field *f, json_t *v)
{
	json_t *in = json_object_get(o, f->key);

	if (in == NULL) {
		in = json_null();
		json_object_set(o, f->key, in);
	}
	if (json_is_null(in) && !json_is_null(v)) {
		const struct doctor_field *g;

		in = json_object();
		json_object_set_new(o, f->key, in);
		for (g = doctor_fields; g->key != NULL; g++)
			if (strcmp(g->key, f->key) == 0)
				json_object_set_new(in, g->inner,
				    json_null());
	}
	if (json_is_object(in))
		json_object_set(in, f->inner, v);
	json_decref(v);
}

json_t *
doctor_side_json(const struct doctor_side *s)
{
	const struct doctor_field *f;
	json_t *o = json_object();

	if (o == NULL)
		return NULL;
	for (f = doctor_fields; f->key != NULL; f++)
		if (f->inner != NULL)
			put_inner(o, f, doctor_field_json(s, f));
		else
			json_object_set_new(o, f->key,
			    doctor_field_json(s, f));
	return o;
}
