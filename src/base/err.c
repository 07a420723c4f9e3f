/*
 * Errors: composing and growing the sentence, and weighing exit codes.
 *
 * The sentence lives in a fixed array: an error must be reportable when there
 * is no memory left.  A sentence that is too long loses its end,
 * and half a UTF-8 character is never shown.
 */
#include "err.h"

#include <errno.h>
#include <stdarg.h>

#include "err_internal.h"
#include "exit.h"
#include "str.h"

#define ERR_MSG		sizeof(((struct err *)0)->msg)

void
err_clear(struct err *e)
{
	e->code = ERR_NONE;
	e->own = NULL;
	e->sys = 0;
	e->remote = 0;
	e->wait_ms = 0;
	e->met = false;
	e->key = NULL;
	e->msg[0] = '\0';
}

/*
 * Make msg one line of valid UTF-8: foreign text may have come in through an
 * argument, and snprintf may have cut a character in two.
 */
static void
msg_clean(char *msg)
{
	unsigned char *p = (unsigned char *)msg;
	size_t left, len;
	uint32_t cp;

	for (left = strlen(msg); left > 0; p += len, left -= len) {
		len = utf8_next(p, left, &cp);
		if (len == 0) {
			*p = '?';
			len = 1;
		} else if (utf8_hidden(cp)) {
			memset(p, cp == '\n' || cp == '\t' ? ' ' : '?', len);
		}
	}
}

int
err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	char msg[ERR_MSG];
	va_list ap;

	/* An argument may be e->msg itself. */
	va_start(ap, fmt);
	if (vsnprintf(msg, sizeof(msg), fmt, ap) < 0)
		msg[0] = '\0';
	va_end(ap);
	err_clear(e);
	e->code = code;
	memcpy(e->msg, msg, sizeof(e->msg));
	msg_clean(e->msg);
	return -1;
}

static enum err_code
code_of_errno(enum err_code code, int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_NOSPACE;
	case ENOMEM:
		return ERR_NOMEM;
	case EMFILE:
	case ENFILE:
		return ERR_OPEN_FILES;
	default:
		return code;
	}
}

int
err_sys(struct err *e, enum err_code code, int errnum, const char *fmt, ...)
{
	char msg[ERR_MSG], why[128];
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	if (vsnprintf(msg, sizeof(msg), fmt, ap) < 0)
		msg[0] = '\0';
	va_end(ap);
	/* The reason is kept whole: a cut sentence loses its own end. */
	snprintf(why, sizeof(why), ": %s", strerrordesc_np(errnum) != NULL ?
	    strerrordesc_np(errnum) : "unknown system error");
	len = strlen(msg);
	if (len > sizeof(msg) - 1 - strlen(why))
		len = sizeof(msg) - 1 - strlen(why);
	memcpy(msg + len, why, strlen(why) + 1);
	err_clear(e);
	e->code = code_of_errno(code, errnum);
	e->sys = errnum;
	memcpy(e->msg, msg, sizeof(e->msg));
	msg_clean(e->msg);
	return -1;
}

/*
 * Append s to a sentence as far as there is room.
 */
static void
msg_append(char msg[ERR_MSG], const char *s)
{
	size_t len, n;

	len = strlen(msg);
	n = strnlen(s, ERR_MSG - 1 - len);
	memcpy(msg + len, s, n);
	msg[len + n] = '\0';
}

int
err_wrap(struct err *e, const char *fmt, ...)
{
	char msg[ERR_MSG];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	if (n < 0)
		return -1;
	if (e->msg[0] != '\0')
		msg_append(msg, ": ");
	msg_append(msg, e->msg);
	memcpy(e->msg, msg, sizeof(e->msg));
	msg_clean(e->msg);
	return -1;
}

int
err_key(struct err *e, const char *key)
{
	e->key = key;
	return -1;
}

int
err_nomem(struct err *e)
{
	return err_set(e, ERR_NOMEM, "out of memory");
}

const struct err_info *
err_info(enum err_code code)
{
	if ((int)code < 0 || code >= ERR__MAX)
		code = ERR_INTERNAL;
	return &err_table[code];
}

int
err_own(struct err *e, const struct err_info *row)
{
	e->own = row;
	return -1;
}

const struct err_info *
err_row(const struct err *e)
{
	return e->code == ERR_REFUSED && e->own != NULL ? e->own :
	    err_info(e->code);
}

enum err_code
err_find(const char *word)
{
	int i;

	for (i = ERR_NONE + 1; i < ERR__MAX; i++)
		if (str_ieq(err_table[i].word, word))
			return i;
	return ERR_NONE;
}

int
err_exit(const struct err *e)
{
	if (e->code == ERR_STOPPED && e->sys > 0 && e->sys < 128)
		return 128 + e->sys;
	return err_row(e)->exit_code;
}

bool
err_is(const struct err *e, enum err_kind kind)
{
	const struct err_info *i = err_row(e);

	if (kind == ERR_PASSES)
		return i->retry == RETRY_BACKOFF;
	if (kind == ERR_UNREACHED && e->met)
		return false;
	return (i->kinds & kind) != 0;
}

bool
err_worse(struct err *worst, const struct err *e)
{
	int was = err_exit(worst), is = err_exit(e);

	if (e->code == ERR_NONE)
		return false;
	if (worst->code != ERR_NONE &&
	    (is == was || exit_worst(is, was) == was))
		return false;
	*worst = *e;
	return true;
}

const char *
err_retry_name(enum err_retry retry)
{
	switch (retry) {
	case RETRY_BACKOFF:
		return "backoff";
	case RETRY_ASK_FIRST:
		return "ask-first";
	case RETRY_NEVER:
		break;
	}
	return "never";
}
