/*
 * Lists that grow.
 */
#include "list.h"

#include <stdint.h>
#include <stdlib.h>

#include "err.h"

#define FIRST	16	/* elements of a list that was empty */

int
list_grow(void *list, size_t n, size_t *cap, size_t size, struct err *e)
{
	size_t more = *cap == 0 ? FIRST : *cap * 2;
	void *array;

	if (n < *cap)
		return 0;
	if (more < n || more > SIZE_MAX / size)
		return err_nomem(e);
	/* The pointer's own type is not known here, so it is copied. */
	memcpy(&array, list, sizeof(array));
	array = reallocarray(array, more, size);
	if (array == NULL)
		return err_nomem(e);
	memcpy(list, &array, sizeof(array));
	*cap = more;
	return 0;
}
