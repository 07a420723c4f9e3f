/*
 * Lists that grow: an array, how many elements are in use, and room for how
 * many it has.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stddef.h>

struct err;

/*
 * list_grow(list, n, cap, size, e): room for one more element of size bytes
 * behind the n in use.  list is the address of the pointer to the array (NULL
 * for an empty one) and *cap its room in elements; both change only if it has
 * to grow.  On ERR_NOMEM everything is as it was.  The caller frees the array.
 */
int	list_grow(void *, size_t, size_t *, size_t, struct err *);

#endif
