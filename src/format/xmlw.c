/*
 * Checked XML writing into a buffer.
 *
 * libxml2's writer puts out control bytes and ill-formed UTF-8 without a
 * word, and the other side then refuses the whole call; so every text is
 * checked here, before it is part of one.
 */
#include "xml.h"

#include <stdbool.h>
#include <stdint.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/str.h"

/*
 * XML 1.0, production 2; utf8_next gives no surrogates.
 */
static bool
xmlw_allowed(uint32_t cp)
{
	if (cp < 0x20)
		return cp == '\t' || cp == '\n' || cp == '\r';
	return cp != 0xfffe && cp != 0xffff;
}

/*
 * What stands for a byte in text, or NULL when it stands for itself.  A bare
 * CR would be read as LF; ">" ends "]]>".
 */
static const char *
xmlw_entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '\r':
		return "&#13;";
	default:
		return NULL;
	}
}

static int
xmlw_check(const char *name, const char *text, size_t n, struct err *e)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t at, len;
	uint32_t cp;

	for (at = 0; at < n; at += len) {
		len = utf8_next(p + at, n - at, &cp);
		if (len == 0)
			return err_set(e, ERR_PROTOCOL,
			    "the value of %s is not UTF-8 at byte %zu (0x%02x)",
			    name, at, p[at]);
		if (!xmlw_allowed(cp))
			return err_set(e, ERR_PROTOCOL,
			    "the value of %s has a character that XML forbids "
			    "at byte %zu (U+%04X)", name, at, (unsigned)cp);
	}
	return 0;
}

static int
xmlw_escaped(struct buf *b, const char *text, size_t n, struct err *e)
{
	const char *entity;
	size_t from, at;

	for (from = at = 0; at < n; at++) {
		entity = xmlw_entity(text[at]);
		if (entity == NULL)
			continue;
		if (buf_add(b, text + from, at - from, e) == -1 ||
		    buf_adds(b, entity, e) == -1)
			return -1;
		from = at + 1;
	}
	return buf_add(b, text + from, n - from, e);
}

int
xmlw_open(struct buf *b, const char *name, struct err *e)
{
	return buf_addf(b, e, "<%s>", name);
}

int
xmlw_close(struct buf *b, const char *name, struct err *e)
{
	return buf_addf(b, e, "</%s>", name);
}

int
xmlw_text(struct buf *b, const char *name, const char *text, size_t n,
    struct err *e)
{
	if (xmlw_check(name, text, n, e) == -1 ||
	    xmlw_open(b, name, e) == -1 ||
	    xmlw_escaped(b, text, n, e) == -1)
		return -1;
	return xmlw_close(b, name, e);
}

int
xmlw_str(struct buf *b, const char *name, const char *s, struct err *e)
{
	if (s == NULL)
		return 0;
	return xmlw_text(b, name, s, strlen(s), e);
}
