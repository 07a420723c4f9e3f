/*
 * The table of all errors, shared by err.c and err_table.c.
 */
#ifndef BASE_ERR_INTERNAL_H
#define BASE_ERR_INTERNAL_H

#include "err.h"

/* One row for each code, in the order of enum err_code; no member is NULL. */
extern const struct err_info err_table[ERR__MAX];

#endif
