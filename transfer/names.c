/*
 * Names that files have on a server before and beside their final one.
 */
#include "names.h"

#include <stdio.h>
#include <string.h>

#include "../src/base/err.h"

#define TEMP_END	".part"
#define OLD_END		".old"

char *
xfer_name_temp(const char *dir, const char *name, const char *tag,
    struct err *e)
{
	char *out;

	if (asprintf(&out, "%s%s.%s%s%s" TEMP_END, dir != NULL ? dir : "",
	    dir != NULL ? "/" : "", name, tag != NULL ? "." : "",
	    tag != NULL ? tag : "") == -1) {
		err_nomem(e);
		return NULL;
	}
	return out;
}

char *
xfer_name_old(const char *temp, struct err *e)
{
	char *out;

	if (asprintf(&out, "%s" OLD_END, temp) == -1) {
		err_nomem(e);
		return NULL;
	}
	return out;
}

static bool
ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

bool
xfer_name_is_temp(const char *name)
{
	return name[0] == '.' && (ends_with(name, TEMP_END) ||
	    ends_with(name, TEMP_END OLD_END));
}
