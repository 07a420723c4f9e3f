/*
 * Replies of FTP servers, and what a refusal means.
 *
 * The numbers are RFC 959's, but 550 covers "no such file" as well as
 * "permission denied", 530 "wrong password" as well as "too many users", and
 * 451, 550, 552 and 553 all stand for a full disk somewhere.  So the words are
 * looked at first, and those of all lines: the last one is often the least.
 */
#include "ftp_reply.h"

#include <string.h>

#include "../src/base/err.h"
#include "said.h"

/* The number that a line begins with, "NNN"; 0 when there is none. */
static long
number(const char *p, size_t n)
{

	if (n < 3 || p[0] < '1' || p[0] > '9' || p[1] < '0' || p[1] > '9' ||
	    p[2] < '0' || p[2] > '9')
		return 0;
	return (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
}

static void
add_words(struct ftp_reply *r, const char *p, size_t n)
{

	while (n > 0 && *p == ' ') {
		p++;
		n--;
	}
	if (n == 0 || r->len + 3 >= sizeof(r->text))
		return;
	if (r->len > 4) {
		memcpy(r->text + r->len, "; ", 2);
		r->len += 2;
	}
	if (n > sizeof(r->text) - 1 - r->len)
		n = sizeof(r->text) - 1 - r->len;
	memcpy(r->text + r->len, p, n);
	r->len += n;
	r->text[r->len] = '\0';
}

long
ftp_reply_line(struct ftp_reply *r, const char *p, size_t n)
{
	long code = number(p, n);
	bool first = r->len == 0 || r->code != 0;

	if (first && code == 0)
		return 0;	/* no reply at all */
	if (first) {
		r->code = 0;
		memcpy(r->text, p, 3);
		memcpy(r->text + 3, " ", 2);
		r->len = 4;
	}
	if (code != 0 && memcmp(p, r->text, 3) == 0 &&
	    (n == 3 || p[3] == ' ' || p[3] == '-')) {
		add_words(r, p + (n > 3 ? 4 : 3), n > 3 ? n - 4 : 0);
		if (n == 3 || p[3] == ' ')
			r->code = code;
	} else
		add_words(r, p, n);
	return r->code;
}

/* What a reply means, where the words do not say it. */
static const struct {
	long		reply;
	enum err_code	code;
} replies[] = {
	{ 426, ERR_BROKEN },
	{ 430, ERR_LOGIN },
	{ 452, ERR_REMOTE_FULL },
	{ 500, ERR_UNSUPPORTED },
	{ 501, ERR_UNSUPPORTED },
	{ 502, ERR_UNSUPPORTED },
	{ 503, ERR_PROTOCOL },
	{ 504, ERR_UNSUPPORTED },
	{ 530, ERR_LOGIN },
	{ 532, ERR_DENIED },
	{ 534, ERR_UNSUPPORTED },
	{ 552, ERR_REMOTE_FULL },
	{ 553, ERR_DENIED },
};

/* Replies about a file: what its name holds, or a right, may be the reason. */
static bool
about_file(long code)
{

	return code == 450 || code == 451 || code == 550 || code == 553;
}

/* The server's own words: a file may be named "quota". */
static void
own_words(const struct ftp_reply *r, const char *path, char *out)
{
	size_t n = path != NULL ? strlen(path) : 0;
	char *at;

	memcpy(out, r->text, r->len + 1);
	while (n > 0 && (at = strstr(out, path)) != NULL)
		memmove(at, at + n, strlen(at + n) + 1);
}

static enum err_code
reply_code(const struct ftp_reply *r, const char *words,
    const struct ftp_asked *asked)
{
	size_t i;

	if (said(words, SAID_FULL))
		return ERR_REMOTE_FULL;
	if (said(words, SAID_CROWDED))
		return ERR_BUSY;
	if (about_file(r->code)) {
		if (said(words, SAID_FOLDER) || said(words, SAID_TAKEN))
			return ERR_EXISTS;
		if (said(words, SAID_MISSING))
			return ERR_NOTFOUND;
		if (said(words, SAID_DENIED))
			return ERR_DENIED;
	}
	for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++)
		if (replies[i].reply == r->code)
			return replies[i].code;
	if (r->code == 550)
		return asked->upload ? ERR_DENIED : ERR_NOTFOUND;
	return r->code < 500 ? ERR_UNAVAILABLE : ERR_PROTOCOL;
}

/* Servers word these differently: "SSL/TLS required", "must use encryption". */
static bool
wants_tls(const char *text)
{

	return strcasestr(text, "TLS") != NULL ||
	    strcasestr(text, "SSL") != NULL ||
	    strcasestr(text, "encrypt") != NULL ||
	    strcasestr(text, "AUTH first") != NULL;
}

static bool
wants_reuse(long code, const char *words)
{

	return code == 522 || strcasestr(words, "session") != NULL ||
	    strcasestr(words, "resum") != NULL;
}

/* What to do, where the code alone does not tell. */
static const char *
advice(enum err_code code, long reply, const char *words,
    const struct ftp_asked *asked)
{

	if (asked->tls && wants_reuse(reply, words))
		return "; it wants each data connection to resume the TLS "
		    "session, which works with tls_max \"1.2\"";
	if (code == ERR_EXISTS && said(words, SAID_FOLDER))
		return "; a folder has that name, or something else that is "
		    "no file: have it moved away, or use another name";
	if (code == ERR_EXISTS)
		return "; the name is taken, and this user may not replace it";
	if (code == ERR_REMOTE_FULL && reply != 452 && reply != 552)
		return "; the disk over there is full, or a quota used up";
	if (asked->upload && (code == ERR_NOTFOUND || code == ERR_DENIED))
		return "; the folder may be missing (mkdir: true makes it) or "
		    "closed to this user";
	return "";
}

int
ftp_reply_explain(const struct ftp_reply *r, const struct ftp_asked *asked,
    struct err *e)
{
	char words[FTP_REPLY_TEXT];
	enum err_code code;

	own_words(r, asked->path, words);
	code = reply_code(r, words, asked);
	if (!asked->tls && wants_tls(words))
		err_set(e, ERR_CONFIG, "the server answered \"%s\"; it wants "
		    "TLS, so write ftpes:// in the URL", r->text);
	else
		err_set(e, code, "the server answered \"%s\"%s", r->text,
		    advice(code, r->code, words, asked));
	e->remote = r->code;
	return -1;
}
