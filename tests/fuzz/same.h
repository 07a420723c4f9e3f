/*
 * One input checked in every way there is; they must agree to the byte.
 */
#ifndef FUZZ_SAME_H
#define FUZZ_SAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAME_HEAD	5	/* bytes of settings before the input */

/*
 * same_check(csv, data, n): n bytes at data: SAME_HEAD bytes that choose
 * settings and cuts, then the input.  Row by row and by blocks, scalar and
 * not, whole and cut, on one thread and on two.  Aborts, with both outcomes
 * on stderr, when two ways differ.
 */
void	same_check(bool, const uint8_t *, size_t);

/*
 * LLVMFuzzerTestOneInput(data, n): what libFuzzer calls; so does replay.c.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#endif
