/*
 * Run ids: time-ordered, without look-alike characters, 60 random bits.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

#define ID_LEN	21	/* 9 characters of time, 12 of randomness */

/*
 * id_new(wall_ms, out, e): a new id into out[ID_LEN + 1]: base 32 with
 * the digits 023456789abcdefghjkmnpqrstuvwxyz (no 1, i, l, o), most significant
 * first: 45 bits of milliseconds, then 60 bits from getrandom.  Ids made
 * later sort later.  ERR_INTERNAL when the kernel gives no randomness.
 */
int	id_new(int64_t, char [ID_LEN + 1], struct err *);

/*
 * id_digits(s): how many of the first bytes of s may stand in an id.  Pure.
 */
size_t	id_digits(const char *);

/*
 * id_is(s): whether s is an id and nothing else.  Pure.
 */
bool	id_is(const char *);

/*
 * id_within(name, out): whether the name of a file of ours carries an id
 * between "-" or "." and "-" or ".", and which: the first.  Pure.
 */
bool	id_within(const char *, char [ID_LEN + 1]);

/*
 * random_bytes(p, n, e): n bytes from the kernel.  ERR_INTERNAL.
 */
int	random_bytes(void *, size_t, struct err *);

#endif
