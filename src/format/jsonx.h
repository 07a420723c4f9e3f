/*
 * Helpers around jansson: strings from foreign bytes, one printed object.
 */
#ifndef FORMAT_JSONX_H
#define FORMAT_JSONX_H

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

struct err;

/*
 * jsonx_bytes(p, n): a JSON string of n bytes; ill-formed UTF-8 becomes
 * U+FFFD.  NULL p gives JSON null.  NULL when out of memory.
 */
json_t	*jsonx_bytes(const char *, size_t);

/*
 * jsonx_str(s): jsonx_bytes of a C string; NULL gives JSON null.
 */
json_t	*jsonx_str(const char *);

/*
 * jsonx_print(f, v, e): v as one line on f, flushed.  ERR_IO, ERR_NOSPACE.
 */
int	jsonx_print(FILE *, const json_t *, struct err *);

/*
 * jsonx_parse(p, n, e): strict: UTF-8, no duplicate keys, depth capped.
 * ERR_PROTOCOL with line and column.  The caller decrefs.
 */
json_t	*jsonx_parse(const char *, size_t, struct err *);

#endif
