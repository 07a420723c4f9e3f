/*
 * Fields of a form or of the query of an address.
 */
#ifndef SANDBOX_FORM_H
#define SANDBOX_FORM_H

#include <stddef.h>

struct buf;
struct err;

/*
 * form_field(p, n, name, b, e): append the decoded value of the first field of
 * that name.  A "%" without two digits stands for itself, as PHP has it.  1
 * when there is one that is not empty, 0, or -1.
 */
int	form_field(const char *, size_t, const char *, struct buf *,
	    struct err *);

#endif
