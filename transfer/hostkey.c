/*
 * Host keys: fingerprints, pins and known_hosts.
 *
 * There are three outcomes, not two: only an unknown key may ever be asked
 * about; a changed one is refused whoever asks.  The key never seen before of
 * a host that is known by other keys is not "unknown": that is just what an
 * impostor would show, so the caller offers the known types first.
 */
#include "hostkey.h"

#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "../src/base/base64.h"
#include "../src/base/buf.h"
#include "../src/base/err.h"
#include "../src/base/io.h"
#include "../src/base/list.h"

#define FILE_MAX	(16u << 20)	/* bytes of known_hosts */
#define KEY_MAX		16384		/* bytes of one public key */
#define NAME_MAX_BYTES	300		/* "[host]:port" */
#define PRINT_LEN	43		/* base64 of 32 bytes, unpadded */
#define CONFIRM		"if its owner confirms that, set host_key: " \
			"[\"%s\"] for this endpoint; "
#define NOTHING_SENT	"no password and no file was sent"

struct known {
	char		*type;
	unsigned char	*blob;
	size_t		 n;
	unsigned	 line;
	bool		 revoked;
	bool		 ca;	/* not the host's key: it signs them */
};

struct hostkey_list {
	struct known	*keys;
	size_t		 n, cap;
};

/* A word in a line. */
struct word {
	const char	*p;
	size_t		 n;
};

/*
 * HMAC (RFC 2104) of a host name with SHA-1, as hashed lines have it.  By hand,
 * for libcrypto's header cannot be used beside our list of banned names.  The
 * key is a salt of at most one block.
 */
static void
hmac_sha1(const unsigned char *key, size_t n, const char *text,
    unsigned char out[SHA_DIGEST_LENGTH])
{
	unsigned char inner[SHA_CBLOCK + NAME_MAX_BYTES];
	unsigned char outer[SHA_CBLOCK + SHA_DIGEST_LENGTH];
	size_t i, len = strlen(text);

	memset(inner, 0x36, SHA_CBLOCK);
	memset(outer, 0x5c, SHA_CBLOCK);
	for (i = 0; i < n; i++) {
		inner[i] ^= key[i];
		outer[i] ^= key[i];
	}
	memcpy(inner + SHA_CBLOCK, text, len);
	SHA1(inner, SHA_CBLOCK + len, outer + SHA_CBLOCK);
	SHA1(outer, sizeof(outer), out);
}

void
hostkey_print(const void *blob, size_t n, char out[HOSTKEY_PRINT])
{
	unsigned char sum[SHA256_DIGEST_LENGTH];

	SHA256(blob, n, sum);
	memcpy(out, "SHA256:", 7);
	base64_encode(sum, sizeof(sum), out + 7);
}

/* Of "ssh-ed25519", "rsa-sha2-512" ... */
static enum hostkey_family
family_of(const char *type)
{
	if (strstr(type, "ed25519") != NULL)
		return HOSTKEY_ED25519;
	if (strstr(type, "ecdsa") != NULL)
		return HOSTKEY_ECDSA;
	if (strstr(type, "rsa") != NULL)
		return HOSTKEY_RSA;
	return HOSTKEY_OTHER;
}

/* The digits behind "SHA256:" without padding, or NULL. */
static const char *
pin_digits(const char *pin)
{
	size_t i;

	if (strncmp(pin, "SHA256:", 7) != 0)
		return NULL;
	pin += 7;
	for (i = 0; i < PRINT_LEN; i++)
		if (base64_digit(pin[i]) == -1)
			return NULL;
	if (strcmp(pin + PRINT_LEN, "") != 0 &&
	    strcmp(pin + PRINT_LEN, "=") != 0)
		return NULL;
	return pin;
}

int
xfer_pins_check(const char *const *pins, struct err *e)
{
	for (; pins != NULL && *pins != NULL; pins++)
		if (pin_digits(*pins) == NULL)
			return err_set(e, ERR_CONFIG, "host_key \"%s\" is not "
			    "a fingerprint; it looks like SHA256: and 43 "
			    "characters, as \"ssh-keygen -l\" prints it",
			    *pins);
	return 0;
}

static bool
pinned(const char *const *pins, const char *print)
{
	const char *digits;

	for (; *pins != NULL; pins++) {
		digits = pin_digits(*pins);
		if (digits != NULL && strncmp(digits, print + 7,
		    PRINT_LEN) == 0)
			return true;
	}
	return false;
}

