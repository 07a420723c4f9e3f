/* What was told: an empty file each, below state_dir/told. */
#include "told.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/err.h"
#include "../base/io.h"
#include "ctx.h"

/* The file of it, for the caller to free; NULL when there can be none. */
static char *
told_path(const struct ctx *c, const char *what, const char *name)
{
	struct err ignored;
	char *dir = NULL, *path = NULL;

	err_clear(&ignored);
	if (strchr(name, '/') != NULL ||
	    asprintf(&dir, "%s/told", c->set->state_dir) < 0)
		return NULL;
	if (io_mkdirs(dir, 0700, &ignored) == -1 ||
	    asprintf(&path, "%s/%s-%s", dir, what, name) < 0)
		path = NULL;
	free(dir);
	return path;
}

bool
told_is_news(const struct ctx *c, const char *what, const char *name)
{
	char *path = told_path(c, what, name);
	bool news = true;
	int fd;

	if (path == NULL)
		return true;
	if (access(path, F_OK) == 0)
		news = false;
	else if ((fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	    0600)) != -1)
		close(fd);
	free(path);
	return news;
}

void
told_is_over(const struct ctx *c, const char *what, const char *name)
{
	char *path = told_path(c, what, name);

	if (path != NULL)
		(void)unlink(path);
	free(path);
}
