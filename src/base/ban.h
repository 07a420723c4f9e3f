/*
 * Functions that have no place in this program; force-included by the build.
 * System headers that declare them come first, then they are poisoned.
 */
#ifndef BASE_BAN_H
#define BASE_BAN_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef strtok
#undef gets
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok
#pragma GCC poison gets atoi atol atoll atof localtime gmtime ctime asctime
#pragma GCC poison system popen tmpnam mktemp tempnam

#endif
