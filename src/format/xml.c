/*
 * Hardened XML reading: libxml2's text reader into a small tree.
 *
 * Answers come from machines that we do not know, some over plain HTTP.  What
 * XML is attacked by lives in the document type, so that is refused before
 * libxml2 sees a byte of it; the reader's own refusals, the denying entity
 * loader and XML_PARSE_NONET stand behind, for documents in encodings that
 * hide it from the first look.
 *
 * libxml2 compares each attribute of an element with all others, and looks at
 * a tag or comment anew with every 512 bytes of it that come, so the time both
 * take grows with the square of their size: they are measured first, too.
 */
#include "xml.h"

#include <stdbool.h>
#include <stdint.h>

#include <libxml/parser.h>
#include <libxml/xmlreader.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/limits.h"
#include "../base/stop.h"
#include "../base/str.h"

/* An element takes about 100 bytes of memory and no less than 4 of input. */
#define XML_ELEMENTS	(LIM_XML_BYTES / 16)

/* The elements that are open, outermost first. */
struct builder {
	struct xml_node	*root;
	struct xml_node	*open[LIM_XML_DEPTH];
	struct xml_node	*last[LIM_XML_DEPTH];	/* newest child of open[i] */
	struct buf	 text[LIM_XML_DEPTH];	/* of open[i], not trimmed */
	size_t		 depth, elements;
	xmlTextReader	*reader;
	struct err	 fatal;			/* first one of libxml2 */
};

static xmlParserInput *
xml_deny(const char *url, const char *id, xmlParserCtxt *ctxt)
{
	(void)url;
	(void)id;
	(void)ctxt;
	return NULL;
}

/*
 * Keep libxml2's first fatal complaint; it prints nothing then.  Where an
 * answer was cut off it speaks of extra content at the end, which would send
 * the reader the wrong way.
 */
static void
xml_complaint(void *arg, xmlError *error)
{
	struct builder *b = arg;
	const xmlParserCtxt *ctxt = error->ctxt;
	size_t len;

	if (error->level != XML_ERR_FATAL || b->fatal.code != ERR_NONE)
		return;
	if (error->code == XML_ERR_DOCUMENT_END && ctxt != NULL &&
	    ctxt->nameNr > 0) {
		err_set(&b->fatal, ERR_PROTOCOL,
		    "not well-formed XML: line %d: it ends inside <%s>",
		    error->line, (const char *)ctxt->name);
		return;
	}
	len = error->message == NULL ? 0 : strlen(error->message);
	while (len > 0 && error->message[len - 1] == '\n')
		len--;
	err_set(&b->fatal, ERR_PROTOCOL, "not well-formed XML: line %d: %.*s",
	    error->line, (int)len, error->message);
}

/*
 * What the reader has just met is not accepted.  A document type has no line
 * of its own; the parser is at its end then.
 */
