/*
 * XML: hardened reading into a small tree, checked writing into a buffer.
 *
 * Reading refuses any document type, entity other than the five predefined
 * ones, network access, more than LIM_XML_DEPTH levels or LIM_XML_BYTES
 * bytes, tags and comments of more than LIM_XML_TAG bytes, and more than
 * LIM_XML_ATTRS attributes of an element or LIM_XML_ATTRS_ALL of all.  Text
 * is the concatenation of an element's text and CDATA, trimmed of white space
 * at both ends (wire: real answers pad CDATA).
 */
#ifndef FORMAT_XML_H
#define FORMAT_XML_H

#include <stddef.h>

struct buf;
struct err;

struct xml_node {
	char		*name;	/* local name, as spelled */
	char		*text;	/* own text, trimmed; "" if none */
	struct xml_node	*child;	/* first */
	struct xml_node	*next;	/* sibling */
};

/*
 * xml_parse(p, n, e): the root element of a document.  ERR_PROTOCOL with the
 * line, ERR_LIMIT, ERR_STOPPED.  Free with xml_free.  Opens nothing, does not
 * block.
 */
struct xml_node *xml_parse(const char *, size_t, struct err *);

/*
 * xml_free(x): the tree; NULL is harmless.
 */
void	xml_free(struct xml_node *);

/*
 * xml_child(x, name): first child of that name (ASCII case ignored), or NULL;
 * x may be NULL.
 */
struct xml_node *xml_child(const struct xml_node *, const char *);

/*
 * xml_text(x, name): text of that child, or NULL when there is none.
 */
const char *xml_text(const struct xml_node *, const char *);

/*
 * xml_walk(x, f, arg): call f for x and every element below it in document
 * order until it returns non-zero, which is returned.
 */
int	xml_walk(const struct xml_node *,
	    int (*)(const struct xml_node *, void *), void *);

/*
 * xmlw_open(b, name, e): append a start tag.  name must be an ASCII letter
 * followed by letters, digits, "_" or "."; it is never foreign.  Errors as
 * buf_reserve.
 */
int	xmlw_open(struct buf *, const char *, struct err *);

/*
 * xmlw_close(b, name, e): append the end tag of that start tag.
 */
int	xmlw_close(struct buf *, const char *, struct err *);

/*
 * xmlw_text(b, name, text, n, e): a whole element with escaped text of n
 * bytes.  ERR_PROTOCOL when the text is not UTF-8 or has a character that XML
 * 1.0 forbids.
 */
int	xmlw_text(struct buf *, const char *, const char *, size_t,
	    struct err *);

/*
 * xmlw_str(b, name, s, e): xmlw_text of a C string; nothing at all for NULL.
 */
int	xmlw_str(struct buf *, const char *, const char *, struct err *);

#endif
