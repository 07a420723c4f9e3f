/*
 * TXT input of any kind, checked in every way there is.
 */
#include "same.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	same_check(false, data, n);
	return 0;
}