static int
xml_refuse(struct builder *b, const char *what, struct err *e)
{
	xmlNode *node;
	long line;

	node = xmlTextReaderCurrentNode(b->reader);
	line = node == NULL ? -1 : xmlGetLineNo(node);
	if (line < 1)
		line = xmlTextReaderGetParserLineNumber(b->reader);
	return err_set(e, ERR_PROTOCOL, "XML refused: line %ld: %s", line,
	    what);
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * The next place of word from at on; n when there is none.  By its first
 * character: with memmem a sanitizer looks at all that is left, for each tag.
 */
static size_t
prolog_find(const char *p, size_t n, size_t at, const char *word)
{
	size_t len = strlen(word);
	const char *hit;

	while ((hit = memchr(p + at, word[0], n - at)) != NULL) {
		at = (size_t)(hit - p);
		if (n - at >= len && memcmp(hit, word, len) == 0)
			return at;
		at++;
	}
	return n;
}

/*
 * Refuse a document type by looking at what stands before the root element:
 * white space, instructions and comments (XML 1.0, production 22).
 */
static int
xml_prolog(const char *p, size_t n, struct err *e)
{
	size_t at, i, line;
	bool page;

	at = n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	for (;;) {
		while (at < n && is_space(p[at]))
			at++;
		if (n - at >= 2 && memcmp(p + at, "<?", 2) == 0)
			at = prolog_find(p, n, at, "?>");
		else if (n - at >= 4 && memcmp(p + at, "<!--", 4) == 0)
			at = prolog_find(p, n, at + 4, "-->");
		else
			break;
		while (at < n && p[at] != '>')
			at++;
		at += at < n;
	}
	if (n - at < 2 || memcmp(p + at, "<!", 2) != 0)
		return 0;
	for (line = 1, i = 0; i < at; i++)
		line += p[i] == '\n';
	/* Servers and proxies in trouble answer with a page for people. */
	page = n - at >= 14 && strncasecmp(p + at, "<!DOCTYPE html", 14) == 0;
	return err_set(e, ERR_PROTOCOL, "XML refused: line %zu: %s", line,
	    page ? "this is an HTML page" : "document type not allowed");
}

/*
 * Whether every byte below 0x80 of the document is the ASCII character, so
 * that tags can be found without decoding it.
 */
static bool
xml_is_plain(const char *p, size_t n)
{
	static const char *const plain[] = {
		"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-",
		"iso_8859-", "latin1", "windows-125", "cp125",
	};
	size_t at, end, i;

	/* UTF-16 and UTF-32 have a zero byte or a mark in the first two. */
	if (n >= 2 && (p[0] == '\0' || p[1] == '\0' ||
	    memcmp(p, "\xfe\xff", 2) == 0 || memcmp(p, "\xff\xfe", 2) == 0))
		return false;
	at = n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	/* What does not even begin as ASCII does is another one, too. */
	if (n - at < 5 || memcmp(p + at, "<?xml", 5) != 0)
		return memchr(p, '<', n < 64 ? n : 64) != NULL;
	end = prolog_find(p, n, at, "?>");
	at = prolog_find(p, end, at, "encoding");
	if (at == end)
		return true;
	at += strlen("encoding");
	while (at < end && (is_space(p[at]) || strchr("=\"'", p[at]) != NULL))
		at++;
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (end - at >= strlen(plain[i]) &&
		    strncasecmp(p + at, plain[i], strlen(plain[i])) == 0)
			return true;
	return false;
}

/*
 * The end of the tag that begins at at, n when there is none; *attrs grows by
 * its attributes, each of which has one "=" outside of quotes.
 */
static size_t
xml_tag_end(const char *p, size_t n, size_t at, size_t *attrs)
{
	char quote = '\0';

	for (; at < n; at++) {
		if (quote != '\0')
			quote = p[at] == quote ? '\0' : quote;
		else if (p[at] == '"' || p[at] == '\'')
			quote = p[at];
		else if (p[at] == '=')
			++*attrs;
		else if (p[at] == '>')
			break;
	}
	return at;
}

static int
xml_too_much(const char *p, size_t at, size_t most, const char *what,
    struct err *e)
{
	size_t i, line = 1;
	char shown[32];

	for (i = 0; i < at; i++)
		line += p[i] == '\n';
	return err_set(e, ERR_LIMIT, "XML refused: line %zu: more than %s %s",
	    line, str_group(most, shown), what);
}

/*
 * Refuse what costs libxml2 more than its size lets expect: large tags,
 * comments and instructions, and many attributes.
 */
static int
xml_measure(const char *p, size_t n, struct err *e)
{
	size_t all = 0, at, attrs, end;

	if (!xml_is_plain(p, n))
		return n <= LIM_XML_TAG ? 0 : xml_too_much(p, 0, LIM_XML_TAG,
		    "bytes in an encoding other than UTF-8", e);
	for (at = 0; (at = prolog_find(p, n, at, "<")) < n; at = end) {
		attrs = 0;
		if (n - at >= 9 && memcmp(p + at, "<![CDATA[", 9) == 0) {
			end = prolog_find(p, n, at + 9, "]]>");
			continue;
		}
		if (n - at >= 4 && memcmp(p + at, "<!--", 4) == 0)
			end = prolog_find(p, n, at + 4, "-->");
		else if (n - at >= 2 && memcmp(p + at, "<?", 2) == 0)
			end = prolog_find(p, n, at, "?>");
		else
			end = xml_tag_end(p, n, at, &attrs);
		if (end - at > LIM_XML_TAG)
			return xml_too_much(p, at, LIM_XML_TAG,
			    "bytes in a tag or comment", e);
		if (attrs > LIM_XML_ATTRS)
			return xml_too_much(p, at, LIM_XML_ATTRS,
			    "attributes in an element", e);
		all += attrs;
		if (all > LIM_XML_ATTRS_ALL)
			return xml_too_much(p, at, LIM_XML_ATTRS_ALL,
			    "attributes", e);
	}
	return 0;
}

/*
 * Open an element below the innermost open one.
 */
static int
builder_push(struct builder *b, struct err *e)
{
	const xmlChar *name;
	struct xml_node *x;
	size_t d = b->depth;

	if (d == LIM_XML_DEPTH || b->elements == XML_ELEMENTS) {
		xml_refuse(b, d == LIM_XML_DEPTH ? "nested too deep" :
		    "too many elements", e);
		e->code = ERR_LIMIT;
		return -1;
	}
	name = xmlTextReaderConstLocalName(b->reader);
	x = calloc(1, sizeof(*x));
	if (x == NULL || name == NULL) {
		free(x);
		return err_nomem(e);
	}
	if (d == 0)
		b->root = x;
	else if (b->last[d - 1] == NULL)
		b->open[d - 1]->child = x;
	else
		b->last[d - 1]->next = x;
	if (d > 0)
		b->last[d - 1] = x;
	b->open[d] = x;
	b->last[d] = NULL;
	buf_init(&b->text[d], LIM_XML_BYTES);
	b->depth++;
	b->elements++;
	x->name = str_dup((const char *)name, e);
	return x->name == NULL ? -1 : 0;
}

/*
 * Close the innermost element: its text is complete.
 */
static int
builder_pop(struct builder *b, struct err *e)
{
	struct buf *text;
	const char *p;
	size_t n;

	text = &b->text[b->depth - 1];
	p = text->data;
	for (n = text->len; n > 0 && is_space(p[n - 1]); n--)
		;
	for (; n > 0 && is_space(*p); n--)
		p++;
	b->depth--;
	b->open[b->depth]->text = strndup(p, n);
	buf_release(text);
	return b->open[b->depth]->text == NULL ? err_nomem(e) : 0;
}

static int
builder_node(struct builder *b, struct err *e)
{
	const xmlChar *value;
	int empty;

	switch (xmlTextReaderNodeType(b->reader)) {
	case XML_READER_TYPE_ELEMENT:
		empty = xmlTextReaderIsEmptyElement(b->reader);
		if (builder_push(b, e) == -1)
			return -1;
		return empty == 1 ? builder_pop(b, e) : 0;
	case XML_READER_TYPE_END_ELEMENT:
		return builder_pop(b, e);
	case XML_READER_TYPE_TEXT:
	case XML_READER_TYPE_CDATA:
	case XML_READER_TYPE_WHITESPACE:
	case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
		value = xmlTextReaderConstValue(b->reader);
		return value == NULL || b->depth == 0 ? 0 :
		    buf_adds(&b->text[b->depth - 1], (const char *)value, e);
	case XML_READER_TYPE_DOCUMENT_TYPE:
		return xml_refuse(b, "document type not allowed", e);
	case XML_READER_TYPE_ENTITY_REFERENCE:
	case XML_READER_TYPE_ENTITY:
		return xml_refuse(b, "entity not allowed", e);
	default:
		return 0;
	}
}

static int
builder_run(struct builder *b, struct err *e)
{
	int rc;

	while ((rc = xmlTextReaderRead(b->reader)) == 1)
		if (stop_check(e) == -1 || builder_node(b, e) == -1)
			return -1;
	if (rc == 0 && b->root != NULL && b->depth == 0)
		return 0;
	if (b->fatal.code == ERR_NONE)
		return err_set(e, ERR_PROTOCOL,
		    "not well-formed XML: no root element");
	*e = b->fatal;
	return -1;
}

struct xml_node *
xml_parse(const char *p, size_t n, struct err *e)
{
	struct builder b;
	int rc;

	if (n > LIM_XML_BYTES) {
		err_set(e, ERR_LIMIT, "XML refused: %zu bytes, at most %u are "
		    "accepted", n, LIM_XML_BYTES);
		return NULL;
	}
	if (n == 0) {
		err_set(e, ERR_PROTOCOL, "not well-formed XML: nothing there");
		return NULL;
	}
	if (xml_prolog(p, n, e) == -1 || xml_measure(p, n, e) == -1)
		return NULL;
	memset(&b, 0, sizeof(b));
	xmlSetExternalEntityLoader(xml_deny);
	b.reader = xmlReaderForMemory(p, (int)n, NULL, NULL, XML_PARSE_NONET);
	if (b.reader == NULL) {
		err_nomem(e);
		return NULL;
	}
	xmlTextReaderSetStructuredErrorHandler(b.reader,
	    (xmlStructuredErrorFunc)xml_complaint, &b);
	rc = builder_run(&b, e);
	while (b.depth > 0)
		buf_release(&b.text[--b.depth]);
	xmlFreeTextReader(b.reader);
	if (rc == -1) {
		xml_free(b.root);
		return NULL;
	}
	return b.root;
}

void
xml_free(struct xml_node *x)
{
	struct xml_node *next;

	for (; x != NULL; x = next) {
		next = x->next;
		xml_free(x->child);
		free(x->name);
		free(x->text);
		free(x);
	}
}

struct xml_node *
xml_child(const struct xml_node *x, const char *name)
{
	struct xml_node *c;

	if (x == NULL)
		return NULL;
	for (c = x->child; c != NULL; c = c->next)
		if (str_ieq(c->name, name))
			return c;
	return NULL;
}

const char *
xml_text(const struct xml_node *x, const char *name)
{
	const struct xml_node *c;

	c = xml_child(x, name);
	return c == NULL ? NULL : c->text;
}

int
xml_walk(const struct xml_node *x,
    int (*f)(const struct xml_node *, void *), void *arg)
{
	const struct xml_node *c;
	int rc;

	rc = f(x, arg);
	for (c = x->child; rc == 0 && c != NULL; c = c->next)
		rc = xml_walk(c, f, arg);
	return rc;
}