static struct word
next_word(struct word *line)
{
	struct word w;

	while (line->n != 0 && isspace((unsigned char)*line->p)) {
		line->p++;
		line->n--;
	}
	w.p = line->p;
	while (line->n != 0 && !isspace((unsigned char)*line->p)) {
		line->p++;
		line->n--;
	}
	w.n = (size_t)(line->p - w.p);
	return w;
}

static bool
word_is(struct word w, const char *s)
{
	return w.n == strlen(s) && memcmp(w.p, s, w.n) == 0;
}

/* Shell pattern with only '*' and '?', without regard to case. */
static bool
glob(struct word pat, const char *s)
{
	const char *back = NULL;
	size_t i = 0, star = 0;
	bool have_star = false;

	while (*s != '\0') {
		if (i < pat.n && pat.p[i] == '*') {
			have_star = true;
			star = ++i;
			back = s;
		} else if (i < pat.n && (pat.p[i] == '?' ||
		    tolower((unsigned char)pat.p[i]) == *s)) {
			i++;
			s++;
		} else if (have_star) {
			i = star;
			s = ++back;
		} else {
			return false;
		}
	}
	while (i < pat.n && pat.p[i] == '*')
		i++;
	return i == pat.n;
}

/* "|1|SALT|HASH": HMAC-SHA1 of the name with the salt as key. */
static bool
hash_matches(struct word w, const char *name)
{
	unsigned char salt[SHA_CBLOCK], want[64], have[SHA_DIGEST_LENGTH];
	const char *bar;
	size_t nsalt;

	w.p += 3;
	w.n -= 3;
	if ((bar = memchr(w.p, '|', w.n)) == NULL)
		return false;
	nsalt = base64_decode(w.p, (size_t)(bar - w.p), salt, sizeof(salt));
	if (nsalt == 0 || base64_decode(bar + 1,
	    w.n - (size_t)(bar + 1 - w.p), want, sizeof(want)) !=
	    sizeof(have))
		return false;
	hmac_sha1(salt, nsalt, name, have);
	return memcmp(have, want, sizeof(have)) == 0;
}

/* Whether the first field of a line names the host. */
static bool
names_match(struct word list, const char *name)
{
	struct word one;
	const char *comma;
	bool found = false, not;

	if (list.n > 3 && memcmp(list.p, "|1|", 3) == 0)
		return hash_matches(list, name);
	while (list.n != 0) {
		comma = memchr(list.p, ',', list.n);
		one.p = list.p;
		one.n = comma == NULL ? list.n : (size_t)(comma - list.p);
		list.p += one.n;
		list.n -= one.n;
		if (list.n != 0) {
			list.p++;
			list.n--;
		}
		not = one.n != 0 && *one.p == '!';
		one.p += not;
		one.n -= not;
		if (!glob(one, name))
			continue;
		if (not)
			return false;
		found = true;
	}
	return found;
}

/*
 * One line: [@marker] names type key [comment].  What cannot be understood is
 * passed over, as ssh does.
 */
static int
take_line(struct hostkey_list *l, struct word line, unsigned number,
    const char *name, struct err *e)
{
	unsigned char blob[KEY_MAX];
	struct known k = { .line = number };
	struct word names, type, key;

	names = next_word(&line);
	if (names.n == 0 || *names.p == '#')
		return 0;
	if (*names.p == '@') {
		k.revoked = word_is(names, "@revoked");
		k.ca = word_is(names, "@cert-authority");
		if (!k.revoked && !k.ca)
			return 0;
		names = next_word(&line);
	}
	type = next_word(&line);
	key = next_word(&line);
	if (key.n == 0 || !names_match(names, name) ||
	    (k.n = base64_decode(key.p, key.n, blob, sizeof(blob))) == 0)
		return 0;
	if (list_grow(&l->keys, l->n, &l->cap, sizeof(*l->keys), e) == -1)
		return -1;
	k.type = strndup(type.p, type.n);
	k.blob = malloc(k.n);
	if (k.type == NULL || k.blob == NULL) {
		free(k.type);
		free(k.blob);
		return err_nomem(e);
	}
	memcpy(k.blob, blob, k.n);
	l->keys[l->n++] = k;
	return 0;
}

