/*
 * What all answers in JSON have in common.
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <stdint.h>

#include <jansson.h>

#include "../base/err.h"

/*
 * json_error(err): the object of "error", or JSON null for ERR_NONE.
 */
json_t	*json_error(const struct err *);

/*
 * json_schema(name, exit): {"schema":name,"exit":exit}.
 */
json_t	*json_schema(const char *, int);

/*
 * json_time(ms): "2026-11-21T01:10:00Z", or JSON null for 0.
 */
json_t	*json_time(int64_t);

#endif