static void
host_name(const char *host, uint16_t port, char *out, size_t n)
{
	char *p;

	if (port == 22)
		snprintf(out, n, "%s", host);
	else
		snprintf(out, n, "[%s]:%u", host, port);
	for (p = out; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
}

int
hostkey_load(const char *path, const char *host, uint16_t port,
    struct hostkey_list **out, struct err *e)
{
	struct hostkey_list *l;
	char name[NAME_MAX_BYTES], *text, *line, *next;
	unsigned number = 0;
	size_t n;
	int r = 0;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return err_nomem(e);
	if (access(path, R_OK) == -1 && errno == ENOENT) {
		*out = l;
		return 0;
	}
	if (io_slurp(path, FILE_MAX, &text, &n, e) == -1) {
		hostkey_free(l);
		e->code = ERR_CONFIG;
		return err_wrap(e, "known host keys");
	}
	host_name(host, port, name, sizeof(name));
	for (line = text; line < text + n && r == 0; line = next) {
		next = memchr(line, '\n', (size_t)(text + n - line));
		next = next != NULL ? next + 1 : text + n;
		r = take_line(l, (struct word){ line, (size_t)(next - line) },
		    ++number, name, e);
	}
	free(text);
	if (r == -1) {
		hostkey_free(l);
		return -1;
	}
	*out = l;
	return 0;
}

void
hostkey_free(struct hostkey_list *l)
{
	size_t i;

	if (l == NULL)
		return;
	for (i = 0; i < l->n; i++) {
		free(l->keys[i].type);
		free(l->keys[i].blob);
	}
	free(l->keys);
	free(l);
}

bool
hostkey_knows(const struct hostkey_list *l, const char *alg)
{
	size_t i;

	if (l == NULL)
		return false;
	if (strncmp(alg, "rsa-sha2-", 9) == 0)
		alg = "ssh-rsa";
	for (i = 0; i < l->n; i++)
		if (!l->keys[i].revoked && !l->keys[i].ca &&
		    strcmp(l->keys[i].type, alg) == 0)
			return true;
	return false;
}

bool
hostkey_has_ca(const struct hostkey_list *l)
{
	size_t i;

	for (i = 0; l != NULL && i < l->n; i++)
		if (l->keys[i].ca)
			return true;
	return false;
}

bool
hostkey_has_plain(const struct hostkey_list *l)
{
	size_t i;

	for (i = 0; l != NULL && i < l->n; i++)
		if (!l->keys[i].ca && !l->keys[i].revoked)
			return true;
	return false;
}

int
hostkey_line(const char *name, const char *type, const void *blob, size_t n,
    struct buf *out, struct err *e)
{
	size_t digits = (n * 8 + 5) / 6;

	if (buf_addf(out, e, "%s %s ", name, type) == -1 ||
	    buf_reserve(out, digits + 4, e) == -1)
		return -1;
	base64_encode(blob, n, out->data + out->len);
	out->len += digits;
	return buf_addf(out, e, "%s\n", n % 3 == 0 ? "" :
	    n % 3 == 1 ? "==" : "=");
}

int
hostkey_lines(const struct hostkey_list *l, const char *name,
    struct buf *out, struct err *e)
{
	const struct known *k;
	size_t i;

	for (i = 0; l != NULL && i < l->n; i++) {
		k = &l->keys[i];
		if (buf_adds(out, k->revoked ? "@revoked " :
		    k->ca ? "@cert-authority " : "", e) == -1 ||
		    hostkey_line(name, k->type, k->blob, k->n, out, e) == -1)
			return -1;
	}
	return 0;
}

/* The name of the key's type, which the blob begins with. */
static void
blob_type(const unsigned char *blob, size_t n, char *out, size_t max)
{
	size_t len;

	len = n < 4 || blob[0] != 0 || blob[1] != 0 ? 0 :
	    (size_t)blob[2] << 8 | blob[3];
	if (len > n - 4 || len == 0)
		snprintf(out, max, "unknown type");
	else
		snprintf(out, max, "%.*s", (int)len, (const char *)blob + 4);
}

int
hostkey_order(const struct hostkey_list *l, const char *const *algs, int n,
    int only, struct buf *out, struct err *e)
{
	int family, i, rank, want;

	for (want = 0; want < 2 * (HOSTKEY_OTHER + 1); want++) {
		for (i = 0; i < n; i++) {
			family = (int)family_of(algs[i]);
			rank = family + (hostkey_knows(l, algs[i]) ? 0 :
			    HOSTKEY_OTHER + 1);
			if (rank != want || (only != -1 && only != family))
				continue;
			if (buf_addf(out, e, "%s%s", out->len != 0 ?
			    "," : "", algs[i]) == -1)
				return -1;
		}
	}
	return 0;
}

/* A server key with all that messages say about it. */
struct shown {
	const void	*blob;
	size_t		 n;
	char		 type[40], print[HOSTKEY_PRINT], name[NAME_MAX_BYTES];
};

static enum xfer_hostkey
check_pins(const struct hostkey_rules *r, const struct shown *k,
    struct err *e)
{
	const char *const *p = r->pins;
	struct err ignored;
	struct buf list;

	if (pinned(p, k->print))
		return XFER_KEY_MATCH;
	buf_init(&list, 400);
	err_clear(&ignored);
	while (*p != NULL && buf_addf(&list, &ignored, "%s%s",
	    p == r->pins ? "" : " or ", *p) == 0)
		p++;
	err_set(e, ERR_HOSTKEY, "the host key of %s has changed: the server "
	    "shows %s (%s), but host_key expects %s; " CONFIRM NOTHING_SENT,
	    k->name, k->print, k->type, list.data, k->print);
	buf_release(&list);
	return XFER_KEY_CHANGED;
}

static enum xfer_hostkey
revoked(const struct hostkey_rules *r, const struct shown *k, unsigned line,
    struct err *e)
{
	err_set(e, ERR_HOSTKEY, "the server shows the key %s (%s) for %s, "
	    "which line %u of %s marks as revoked; " NOTHING_SENT, k->print,
	    k->type, k->name, line, r->known_path);
	return XFER_KEY_CHANGED;
}

static enum xfer_hostkey
differs(const struct hostkey_rules *r, const struct shown *k,
    const struct known *old, struct err *e)
{
	char print[HOSTKEY_PRINT];

	hostkey_print(old->blob, old->n, print);
	err_set(e, ERR_HOSTKEY, "the host key of %s has changed: the server "
	    "shows %s (%s), but line %u of %s knows it by %s (%s); " CONFIRM
	    NOTHING_SENT, k->name, k->print, k->type, old->line,
	    r->known_path, print, old->type, k->print);
	return XFER_KEY_CHANGED;
}

static enum xfer_hostkey
ask(const struct hostkey_rules *r, const struct shown *k, struct err *e)
{
	if (r->ask != NULL && r->ask(r->ask_arg, k->name, k->type,
	    k->print) == 0)
		return XFER_KEY_MATCH;
	err_set(e, ERR_HOSTKEY, "the host key of %s is not known: the server "
	    "shows %s (%s); " CONFIRM NOTHING_SENT, k->name, k->print,
	    k->type, k->print);
	return XFER_KEY_UNKNOWN;
}

static enum xfer_hostkey
check_known(const struct hostkey_rules *r, const struct shown *k,
    struct err *e)
{
	const struct known *p, *same = NULL, *other = NULL;
	size_t i;

	for (i = 0; r->known != NULL && i < r->known->n; i++) {
		p = &r->known->keys[i];
		if (p->ca)
			continue;
		if (p->n == k->n && memcmp(p->blob, k->blob, k->n) == 0) {
			if (p->revoked)
				return revoked(r, k, p->line, e);
			same = p;
		} else if (!p->revoked && (other == NULL ||
		    strcmp(p->type, k->type) == 0)) {
			other = p;
		}
	}
	if (same != NULL)
		return XFER_KEY_MATCH;
	return other != NULL ? differs(r, k, other, e) : ask(r, k, e);
}

/* The type is a server's word: nothing in it may end a line or a field. */
static bool
plain_type(const char *type)
{
	const char *p;

	for (p = type; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("@.-", *p) == NULL)
			return false;
	return p > type;
}

/* The first key that was refused stays until one is trusted. */
static void
note_shown(const struct shown *k, enum xfer_hostkey verdict,
    struct xfer_shown *out)
{
	struct err ignored;
	struct buf line;

	if (out == NULL ||
	    (out->print[0] != '\0' && verdict != XFER_KEY_MATCH))
		return;
	memset(out, 0, sizeof(*out));
	out->verdict = verdict;
	snprintf(out->type, sizeof(out->type), "%s", k->type);
	snprintf(out->print, sizeof(out->print), "%s", k->print);
	err_clear(&ignored);
	buf_init(&line, sizeof(out->line));
	if (plain_type(k->type) && hostkey_line(k->name, k->type, k->blob,
	    k->n, &line, &ignored) == 0)
		snprintf(out->line, sizeof(out->line), "%.*s",
		    (int)line.len - 1, line.data);
	buf_release(&line);
}

enum xfer_hostkey
hostkey_check(const struct hostkey_rules *r, const void *blob, size_t n,
    struct err *e)
{
	struct shown k = { .blob = blob, .n = n };
	enum xfer_hostkey verdict;

	hostkey_print(blob, n, k.print);
	blob_type(blob, n, k.type, sizeof(k.type));
	host_name(r->host, r->port, k.name, sizeof(k.name));
	verdict = r->pins != NULL && *r->pins != NULL ?
	    check_pins(r, &k, e) : check_known(r, &k, e);
	note_shown(&k, verdict, r->shown);
	return verdict;
}
